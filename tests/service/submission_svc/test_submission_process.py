"""The whole process on the real broker and database, with a gateway on a real socket and signed webhooks."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import os
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from aiokafka import AIOKafkaProducer
from events import Topic, phi
from kit.lifecycle.process import Process
from local_stack.kafka import Kafka
from local_stack.ports import free_port
from submission_svc.main import service
from submission_svc.settings import Settings
from x12 import claim_837p

from tests.service.submission_svc.conftest import Bench
from tests.service.submission_svc.test_submission_answers import ack_277ca_file
from tests.support.waiting import eventually
from tests.unit.submission_svc import samples
from tests.unit.submission_svc.test_submission_gateway import Server, reply

SECRET = "c2VjcmV0IG9mIHRoZSBnYXRld2F5"


@pytest.fixture
async def gateway() -> AsyncIterator[Server]:
    state = Server(scripts=[reply(503), reply(404), *[reply(202, b'{"file_id": "F1"}')] * 20])
    listening = await asyncio.start_server(state.serve, "127.0.0.1", 0)
    state.port = listening.sockets[0].getsockname()[1]
    yield state
    listening.close()


@asynccontextmanager
async def running_at(
    bench: Bench, kafka: Kafka, gateway_port: int, http_port: int, **more: Any
) -> AsyncIterator[httpx.AsyncClient]:
    """The process in all roles; its gateways listen at `gateway_port`."""
    file = Path(bench.settings.tenants_file)
    file.write_text(file.read_text().replace("127.0.0.1:1/", f"127.0.0.1:{gateway_port}/"))
    settings = Settings(
        database_url=bench.settings.database_url,
        tenants_file=file,
        master_keys=bench.settings.master_keys,
        kafka_bootstrap=kafka.bootstrap,
        http_port=http_port,
        consumer_instance=f"test-{os.getpid()}-{uuid4().hex[:8]}",
        batch_age_seconds=0.3,
        retry_base_seconds=0.05,
        **more,
    )
    process = Process(service(settings), ("api", "worker", "relay"))
    task = asyncio.create_task(process.run())
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{settings.http_port}", timeout=20) as client:
        try:
            await eventually(lambda: ready(client))
            yield client
        finally:
            process._server.should_exit = True
            assert await asyncio.wait_for(task, 15) == 0


async def ready(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/readyz")).status_code == 200
    except httpx.TransportError:
        return False


async def produce_contents(bench: Bench, kafka: Kafka, contents: Sequence[phi.ClaimContent]) -> None:
    """Put ClaimBuilt of these contents into the topic."""
    producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap, enable_idempotence=True)
    await producer.start()
    try:
        numbered = [(int(c.patient_control_number[2:]), c) for c in contents]
        for record in bench.records(*((samples.built(n, claim=c), c) for n, c in numbered)):
            await producer.send(
                Topic.CLAIMS.value, value=record.value, key=record.key, headers=list(record.headers.items())
            )
        await producer.flush()
    finally:
        await producer.stop()


def signed(body: bytes, webhook_id: str) -> dict[str, str]:
    stamp = str(int(time.time()))
    mac = hmac.new(base64.b64decode(SECRET), f"{webhook_id}.{stamp}.".encode() + body, hashlib.sha256).digest()
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": stamp,
        "webhook-signature": "v1," + base64.b64encode(mac).decode(),
        "x-transaction-set": "277CA",
        "content-type": "application/EDI-X12",
    }


async def test_from_the_topic_to_the_gateway_and_back(bench: Bench, kafka: Kafka, gateway: Server) -> None:
    """A 503 first, then a look, then the same bytes again; the 277CA by webhook twice, a forged one refused."""

    async def all_in(state: str) -> bool:
        states = await bench.states()
        return len(states) == 25 and set(states.values()) == {state}

    async with running_at(bench, kafka, gateway.port, free_port()) as client:
        await produce_contents(bench, kafka, [samples.content(n) for n in range(1, 26)])
        await eventually(lambda: all_in("delivered"))
        posts = [r.partition(b"\r\n\r\n")[2] for r in gateway.requests if r.startswith(b"POST")]
        assert posts[0] == posts[1], "the retry sent other bytes"
        asked = next(r for r in gateway.requests if r.startswith(b"GET"))
        key = asked.split(b" ")[1].rsplit(b"/", 1)[1]
        assert sum(b"idempotency-key: " + key in r.lower() for r in gateway.requests) == 2

        for content in posts[1:]:
            for st in claim_837p.read(content).transaction_sets:
                numbers = [int(c.patient_control_number[2:]) for c in st.claims]
                body = ack_277ca_file(st.reference, [(n, "A2", "20") for n in numbers])
                forged = {**signed(body, "w"), "webhook-signature": "v1,AAAA"}
                path = "/v1/webhooks/prairie-gw"
                assert (await client.post(path, content=body, headers=forged)).status_code == 401
                assert (await client.post(path, content=body, headers=signed(body, st.reference))).status_code == 202
                assert (await client.post(path, content=body, headers=signed(body, st.reference))).status_code == 200
        await eventually(lambda: all_in("accepted"))
        told = await bench.told()
        assert set(told.values()) == {1}
        assert len(told) == 50

        async def relayed() -> bool:
            return await bench.sql("SELECT 1 FROM outbox WHERE published_at IS NULL LIMIT 1") == []

        await eventually(relayed)
