"""One message, one transaction, one effect: on the real broker and database."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from kit.database import Database
from kit.messaging.broker import BrokerWatch
from kit.messaging.consumer import Consumer, TooManyDeadLetters
from kit.messaging.dead_letters import load_dead_letters
from kit.messaging.outbox import OutboxRow
from kit.messaging.processor import Processor
from kit.messaging.records import EVENT_TYPE_HEADER, SCHEMA_VERSION_HEADER, Record
from kit.messaging.relay import Relay
from kit.settings import ServiceSettings
from local_stack.kafka import Kafka
from sqlalchemy import text

from tests.service.kit.conftest import TOPIC, Toy, counted, received
from tests.support.waiting import eventually


def record(event: object, offset: int = 0, version: str = "1", value: bytes | None = None) -> Record:
    row = OutboxRow.of(event, None)  # type: ignore[arg-type]
    headers = {EVENT_TYPE_HEADER: row.event_type.encode(), SCHEMA_VERSION_HEADER: version.encode()}
    return Record(TOPIC, 0, offset, row.key.encode(), headers, row.payload if value is None else value)


async def test_a_batch_is_applied_once_whatever_is_delivered_again(database: Database, processor: Processor) -> None:
    events = [received() for _ in range(5)]
    records = [record(event, n) for n, event in enumerate(events)]
    await processor.process(records + records[:2], cluster_id="c")
    await processor.process(records, cluster_id="c")
    assert await counted(database) == {event.encounter_id: 1 for event in events}


async def test_a_refused_message_becomes_a_dead_letter_and_the_rest_goes_on(
    database: Database, processor: Processor, toy: Toy
) -> None:
    events = [received() for _ in range(6)]
    toy.poisoned = {events[2].encounter_id}
    toy.broken = {events[4].encounter_id}
    letters = await processor.process([record(e, n) for n, e in enumerate(events)], cluster_id="c")
    assert {letter.reason for letter in letters} == {"toy.poisoned", "handler.KeyError"}
    assert set(await counted(database)) == {e.encounter_id for n, e in enumerate(events) if n not in (2, 4)}
    async with database.transaction() as transaction:
        assert len(await load_dead_letters(transaction)) == 2


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: record(received(), version="99"), "event.unknown-version"),
        (lambda: record(received(), version="one"), "event.headers-missing"),
        (lambda: record(received(), value=b"\xff\x00 not json"), "event.invalid"),
        (lambda: record(received(), value=b'{"event_id": NaN}'), "event.invalid"),
        (lambda: Record(TOPIC, 0, 0, None, {}, None), "event.headers-missing"),
        (lambda: Record(TOPIC, 0, 0, None, {EVENT_TYPE_HEADER: b"\x00\xff"}, b""), None),
    ],
)
async def test_what_cannot_be_decoded_is_kept_with_a_reason(
    database: Database, processor: Processor, make: object, reason: str | None
) -> None:
    good = received()
    letters = await processor.process([make(), record(good, 1)], cluster_id="c")  # type: ignore[operator]
    assert [letter.reason for letter in letters] == ([reason] if reason else [])
    assert set(await counted(database)) == {good.encounter_id}


async def test_a_dead_letter_is_replayed_once(database: Database, processor: Processor, toy: Toy) -> None:
    from kit.lifecycle.dead_letters import replay

    event = received()
    toy.poisoned = {event.encounter_id}
    await processor.process([record(event)], cluster_id="c")
    async with database.transaction() as transaction:
        letters = await load_dead_letters(transaction, reason="toy.poisoned")
    assert await replay(processor, letters) == 1
    toy.poisoned = set()
    assert await replay(processor, letters) == 0
    assert await replay(processor, letters) == 0
    assert await counted(database) == {event.encounter_id: 1}
    async with database.transaction() as transaction:
        assert await load_dead_letters(transaction) == []


async def test_tenants_do_not_see_each_other(database: Database, processor: Processor) -> None:
    ours, theirs = received("valley"), received("hill")
    await processor.process([record(ours, 0), record(theirs, 1)], cluster_id="c")
    assert set(await counted(database, "valley")) == {ours.encounter_id}
    assert set(await counted(database, "hill")) == {theirs.encounter_id}
    async with database.transaction() as transaction:
        assert (await transaction.execute(text("SELECT count(*) FROM counted"))).scalar_one() == 0


async def test_relay_and_consumer_carry_events_through_a_broker_that_dies_and_loses_its_disk(
    database: Database, settings: ServiceSettings, processor: Processor, kafka: Kafka
) -> None:
    settings = settings.model_copy(update={"kafka_bootstrap": kafka.bootstrap})
    broker = BrokerWatch(settings, [TOPIC])
    service = f"toy-{uuid4().hex[:8]}"
    relay = Relay(database, settings, broker, service=service)
    consumer = Consumer(database, settings, broker, processor, [TOPIC], service=service)
    database.on_publish = relay.wake
    tasks = [asyncio.create_task(work) for work in (broker.run(), relay.run(), consumer.run())]

    async def publish(count: int) -> set[object]:
        events = [received() for _ in range(count)]
        async with database.transaction(["valley"]) as transaction:
            for event in events:
                transaction.publish(event)
        return {event.encounter_id for event in events}

    async def arrived(expected: set[object]) -> bool:
        return expected <= set(await counted(database))

    try:
        expected = await publish(50)
        await eventually(lambda: arrived(expected), 30)
        kafka.kill()
        expected |= await publish(50)
        await asyncio.sleep(1)
        kafka.start()
        await eventually(lambda: arrived(expected), 60)
        kafka.kill()
        kafka.wipe()
        async with database.transaction() as transaction:
            await transaction.execute(text("DELETE FROM inbox"))
        expected |= await publish(50)
        kafka.start()
        await eventually(lambda: arrived(expected), 60)

        async def all_again() -> bool:
            # The outbox was published again into the empty broker; with the inbox gone the handler ran twice.
            # Other tests of the session may have left events in the topic: only ours are counted.
            times = await counted(database)
            return sum(times[encounter_id] for encounter_id in expected) == 250

        await eventually(all_again, 60)
        assert not any(task.done() for task in tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks, timeout=15)
        await broker.close()


async def test_the_consumer_stops_above_the_limit_of_dead_letters(
    database: Database, settings: ServiceSettings, processor: Processor, toy: Toy, kafka: Kafka
) -> None:
    settings = settings.model_copy(update={"kafka_bootstrap": kafka.bootstrap, "dead_letter_limit": 3})
    broker = BrokerWatch(settings, [TOPIC])
    service = f"toy-{uuid4().hex[:8]}"
    relay = Relay(database, settings, broker, service=service)
    consumer = Consumer(database, settings, broker, processor, [TOPIC], service=service)
    events = [received() for _ in range(5)]
    toy.poisoned = {event.encounter_id for event in events}
    async with database.transaction(["valley"]) as transaction:
        for event in events:
            transaction.publish(event)
    tasks = [asyncio.create_task(broker.run()), asyncio.create_task(relay.run())]
    try:
        with pytest.raises(TooManyDeadLetters):
            await asyncio.wait_for(consumer.run(), 30)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks, timeout=15)
        await broker.close()


async def test_a_record_with_hostile_headers_does_not_end_the_consumer(
    database: Database, settings: ServiceSettings, processor: Processor, kafka: Kafka
) -> None:
    settings = settings.model_copy(update={"kafka_bootstrap": kafka.bootstrap})
    topic = f"toy-{uuid4().hex[:8]}"
    broker = BrokerWatch(settings, [topic])
    consumer = Consumer(database, settings, broker, processor, [topic], service=topic)
    tasks = [asyncio.create_task(broker.run()), asyncio.create_task(consumer.run())]
    good = record(received())
    hostile: list[list[tuple[str, bytes | None]]] = [
        [(EVENT_TYPE_HEADER, None)],
        [(EVENT_TYPE_HEADER, b"EncounterReceived"), (SCHEMA_VERSION_HEADER, None)],
        [(EVENT_TYPE_HEADER, b"EncounterReceived"), (SCHEMA_VERSION_HEADER, b"9" * 5000)],
        [("\x00", b"\x00"), (EVENT_TYPE_HEADER, b"EncounterReceived"), ("traceparent", None)],
    ]
    producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap)
    try:
        await broker.known_cluster()
        await producer.start()
        for headers in hostile:
            await producer.send_and_wait(topic, value=b"{}", headers=headers)
        await producer.send_and_wait(topic, value=good.value, headers=list(good.headers.items()))

        async def arrived() -> bool:
            return sum((await counted(database)).values()) == 1

        await eventually(arrived, 30)
        async with database.transaction() as transaction:
            reasons = [letter.reason for letter in await load_dead_letters(transaction)]
        assert sorted(reasons) == ["event.headers-missing"] * 4
        assert not any(task.done() for task in tasks)
    finally:
        await producer.stop()
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks, timeout=15)
        await broker.close()


async def test_a_client_that_joined_before_the_topics_were_made_leaves_nobody_without_records(
    database: Database, settings: ServiceSettings, processor: Processor, kafka: Kafka
) -> None:
    """After the loss of the broker's disk the old client joins the empty broker first and is assigned nothing."""
    settings = settings.model_copy(update={"kafka_bootstrap": kafka.bootstrap})
    topic = f"early-{uuid4().hex[:8]}"
    early = AIOKafkaConsumer(
        topic,
        bootstrap_servers=kafka.bootstrap,
        group_id=topic,
        group_instance_id=f"{topic}-{settings.consumer_instance}",
        session_timeout_ms=30_000,
        metadata_max_age_ms=500,
        enable_auto_commit=False,
    )
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 4, 1)])
    await early.start()
    await admin.delete_topics([topic])

    async def left_with_nothing() -> bool:
        assert await early.getmany(timeout_ms=100) == {}
        return not early.assignment()

    await eventually(left_with_nothing, 30)
    await admin.close()
    await early.stop()  # a static member does not say that it leaves
    broker = BrokerWatch(settings, [topic])
    consumer = Consumer(database, settings, broker, processor, [topic], service=topic)
    event = received()
    tasks = [asyncio.create_task(broker.run()), asyncio.create_task(consumer.run())]
    producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap)
    try:
        await broker.known_cluster()
        await producer.start()
        sent = record(event)
        await producer.send_and_wait(topic, sent.value, headers=list(sent.headers.items()))

        async def arrived() -> bool:
            return event.encounter_id in await counted(database)

        await eventually(arrived, 60)
    finally:
        await producer.stop()
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks, timeout=15)
        await broker.close()
