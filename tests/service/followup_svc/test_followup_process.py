"""The whole process on a real broker: events from three topics, a signed remittance over HTTP, its own events out."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import time
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from events import Topic
from events.envelope import Event
from followup_svc.main import service
from followup_svc.settings import Settings
from kit.database.migrate import migrate_async
from kit.lifecycle.process import Process
from kit.messaging.records import EVENT_TYPE_HEADER, SCHEMA_VERSION_HEADER
from kit.phi import PhiCipher
from local_stack.kafka import Kafka
from local_stack.ports import free_port
from local_stack.postgres import DatabaseSet
from pydantic import SecretStr

from tests.service.followup_svc.world import API_KEY, MASTER_KEYS, TENANTS_TOML, Story, file_835

SECRET = base64.b64encode(b"a secret of the gateway").decode()
GATEWAY = f"""
[[tenant.gateways]]
id = "valley-gateway"
url = "http://127.0.0.1:1"
api_key = "k"
webhook_secrets = ["whsec_{SECRET}"]
submitter_id = "S"
submitter_name = "VALLEY"
submitter_phone = "5555551212"
receiver_id = "R"
receiver_name = "GATEWAY"
"""


@pytest.fixture
async def settings(databases: DatabaseSet, kafka: Kafka, tmp_path: Path) -> Settings:
    await migrate_async("followup_svc", databases.dsn("followup", "owner"), databases.dsn("followup", "app"))
    tenants = tmp_path / "tenants.toml"
    first, marker, rest = TENANTS_TOML.partition('[[tenant]]\nid = "hill"')
    tenants.write_text(first + GATEWAY + marker + rest)
    return Settings(
        database_url=SecretStr(databases.dsn("followup", "app")),
        kafka_bootstrap=kafka.bootstrap,
        http_port=free_port(),
        tenants_file=tenants,
        master_keys=SecretStr(MASTER_KEYS),
        consumer_instance=f"test-{uuid.uuid4().hex[:8]}",
    )


@pytest.fixture
async def client(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """The running service."""
    process = Process(service(settings), ("api", "worker", "relay"))
    task = asyncio.create_task(process.run())
    headers = {"authorization": f"Bearer {API_KEY}"}
    base_url = f"http://127.0.0.1:{settings.http_port}"
    async with httpx.AsyncClient(base_url=base_url, headers=headers, timeout=20) as opened:
        try:
            await _eventually(opened, "/readyz", lambda answer: answer.status_code == 200)
            yield opened
        finally:
            process._server.should_exit = True
            assert await asyncio.wait_for(task, 15) == 0


async def _eventually(client: httpx.AsyncClient, path: str, fits: Any, seconds: float = 30) -> httpx.Response:
    deadline = time.monotonic() + seconds
    while True:
        try:
            answer = await client.get(path)
            if fits(answer):
                return answer
        except httpx.TransportError:
            pass
        assert time.monotonic() < deadline, f"{path} did not come about in time"
        await asyncio.sleep(0.1)


async def _publish(settings: Settings, story: Story) -> None:
    """What the three other services say about one claim, twice."""
    cipher = PhiCipher.parse(MASTER_KEYS)
    built, content = story.built()
    events: list[Event] = [
        story.received(),
        built.model_copy(update={"phi": cipher.seal(built, content)}),
        story.submitted(),
        story.accepted(),
    ]
    producer = AIOKafkaProducer(bootstrap_servers=settings.kafka_bootstrap, acks="all", enable_idempotence=True)
    await producer.start()
    try:
        for event in events * 2:
            headers = [
                (EVENT_TYPE_HEADER, event.event_type.encode()),
                (SCHEMA_VERSION_HEADER, str(event.schema_version).encode()),
            ]
            value = event.model_dump_json(exclude_none=True).encode()
            key = str(event.encounter_id).encode()
            await producer.send_and_wait(event.topic.value, value, key=key, headers=headers)
    finally:
        await producer.stop()


def _signed(body: bytes) -> dict[str, str]:
    webhook_id, stamp = uuid.uuid4().hex, str(int(time.time()))
    mac = hmac.new(base64.b64decode(SECRET), f"{webhook_id}.{stamp}.".encode() + body, hashlib.sha256).digest()
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": stamp,
        "webhook-signature": "v1," + base64.b64encode(mac).decode(),
        "x-transaction-set": "835",
    }


async def _followup_events(settings: Settings, story: Story, wanted: int) -> list[tuple[str, bytes]]:
    consumer = AIOKafkaConsumer(
        Topic.FOLLOWUP.value, bootstrap_servers=settings.kafka_bootstrap, auto_offset_reset="earliest"
    )
    await consumer.start()
    found: list[tuple[str, bytes]] = []
    try:
        async with asyncio.timeout(20):
            while len(found) < wanted:
                record = await consumer.getone()
                if record.key == str(story.encounter_id).encode():
                    found.append((dict(record.headers)[EVENT_TYPE_HEADER].decode(), record.value))
    finally:
        await consumer.stop()
    return found


async def test_from_three_topics_and_a_signed_remittance_to_a_closed_claim(
    settings: Settings, client: httpx.AsyncClient
) -> None:
    story = Story()
    await _publish(settings, story)
    path = f"/v1/claims/{story.claim_id}"
    await _eventually(client, path, lambda a: a.status_code == 200 and a.json()["state"] == "accepted")

    body = file_835(story.paid(), trace="PROCESS-1")
    forged = await client.post("/v1/webhooks/valley-gateway", content=body, headers=_signed(body + b" "))
    assert forged.status_code == 401
    for expected in (202, 202):  # the payer's replay comes under a new id
        answer = await client.post("/v1/webhooks/valley-gateway", content=body, headers=_signed(body))
        assert answer.status_code == expected
    await _eventually(client, path, lambda a: a.json()["closed"])

    claim = (await client.get(path)).json()
    assert claim["state"] == "paid"
    assert claim["money"]["balanced"]
    assert len(claim["payments"]) == 1
    published = await _followup_events(settings, story, 2)
    assert [event_type for event_type, _ in published] == ["ClaimPaid", "ClaimClosed"]
    assert all(b"CANARY" not in value for _, value in published)
    assert json.loads(published[0][1])["paid_cents"] == 10_500

    unreadable = await client.post("/v1/webhooks/valley-gateway", content=b"\x00?", headers=_signed(b"\x00?"))
    assert unreadable.status_code == 202
    quarantined = {"reason": "webhook.quarantined"}
    await _eventually(client, f"/v1/work-items?{httpx.QueryParams(quarantined)}", lambda a: a.json()["items"])
