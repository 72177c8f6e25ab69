"""The words of follow-up: accounts and transfers, what a payer decided, and the state of a claim as its facts tell it.

Standard library only. Money is integer cents. A fact is never a position: every function here gives the same answer for
the same set of facts, whatever the order in which they came.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid5

NAMESPACE = UUID("3f0a5a3c-2c0f-5a61-8c61-9c1a3f6f7d10")
"""Of all ids that this service derives: remittances, payments, work items."""

TURNS = ("P", "S", "T")
"""Payer turns in payment order (SBR01)."""
REVERSAL = "22"
PREDETERMINATION = "25"
CROSSED_OVER = frozenset({"19", "20", "21"})
"""CLP02: processed and forwarded by the payer to the next one."""
_TURN_OF_STATUS = {"1": "P", "19": "P", "2": "S", "20": "S", "3": "T", "21": "T"}
_SENT_AS_ORIGINAL_AGAIN = "MA130"
"""RARC of an unprocessable claim: no appeal, a new original claim (Medicare Part B)."""


# --- the ledger -----------------------------------------------------------------------------------------------------

CHARGES = "charges"
PATIENT = "patient"
SUSPENSE = "suspense"
CASH = "payer_cash"
"""Cash of a remittance that belongs to no claim (suspense, provider level)."""


def outstanding(turn: str) -> str:
    """Account: what the payer of this turn still owes; denied money stays here until somebody decides."""
    return f"outstanding:{turn}"


def payer_cash(turn: str) -> str:
    """Account: what the payer of this turn paid."""
    return f"payer_cash:{turn}"


def contractual(turn: str) -> str:
    """Account: what the contract with the payer of this turn takes off the charge."""
    return f"contractual:{turn}"


def write_off(turn: str) -> str:
    """Account: what a person gave up of this turn's outstanding amount."""
    return f"write_off:{turn}"


def provider_level(reason_code: str) -> str:
    """Account: provider-level adjustments (PLB) of one reason code; they belong to no claim."""
    return f"provider_level:{reason_code}"


@dataclass(frozen=True, slots=True)
class Transfer:
    """One movement of `amount_cents` > 0 from the credit to the debit account of one ledger.

    `key` makes it unique for ever. `line_number` is None for an amount at claim level.
    """

    key: str
    ledger_id: UUID
    debit_account: str
    credit_account: str
    amount_cents: int
    reason: str
    encounter_id: UUID | None = None
    claim_id: UUID | None = None
    payment_id: UUID | None = None
    remittance_id: UUID | None = None
    line_number: int | None = None

    def __post_init__(self) -> None:
        if self.amount_cents <= 0 or self.debit_account == self.credit_account:
            raise ValueError("a transfer moves more than zero cents between two accounts")


@dataclass(frozen=True, slots=True)
class Balances:
    """What a claim's ledger holds, in cents, by account. Missing accounts are zero."""

    by_account: Mapping[str, int] = field(default_factory=dict)

    def of(self, account: str) -> int:
        """Debit balance, except for `charges` and `suspense`, whose credit balance it is."""
        return self.by_account.get(account, 0)

    def outstanding(self, turn: str) -> int:
        """Cents that the payer of `turn` owes; negative when overpaid."""
        return self.of(outstanding(turn))

    def after(self, transfers: Iterable[Transfer]) -> Balances:
        """The balances when these transfers were posted."""
        amounts = dict(self.by_account)
        for transfer in transfers:
            _add(amounts, transfer.debit_account, transfer.amount_cents)
            _add(amounts, transfer.credit_account, -transfer.amount_cents)
        return Balances(amounts)

    @property
    def balanced(self) -> bool:
        """True if charge = paid + contractual + patient + written off + outstanding (and the suspense likewise)."""
        return sum(-cents if _credit_normal(account) else cents for account, cents in self.by_account.items()) == 0


def _credit_normal(account: str) -> bool:
    return account in (CHARGES, SUSPENSE)


def _add(amounts: dict[str, int], account: str, debit_cents: int) -> None:
    amounts[account] = amounts.get(account, 0) + (-debit_cents if _credit_normal(account) else debit_cents)


# --- what a payer decided -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Adjustment:
    """One CAS triplet. Positive cents lower the payment."""

    group_code: str
    reason_code: str
    amount_cents: int


@dataclass(frozen=True, slots=True)
class AdjudicatedLine:
    """One SVC. `control_number` is REF*6R, `position` counts from 1 inside the CLP."""

    position: int
    control_number: str
    procedure_code: str
    modifiers: tuple[str, ...]
    units: str
    charge_cents: int
    paid_cents: int
    adjustments: tuple[Adjustment, ...] = ()
    remark_codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Adjudication:
    """One CLP, as it is kept: codes and amounts, no names.

    `adjustments` are those at claim level; `frequency_code` is CLP09, empty if the payer did not say.
    """

    patient_control_number: str
    status_code: str
    charge_cents: int
    paid_cents: int
    payer_claim_control_number: str = ""
    frequency_code: str = ""
    adjustments: tuple[Adjustment, ...] = ()
    remark_codes: tuple[str, ...] = ()
    lines: tuple[AdjudicatedLine, ...] = ()

    @property
    def is_reversal(self) -> bool:
        """CLP02 = 22."""
        return self.status_code == REVERSAL

    def located_adjustments(self) -> list[tuple[AdjudicatedLine | None, Adjustment]]:
        """Every CAS triplet with its line, None at claim level."""
        at_claim: list[tuple[AdjudicatedLine | None, Adjustment]] = [(None, item) for item in self.adjustments]
        return at_claim + [(line, item) for line in self.lines for item in line.adjustments]

    def turn(self, claim_turn: str, open_turns: Sequence[str]) -> str:
        """Whose answer it is: by CLP02 where that payer turn is on the ledger (crossover), else the claim's own."""
        told = _TURN_OF_STATUS.get(self.status_code, claim_turn)
        return told if told in open_turns else claim_turn

    @property
    def unprocessable(self) -> bool:
        """True if the payer says that the claim must be sent anew as an original and cannot be appealed."""
        remarks = (*self.remark_codes, *(code for line in self.lines for code in line.remark_codes))
        return _SENT_AS_ORIGINAL_AGAIN in remarks


@dataclass(frozen=True, slots=True)
class Payment:
    """One CLP of one remittance with its place in our books. `claim_id` is None while nobody knows whose it is."""

    payment_id: UUID
    remittance_id: UUID
    number: int
    payer_id: str
    paid_on: date
    adjudication: Adjudication
    key: str
    claim_id: UUID | None = None
    turn: str | None = None
    state: str = "suspense"
    patient_cents: int = 0
    contractual_cents: int = 0
    denied_cents: int = 0
    category: str | None = None
    reversed_by: UUID | None = None

    @property
    def posted(self) -> bool:
        """True when its transfers are on the ledger."""
        return self.state == "posted"

    @property
    def stands(self) -> bool:
        """True for a posted decision that was not taken back: neither a reversal nor reversed."""
        return self.posted and not self.adjudication.is_reversal and self.reversed_by is None


# --- facts of a claim -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BilledLine:
    """A service line of a claim version."""

    line_number: int
    control_number: str
    procedure_code: str
    charge_cents: int


@dataclass(frozen=True, slots=True)
class ClaimVersion:
    """One ClaimBuilt. `later_turns` are the payer turns that come after this claim's own."""

    claim_version: int
    encounter_version: int
    frequency_code: str
    charge_cents: int
    built_at: datetime
    lines: tuple[BilledLine, ...]
    later_turns: tuple[str, ...] = ()
    filing_indicator: str = ""
    corrects_claim_id: UUID | None = None
    correction_action: str | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """One event as the timeline keeps it; `data` are its plain fields."""

    event_type: str
    encounter_version: int
    claim_id: UUID | None
    claim_version: int | None
    occurred_at: datetime
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Claim:
    """Everything known of one claim (one request to one payer)."""

    tenant_id: str
    encounter_id: UUID
    claim_id: UUID
    payer_id: str
    turn: str
    patient_control_number: str
    versions: tuple[ClaimVersion, ...] = ()
    facts: tuple[Fact, ...] = ()
    payments: tuple[Payment, ...] = ()
    ledger_id: UUID | None = None
    opened_lines: Mapping[int, int] = field(default_factory=dict)
    opening_number: int = 0
    closing_number: int = 0
    closed: bool = False

    def of_type(self, event_type: str, claim_version: int | None = None) -> list[Fact]:
        """Facts of one type, of one version if given, oldest first."""
        return [
            fact
            for fact in self.facts
            if fact.event_type == event_type and (claim_version is None or fact.claim_version == claim_version)
        ]

    def version(self, number: int) -> ClaimVersion | None:
        """The version with this number, if its ClaimBuilt is known."""
        return next((version for version in self.versions if version.claim_version == number), None)

    @property
    def newest(self) -> ClaimVersion | None:
        """The highest version that was built."""
        return max(self.versions, key=lambda version: version.claim_version, default=None)

    @property
    def standing(self) -> Payment | None:
        """The newest decision that was not taken back."""
        return max((p for p in self.payments if p.stands), key=lambda p: (p.paid_on, p.key), default=None)

    @property
    def payer_claim_control_number(self) -> str | None:
        """The payer's own number: of the newest standing decision, else of an acknowledgement."""
        standing = self.standing
        if standing is not None and standing.adjudication.payer_claim_control_number:
            return standing.adjudication.payer_claim_control_number
        told = [fact.data.get("payer_claim_control_number") for fact in self.of_type("ClaimAccepted")]
        return next((number for number in reversed(told) if number), None)

    @property
    def first_turn(self) -> bool:
        """True if this claim brings the charge to the ledger; a later payer's claim only takes over what is left."""
        return self.turn == "P" or not any(version.correction_action for version in self.versions)


def ledger_of(claim: Claim, others: Mapping[UUID, Claim]) -> UUID | None:
    """The ledger that the claim's money belongs to: its own, or that of the claim it follows; None if not yet known."""
    if claim.first_turn:
        return claim.claim_id if claim.versions else None
    follows = [v.corrects_claim_id for v in claim.versions if v.correction_action == "secondary"]
    before = others.get(follows[0]) if follows and follows[0] is not None else None
    if before is None or before.claim_id == claim.claim_id:
        return None
    return before.ledger_id or ledger_of(before, others)


def version_of(payment: Payment, claim: Claim) -> int:
    """The claim version that a payment answers, by content only, so that the order of arrival does not matter.

    By the payer's control number of an acceptance; else, of the versions that the payer can have decided (sent, not
    rejected), the newest with the same charge (and frequency code, if told) that was built by the day of the payment;
    else the oldest of them. Number and frequency code 1 alone
    tell the version of the first decision only: payers also send them with the answer to a replacement.
    """
    later = any(_before(other, payment) for other in claim.payments)
    accepted = _accepted_as(claim, payment.adjudication.payer_claim_control_number, distinct=later)
    if accepted:
        return accepted
    charge_cents, told = abs(payment.adjudication.charge_cents), payment.adjudication.frequency_code
    versions = _decidable(claim)
    billed = [version for version in versions if version.charge_cents == charge_cents] or versions
    if not (later and told == "1"):
        billed = [version for version in billed if told and version.frequency_code == told] or billed
    dated = [version for version in billed if version.built_at.date() <= payment.paid_on]
    if dated:
        return dated[-1].claim_version
    return billed[0].claim_version if billed else 1


def _decidable(claim: Claim) -> list[ClaimVersion]:
    """The versions that a payer can have decided, oldest first; all where none is known to be sent."""
    versions = sorted(claim.versions, key=lambda version: version.claim_version)
    versions = [version for version in versions if not rejected(claim, version.claim_version)] or versions
    sent = {fact.claim_version for fact in claim.of_type("ClaimSubmitted")}
    return [version for version in versions if version.claim_version in sent] or versions


def _accepted_as(claim: Claim, number: str, *, distinct: bool) -> int:
    """The newest version accepted under the payer's number, 0 if none; `distinct` asks that others have another one."""
    told = [(f.claim_version or 0, f.data.get("payer_claim_control_number")) for f in claim.of_type("ClaimAccepted")]
    if not number or (distinct and all(known in (number, None) for _, known in told)):
        return 0
    return max((version for version, known in told if known == number), default=0)


def _before(other: Payment, payment: Payment) -> bool:
    """True if `other` is an earlier decision about the same claim: taken back since, or of an earlier day."""
    if not other.posted or other.adjudication.is_reversal or other.payment_id == payment.payment_id:
        return False
    if other.reversed_by is not None and payment.reversed_by is None:
        return True
    return (other.paid_on, other.key) < (payment.paid_on, payment.key)


# --- the state of a claim -------------------------------------------------------------------------------------------


class ClaimState(StrEnum):
    """Where a claim stands. Rejected was never adjudicated; denied was."""

    UNKNOWN = "unknown"
    HELD = "held"
    BUILT = "built"
    WITHDRAWN = "withdrawn"
    SUBMITTED = "submitted"
    STALLED = "stalled"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    PAID = "paid"
    PATIENT_SHARE = "patient_share"
    PARTIALLY_PAID = "partially_paid"
    DENIED = "denied"
    WRITTEN_OFF = "written_off"
    REVERSED = "reversed"
    VOIDED = "voided"


_BEFORE_ADJUDICATION = (
    ("ClaimAccepted", ClaimState.ACCEPTED),
    ("ClaimSubmitted", ClaimState.SUBMITTED),
    ("ClaimWithdrawn", ClaimState.WITHDRAWN),
    ("ClaimBuilt", ClaimState.BUILT),
    ("ClaimHeld", ClaimState.HELD),
)
WITHDRAWN_FOR_GOOD = frozenset({"encounter_cancelled", "not_disclosed", "self_pay"})


def rejected(claim: Claim, claim_version: int) -> Fact | None:
    """The rejection that stands: no later submission or acceptance of the same version came after it."""
    refusals = claim.of_type("ClaimRejected", claim_version)
    answers = claim.of_type("ClaimAccepted", claim_version) + claim.of_type("ClaimSubmitted", claim_version)
    newest = max((fact.occurred_at for fact in answers), default=None)
    standing = [fact for fact in refusals if newest is None or fact.occurred_at >= newest]
    return standing[-1] if standing else None


def stalled(claim: Claim, claim_version: int) -> Fact | None:
    """The stall that stands: what it waited for has not come."""
    answered = bool(claim.of_type("ClaimAccepted", claim_version) or claim.of_type("ClaimRejected", claim_version))
    delivered = answered or bool(claim.of_type("ClaimSubmitted", claim_version))
    for fact in reversed(claim.of_type("ClaimStalled", claim_version)):
        resolved = answered if fact.data.get("reason") == "acknowledgement_overdue" else delivered
        if not resolved:
            return fact
    return None


def version_state(claim: Claim, claim_version: int) -> ClaimState:
    """The state of one version as far as its submission goes."""
    if rejected(claim, claim_version):
        return ClaimState.REJECTED
    if stalled(claim, claim_version):
        return ClaimState.STALLED
    for event_type, state in _BEFORE_ADJUDICATION:
        if claim.of_type(event_type, claim_version):
            return state
    return ClaimState.UNKNOWN


def current_version(claim: Claim) -> int:
    """The highest version that was not withdrawn; the highest of all if every one was; 1 if none is known."""
    numbers = {fact.claim_version for fact in claim.facts if fact.claim_version}
    withdrawn = {fact.claim_version for fact in claim.of_type("ClaimWithdrawn")}
    sent = {fact.claim_version for fact in claim.of_type("ClaimSubmitted")}
    return max(numbers - (withdrawn - sent), default=0) or max(numbers, default=0) or 1


def version_at_payer(claim: Claim) -> int:
    """The version that the payer has: the decided one, else the newest sent one, else the current one."""
    if claim.standing is not None:
        return version_of(claim.standing, claim)
    sent = [fact.claim_version for fact in claim.of_type("ClaimSubmitted") if fact.claim_version]
    return max(sent, default=0) or current_version(claim)


def cancelled(claim: Claim) -> bool:
    """True if the claim shall not exist: its newest version was withdrawn for good, or replaced by a void."""
    newest = claim.newest
    if newest is not None and newest.frequency_code == "8":
        return True
    final = [f for f in claim.of_type("ClaimWithdrawn") if f.data.get("reason") in WITHDRAWN_FOR_GOOD]
    last = max((f.claim_version or 0 for f in final), default=0)
    return bool(last) and (newest is None or newest.claim_version <= last)


def voided(claim: Claim) -> bool:
    """True if a cancelled claim leaves nothing at the payer: never sent, rejected, or paid and taken back."""
    if not cancelled(claim) or any(payment.stands for payment in claim.payments):
        return False
    if any(payment.posted and payment.adjudication.is_reversal for payment in claim.payments):
        return True
    sent = {fact.claim_version for fact in claim.of_type("ClaimSubmitted") if fact.claim_version}
    return all(rejected(claim, version) for version in sent)


def claim_state(claim: Claim, balances: Balances) -> ClaimState:
    """The state that all facts together tell; a late acknowledgement never moves a decided claim back."""
    if voided(claim):
        return ClaimState.VOIDED
    standing, current = claim.standing, current_version(claim)
    posted = [payment for payment in claim.payments if payment.posted]
    if standing is not None and version_of(standing, claim) >= current:
        return _decided(claim, balances)
    if standing is None and posted and max(version_of(payment, claim) for payment in posted) >= current:
        return ClaimState.REVERSED
    return version_state(claim, current)


def _decided(claim: Claim, balances: Balances) -> ClaimState:
    paid_cents = sum(p.adjudication.paid_cents for p in claim.payments if p.posted)
    if balances.outstanding(claim.turn) > 0:
        return ClaimState.PARTIALLY_PAID if paid_cents else ClaimState.DENIED
    if paid_cents:
        return ClaimState.PAID
    patient_cents = sum(p.patient_cents for p in claim.payments if p.posted)
    return ClaimState.PATIENT_SHARE if patient_cents else ClaimState.WRITTEN_OFF


def opening_lines(claim: Claim) -> dict[int, int]:
    """Charge per line number that the ledger shall hold now: that of the newest version, nothing if voided."""
    if not claim.first_turn or voided(claim):
        return {}
    billed = [version for version in claim.versions if version.frequency_code != "8"]
    newest = max(billed, key=lambda version: version.claim_version, default=None)
    return {line.line_number: line.charge_cents for line in newest.lines if line.charge_cents} if newest else {}


def derive_id(*parts: object) -> UUID:
    """UUIDv5 of the parts: the same thing has the same id in every redo."""
    return uuid5(NAMESPACE, "|".join(str(part) for part in parts))
