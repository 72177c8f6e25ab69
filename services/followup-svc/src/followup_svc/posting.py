"""What a remittance does to the ledger: one adjudication and the claim it answers become transfers. Pure.

Rules: X12 005010X221A1; RFI 1423 and 1885 (decide by line and code, not by CLP02), RFI 1147 and 1429 (a reversal
negates the whole earlier decision), RFI 1696 (an earlier payer's arithmetic, OA-23, is never a new adjustment).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from followup_svc.denials import Playbook, Ruling
from followup_svc.domain import (
    CASH,
    PATIENT,
    PREDETERMINATION,
    SUSPENSE,
    AdjudicatedLine,
    Adjudication,
    Adjustment,
    Balances,
    BilledLine,
    Claim,
    Payment,
    Transfer,
    contractual,
    outstanding,
    payer_cash,
    provider_level,
)


@dataclass(frozen=True, slots=True)
class Denial:
    """One adjustment that refuses money, with the ruling about it. `line_number` is None at claim level."""

    line_number: int | None
    group_code: str
    reason_code: str
    remark_codes: tuple[str, ...]
    amount_cents: int
    ruling: Ruling


@dataclass(frozen=True, slots=True)
class Posting:
    """What posting one payment does: its transfers and what it decided, in cents."""

    transfers: tuple[Transfer, ...] = ()
    denials: tuple[Denial, ...] = ()
    paid_cents: int = 0
    contractual_cents: int = 0
    patient_cents: int = 0

    @property
    def denied_cents(self) -> int:
        """Refused by this payment; it stays outstanding."""
        return max(0, sum(denial.amount_cents for denial in self.denials))

    @property
    def worst(self) -> Denial | None:
        """The denial with the most money: its category names the payment's."""
        if not self.denied_cents:
            return None
        return max(self.denials, key=lambda denial: (denial.amount_cents, denial.reason_code))


@dataclass(frozen=True, slots=True)
class Target:
    """Where a payment is posted: a claim, the payer turn that answered, who comes next, and what is still owed."""

    claim: Claim
    ledger_id: UUID
    turn: str
    next_turn: str | None
    lines: tuple[BilledLine, ...]
    balances: Balances


@dataclass(slots=True)
class _Book:
    """Collects the transfers of one payment under numbered keys."""

    payment: Payment
    target: Target
    transfers: list[Transfer] = field(default_factory=list)

    def move(self, debit: str, credit: str, cents: int, reason: str, line_number: int | None) -> None:
        """Post `cents`; a negative amount goes the other way, zero is nothing."""
        if cents == 0:
            return
        if cents < 0:
            debit, credit, cents = credit, debit, -cents
        claim, number = self.target.claim, len(self.transfers) + 1
        self.transfers.append(
            Transfer(
                key=f"{self.payment.payment_id}|{number}",
                ledger_id=self.target.ledger_id,
                debit_account=debit,
                credit_account=credit,
                amount_cents=cents,
                reason=reason,
                encounter_id=claim.encounter_id,
                claim_id=claim.claim_id,
                payment_id=self.payment.payment_id,
                remittance_id=self.payment.remittance_id,
                line_number=line_number,
            )
        )


def post(payment: Payment, target: Target, playbook: Playbook) -> Posting:
    """Transfers of one decision that is not a reversal.

    Paid and patient share are posted per line. Contractual amounts of a later payer are capped by what is left, for
    some payers restate the whole reduction from the full charge. Refused money is not moved: it stays outstanding.
    """
    adjudication = payment.adjudication
    if adjudication.status_code == PREDETERMINATION:
        return Posting()
    numbers = {line.position: line_number_of(line, target.lines) for line in adjudication.lines}
    judged = [_judge(line, item, adjudication, payment, playbook) for line, item in adjudication.located_adjustments()]
    book = _Book(payment, target)
    _post_paid(book, adjudication, numbers)
    patient_cents = _post_judged(book, judged, numbers, "patient")
    denials = tuple(_denial(found, adjudication, numbers) for found in judged if found[0].denies)
    contractual_cents = _post_contractual(book, judged, numbers, patient_cents, sum(d.amount_cents for d in denials))
    return Posting(tuple(book.transfers), denials, adjudication.paid_cents, contractual_cents, patient_cents)


_Judged = tuple[Ruling, AdjudicatedLine | None, Adjustment]


def _judge(
    line: AdjudicatedLine | None, item: Adjustment, adjudication: Adjudication, payment: Payment, playbook: Playbook
) -> _Judged:
    remarks = (*(line.remark_codes if line else ()), *adjudication.remark_codes)
    return playbook.ruling(payment.payer_id, item.group_code, item.reason_code, remarks), line, item


def _denial(judged: _Judged, adjudication: Adjudication, numbers: dict[int, int | None]) -> Denial:
    ruling, line, item = judged
    remarks = line.remark_codes if line and line.remark_codes else adjudication.remark_codes
    number = numbers[line.position] if line else None
    return Denial(number, item.group_code, item.reason_code, remarks, item.amount_cents, ruling)


def _post_paid(book: _Book, adjudication: Adjudication, numbers: dict[int, int | None]) -> None:
    turn = book.target.turn
    for line in adjudication.lines:
        book.move(payer_cash(turn), outstanding(turn), line.paid_cents, "paid", numbers[line.position])
    at_claim = adjudication.paid_cents - sum(line.paid_cents for line in adjudication.lines)
    book.move(payer_cash(turn), outstanding(turn), at_claim, "paid", None)


def _post_judged(book: _Book, judged: Iterable[_Judged], numbers: dict[int, int | None], money: str) -> int:
    turn, following = book.target.turn, book.target.next_turn
    bearer = outstanding(following) if following else PATIENT
    total = 0
    for ruling, line, item in judged:
        if ruling.money == money:
            number = numbers[line.position] if line else None
            book.move(bearer, outstanding(turn), item.amount_cents, _reason(item), number)
            total += item.amount_cents
    return total


def _post_contractual(
    book: _Book, judged: Iterable[_Judged], numbers: dict[int, int | None], patient_cents: int, denied_cents: int
) -> int:
    target, paid_cents = book.target, book.payment.adjudication.paid_cents
    room = target.balances.outstanding(target.turn) - paid_cents - patient_cents - denied_cents
    capped = target.turn != "P" and not target.claim.first_turn
    total = 0
    for ruling, line, item in judged:
        if ruling.money != "contractual":
            continue
        cents = min(item.amount_cents, max(0, room - total)) if capped else item.amount_cents
        number = numbers[line.position] if line else None
        book.move(contractual(target.turn), outstanding(target.turn), cents, _reason(item), number)
        total += cents
    return total


def _reason(item: Adjustment) -> str:
    return f"{item.group_code}-{item.reason_code}"


def line_number_of(line: AdjudicatedLine, billed: Sequence[BilledLine]) -> int | None:
    """Our line of an SVC: by REF*6R; else by LX number; else by code and charge where only one fits; else None.

    Payers may not echo the control number, drop modifiers, or change the order of lines (RFI 1917, 2224).
    """
    by_control = {item.control_number: item.line_number for item in billed}
    if line.control_number in by_control:
        return by_control[line.control_number]
    number = int(line.control_number) if line.control_number.isdecimal() and len(line.control_number) <= 3 else 0
    tests: tuple[Callable[[BilledLine], bool], ...] = (
        lambda item: item.line_number == number and item.charge_cents == line.charge_cents,
        lambda item: item.procedure_code == line.procedure_code and item.charge_cents == line.charge_cents,
        lambda item: item.procedure_code == line.procedure_code,
    )
    for fits in tests:
        found = [item.line_number for item in billed if fits(item)]
        if len(found) == 1:
            return found[0]
    return None


def reverse(payment: Payment, original: Iterable[Transfer]) -> Posting:
    """The transfers that take an earlier payment back: each of its own, the other way round."""
    transfers = tuple(
        Transfer(
            key=f"{payment.payment_id}|{number}",
            ledger_id=earlier.ledger_id,
            debit_account=earlier.credit_account,
            credit_account=earlier.debit_account,
            amount_cents=earlier.amount_cents,
            reason="reversal",
            encounter_id=earlier.encounter_id,
            claim_id=earlier.claim_id,
            payment_id=payment.payment_id,
            remittance_id=payment.remittance_id,
            line_number=earlier.line_number,
        )
        for number, earlier in enumerate(original, start=1)
    )
    return Posting(transfers, paid_cents=payment.adjudication.paid_cents)


def original_of(reversal: Payment, payments: Iterable[Payment]) -> Payment | None:
    """The standing payment that a reversal takes back: the same charge and paid amount negated.

    Where several fit: one whose adjustments are negated too, then the payer's same control number, then the newest. A
    correction that follows the reversal in the same remittance is never meant.
    """
    taken = reversal.adjudication
    fitting = [
        payment
        for payment in payments
        if payment.stands
        and payment.adjudication.charge_cents == -taken.charge_cents
        and payment.adjudication.paid_cents == -taken.paid_cents
        and not (payment.remittance_id == reversal.remittance_id and payment.number > reversal.number)
    ]
    return max(fitting, key=lambda payment: (*_likeness(payment, reversal), payment.paid_on, payment.key), default=None)


def _likeness(payment: Payment, reversal: Payment) -> tuple[bool, bool]:
    number = reversal.adjudication.payer_claim_control_number
    same_number = bool(number) and payment.adjudication.payer_claim_control_number == number
    return _amounts(payment.adjudication, 1) == _amounts(reversal.adjudication, -1), same_number


def _amounts(adjudication: Adjudication, sign: int) -> list[tuple[str, str, int]]:
    items = (item for _, item in adjudication.located_adjustments())
    return sorted((item.group_code, item.reason_code, sign * item.amount_cents) for item in items)


def answers_what_was_billed(adjudication: Adjudication, claim: Claim) -> bool:
    """True if CLP03 is the charge of some version, or its lines are lines of one (a split claim, RFI 1684)."""
    charge_cents = abs(adjudication.charge_cents)
    return any(
        version.charge_cents == charge_cents or _is_part_of(adjudication, version.lines) for version in claim.versions
    )


def _is_part_of(adjudication: Adjudication, billed: Sequence[BilledLine]) -> bool:
    known = {item.control_number: item.charge_cents for item in billed}
    lines = adjudication.lines
    total_cents = sum(line.charge_cents for line in lines)
    return (
        bool(lines)
        and total_cents == adjudication.charge_cents
        and len({line.control_number for line in lines}) == len(lines)
        and all(known.get(line.control_number) == abs(line.charge_cents) for line in lines)
    )


def suspend(payment: Payment) -> tuple[Transfer, ...]:
    """Money that came for a claim we cannot name: it is on the ledger of its remittance, as owed to somebody."""
    cents = payment.adjudication.paid_cents
    return _cash_transfer(f"suspense|{payment.payment_id}", payment, cents, "suspense")


def release(payment: Payment) -> tuple[Transfer, ...]:
    """Take it out of suspense again, by a reversing transfer, before it is posted to its claim."""
    cents = -payment.adjudication.paid_cents
    return _cash_transfer(f"release|{payment.payment_id}", payment, cents, "released from suspense")


def _cash_transfer(key: str, payment: Payment, cents: int, reason: str) -> tuple[Transfer, ...]:
    if cents == 0:
        return ()
    debit, credit = (CASH, SUSPENSE) if cents > 0 else (SUSPENSE, CASH)
    return (
        Transfer(
            key=key,
            ledger_id=payment.remittance_id,
            debit_account=debit,
            credit_account=credit,
            amount_cents=abs(cents),
            reason=reason,
            payment_id=payment.payment_id,
            remittance_id=payment.remittance_id,
        ),
    )


def provider_adjustments(remittance_id: UUID, amounts: Iterable[tuple[str, int]]) -> tuple[Transfer, ...]:
    """PLB pairs (reason code, cents) on the remittance's ledger; a positive amount lowers the payment."""
    transfers = []
    for number, (reason_code, cents) in enumerate(amounts, start=1):
        if cents:
            account = provider_level(reason_code)
            debit, credit = (account, CASH) if cents > 0 else (CASH, account)
            key, reason = f"plb|{remittance_id}|{number}", f"PLB {reason_code}"
            transfers.append(
                Transfer(key, remittance_id, debit, credit, abs(cents), reason, remittance_id=remittance_id)
            )
    return tuple(transfers)


def open_charges(claim: Claim, ledger_id: UUID, wanted: dict[int, int]) -> tuple[Transfer, ...]:
    """Bring the charge per line on the ledger to what it shall be: the first time all of it, later the difference."""
    transfers = []
    for line_number in sorted({*wanted, *claim.opened_lines}):
        cents = wanted.get(line_number, 0) - claim.opened_lines.get(line_number, 0)
        if cents:
            debit, credit = _towards("charges", outstanding(claim.turn), cents)
            transfers.append(
                Transfer(
                    key=f"open|{claim.claim_id}|{claim.opening_number + 1}|{line_number}",
                    ledger_id=ledger_id,
                    debit_account=debit,
                    credit_account=credit,
                    amount_cents=abs(cents),
                    reason="charge",
                    encounter_id=claim.encounter_id,
                    claim_id=claim.claim_id,
                    line_number=line_number,
                )
            )
    return tuple(transfers)


def _towards(credit: str, debit: str, cents: int) -> tuple[str, str]:
    return (debit, credit) if cents > 0 else (credit, debit)
