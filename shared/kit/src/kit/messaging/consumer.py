"""The consumer: a batch per poll as bytes, one transaction, the offset committed after it.

aiokafka's defaults are unsafe (auto-commit on a timer, `latest`, uncommitted reads), so every one that matters is set.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError

from kit.database.engine import Database, is_transient
from kit.messaging.broker import BrokerWatch, abandon
from kit.messaging.dead_letters import open_dead_letters
from kit.messaging.processor import Processor
from kit.messaging.records import Record
from kit.settings import ServiceSettings
from kit.telemetry import logs, metrics

_log = logs.get_logger("kit.consumer")
POLL_MS = 500
SMALL_BATCH = 20
GATHER_SECONDS = 0.05
"""After a small batch the consumer waits a little: at low rates the cost of a poll rules the cost of an encounter."""
FIRST_BACKOFF_SECONDS = 0.2
LAST_BACKOFF_SECONDS = 5.0
MAX_POLL_INTERVAL_MS = 300_000


class TooManyDeadLetters(RuntimeError):
    """The consumer stopped itself: look at the dead letters, repair, replay."""


class Consumer:
    """Feeds one service's processor from its topics."""

    def __init__(
        self,
        database: Database,
        settings: ServiceSettings,
        broker: BrokerWatch,
        processor: Processor,
        topics: Sequence[str],
        *,
        service: str,
    ) -> None:
        self._database = database
        self._settings = settings
        self._broker = broker
        self._processor = processor
        self._topics = sorted(topics)
        self._service = service

    async def run(self) -> None:
        """Consume for ever; database and broker may come and go. Raises TooManyDeadLetters."""
        known: str | None = None
        while True:
            cluster_id = await self._broker.known_cluster()
            consumer = self._new_consumer(cluster_id)
            assignments = _Assignments(consumer, from_the_beginning=known not in (None, cluster_id))
            consumer.subscribe(self._topics, listener=assignments)
            known = cluster_id
            try:
                await asyncio.wait_for(consumer.start(), 30)
                await self._consume(consumer, assignments, cluster_id)
            except (KafkaError, OSError, TimeoutError) as error:
                _log.warning("consumer interrupted", **logs.describe(error))
            finally:
                await abandon(consumer.stop())
            await asyncio.sleep(1)

    async def _consume(self, consumer: AIOKafkaConsumer, assignments: _Assignments, cluster_id: str) -> None:
        while self._broker.cluster_id == cluster_id:
            number = assignments.number
            polled = await consumer.getmany(timeout_ms=POLL_MS, max_records=self._settings.consumer_batch)
            records = [_record(r) for batch in polled.values() for r in batch]
            metrics.OLDEST_UNPROCESSED.set(min((r.timestamp_ms for r in records), default=None))
            if not records:
                continue
            await self._process_until_done(records, cluster_id)
            if number == assignments.number and self._broker.cluster_id == cluster_id:
                await self._commit(consumer, {tp: batch[-1].offset + 1 for tp, batch in polled.items() if batch})
            # What comes next is no older than the newest of this batch; an empty poll says that nothing waits.
            metrics.OLDEST_UNPROCESSED.set(max(r.timestamp_ms for r in records))
            if len(records) < SMALL_BATCH:
                await asyncio.sleep(GATHER_SECONDS)
        _log.warning("broker lost its data: reading from the beginning")

    async def _process_until_done(self, records: Sequence[Record], cluster_id: str) -> None:
        backoff = FIRST_BACKOFF_SECONDS
        while True:
            try:
                letters = await self._processor.process(records, cluster_id=cluster_id)
            except Exception as error:  # only what passes by itself is swallowed
                if not is_transient(error):
                    raise
                _log.warning("batch will be repeated", count=len(records), **logs.describe(error))
                await asyncio.sleep(backoff)
                backoff = min(backoff * 2, LAST_BACKOFF_SECONDS)
                continue
            if letters:
                await self._check_limit()
            return

    async def _check_limit(self) -> None:
        async with self._database.transaction() as transaction:
            waiting = await open_dead_letters(transaction)
        if waiting >= self._settings.dead_letter_limit:
            raise TooManyDeadLetters(f"{waiting} dead letters wait")

    async def _commit(self, consumer: AIOKafkaConsumer, offsets: dict[TopicPartition, int]) -> None:
        try:
            await asyncio.wait_for(consumer.commit(offsets), 10)
        except (CommitFailedError, IllegalStateError, TimeoutError) as error:
            # The partition moved or the broker is away: the records come again and the inbox drops them.
            _log.info("offsets not committed", **logs.describe(error))

    def _new_consumer(self, cluster_id: str) -> AIOKafkaConsumer:
        return AIOKafkaConsumer(
            bootstrap_servers=self._settings.kafka_bootstrap,
            group_id=self._service,
            # A static member that comes back is given what it had, without a new assignment. In an empty broker our
            # own earlier client may have joined before the topics were made and got nothing: so this one is another.
            group_instance_id=f"{self._service}-{self._settings.consumer_instance}-{cluster_id}",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            session_timeout_ms=6_000,
            heartbeat_interval_ms=1_500,
            rebalance_timeout_ms=10_000,
            max_poll_interval_ms=MAX_POLL_INTERVAL_MS,
            request_timeout_ms=15_000,
            fetch_max_wait_ms=250,
            max_partition_fetch_bytes=4_194_304,
            metadata_max_age_ms=30_000,
        )


class _Assignments(ConsumerRebalanceListener):  # type: ignore[misc]
    """Counts the assignments, and after the loss of a broker's disk begins every partition anew.

    Offsets of the lost log must not count for the new one: a batch that was read from the old broker can end after the
    client has joined the group in the empty one, and its commit would be taken there. So nothing is committed over an
    assignment (the records come again, and the inbox drops them), and after a loss no committed offset is trusted.
    """

    def __init__(self, consumer: AIOKafkaConsumer, *, from_the_beginning: bool) -> None:
        self.number = 0
        self._consumer = consumer
        self._from_the_beginning = from_the_beginning
        self._begun: set[TopicPartition] = set()

    def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """Nothing is committed here: what is not committed comes again."""

    def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """Called before anything of the new assignment is handed out."""
        self.number += 1
        if self._from_the_beginning:
            for partition in set(assigned) - self._begun:
                self._consumer.seek(partition, 0)
            self._begun |= set(assigned)


def _record(r: ConsumerRecord[Any, Any]) -> Record:
    headers = {name: value or b"" for name, value in r.headers}  # Kafka allows a header without a value
    return Record(r.topic, r.partition, r.offset, r.key, headers, r.value, r.timestamp)
