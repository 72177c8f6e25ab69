"""Kafka as the local stack runs it: acknowledged messages survive a kill, a wiped broker is a new cluster."""

from __future__ import annotations

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from local_stack.errors import StackError
from local_stack.kafka import Kafka


async def _create_topic(kafka: Kafka, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, num_partitions=1, replication_factor=1)])
    finally:
        await admin.close()


async def _produce(kafka: Kafka, topic: str, count: int) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap, enable_idempotence=True, acks="all")
    await producer.start()
    try:
        for number in range(count):
            await producer.send_and_wait(topic, str(number).encode())
    finally:
        await producer.stop()


async def _consume(kafka: Kafka, topic: str, count: int) -> list[int]:
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=kafka.bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        return [int((await consumer.getone()).value) for _ in range(count)]
    finally:
        await consumer.stop()


async def test_acknowledged_messages_survive_kill_9(kafka: Kafka) -> None:
    await _create_topic(kafka, "survives")
    await _produce(kafka, "survives", 50)
    cluster = kafka.cluster_id
    kafka.kill()
    assert not kafka.alive()
    assert not kafka.ready()
    kafka.start()
    assert await _consume(kafka, "survives", 50) == list(range(50))
    assert kafka.cluster_id == cluster


async def test_a_wiped_broker_is_empty_and_has_a_new_cluster_id(kafka: Kafka) -> None:
    await _create_topic(kafka, "forgotten")
    before = kafka.cluster_id
    kafka.kill()
    kafka.wipe()
    kafka.start()
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    await admin.start()
    try:
        assert "forgotten" not in await admin.list_topics()
    finally:
        await admin.close()
    assert kafka.cluster_id not in (None, before)


def test_a_running_broker_is_not_wiped(kafka: Kafka) -> None:
    with pytest.raises(StackError, match=r"stack\.kafka-running"):
        kafka.wipe()
    assert kafka.ready()


def test_a_paused_broker_is_not_ready(kafka: Kafka) -> None:
    kafka.pause()
    try:
        assert kafka.alive()
        assert not kafka.ready()
    finally:
        kafka.resume()
    assert kafka.ready()
