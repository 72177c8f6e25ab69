"""Is the system at rest? Seen from outside: nothing unpublished, unread, unsent, unworked or undelivered."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import httpx
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from events import Topic
from local_stack.config import SERVICE_DATABASES

from tests.support.live import Live

TOPICS = tuple(topic.value for topic in Topic)
READS = {
    "coding-svc": {Topic.CODING, Topic.FOLLOWUP},
    "claim-builder": {Topic.CODING, Topic.FOLLOWUP, Topic.SUBMISSIONS},
    "submission-svc": {Topic.CLAIMS},
    "followup-svc": {Topic.CODING, Topic.CLAIMS, Topic.SUBMISSIONS},
}
"""Which topics each service reads; its consumer group has the service's name."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """One record in a topic: the event's id and the moment of its sending in milliseconds."""

    topic: str
    event_id: str
    sent_ms: int


@dataclass(frozen=True, slots=True)
class Broker:
    """What the broker itself says, asked as nobody's consumer."""

    admin: AIOKafkaAdminClient
    reader: AIOKafkaConsumer

    async def ends(self) -> dict[TopicPartition, int]:
        """End offset of every partition of our topics."""
        described = await self.admin.describe_topics(list(TOPICS))
        partitions = [TopicPartition(t["topic"], p["partition"]) for t in described for p in t["partitions"]]
        found: dict[TopicPartition, int] = await self.reader.end_offsets(partitions)
        return found

    async def unread(self) -> dict[str, int]:
        """Records that a group has not committed yet, for the topics it reads; groups with none are left out."""
        ends = await self.ends()
        lags = {}
        for group, topics in READS.items():
            committed = await self.admin.list_consumer_group_offsets(group)
            done = {partition: max(0, entry.offset) for partition, entry in committed.items()}
            lags[group] = sum(end - done.get(tp, 0) for tp, end in ends.items() if tp.topic in topics)
        return {group: lag for group, lag in lags.items() if lag}

    async def sightings(self) -> list[Sighting]:
        """Every record of every topic, from the beginning to the present end."""
        ends = {tp: end for tp, end in (await self.ends()).items() if end}
        self.reader.assign(list(ends))
        await self.reader.seek_to_beginning()
        found: list[Sighting] = []
        while any([await self.reader.position(tp) < end for tp, end in ends.items()]):
            for records in (await self.reader.getmany(timeout_ms=1000)).values():
                found += [Sighting(r.topic, json.loads(r.value)["event_id"], r.timestamp) for r in records]
        return found


@asynccontextmanager
async def broker_of(live: Live) -> AsyncIterator[Broker]:
    """Ask the running broker."""
    address = live.part("kafka").bootstrap
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    reader = AIOKafkaConsumer(bootstrap_servers=address, enable_auto_commit=False, auto_offset_reset="earliest")
    await admin.start()
    try:
        await reader.start()
        try:
            yield Broker(admin, reader)
        finally:
            await reader.stop()
    finally:
        await admin.close()


async def unrest(live: Live, broker: Broker) -> dict[str, Any]:
    """What is still under way, by place; empty when all is at rest."""
    found: dict[str, Any] = {}
    for service in SERVICE_DATABASES:
        found[f"{service}: outbox"] = await live.value(
            service, "SELECT count(*) FROM outbox WHERE published_at IS NULL"
        )
    for service, query in _UNDER_WAY:
        found[f"{service}: {query.split()[3]}"] = await live.value(service, query)
    summary = await live.get("sandbox", "/books/summary")
    found["payer"] = {name: count for name, count in summary["open"].items() if count}
    found["unread"] = await broker.unread()
    return {place: what for place, what in found.items() if what}


_UNDER_WAY = (
    ("coding-svc", "SELECT count(*) FROM encounter WHERE state = 'received'"),
    ("submission-svc", "SELECT count(*) FROM webhook WHERE state = 'stored'"),
    ("submission-svc", "SELECT count(*) FROM interchange WHERE state NOT IN ('delivered', 'refused', 'stalled')"),
    ("submission-svc", "SELECT count(*) FROM submission WHERE state IN ('pending', 'batched', 'delivered')"),
    ("submission-svc", "SELECT count(*) FROM acknowledgement WHERE state = 'waiting'"),
    ("followup-svc", "SELECT count(*) FROM webhook WHERE state = 'stored'"),
    # Money and its claim crossed each other in two transactions: the suspense loop brings them together in seconds.
    (
        "followup-svc",
        "SELECT count(*) FROM claim_payment p JOIN claim c USING (tenant_id, patient_control_number)"
        " WHERE p.claim_id IS NULL AND p.state = 'suspense'",
    ),
)


@dataclass
class Wait:
    """How the system came to rest: what was under way, by seconds since the wait began."""

    seconds: float = 0.0
    under_way: dict[str, Any] = field(default_factory=dict)
    trail: list[str] = field(default_factory=list)


async def until_quiet(live: Live, broker: Broker, seconds: float) -> Wait:
    """Wait until all is at rest, at two looks in a row; `under_way` is empty unless the time is over."""
    begun = time.monotonic()
    wait = Wait()
    quiet = 0
    while quiet < 2:
        try:
            wait.under_way = await unrest(live, broker)
        except (AssertionError, OSError, httpx.TransportError, asyncpg.PostgresError, KafkaError) as error:
            wait.under_way = {"unreachable": repr(error)[:300]}  # a part that was killed is on its way back
        wait.seconds = time.monotonic() - begun
        wait.trail.append(f"{wait.seconds:.1f} s: {wait.under_way}")
        quiet = 0 if wait.under_way else quiet + 1
        if wait.under_way and wait.seconds > seconds:
            break
        await asyncio.sleep(0.5)
    return wait
