"""The gateway's desk: takes a file once, says what each claim becomes, and plans every answer, in one transaction."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Final

from pydantic import TypeAdapter
from x12.ack_999.models import TransactionSetResponse
from x12.envelope import Envelope
from x12.findings import WriteError

from sandbox.payer import acknowledgements as acks
from sandbox.payer import intake
from sandbox.payer.acknowledgements import Verdict
from sandbox.payer.adjudication import Installment, Terms, adjudicate, installments, outcome_name
from sandbox.payer.books import BookedClaim, Books, Delivery, DueInstallment, TakenFile
from sandbox.payer.config import Account, Delays, Kind
from sandbox.payer.coverage import member_of, plan_of
from sandbox.payer.domain import ClaimPayment, LineDecision, SubmittedClaim, SubmittedLine, money_of, reversal_of
from sandbox.payer.front_door import rejection_of
from sandbox.payer.intake import ReceivedFile, ReceivedSet
from sandbox.payer.remittances import Parties
from sandbox.payer.signing import new_traceparent, new_webhook_id
from sandbox.payer.switches import Rejection, Switch, is_forced_payment, switch_of

INSTALLMENT: Final = TypeAdapter(Installment)
PAYMENT: Final = TypeAdapter(ClaimPayment)
_ORIGINAL_UNKNOWN: Final = Rejection("A7", "464")
_FAULTS_BEFORE: Final = frozenset({"error_before", "hang_before", "too_many_requests"})
_EARLY: Final = 0.5
"""Of the 999's delay: when a 277CA that overtakes the 999 leaves."""


class BodyChangedError(ValueError):
    """The idempotency key was used with another body."""


class UnreadableError(ValueError):
    """The file has no interchange with a functional group, or none that could be answered."""


@dataclass(frozen=True, slots=True)
class Taken:
    """The desk's answer. `file_id` is None when a fault came before acceptance; `fault` is a gateway outcome's name."""

    file_id: str | None
    fault: str = ""
    planned: list[tuple[float, int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Arrival:
    """One file on its way over the desk."""

    account: Account
    file_id: str
    body: bytes
    received: ReceivedFile
    now: float
    traceparent: str

    @property
    def instant(self) -> datetime:
        """The moment of arrival."""
        return datetime.fromtimestamp(self.now, UTC)


@dataclass(frozen=True, slots=True)
class _History:
    """The duplicate check against the books."""

    books: Books
    account_id: str

    def has_paid_line(self, claim: SubmittedClaim, line: SubmittedLine) -> bool:
        return self.books.has_service(intake.service_fingerprint(self.account_id, claim, line))


class Desk:
    """Uses the books from the caller's thread; `today` is the payer's business date."""

    def __init__(self, books: Books, delays: Delays, seed: int, today: Callable[[], date]) -> None:
        self._books, self._delays, self._seed, self._today = books, delays, seed, today

    def take(self, account: Account, key: str, body: bytes, now: float) -> Taken:
        """Accept a file, replay the answer, or act out a fault. Raises BodyChangedError, UnreadableError."""
        try:
            return self._take(account, key, body, now)
        except WriteError as error:  # its sender or its claims have ids that no answer can carry
            raise UnreadableError from error

    def _take(self, account: Account, key: str, body: bytes, now: float) -> Taken:
        digest = hashlib.sha256(body).digest()
        with self._books.transaction():
            known = self._books.taken_file(account.id, key)
            if known is not None and known.sha256 != digest:
                raise BodyChangedError(key)
            received = None if known else _readable(body)
            fault = self._fault(account, key, received) if received else self._repeated_fault(account, key, body)
            if known is not None or received is None or fault in _FAULTS_BEFORE:
                return Taken(known.file_id if known else None, fault)
            file_id = f"F{self._books.next_number('file'):09d}"
            self._books.take_file(account.id, key, TakenFile(file_id, digest), now)
            arrival = Arrival(account, file_id, body, received, now, new_traceparent())
            return Taken(file_id, fault, self._process(arrival))

    # --- faults --------------------------------------------------------------------------------------------------

    def _repeated_fault(self, account: Account, key: str, body: bytes) -> str:
        """A taken file may go on failing for its first attempts; only then is it read again."""
        if not self._books.attempts(account.id, key):
            return ""
        return self._fault(account, key, intake.read_file(body))

    def _fault(self, account: Account, key: str, received: ReceivedFile) -> str:
        """The gateway outcome of this attempt: that of the first member who asks for one, while attempts last."""
        switches = (switch_of(claim.member_id) for claim in received.claims)
        asked = next((s for s in switches if s.outcome.stage == "gateway"), None)
        if asked is None:
            return ""
        return asked.name if self._books.count_attempt(account.id, key) <= asked.attempts else ""

    # --- acknowledgements ----------------------------------------------------------------------------------------

    def _process(self, arrival: Arrival) -> list[tuple[float, int]]:
        deliveries: list[Delivery] = []
        rejected = self._interchange_rejection(arrival)
        if rejected:
            for claim in arrival.received.claims:
                self._book_rejected(arrival, claim, "rejected_ta1", "rejected_ta1")
        else:
            accepted_sets = self._functional_acks(arrival, deliveries)
            for received in accepted_sets:
                self._claim_acks(arrival, received, deliveries)
        self._interchange_acks(arrival, rejected, deliveries)
        return self._books.plan_deliveries(deliveries)

    def _interchange_rejection(self, arrival: Arrival) -> str:
        """The TA105 code for which the whole interchange is refused, or an empty text."""
        structural = next((a.note_code for a in arrival.received.interchange_acks if a.rejected), "")
        envelope = arrival.received.envelope
        if structural or envelope is None:
            return structural
        number, account = envelope.interchange_control_number, arrival.account.id
        if not self._books.is_new_interchange(account, envelope.sender_id, number, arrival.file_id):
            return acks.DUPLICATE_INTERCHANGE
        asked = any(
            switch_of(c.member_id).name == "rejected_ta1"
            and not self._books.was_rejected(account, c.patient_control_number, "rejected_ta1")
            for c in arrival.received.claims
        )
        return acks.SENDER_NOT_AUTHORIZED if asked else ""

    def _interchange_acks(self, arrival: Arrival, rejected: str, deliveries: list[Delivery]) -> None:
        """A TA1 goes out where one was asked for (ISA14) or the interchange was refused."""
        envelope = arrival.received.envelope
        wanted = envelope is not None and (envelope.acknowledgement_requested or rejected)
        if envelope is None or not wanted:
            return
        answer = list(arrival.received.interchange_acks)
        if rejected and not any(a.rejected for a in answer):
            answer = [acks.interchange_rejection(envelope, rejected)]
        body = acks.write_ta1(self._answer_envelope(arrival, envelope), answer)
        deliveries.append(self._delivery(arrival, "TA1", body, self._delays.ta1, ()))

    def _functional_acks(self, arrival: Arrival, deliveries: list[Delivery]) -> list[ReceivedSet]:
        """Plan the 999 and return the transaction sets that go on."""
        accepted: list[ReceivedSet] = []
        answers = []
        by_number = {s.transaction_set.control_number: s for s in arrival.received.sets}
        for ack in arrival.received.group_acks:
            responses = []
            for response in ack.responses:
                received = by_number.get(response.control_number)
                answer = self._switched(arrival, response, received) if received else response
                responses.append(answer)
                if received and answer.rejected:
                    self._book_rejected_set(arrival, received)
                elif received:
                    accepted.append(received)
            answers.append(acks.with_responses(ack, responses) if responses else ack)
        if answers and arrival.received.envelope:
            body = acks.write_999(self._answer_envelope(arrival, arrival.received.envelope), answers)
            deliveries.append(self._delivery(arrival, "999", body, self._delays.ack_999, ()))
        return accepted

    def _switched(
        self, arrival: Arrival, response: TransactionSetResponse, received: ReceivedSet
    ) -> TransactionSetResponse:
        """The response as the members in the set ask for it."""
        named = [(claim, switch_of(claim.member_id).name) for claim in received.claims]
        # Who is rejected comes first: in a rejected set nobody is named who would have passed.
        for claim, name in sorted(named, key=lambda each: each[1] != "rejected_999"):
            if name not in ("rejected_999", "accepted_999_e"):
                continue
            delimiters, number = received.envelope.delimiters, received.transaction_set.control_number
            position = intake.claim_position(arrival.body, delimiters, number, claim.patient_control_number)
            change = acks.with_rejected_claim if name == "rejected_999" else acks.with_noted_claim
            response = change(response, claim, position)
        return response

    def _book_rejected_set(self, arrival: Arrival, received: ReceivedSet) -> None:
        culprits = [c for c in received.claims if switch_of(c.member_id).name == "rejected_999"]
        for claim in received.claims:
            innocent = culprits and claim not in culprits
            outcome = "rejected_999_with_neighbour" if innocent else "rejected_999"
            self._book_rejected(arrival, claim, "rejected_999", outcome)

    def _claim_acks(self, arrival: Arrival, received: ReceivedSet, deliveries: list[Delivery]) -> None:
        """Decide each claim of a set and plan its 277CAs: one per payer and road."""
        groups: dict[tuple[str, str], list[tuple[Verdict, int]]] = defaultdict(list)
        for claim in received.claims:
            switch = switch_of(claim.member_id)
            verdict = self._verdict(arrival, claim, switch)
            seq = self._book(arrival, received, claim, switch, verdict)
            groups[claim.payer_id, _road(switch)].append((verdict, seq))
        for (_, road), members in groups.items():
            if road == "silent":
                continue
            reference = f"{arrival.file_id}{self._books.next_number('277ca'):07d}"
            verdicts = [verdict for verdict, _ in members]
            ack = acks.claim_acknowledgement(received, verdicts, "0001", reference, arrival.instant)
            body = acks.write_277ca(self._answer_envelope(arrival, received.envelope), (ack,))
            seqs = tuple(seq for _, seq in members)
            delivery = self._delivery(arrival, "277CA", body, self._ack_delay(road), seqs)
            deliveries.extend(doubled(delivery, road))

    def _ack_delay(self, road: str) -> float:
        d = self._delays
        if road == "acks_out_of_order":
            return d.ack_999 * _EARLY
        if road == "remittance_first":
            return d.remittance + 3 * d.cycle
        return d.ack_277ca + (d.late if road == "late" else 0)

    def _delivery(self, arrival: Arrival, kind: Kind, body: bytes, delay: float, seqs: Sequence[int]) -> Delivery:
        due_at, claims = arrival.now + delay, json.dumps(seqs)
        return Delivery(new_webhook_id(), arrival.account.id, kind, body, arrival.traceparent, claims, due_at)

    def _answer_envelope(self, arrival: Arrival, received: Envelope) -> Envelope:
        number = self._books.next_number(f"interchange:{arrival.account.id}")
        return acks.answer_envelope(received, arrival.instant, number)

    # --- claims --------------------------------------------------------------------------------------------------

    def _verdict(self, arrival: Arrival, claim: SubmittedClaim, switch: Switch) -> Verdict:
        rejection = self._rejection(arrival, claim, switch)
        if rejection is not None:
            return Verdict(claim, rejection)
        status = acks.ACCEPTED_SPLIT if switch.name == "split" and len(claim.lines) > 1 else acks.ACCEPTED
        earlier = self._books.earlier(arrival.account.id, claim.patient_control_number)
        number = self._control_number(claim, earlier.times + 1)
        return Verdict(claim, status, number, claim.frequency_code == "1" and earlier.stands)

    def _rejection(self, arrival: Arrival, claim: SubmittedClaim, switch: Switch) -> Rejection | None:
        account, number = arrival.account.id, claim.patient_control_number
        asked = switch.outcome.rejection
        if asked and not (
            switch.name == "rejected_once" and self._books.was_rejected(account, number, "rejected_277ca")
        ):
            return asked
        rejection = rejection_of(claim, arrival.account, self._today())
        if rejection is None and claim.frequency_code != "1" and self._original(arrival, claim) is None:
            return _ORIGINAL_UNKNOWN
        return rejection

    def _original(self, arrival: Arrival, claim: SubmittedClaim) -> tuple[int, str] | None:
        return self._books.find_original(arrival.account.id, claim.payer_id, claim.original_reference or "")

    def _control_number(self, claim: SubmittedClaim, version: int) -> str:
        """The payer's claim number: by seed and claim, never by the order of arrival, plus the claim's version."""
        text = f"{self._seed}|{claim.payer_id}|{claim.patient_control_number}"
        number = int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big") % 10**11
        return f"{number:011d}{version:02d}"

    def _book_rejected(self, arrival: Arrival, claim: SubmittedClaim, stage: str, outcome: str) -> int:
        return self._books.book_claim(_booked(arrival, claim, stage, outcome))

    def _book(
        self, arrival: Arrival, received: ReceivedSet, claim: SubmittedClaim, switch: Switch, verdict: Verdict
    ) -> int:
        if verdict.rejected:
            return self._book_rejected(arrival, claim, "rejected_277ca", "rejected_277ca")
        if claim.frequency_code == "8":
            return self._void(arrival, received, claim, verdict)
        original = self._original(arrival, claim) if claim.frequency_code == "7" else None
        if original is not None:
            self._books.replace_claim(original[0])
        payment = self._adjudicated(arrival.account.id, claim, switch, verdict.control_number)
        plan = installments(payment, switch)
        seq = self._books.book_claim(self._accepted(arrival, claim, switch, verdict, plan))
        if original is not None:
            first = Installment((reversal_of(PAYMENT.validate_json(original[1])), *plan[0].payments))
            plan = (first, *plan[1:])
        self._remember(arrival.account.id, claim, plan, seq)
        self._plan_remittances(arrival, received, claim, switch, seq, plan)
        return seq

    def _adjudicated(self, account_id: str, claim: SubmittedClaim, switch: Switch, control_number: str) -> ClaimPayment:
        plan = plan_of(claim.filing_indicator)
        used = 0
        if not is_forced_payment(switch):
            used = self._books.deductible_used_cents(account_id, claim.member_id, claim.service_date.year)
        member = member_of(plan, claim.member_id, self._seed, used)
        terms = Terms(plan, member, self._today(), switch, control_number)
        return adjudicate(claim, terms, _History(self._books, account_id))

    def _accepted(
        self, arrival: Arrival, claim: SubmittedClaim, switch: Switch, verdict: Verdict, plan: tuple[Installment, ...]
    ) -> BookedClaim:
        payments = [payment for installment in plan for payment in installment.payments]
        final = [p for p in plan[-1].payments or plan[-2].payments if p.status != "22"] or list(payments[:1])
        booked = _booked(arrival, claim, "accepted", outcome_name(payments[0], switch))
        unprocessable = any("MA130" in line.remarks for payment in payments for line in payment.lines)
        return replace(
            booked,
            payer_claim_control_number=verdict.control_number,
            duplicate=verdict.duplicate,
            unprocessable=unprocessable,
            money=money_of(payments),
            decision=PAYMENT.dump_json(_joined(final)).decode(),
        )

    def _void(self, arrival: Arrival, received: ReceivedSet, claim: SubmittedClaim, verdict: Verdict) -> int:
        """Frequency 8: the original is reversed, and nothing takes its place."""
        original = self._original(arrival, claim)
        assert original is not None  # the front door saw it
        self._books.replace_claim(original[0])
        booked = _booked(arrival, claim, "accepted", "void")
        seq = self._books.book_claim(replace(booked, payer_claim_control_number=verdict.control_number))
        plan = (Installment((reversal_of(PAYMENT.validate_json(original[1])),)),)
        self._use_deductible(arrival.account.id, claim, plan)
        self._plan_remittances(arrival, received, claim, switch_of(""), seq, plan)
        return seq

    def _remember(self, account_id: str, claim: SubmittedClaim, plan: tuple[Installment, ...], seq: int) -> None:
        """Services for the duplicate check (an unprocessable claim has none), and the deductible."""
        if not any("MA130" in line.remarks for line in _lines(plan)):
            fingerprints = (intake.service_fingerprint(account_id, claim, line) for line in claim.lines)
            self._books.book_services(fingerprints, seq)
        self._use_deductible(account_id, claim, plan)

    def _use_deductible(self, account_id: str, claim: SubmittedClaim, plan: tuple[Installment, ...]) -> None:
        """What the claim used of the member's deductible, or a reversal gave back."""
        lines = _lines(plan)
        used = sum(a.cents for line in lines for a in line.adjustments if (a.group, a.reason) == ("PR", "1"))
        if used:
            self._books.use_deductible(account_id, claim.member_id, claim.service_date.year, used)

    def _plan_remittances(
        self,
        arrival: Arrival,
        received: ReceivedSet,
        claim: SubmittedClaim,
        switch: Switch,
        seq: int,
        plan: tuple[Installment, ...],
    ) -> None:
        road = _road(switch)
        if road == "silent":
            return
        parties = _parties(received.envelope, claim.payer_id, claim.payer_name, claim.billing_npi, *_payee(claim))
        chain = f"{arrival.account.id}|{claim.patient_control_number}"
        first_due = arrival.now + self._delays.remittance + (self._delays.late if road == "late" else 0)
        for installment in plan:
            content = INSTALLMENT.dump_json(installment).decode()
            due = DueInstallment(0, seq, arrival.account.id, claim.payer_id, claim.billing_npi, road, parties, content)
            due_at = first_due + installment.after_cycles * self._delays.cycle
            self._books.plan_installment(due, chain, due_at, has_claims=bool(installment.payments))


def _readable(body: bytes) -> ReceivedFile:
    received = intake.read_file(body)
    if received.envelope is None:
        raise UnreadableError
    return received


def doubled(delivery: Delivery, road: str) -> Iterator[Delivery]:
    """The webhook, and for the duplicated roads the same once more, under the same or a new id."""
    yield delivery
    if road == "duplicated_same_id":
        yield delivery
    if road == "duplicated_new_id":
        yield replace(delivery, webhook_id=new_webhook_id())


def _road(switch: Switch) -> str:
    """Claims on different roads do not share a 277CA or an 835: one claim's trouble is not its neighbours'."""
    return switch.name if switch.outcome.stage == "delivery" else ""


def _booked(arrival: Arrival, claim: SubmittedClaim, stage: str, outcome: str) -> BookedClaim:
    return BookedClaim(
        account=arrival.account.id,
        file_id=arrival.file_id,
        patient_control_number=claim.patient_control_number,
        frequency_code=claim.frequency_code,
        payer_id=claim.payer_id,
        payer_sequence=claim.payer_sequence,
        member_id=claim.member_id,
        charge_cents=claim.charge_cents,
        stage=stage,
        outcome=outcome,
        received_at=arrival.now,
    )


def _joined(parts: Sequence[ClaimPayment]) -> ClaimPayment:
    """A split claim as one decision again, for a later reversal."""
    return replace(parts[0], lines=tuple(line for part in parts for line in part.lines))


def _lines(plan: tuple[Installment, ...]) -> list[LineDecision]:
    return [line for installment in plan for payment in installment.payments for line in payment.lines]


def _payee(claim: SubmittedClaim) -> tuple[str, str]:
    return claim.billing_name, claim.billing_tax_id


@lru_cache(maxsize=256)
def _parties(envelope: Envelope, payer_id: str, payer_name: str, npi: str, name: str, tax_id: str) -> str:
    """The parties of a remittance as JSON; few distinct ones, asked for with each claim."""
    parties = Parties(
        payer_id=payer_id,
        payer_name=payer_name,
        payee_npi=npi,
        payee_name=name,
        payee_tax_id=tax_id,
        sender_qualifier=envelope.receiver_qualifier,
        sender_id=envelope.receiver_id,
        receiver_qualifier=envelope.sender_qualifier,
        receiver_id=envelope.sender_id,
        usage_indicator="P" if envelope.usage_indicator == "P" else "T",
    )
    return json.dumps(asdict(parties))
