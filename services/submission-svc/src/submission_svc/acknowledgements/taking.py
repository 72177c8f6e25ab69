"""From a stored webhook to applied facts; files about unknown interchanges are kept and tried again."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from uuid import UUID, uuid5

from events import AcknowledgementQuarantined
from kit.context import Context
from kit.database import Transaction, is_transient
from kit.messaging import Refused
from kit.telemetry import logs, names, span
from kit.webhooks import StoredWebhook
from x12.claim_ack_277ca.models import ReceiverStatus

from submission_svc.acknowledgements import judging
from submission_svc.acknowledgements.applying import apply_facts, note_passed
from submission_svc.acknowledgements.judging import Fact, Sent, Source
from submission_svc.acknowledgements.reading import AcknowledgementFile, read_aside
from submission_svc.delivery import File, announce, submit_spans
from submission_svc.domain import InterchangeState
from submission_svc.errors import UnreadableAcknowledgement
from submission_svc.repository import acknowledgements as repository
from submission_svc.repository import interchanges
from submission_svc.repository.acknowledgements import FileRecord
from submission_svc.repository.interchanges import Account, Outcome

_log = logs.get_logger("submission.acknowledgements")
FILE_NAMESPACE = UUID("0e4ee4b9-60f5-55a5-a4a3-0b1f4f6e6c55")
RETRY_SECONDS = 30.0
TOLD_AFTER_ATTEMPTS = 4
UNMATCHED = "acknowledgement.unmatched"
IDLE_SECONDS = 2.0
AWAY_SECONDS = 5.0


@dataclass(slots=True)
class Judgement:
    """All that a file says, matched with what was sent."""

    facts: list[Fact] = field(default_factory=list)
    passed: list[tuple[Source, Sent]] = field(default_factory=list)
    """Claims that a TA1 or 999 lets pass: nothing is decided about them, but the file was seen to speak of them."""
    interchange_ids: set[UUID] = field(default_factory=set)
    unmatched: int = 0

    def add(self, sent: Iterable[Sent], facts: Iterable[Fact]) -> None:
        """What one part says about the claims that it was matched with."""
        self.interchange_ids.update(s.interchange_id for s in sent)
        self.facts.extend(facts)

    def add_level(self, source: Source, sent: Iterable[Sent], facts: Sequence[Fact]) -> None:
        """As `add`, for an answer to the form: what it does not object to has passed."""
        self.add(sent, facts)
        objected = {fact.sent for fact in facts}
        self.passed.extend((source, s) for s in sent if s not in objected)


@dataclass(frozen=True, slots=True)
class Acknowledgements:
    """Takes acknowledgement files for all accounts."""

    context: Context

    async def take(self, tx: Transaction, stored: StoredWebhook) -> None:
        """Apply a webhook's file once. Raises Refused when it cannot be read: it goes to quarantine."""
        try:
            file = await read_aside(stored.body)
        except UnreadableAcknowledgement as error:
            raise Refused(error.code, error.detail) from None
        sha256 = hashlib.sha256(stored.body).digest()
        account = (stored.tenant_id, stored.account_id)
        file_id = uuid5(FILE_NAMESPACE, f"{stored.account_id}|{sha256.hex()}")
        record = FileRecord(file_id, account, file.kinds, stored.body, sha256, self.context.clock.now())
        if not await repository.insert_file(tx, record):
            return
        unmatched = await self.apply(tx, record, file)
        if unmatched:
            await repository.keep_waiting(tx, record, unmatched, RETRY_SECONDS)

    async def quarantine(self, tx: Transaction, stored: StoredWebhook, code: str) -> None:
        """Tell that a webhook was set aside, so that somebody sees it: a payer does not send twice."""
        self._tell(tx, (stored.tenant_id, stored.account_id), stored.id, stored.kind, code)

    def _tell(self, tx: Transaction, account: Account, webhook_id: UUID, kind: str, code: str) -> None:
        tx.publish(
            AcknowledgementQuarantined.about(
                tenant_id=account[0],
                webhook_id=webhook_id,
                gateway_id=account[1],
                kind=kind,
                reason=code,
                occurred_at=self.context.clock.now(),
            )
        )

    async def apply(self, tx: Transaction, record: FileRecord, file: AcknowledgementFile) -> int:
        """Apply what can be matched; returns how many parts could not. Doing it again changes nothing."""
        judgement = await judge(tx, record.account, file)
        await self._deliver(tx, record.account, judgement.interchange_ids)
        if judgement.facts:
            await apply_facts(
                tx, record.account[0], record.acknowledgement_id, judgement.facts, self.context.clock.now()
            )
        note_passed(record.account[0], judgement.passed)
        return judgement.unmatched

    async def _deliver(self, tx: Transaction, account: Account, interchange_ids: Iterable[UUID]) -> None:
        """Who acknowledges a file has it: an interchange in doubt is delivered by that."""
        now = self.context.clock.now()
        locked = await interchanges.for_update(tx, sorted(interchange_ids))
        doubtful = (InterchangeState.SENDING, InterchangeState.UNKNOWN, InterchangeState.STALLED)
        for interchange in locked.values():
            if interchange.state not in doubtful:
                continue
            outcome = Outcome(interchange.deliver(), "acknowledged", None, 0, now, None)
            await interchanges.save_outcome(tx, outcome)
            number = await interchanges.control_number(tx, interchange.interchange_id)
            file = File(account[0], account[1], interchange.interchange_id, number)
            members = await interchanges.members(tx, interchange.interchange_id)
            with ExitStack() as stack:
                await announce(tx, file, members, submit_spans(stack, file, members), now)

    async def run(self, _: Context) -> None:
        """Try waiting files again, for ever."""
        while True:
            try:
                tried = await self.retry_one()
            except Exception as error:  # a background loop's edge: only what passes by itself is swallowed
                if not is_transient(error):
                    raise
                _log.warning("waiting acknowledgements will be repeated", **logs.describe(error))
                await asyncio.sleep(AWAY_SECONDS)
                continue
            if not tried:
                await asyncio.sleep(IDLE_SECONDS)

    async def retry_one(self) -> bool:
        """Try one waiting file again; False if none is due."""
        async with self.context.database.transaction(self.context.tenants.by_id) as tx:
            record = await repository.waiting_file(tx)
            if record is None:
                return False
            with span("retry acknowledgement", root=True, attributes={names.GATEWAY_ID: record.account[1]}):
                await self._retry(tx, record)
        return True

    async def _retry(self, tx: Transaction, record: FileRecord) -> None:
        try:
            file = await read_aside(record.content)
        except UnreadableAcknowledgement as error:
            # An earlier release could read it. It must not stop the files behind it.
            await repository.finish_file(tx, record.acknowledgement_id)
            webhook_id = await repository.webhook_of(tx, record)
            self._tell(tx, record.account, webhook_id, record.kinds.partition(",")[0], error.code)
            return
        unmatched = await self.apply(tx, record, file)
        if unmatched:
            await repository.keep_waiting(tx, record, unmatched, RETRY_SECONDS)
            await self._tell_unmatched(tx, record)
        else:
            await repository.finish_file(tx, record.acknowledgement_id)

    async def _tell_unmatched(self, tx: Transaction, record: FileRecord) -> None:
        """After some tries a person must look: what it speaks of was sent by somebody else, or our database is old."""
        if record.attempts >= TOLD_AFTER_ATTEMPTS:
            webhook_id = await repository.webhook_of(tx, record)
            self._tell(tx, record.account, webhook_id, record.kinds.partition(",")[0], UNMATCHED)


async def judge(tx: Transaction, account: Account, file: AcknowledgementFile) -> Judgement:
    """Match each part of the file with what was sent: TA1 by ISA13, 999 by GS06, 277CA by BHT03, else by CLM01."""
    judgement = Judgement()
    by_number = await repository.by_interchange_number(
        tx, account, [answer.interchange_control_number for answer in file.interchanges]
    )
    for answer in file.interchanges:
        sent = by_number.get(answer.interchange_control_number, [])
        judgement.unmatched += not sent
        judgement.add_level("TA1", sent, judging.of_interchange(answer, sent))
    groups = {group: _number(group.group_control_number) for group in file.groups}
    by_group = await repository.by_group_number(tx, account, groups.values())
    for group, number in groups.items():
        sent = by_group.get(number, [])
        judgement.unmatched += not sent
        judgement.add_level("999", sent, judging.of_group(group, sent))
    await _judge_claims(tx, account, [r for answer in file.claims for r in answer.receivers], judgement)
    return judgement


async def _judge_claims(
    tx: Transaction, account: Account, receivers: list[ReceiverStatus], judgement: Judgement
) -> None:
    by_reference = await repository.by_reference(tx, account, [r.receiver_trace_number for r in receivers])
    strangers = {
        claim.patient_control_number
        for r in receivers
        for known in [{s.patient_control_number for s in by_reference.get(r.receiver_trace_number, [])}]
        for provider in r.providers
        for claim in provider.claims
        if claim.patient_control_number not in known
    }
    elsewhere = await repository.by_patient_control_number(tx, account, sorted(strangers))
    for receiver in receivers:
        sent = by_reference.get(receiver.receiver_trace_number, [])
        judged = judging.of_batch(receiver, sent, elsewhere)
        judgement.unmatched += judged.unmatched + (not sent and not any(p.claims for p in receiver.providers))
        judgement.add([*sent, *(fact.sent for fact in judged.facts)], judged.facts)


def _number(text: str) -> int:
    """GS06 as a number; 0, which is never drawn, where it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else 0
