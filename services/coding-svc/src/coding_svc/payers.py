"""What payers demand of codes, as dated data: whose NCCI tables, telehealth, prolonged time, Medicare's own codes.

A practice writes its own file (`CLEANCLAIM_CODING_PAYERS`) in the form of the packaged `data/payers.toml`; what it says
of a payer goes before what is packaged. A payer is named by its id, or by its kind of insurance (SBR09).
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any, Final, Literal

from kit.profiles import BadProfile, read_profile

from coding_svc.domain import PayerRules


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
    medicare: bool = False
    """Takes Medicare's own wellness, screening and vaccine administration codes."""
    ncci: Literal["medicare", "medicaid", "any", "none"] = "any"
    """Whose NCCI tables apply; `any`: those that were loaded for everybody."""
    video_modifier: str = ""
    """On a visit by audio and video: 95 or GT; empty: none."""
    audio_modifier: str = ""
    """On a visit by audio alone, e.g. 93."""
    telehealth_place: Literal["patient", "in_person"] = "patient"
    """`patient`: 10 at home, 02 elsewhere; `in_person`: the place of service of a visit in the practice."""
    prolonged_code: Literal["", "99417", "G2212"] = ""
    longitudinal: bool = False
    """Pays G2211."""
    telemedicine_codes: bool = False
    """Takes 98000 to 98015 (CPT since 2025) for visits by video or telephone; else office visits with a modifier."""
    virtual_check_in: bool = True
    """Takes 98016, as Medicare does in place of G2012."""

    def rules(self) -> PayerRules:
        """What of it changes codes."""
        return PayerRules(
            medicare=self.medicare,
            ncci=self.ncci != "none",
            program=self.ncci if self.ncci in ("medicare", "medicaid") else "",
            video_modifier=self.video_modifier,
            audio_modifier=self.audio_modifier,
            telehealth_in_person=self.telehealth_place == "in_person",
            prolonged_code=self.prolonged_code,
            longitudinal=self.longitudinal,
            telemedicine_codes=self.telemedicine_codes,
            virtual_check_in=self.virtual_check_in,
        )


@dataclass(frozen=True, slots=True)
class Payers:
    """All profiles, the practice's own first."""

    profiles: tuple[PayerProfile, ...]

    def rules_of(self, payer_id: str, filing_indicator: str, day: date) -> PayerRules:
        """The rules on a date of service: a profile with the payer's id goes before one for its kind of insurance."""
        in_force = [profile for profile in self.profiles if profile.valid_from <= day <= profile.valid_to]
        named = (profile for profile in in_force if payer_id in profile.payer_ids)
        of_its_kind = (profile for profile in in_force if filing_indicator in profile.filing_indicators)
        found = next(named, None) or next(of_its_kind, None)
        return found.rules() if found is not None else PayerRules()


@lru_cache(maxsize=8)
def load_payers(own: Path | None = None) -> Payers:
    """The packaged profiles, behind the practice's own. Raises BadProfile."""
    packaged = (resources.files("coding_svc") / "data" / "payers.toml").read_text("utf-8")
    mine = _read(_text(own), own.name) if own is not None else []
    return Payers((*mine, *_read(packaged, "payers.toml")))


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadProfile(f"{file.name}: cannot be read: {type(error).__name__}") from None


def _read(text: str, name: str) -> list[PayerProfile]:
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadProfile(f"{name}: not TOML: {error}") from None
    entries = document.get("payer", [])
    if set(document) - {"payer"} or not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
        raise BadProfile(f"{name}: it holds [[payer]] entries alone")
    return [_profile(entry, f"{name}, payer {number}") for number, entry in enumerate(entries, start=1)]


_CHOICES: Final[dict[str, tuple[str, ...]]] = {
    "ncci": ("any", "medicare", "medicaid", "none"),
    "telehealth_place": ("patient", "in_person"),
    "prolonged_code": ("", "99417", "G2212"),
}
_MODIFIERS: Final = ("video_modifier", "audio_modifier")


def _profile(entry: dict[str, Any], place: str) -> PayerProfile:
    profile = read_profile(PayerProfile, entry, place, _CHOICES)
    for name in _MODIFIERS:
        if len(getattr(profile, name) or "xx") != 2:
            raise BadProfile(f"{place}: {name} has two characters")
    return profile
