"""The broker lost its disk while a batch was being worked off: its offset must not count for the new log."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from events import EncounterReceived
from kit.database import Database, Transaction
from kit.messaging import Received
from kit.messaging.consumer import Consumer
from kit.messaging.outbox import OutboxRow
from kit.messaging.processor import Processor
from kit.messaging.records import EVENT_TYPE_HEADER, SCHEMA_VERSION_HEADER
from kit.settings import ServiceSettings
from local_stack.kafka import Kafka

from tests.service.kit.conftest import received
from tests.support.waiting import eventually


class Watch:
    """A BrokerWatch whose knowledge the test decides."""

    def __init__(self) -> None:
        self.cluster_id = "old"

    async def known_cluster(self) -> str:
        return self.cluster_id


class SlowHandler:
    def __init__(self) -> None:
        self.entered, self.go = asyncio.Event(), asyncio.Event()
        self.seen: set[UUID] = set()

    async def handle(self, _: Transaction, batch: Sequence[Received[EncounterReceived]]) -> None:
        self.entered.set()
        await self.go.wait()
        self.seen |= {item.event.encounter_id for item in batch}


async def make_topic(kafka: Kafka, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 1, 1)])
    await admin.close()


async def send(kafka: Kafka, topic: str, count: int) -> set[UUID]:
    """New events, all in partition 0; returns their encounter ids."""
    events = [received() for _ in range(count)]
    producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap)
    await producer.start()
    for event in events:
        row = OutboxRow.of(event, None)
        headers = [(EVENT_TYPE_HEADER, row.event_type.encode()), (SCHEMA_VERSION_HEADER, b"1")]
        await producer.send_and_wait(topic, value=row.payload, headers=headers)
    await producer.stop()
    return {event.encounter_id for event in events}


async def is_member_with_a_partition(kafka: Kafka, group: str) -> bool:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    await admin.start()
    try:
        described: Any = (await admin.describe_consumer_groups([group]))[0].to_object()["groups"][0]
        # An assignment of nothing is some ten bytes of header only; the topic's name makes it longer.
        return described["state"] == "Stable" and any(
            group in str(m["member_assignment"]) for m in described["members"]
        )
    finally:
        await admin.close()


async def test_an_offset_of_the_lost_log_skips_nothing_of_the_new_one(
    database: Database, settings: ServiceSettings, kafka: Kafka
) -> None:
    settings = settings.model_copy(update={"kafka_bootstrap": kafka.bootstrap})
    topic = f"lost-{uuid4().hex[:8]}"
    slow, watch = SlowHandler(), Watch()
    processor = Processor(database, {EncounterReceived: slow.handle}, service=topic)
    consumer = Consumer(database, settings, watch, processor, [topic], service=topic)  # type: ignore[arg-type]
    await make_topic(kafka, topic)
    before = await send(kafka, topic, 5)
    task = asyncio.create_task(consumer.run())
    try:
        await asyncio.wait_for(slow.entered.wait(), 60)
        await asyncio.to_thread(kafka.kill)
        kafka.wipe()
        await asyncio.to_thread(kafka.start)
        await make_topic(kafka, topic)
        after = await send(kafka, topic, 8)
        await eventually(lambda: is_member_with_a_partition(kafka, topic), 90)
        watch.cluster_id = "new"
        slow.go.set()
        await eventually(lambda: _seen(slow, before & slow.seen | after), 60)
    finally:
        task.cancel()
        await asyncio.wait([task], timeout=15)


async def _seen(slow: SlowHandler, expected: set[UUID]) -> bool:
    return expected <= slow.seen
