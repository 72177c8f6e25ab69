"""Apply a batch of records: one transaction with the inbox, the handlers and the outbox.

A transient failure is raised to the caller, who repeats the whole batch. A permanent one is found by redoing the batch
record by record under savepoints; the guilty record becomes a dead letter and the rest goes on.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from uuid import UUID

from events.envelope import Event
from pydantic import ValidationError
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from kit.database.engine import Database, Transaction, is_transient
from kit.messaging.dead_letters import DeadLetter, record_dead_letters
from kit.messaging.received import HandlerTable, Received, Refused
from kit.messaging.records import Record, Undecodable
from kit.phi import UnreadablePart
from kit.telemetry import logs, metrics
from kit.telemetry.spans import ProcessSpan

_log = logs.get_logger("kit.processor")

_INBOX = text(
    """
    INSERT INTO inbox (event_id) SELECT DISTINCT * FROM unnest(CAST(:ids AS uuid[]))
    ON CONFLICT DO NOTHING RETURNING event_id
    """
)


@dataclass(frozen=True, slots=True)
class _Decoded:
    record: Record
    received: Received[Event]
    span: ProcessSpan


class Processor:
    """The consumer's heart, free of Kafka: also used to replay dead letters and in tests."""

    def __init__(self, database: Database, handlers: HandlerTable, *, service: str) -> None:
        if database.cipher is None:
            raise ValueError("a processor needs a database with a PHI cipher")
        self.database = database
        self._cipher = database.cipher
        self._handlers = handlers
        self._service = service
        self._wanted = {event.event_type for event in handlers}

    async def process(self, records: Sequence[Record], *, cluster_id: str) -> list[DeadLetter]:
        """Apply the records that a handler is registered for; returns what became a dead letter.

        Raises transient errors (kit.database.is_transient): nothing was applied, repeat the same records.
        """
        wanted = [record for record in records if record.event_type in self._wanted or not record.event_type]
        if not wanted:
            return []
        with ExitStack() as spans:
            decoded, letters = self._decode(wanted, spans)
            tenants = {item.received.event.tenant_id for item in decoded}
            try:
                await self._apply_together(decoded, letters, tenants, cluster_id)
            except Exception as error:  # a handler may fail in any way; what passes by itself is the caller's
                if is_transient(error):
                    raise
                letters = letters + await self._apply_one_by_one(decoded, letters, tenants, cluster_id)
        self._report(decoded, letters)
        return letters

    async def apply_again(self, record: Record) -> str | None:
        """Apply one record outside the consumer (a replay); returns the reason code if it is refused again."""
        with ExitStack() as spans:
            decoded, letters = self._decode([record], spans)
            if letters:
                return letters[0].reason
            async with self.database.transaction({item.received.event.tenant_id for item in decoded}) as transaction:
                return await self._try_one(transaction, decoded[0])

    def _decode(self, records: Sequence[Record], spans: ExitStack) -> tuple[list[_Decoded], list[DeadLetter]]:
        decoded: list[_Decoded] = []
        letters: list[DeadLetter] = []
        for record in records:
            try:
                event = record.decode()
            except Undecodable as error:
                letters.append(DeadLetter(record, error.code))
                continue
            span = spans.enter_context(
                ProcessSpan.start(self._service, record.topic, event, record.traceparent, record.timestamp_ms)
            )
            received = Received(event, self._cipher, span.traceparent, record.origin)
            decoded.append(_Decoded(record, received, span))
        return decoded, letters

    async def _apply_together(
        self, decoded: Sequence[_Decoded], letters: Sequence[DeadLetter], tenants: set[str], cluster_id: str
    ) -> None:
        async with self.database.transaction(tenants) as transaction:
            await self._handle(transaction, decoded)
            if letters:
                await record_dead_letters(transaction, letters, cluster_id)

    async def _apply_one_by_one(
        self, decoded: Sequence[_Decoded], letters: Sequence[DeadLetter], tenants: set[str], cluster_id: str
    ) -> list[DeadLetter]:
        failed: list[DeadLetter] = []
        async with self.database.transaction(tenants) as transaction:
            for item in decoded:
                reason = await self._try_one(transaction, item)
                if reason is not None:
                    failed.append(DeadLetter(item.record, reason))
            if letters or failed:
                await record_dead_letters(transaction, [*letters, *failed], cluster_id)
        return failed

    async def _try_one(self, transaction: Transaction, item: _Decoded) -> str | None:
        mark = transaction.mark()
        try:
            async with transaction.connection.begin_nested():
                await self._handle(transaction, [item])
        except Exception as error:  # see process()
            if is_transient(error):
                raise
            transaction.forget_since(mark)
            item.span.fail(error)
            _log.warning("message refused", event_type=item.record.event_type, **logs.describe(error))
            return _reason_of(error)
        return None

    async def _handle(self, transaction: Transaction, decoded: Sequence[_Decoded]) -> None:
        fresh = await _new_to_inbox(transaction, decoded)
        for event_type, handler in self._handlers.items():
            batch = [item.received for item in fresh if type(item.received.event) is event_type]
            if batch:
                await handler(transaction, batch)

    def _report(self, decoded: Sequence[_Decoded], letters: Sequence[DeadLetter]) -> None:
        now_ms = time.time() * 1000
        for item in decoded:
            if item.record.timestamp_ms:
                age_seconds = max(0.0, (now_ms - item.record.timestamp_ms) / 1000)
                metrics.STAGE_DURATION.record(age_seconds, {"stage": self._service, "event": item.record.event_type})
        for letter in letters:
            metrics.DEAD_LETTERS.add(1, {"service": self._service, "reason": letter.reason})


async def _new_to_inbox(transaction: Transaction, decoded: Sequence[_Decoded]) -> list[_Decoded]:
    ids = [item.received.event.event_id for item in decoded]
    new: set[UUID] = set((await transaction.execute(_INBOX, {"ids": ids})).scalars()) if ids else set()
    fresh: list[_Decoded] = []
    for item in decoded:
        if item.received.event.event_id in new:
            new.remove(item.received.event.event_id)
            fresh.append(item)
    return fresh


def _reason_of(error: Exception) -> str:
    if isinstance(error, Refused):
        return error.code
    if isinstance(error, UnreadablePart):
        return "event.phi-unreadable"
    if isinstance(error, ValidationError):
        return "event.phi-invalid"
    if isinstance(error, DBAPIError):
        return f"database.{getattr(error.orig, 'sqlstate', 'error')}"
    return f"handler.{type(error).__name__}"
