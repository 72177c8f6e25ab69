"""What follows from the facts of one encounter: postings, corrections, work items, states, closings. Pure.

One round looks at everything known and decides all that is due; a second round over the same facts decides nothing new.
So any order of arrival ends in the same books.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal
from uuid import UUID

from events import Adjustment as AdjustmentPart
from events import ClaimClosed, ClaimDenied, ClaimPaid, Event

from followup_svc.corrections import Correction, PayerRules, corrections_due, next_turn
from followup_svc.denials import Playbook
from followup_svc.domain import (
    PREDETERMINATION,
    TURNS,
    Balances,
    Claim,
    Payment,
    Transfer,
    claim_state,
    current_version,
    ledger_of,
    opening_lines,
    version_of,
    voided,
    write_off,
)
from followup_svc.posting import (
    Posting,
    Target,
    answers_what_was_billed,
    open_charges,
    original_of,
    post,
    release,
    reverse,
)
from followup_svc.repository.books import EncounterBooks
from followup_svc.repository.saving import ClaimRowState, Decisions, PaymentState, closed_as_text
from followup_svc.worklist import (
    CHARGE_DIFFERS,
    REVERSAL_UNMATCHED,
    TURN_NOT_OPEN,
    UNKNOWN_CLAIM,
    claim_items,
    encounter_items,
    suspense_item,
)

Outcome = Literal["paid", "patient_share", "written_off", "voided", "transferred"]


@dataclass(frozen=True, slots=True)
class Rulebook:
    """The data tables that decisions come from."""

    playbook: Playbook
    payers: PayerRules

    @classmethod
    def standard(cls) -> Rulebook:
        """The tables that come with the service."""
        return cls(Playbook.standard(), PayerRules.standard())


@dataclass(slots=True)
class Settled:
    """What a round decided: rows to write, events to publish, corrections to request, payments still waiting."""

    decisions: Decisions = field(default_factory=Decisions)
    events: list[Event] = field(default_factory=list)
    corrections: list[tuple[Claim, Correction]] = field(default_factory=list)
    waiting: list[Payment] = field(default_factory=list)
    released_keys: list[str] = field(default_factory=list)
    """Keys of suspense items whose payment was posted."""


def settle(books: EncounterBooks, rules: Rulebook, now: datetime, into: Settled) -> None:
    """Decide all that is due for one encounter and add it to `into`."""
    _Round(books, rules, now, into).run()


class _Round:
    """The working state of one encounter: claims and balances as they become while postings are decided."""

    def __init__(self, books: EncounterBooks, rules: Rulebook, now: datetime, into: Settled) -> None:
        self._books = books
        self._rules = rules
        self._now = now
        self._into = into
        self._claims = {claim.claim_id: claim for claim in books.claims}
        self._balances = dict(books.balances)
        self._posted: dict[UUID, tuple[Transfer, ...]] = dict(books.reversible)
        self._refusals: dict[UUID, str] = {}

    def run(self) -> None:
        self._assign_ledgers()
        self._open_all()
        self._post_all()
        self._open_all()  # a reversal may have voided a cancelled claim
        corrections = {claim_id: self._correct(claim) for claim_id, claim in self._claims.items()}
        self._open_items(corrections)
        for claim in list(self._claims.values()):
            self._into.decisions.claims.append(self._row(claim))

    # --- the ledger ---

    def _assign_ledgers(self) -> None:
        for claim_id, claim in self._claims.items():
            if claim.ledger_id is None:
                self._claims[claim_id] = replace(claim, ledger_id=ledger_of(claim, self._claims))

    def _open_all(self) -> None:
        for claim_id, claim in self._claims.items():
            if claim.ledger_id is None:
                continue
            wanted = opening_lines(claim)
            transfers = open_charges(claim, claim.ledger_id, wanted) if claim.first_turn else ()
            if transfers:
                self._record(transfers)
                opened = replace(claim, opened_lines=wanted, opening_number=claim.opening_number + 1)
                self._claims[claim_id] = opened

    def _record(self, transfers: tuple[Transfer, ...]) -> None:
        for transfer in transfers:
            self._into.decisions.transfers.append((self._books.tenant_id, transfer))
            if transfer.encounter_id is not None:
                before = self._balances.get(transfer.ledger_id, Balances())
                self._balances[transfer.ledger_id] = before.after((transfer,))

    def _of(self, claim: Claim) -> Balances:
        return self._balances.get(claim.ledger_id, Balances()) if claim.ledger_id else Balances()

    # --- payments ---

    def _pending(self) -> Iterator[Payment]:
        """Payments not posted yet; inside a remittance a reversal goes before its correction (RFI 791)."""
        found = [p for claim in self._claims.values() for p in claim.payments if p.state == "suspense"]
        order = sorted(found, key=lambda p: (p.paid_on, p.remittance_id, not p.adjudication.is_reversal, p.number))
        return iter(order)

    def _post_all(self) -> None:
        progress = True
        while progress:
            progress = False
            for payment in self._pending():
                refusal = self._try_post(payment)
                progress = progress or refusal is None
                if refusal is not None:
                    self._refusals[payment.payment_id] = refusal

    def _try_post(self, payment: Payment) -> str | None:
        """Post it; returns why it must wait otherwise."""
        claim = self._claims[_named(payment.claim_id)]
        if not claim.versions or claim.ledger_id is None:
            return UNKNOWN_CLAIM if claim.first_turn else TURN_NOT_OPEN
        if payment.adjudication.status_code == PREDETERMINATION:
            self._keep(claim, replace(payment, state="noted", turn=claim.turn), Posting())
            return None
        if payment.adjudication.is_reversal:
            return self._reverse(claim, payment)
        return self._post(claim, claim.ledger_id, payment)

    def _reverse(self, claim: Claim, payment: Payment) -> str | None:
        original = original_of(payment, claim.payments)
        if original is None:
            return REVERSAL_UNMATCHED
        posting = reverse(payment, self._posted.get(original.payment_id, ()))
        taken = replace(original, reversed_by=payment.payment_id)
        claim = self._replace_payment(claim, taken)
        self._into.decisions.reversals[original.payment_id] = payment.payment_id
        posted = replace(
            payment,
            state="posted",
            turn=original.turn,
            patient_cents=-original.patient_cents,
            contractual_cents=-original.contractual_cents,
        )
        self._keep(claim, posted, posting)
        self._into.events.append(self._paid_event(claim, posted, partial=False))
        return None

    def _post(self, claim: Claim, ledger_id: UUID, payment: Payment) -> str | None:
        if not answers_what_was_billed(payment.adjudication, claim):
            return CHARGE_DIFFERS
        later = claim.newest.later_turns if claim.newest else ()
        turn = payment.adjudication.turn(claim.turn, (claim.turn, *later))
        if not self._turn_open(claim, turn):
            return TURN_NOT_OPEN
        version = claim.version(version_of(payment, claim))
        following = next((t for t in TURNS if t in later and TURNS.index(t) > TURNS.index(turn)), None)
        target = Target(claim, ledger_id, turn, following, version.lines if version else (), self._of(claim))
        posting = post(payment, target, self._rules.playbook)
        posted = replace(
            payment,
            state="posted",
            turn=turn,
            patient_cents=posting.patient_cents,
            contractual_cents=posting.contractual_cents,
            denied_cents=posting.denied_cents,
            category=posting.worst.ruling.category if posting.worst else None,
        )
        claim = self._keep(claim, posted, posting)
        self._tell(claim, posted)
        return None

    def _turn_open(self, claim: Claim, turn: str) -> bool:
        """A later payer's decision needs that of an earlier one on the same ledger."""
        if claim.first_turn and turn == claim.turn:
            return True
        before = TURNS.index(turn)
        return any(
            payment.posted and TURNS.index(payment.turn or "P") < before
            for other in self._claims.values()
            if other.ledger_id == claim.ledger_id
            for payment in other.payments
        )

    def _keep(self, claim: Claim, payment: Payment, posting: Posting) -> Claim:
        if payment.payment_id in self._books.parked:
            self._record(release(payment))
        self._into.released_keys.append(f"suspense|{payment.payment_id}")
        self._record(posting.transfers)
        self._posted[payment.payment_id] = posting.transfers
        self._refusals.pop(payment.payment_id, None)
        self._into.decisions.payments.append(
            PaymentState(
                payment.payment_id,
                payment.state,
                payment.turn or claim.turn,
                payment.patient_cents,
                payment.contractual_cents,
                payment.denied_cents,
                payment.category,
            )
        )
        return self._replace_payment(claim, payment)

    def _replace_payment(self, claim: Claim, payment: Payment) -> Claim:
        payments = tuple(payment if p.payment_id == payment.payment_id else p for p in claim.payments)
        self._claims[claim.claim_id] = replace(claim, payments=payments)
        return self._claims[claim.claim_id]

    # --- what is told to the others ---

    def _tell(self, claim: Claim, payment: Payment) -> None:
        denied = payment.denied_cents > 0
        if payment.adjudication.paid_cents or not denied:
            self._into.events.append(self._paid_event(claim, payment, partial=denied))
        if denied:
            self._into.events.append(self._denied_event(claim, payment))

    def _paid_event(self, claim: Claim, payment: Payment, *, partial: bool) -> ClaimPaid:
        return ClaimPaid.create(
            **self._common(claim, payment),
            paid_cents=payment.adjudication.paid_cents,
            patient_responsibility_cents=payment.patient_cents,
            contractual_cents=payment.contractual_cents,
            partial=partial,
        )

    def _denied_event(self, claim: Claim, payment: Payment) -> ClaimDenied:
        version = claim.version(version_of(payment, claim))
        numbers = {line.control_number: line.line_number for line in version.lines} if version else {}
        adjudication = payment.adjudication
        return ClaimDenied.create(
            **self._common(claim, payment),
            paid_cents=adjudication.paid_cents,
            patient_responsibility_cents=payment.patient_cents,
            denied_cents=payment.denied_cents,
            adjustments=tuple(
                AdjustmentPart(
                    group_code=item.group_code,
                    reason_code=item.reason_code,
                    amount_cents=item.amount_cents,
                    line_number=numbers.get(line.control_number, line.position) if line else None,
                )
                for line, item in adjudication.located_adjustments()
            ),
            remark_codes=(*adjudication.remark_codes, *(code for s in adjudication.lines for code in s.remark_codes)),
            category=(payment.category or "").replace("_", "-"),
        )

    def _common(self, claim: Claim, payment: Payment) -> dict[str, object]:
        number = version_of(payment, claim)
        version = claim.version(number)
        return {
            "occurred_at": self._now,
            "tenant_id": claim.tenant_id,
            "encounter_id": claim.encounter_id,
            "encounter_version": version.encounter_version if version else 1,
            "claim_id": claim.claim_id,
            "claim_version": number,
            "remittance_id": payment.remittance_id,
            "payment_number": payment.number,
            "payer_id": payment.payer_id,
            "payer_claim_control_number": payment.adjudication.payer_claim_control_number or None,
            "claim_status_code": payment.adjudication.status_code,
            "charge_cents": payment.adjudication.charge_cents,
        }

    # --- corrections, work items, closing ---

    def _correct(self, claim: Claim) -> list[Correction]:
        family = [c for c in self._claims.values() if c.ledger_id == claim.ledger_id and c.claim_id != claim.claim_id]
        due = corrections_due(claim, self._of(claim), self._rules.payers, family)
        fresh = [c for c in due if (c.claim_id, c.reason_code) not in self._books.corrected]
        self._into.corrections += [(claim, c) for c in fresh if c.frequency_code is not None]
        return fresh

    def _open_items(self, corrections: dict[UUID, list[Correction]]) -> None:
        tenant_id, items = self._books.tenant_id, self._into.decisions.items
        items += [(tenant_id, item) for item in encounter_items(self._books.facts, self._books.encounter_id)]
        for claim in self._claims.values():
            asked = claim_items(claim, self._of(claim), corrections[claim.claim_id], self._rules.playbook)
            items += [(tenant_id, item) for item in asked]
        for payment in self._pending():
            reason = self._refusals[payment.payment_id]
            items.append((tenant_id, suspense_item(payment, reason, self._books.encounter_id)))
            if payment.payment_id not in self._books.parked:
                self._into.waiting.append(payment)

    def _row(self, claim: Claim) -> ClaimRowState:
        closing = self._closing(claim)
        closed_as = closed_as_text(closing) if closing else None
        again = closing is not None and (not claim.closed or closed_as != self._books.closed_as.get(claim.claim_id))
        number = claim.closing_number + (1 if again else 0)
        if again and closing:
            self._into.events.append(self._closed_event(claim, closing, number))
        return ClaimRowState(
            claim_id=claim.claim_id,
            claim_version=current_version(claim),
            charge_cents=_charge_cents(claim),
            outstanding_cents=self._of(claim).outstanding(claim.turn),
            ledger_id=claim.ledger_id,
            state=claim_state(claim, self._of(claim)).value,
            quiet=self._quiet(claim),
            opened_lines={str(line): cents for line, cents in claim.opened_lines.items()},
            opening_number=claim.opening_number,
            closing_number=number,
            closed=closing is not None,
            closed_as=closed_as,
            payer_claim_control_number=claim.payer_claim_control_number,
        )

    def _quiet(self, claim: Claim) -> bool:
        """True if the next acknowledgement can only move the state on: nothing else waits on it."""
        asked = any(item.claim_id == claim.claim_id for _, item in self._into.decisions.items)
        return not (claim.payments or asked or claim.of_type("ClaimWithdrawn"))

    def _closing(self, claim: Claim) -> dict[str, int] | None:
        """The final amounts, once every cent of this payer turn lies in a final account and nothing waits."""
        balances = self._of(claim)
        posted = [p for p in claim.payments if p.posted and (p.turn or claim.turn) == claim.turn]
        written_off_cents = balances.of(write_off(claim.turn))
        gone = voided(claim)
        waiting = any(p.state == "suspense" for p in claim.payments)
        if balances.outstanding(claim.turn) != 0 or waiting or not (posted or written_off_cents or gone):
            return None
        if posted and claim.standing is None and not gone:
            return None
        return {
            "paid_cents": sum(p.adjudication.paid_cents for p in posted),
            "contractual_cents": sum(p.contractual_cents for p in posted),
            "patient_responsibility_cents": sum(p.patient_cents for p in posted),
            "written_off_cents": written_off_cents,
        }

    def _closed_event(self, claim: Claim, amounts: dict[str, int], number: int) -> ClaimClosed:
        version = claim.newest
        return ClaimClosed.create(
            occurred_at=self._now,
            tenant_id=claim.tenant_id,
            encounter_id=claim.encounter_id,
            encounter_version=version.encounter_version if version else 1,
            claim_id=claim.claim_id,
            claim_version=current_version(claim),
            closing_number=number,
            outcome=_outcome(claim, amounts),
            **amounts,
        )


def _named(claim_id: UUID | None) -> UUID:
    if claim_id is None:
        raise ValueError("a payment without a claim is not settled")
    return claim_id


def _charge_cents(claim: Claim) -> int:
    if claim.newest is not None:
        return claim.newest.charge_cents
    told = [fact.data["charge_cents"] for fact in claim.facts if "charge_cents" in fact.data]
    return int(told[-1]) if told else 0


def _outcome(claim: Claim, amounts: dict[str, int]) -> Outcome:
    if voided(claim):
        return "voided"
    if amounts["paid_cents"] > 0:
        return "paid"
    if amounts["patient_responsibility_cents"] > 0:
        return "transferred" if next_turn(claim) else "patient_share"
    return "written_off"
