"""When a claim is corrected without a person, and with which frequency code. Pure.

A command goes out by itself only where the content really changed, at most once per claim and reason; everything
else is a work item (see worklist.py).
"""

from __future__ import annotations

import importlib.resources
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from followup_svc.domain import (
    CROSSED_OVER,
    TURNS,
    Balances,
    Claim,
    ClaimVersion,
    Payment,
    cancelled,
    rejected,
    version_at_payer,
    version_of,
    voided,
)

ORIGINAL, REPLACEMENT, VOID = "1", "7", "8"
NEXT_PAYER = "cob.next-payer"
CANCELLED = "encounter.cancelled"
ENCOUNTER_REVISED = "encounter.revised"
CLAIM_REVISED = "claim.revised"
"""The same encounter version, but other codes or fields: a coder's or a biller's work."""


@dataclass(frozen=True, slots=True)
class PayerRules:
    """Which frequency codes payers take for a claim that they adjudicated."""

    default: Mapping[str, bool]
    by_filing_indicator: Mapping[str, Mapping[str, bool]]
    by_payer: Mapping[str, Mapping[str, bool]]

    @classmethod
    def standard(cls) -> PayerRules:
        """The table that comes with the service."""
        return _standard()

    @classmethod
    def load(cls, path: Path) -> PayerRules:
        """A table of the user's own; raises OSError, tomllib.TOMLDecodeError or KeyError."""
        return cls.parse(path.read_text(encoding="utf-8"))

    @classmethod
    def parse(cls, text: str) -> PayerRules:
        """Read the TOML text; raises tomllib.TOMLDecodeError or KeyError."""
        data: dict[str, Any] = tomllib.loads(text)
        return cls(data["default"], data.get("filing_indicator", {}), data.get("payer", {}))

    def takes(self, what: str, payer_id: str, filing_indicator: str) -> bool:
        """True if the payer takes a `replacement` or a `void` of an adjudicated claim."""
        for table, key in ((self.by_payer, payer_id), (self.by_filing_indicator, filing_indicator)):
            if what in table.get(key, {}):
                return table[key][what]
        return self.default[what]

    def frequency_code(self, claim: Claim, standing: Payment | None) -> str | None:
        """The code to correct an adjudicated claim with; None if only a person can (reopening, appeal, call).

        7 needs the payer's control number; an unprocessable claim goes out anew as an original.
        """
        if standing is not None and standing.adjudication.unprocessable:
            return ORIGINAL
        indicator = claim.newest.filing_indicator if claim.newest else ""
        if claim.payer_claim_control_number and self.takes("replacement", claim.payer_id, indicator):
            return REPLACEMENT
        return None


@cache
def _standard() -> PayerRules:
    return PayerRules.parse((importlib.resources.files(__package__) / "payers.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class Correction:
    """A correction that is due. `frequency_code` is None where no automatic one is possible."""

    claim_id: UUID
    claim_version: int
    action: str
    reason_code: str
    frequency_code: str | None
    payer_claim_control_number: str | None = None


def corrections_due(
    claim: Claim, balances: Balances, rules: PayerRules, family: Iterable[Claim] = ()
) -> list[Correction]:
    """What the facts ask for now; the caller sends each claim and reason only once.

    `family` are the claims on the same ledger: the next payer may have decided one already.
    """
    found = (_void(claim, rules), _revised(claim, rules), _next_payer(claim, balances, rules, family))
    return [correction for correction in found if correction is not None]


def _void(claim: Claim, rules: PayerRules) -> Correction | None:
    """The claim shall not exist any more after the payer took it in: it must be voided there."""
    newest = claim.newest
    if not cancelled(claim) or voided(claim) or newest is None or newest.frequency_code == VOID:
        return None
    answered = claim.standing is not None or bool(claim.of_type("ClaimAccepted"))
    if not answered:
        return None
    number = claim.payer_claim_control_number
    possible = number is not None and rules.takes("void", claim.payer_id, newest.filing_indicator)
    return Correction(claim.claim_id, version_at_payer(claim), "void", CANCELLED, VOID if possible else None, number)


def _revised(claim: Claim, rules: PayerRules) -> Correction | None:
    """A newer version was built than the one that the payer decided: the content really changed."""
    standing = claim.standing
    if standing is None or cancelled(claim):
        return None
    decided = claim.version(version_of(standing, claim))
    newest = max((v for v in claim.versions if not _withdrawn(claim, v)), key=lambda v: v.claim_version, default=None)
    if decided is None or newest is None or newest.claim_version <= decided.claim_version:
        return None
    if any(_on_its_way(claim, v) for v in claim.versions if v.claim_version > decided.claim_version):
        return None
    code = rules.frequency_code(claim, standing)
    number = claim.payer_claim_control_number if code == REPLACEMENT else None
    reason = f"{CLAIM_REVISED}.{newest.claim_version}"
    if newest.encounter_version > decided.encounter_version:
        reason = f"{ENCOUNTER_REVISED}.{newest.encounter_version}"
    return Correction(claim.claim_id, decided.claim_version, "rebill", reason, code, number)


def _on_its_way(claim: Claim, version: ClaimVersion) -> bool:
    """True if the payer's answer to a version is still to come, or the version is a correction not yet sent."""
    if rejected(claim, version.claim_version):
        return False
    if claim.of_type("ClaimSubmitted", version.claim_version):
        return True
    return version.correction_action is not None and not _withdrawn(claim, version)


def _withdrawn(claim: Claim, version: ClaimVersion) -> bool:
    return bool(claim.of_type("ClaimWithdrawn", version.claim_version))


def _next_payer(claim: Claim, balances: Balances, rules: PayerRules, family: Iterable[Claim]) -> Correction | None:
    """This payer is done and left a patient's share, and another one comes after it."""
    standing, following = claim.standing, next_turn(claim)
    if standing is None or following is None or cancelled(claim):
        return None
    if crossed_over(claim) or balances.outstanding(claim.turn) != 0 or balances.outstanding(following) <= 0:
        return None
    version = version_of(standing, claim)
    asked = next((c for c in family if c.turn == following and not cancelled(c) and c.standing is not None), None)
    code = rules.frequency_code(asked, asked.standing) if asked else ORIGINAL
    number = asked.payer_claim_control_number if asked and code == REPLACEMENT else None
    # Once per decided version: a replaced claim has a new decision, and the next payer must see that one.
    return Correction(claim.claim_id, version, "secondary", f"{NEXT_PAYER}.{version}", code, number)


def next_turn(claim: Claim) -> str | None:
    """The payer turn after this claim's own, if the patient has one."""
    later = claim.newest.later_turns if claim.newest else ()
    return next((turn for turn in TURNS if turn in later and TURNS.index(turn) > TURNS.index(claim.turn)), None)


def crossed_over(claim: Claim) -> bool:
    """True if the payer forwarded the claim to the next one itself (CLP02 19 to 21)."""
    standing = claim.standing
    return standing is not None and standing.adjudication.status_code in CROSSED_OVER


def resend_as(claim: Claim, rules: PayerRules) -> str | None:
    """The frequency code of a correction that a biller asks for: 1 while nothing was adjudicated."""
    if claim.standing is None and not claim.of_type("ClaimAccepted"):
        return ORIGINAL
    if any(rejected(claim, version.claim_version) for version in claim.versions) and claim.standing is None:
        return ORIGINAL
    return rules.frequency_code(claim, claim.standing)
