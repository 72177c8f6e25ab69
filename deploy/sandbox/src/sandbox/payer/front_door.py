"""The front door: is a claim taken into adjudication? What a 277CA says, by the member's switch and by rule."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Final

from sandbox.payer.config import Account
from sandbox.payer.coverage import plan_of
from sandbox.payer.domain import SubmittedClaim
from sandbox.payer.switches import Rejection

PAYER_UNKNOWN: Final = Rejection("A3", "116")
MEMBER_ID_MISSING: Final = Rejection("A6", "164", "IL")
DIAGNOSIS_MISSING: Final = Rejection("A6", "254")
NPI_INVALID: Final = Rejection("A7", "562", "85")
CHARGES_DIFFER: Final = Rejection("A8", "178")
DATE_IN_FUTURE: Final = Rejection("A7", "187")
FREQUENCY_UNKNOWN: Final = Rejection("A7", "535")
ORIGINAL_NUMBER_MISSING: Final = Rejection("A6", "464")


def rejection_of(claim: SubmittedClaim, account: Account, today: date) -> Rejection | None:
    """The first reason why the claim cannot be adjudicated, or None."""
    if not account.routes_to(claim.payer_id):
        return PAYER_UNKNOWN
    if any(line.date_of_service > today for line in claim.lines):
        return DATE_IN_FUTURE
    return next((rejection for is_wrong, rejection in _CHECKS if is_wrong(claim)), None)


def _charges_differ(claim: SubmittedClaim) -> bool:
    return claim.charge_cents != sum(line.charge_cents for line in claim.lines)


def _frequency_unknown(claim: SubmittedClaim) -> bool:
    if claim.frequency_code == "1":
        return False
    return claim.frequency_code not in ("7", "8") or not plan_of(claim.filing_indicator).takes_replacement


def _original_number_missing(claim: SubmittedClaim) -> bool:
    return claim.frequency_code != "1" and not claim.original_reference


def is_npi(number: str) -> bool:
    """Ten digits whose Luhn sum with the prefix 80840 is a multiple of ten (ISO 7812)."""
    if len(number) != 10 or not number.isascii() or not number.isdigit():
        return False
    digits = [int(digit) for digit in f"80840{number}"]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(doubled) + sum(digits[-1::-2])) % 10 == 0


_CHECKS: Final[tuple[tuple[Callable[[SubmittedClaim], bool], Rejection], ...]] = (
    (lambda claim: not claim.member_id, MEMBER_ID_MISSING),
    (lambda claim: not claim.diagnoses, DIAGNOSIS_MISSING),
    (lambda claim: not is_npi(claim.billing_npi), NPI_INVALID),
    (_charges_differ, CHARGES_DIFFER),
    (_frequency_unknown, FREQUENCY_UNKNOWN),
    (_original_number_missing, ORIGINAL_NUMBER_MISSING),
)
"""In the order in which the payer asks."""
