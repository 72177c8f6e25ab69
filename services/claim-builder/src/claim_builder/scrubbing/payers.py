"""What payers demand, as dated data: frequency codes, time for filing, NCCI tables, modifiers, fields.

A practice writes its own file (`CLEANCLAIM_PAYERS`) in the same form as the packaged `payers.toml`; what it says of a
payer goes before what is packaged. A payer is named by its id, or by its kind of insurance (SBR09).
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Final, Literal

from events.phi import ClaimContent
from kit.profiles import BadProfile, read_profile

START_OF_FILING: Final = ("service", "last_service", "primary_decision")


@dataclass(frozen=True, slots=True)
class PayerProfile:
    """One payer's, or kind of payers', demands from `valid_from` to `valid_to` (dates of service)."""

    name: str
    source: str
    payer_ids: tuple[str, ...] = ()
    filing_indicators: tuple[str, ...] = ()
    valid_from: date = date(1900, 1, 1)
    valid_to: date = date(9999, 12, 31)
    verified_on: date | None = None
    ncci: Literal["medicare", "medicaid", "any", "none"] = "any"
    """Whose NCCI tables apply; `any`: those that were loaded for everybody."""
    frequency_codes: tuple[str, ...] = ("1", "7", "8")
    timely_filing_days: int | None = None
    timely_filing_from: Literal["service", "last_service", "primary_decision"] = "service"
    zero_charge: Literal["taken", "refused", "unknown"] = "unknown"
    ndc_required: bool = False
    waste_modifiers: bool = False
    """Single-dose drugs carry JW or JZ."""
    telehealth_modifier: str = ""
    """On a visit with place of service 02 or 10."""
    requires: tuple[str, ...] = ()
    """Paths in the claim's content that must not be empty, e.g. `rendering_provider/taxonomy_code`."""

    def covers(self, claim: ClaimContent) -> bool:
        """Whether it speaks of the claim's payer on its date of service."""
        coverage = claim.coverage
        named = coverage.payer_id in self.payer_ids or coverage.filing_indicator in self.filing_indicators
        return named and self.valid_from <= claim.service_date <= self.valid_to


@dataclass(frozen=True, slots=True)
class PayerProfiles:
    """All profiles, the practice's own first."""

    profiles: tuple[PayerProfile, ...]

    def of(self, claim: ClaimContent) -> PayerProfile | None:
        """The profile of the claim's payer: one that names its id goes before one for its kind of insurance."""
        fitting = [profile for profile in self.profiles if profile.covers(claim)]
        named = [profile for profile in fitting if claim.coverage.payer_id in profile.payer_ids]
        return next(iter(named or fitting), None)


@lru_cache(maxsize=8)
def load_profiles(own: Path | None = None) -> PayerProfiles:
    """The packaged profiles, behind the practice's own. Raises BadProfile."""
    packaged = (resources.files("claim_builder") / "data" / "payers.toml").read_text("utf-8")
    mine = _read(own.read_text("utf-8"), own.name) if own is not None else []
    return PayerProfiles((*mine, *_read(packaged, "payers.toml")))


def _read(text: str, name: str) -> list[PayerProfile]:
    try:
        entries = tomllib.loads(text).get("payer", [])
    except tomllib.TOMLDecodeError as error:
        raise BadProfile(f"{name}: not TOML: {error}") from None
    return [
        read_profile(PayerProfile, entry, f"{name}, payer {number}", _CHOICES)
        for number, entry in enumerate(entries, start=1)
    ]


_CHOICES: Final[dict[str, tuple[str, ...]]] = {
    "ncci": ("medicare", "medicaid", "any", "none"),
    "timely_filing_from": START_OF_FILING,
    "zero_charge": ("taken", "refused", "unknown"),
}


def at_path(content: ClaimContent, path: str) -> Iterable[tuple[str, object]]:
    """Every place that a path names, with its value; `*` stands for each line. None where a part is missing."""
    found: list[tuple[str, object]] = [("", content)]
    for part in path.split("/"):
        found = [step for place, value in found for step in _step(place, value, part)]
    return found


def _step(place: str, value: object, part: str) -> list[tuple[str, object]]:
    if part == "*":
        items = value if isinstance(value, tuple) else ()
        return [(f"{place}/{at}", item) for at, item in enumerate(items)]
    return [(f"{place}/{part}".lstrip("/"), getattr(value, part, None))]
