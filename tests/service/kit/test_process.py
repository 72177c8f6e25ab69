"""A whole process of a toy service: roles, readiness, webhooks, idempotency, an orderly end."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated
from uuid import UUID, uuid4

import httpx
import pytest
from events import EncounterReceived, Topic
from fastapi import APIRouter, Depends, Request, Response
from kit.api import Caller, Context, Problem, StrictModel, Text, read_body, require
from kit.api.idempotency import begin, finish
from kit.database import Database, Transaction
from kit.lifecycle import Service
from kit.lifecycle.process import Process
from kit.messaging import Refused
from kit.settings import ServiceSettings
from kit.webhooks import StoredWebhook, WebhookWorker, webhook_router
from local_stack.kafka import Kafka
from local_stack.ports import free_port
from local_stack.postgres import Postgres
from sqlalchemy import text

from tests.service.kit.conftest import Toy, counted, received
from tests.support.waiting import eventually

KEY = "cc_toytoyto" + "k" * 40
SECRET = base64.b64encode(b"the webhook secret").decode()


class Command(StrictModel):
    name: Text


router = APIRouter()


@router.post("/v1/commands", status_code=202)
async def command(request: Request, caller: Annotated[Caller, Depends(require("emr"))]) -> Response:
    context: Context = request.app.state.context
    body, digest = await read_body(request, Command)
    key = request.headers.get("idempotency-key", "none")
    async with context.database.transaction([caller.tenant_id]) as transaction:
        stored = await begin(transaction, caller.tenant_id, key, digest)
        if stored is None:
            if body.name == "slow":
                await asyncio.sleep(1)
            if body.name == "break":
                raise RuntimeError("SECRET")
            event = received(caller.tenant_id)
            transaction.publish(event)
            answer = json.dumps({"encounter_id": str(event.encounter_id)}).encode()
            await finish(transaction, caller.tenant_id, key, digest, 202, answer)
        else:
            answer = stored.body
    return Response(answer, 202, media_type="application/json")


@router.get("/v1/operators")
async def operators(caller: Annotated[Caller, Depends(require("operator"))]) -> dict[str, str]:
    return {"tenant": caller.tenant_id}


class Webhooks:
    def __init__(self) -> None:
        self.applied: list[bytes] = []
        self.quarantined: list[str] = []

    async def handle(self, _: Transaction, stored: StoredWebhook) -> None:
        if stored.body == b"unreadable":
            raise Refused("webhook.unreadable")
        self.applied.append(stored.body)

    async def quarantine(self, _: Transaction, __: StoredWebhook, code: str) -> None:
        self.quarantined.append(code)


@pytest.fixture
def webhooks() -> Webhooks:
    return Webhooks()


@pytest.fixture
def toy_settings(settings: ServiceSettings, kafka: Kafka) -> ServiceSettings:
    digest = hashlib.sha256(KEY.encode()).hexdigest()
    Path(settings.tenants_file).write_text(
        f'[[tenant]]\nid = "valley"\nname = "Valley"\n[[tenant.api_keys]]\nprefix = "{KEY[:11]}"\nsha256 = "{digest}"\n'
        'roles = ["emr"]\n[[tenant.gateways]]\nid = "toy-gateway"\nurl = "http://127.0.0.1:1"\napi_key = "k"\n'
        f'webhook_secrets = ["whsec_{SECRET}"]\nsubmitter_id = "S"\nsubmitter_name = "V"\nsubmitter_phone = "1"\n'
        'receiver_id = "R"\nreceiver_name = "G"\n[[tenant]]\nid = "hill"\nname = "Hill"\n'
    )
    return settings.model_copy(
        update={"kafka_bootstrap": kafka.bootstrap, "http_port": free_port(), "webhook_limit_bytes": 5_000}
    )


@asynccontextmanager
async def running(
    settings: ServiceSettings, toy: Toy, webhooks: Webhooks, *roles: str
) -> AsyncIterator[httpx.AsyncClient]:
    worker = WebhookWorker(webhooks.handle, webhooks.quarantine)
    service = Service(
        name=f"toy-{uuid4().hex[:8]}",
        package="tests.service.kit.toy",
        settings=settings,
        publishes=Topic.CODING,
        handlers=lambda _: {EncounterReceived: toy.count},
        routers=[router, webhook_router()],
        background={"webhooks": worker.run},
    )
    process = Process(service, roles or ("api", "worker", "relay"))
    task = asyncio.create_task(process.run())
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{settings.http_port}", timeout=20) as client:
        try:
            await eventually(lambda: _status(client, "/readyz", 200))
            yield client
        finally:
            process._server.should_exit = True
            assert await asyncio.wait_for(task, 12) == 0


async def _status(client: httpx.AsyncClient, path: str, expected: int) -> bool:
    try:
        return (await client.get(path)).status_code == expected
    except httpx.TransportError:
        return False


Post = Callable[..., Awaitable[httpx.Response]]


def post(client: httpx.AsyncClient, body: bytes = b'{"name": "x"}', **headers: str) -> Awaitable[httpx.Response]:
    return client.post(
        "/v1/commands",
        content=body,
        headers={"authorization": f"Bearer {KEY}", "content-type": "application/json"}
        | {name.replace("_", "-"): value for name, value in headers.items()},
    )


def signed(body: bytes, webhook_id: str = "") -> dict[str, str]:
    webhook_id, stamp = webhook_id or uuid4().hex, str(int(time.time()))
    mac = hmac.new(base64.b64decode(SECRET), f"{webhook_id}.{stamp}.".encode() + body, hashlib.sha256).digest()
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": stamp,
        "webhook-signature": "v1," + base64.b64encode(mac).decode(),
        "x-transaction-set": "835",
    }


async def test_commands_are_idempotent_and_reach_the_worker(
    database: Database, toy_settings: ServiceSettings, toy: Toy, webhooks: Webhooks
) -> None:
    async with running(toy_settings, toy, webhooks) as client:
        first = await post(client, idempotency_key="k-1")
        again = await post(client, idempotency_key="k-1")
        assert first.status_code == 202
        assert first.content == again.content
        changed = await post(client, b'{"name": "y"}', idempotency_key="k-1")
        assert (changed.status_code, changed.json()["code"]) == (422, "idempotency.body-changed")
        slow = asyncio.create_task(post(client, b'{"name": "slow"}', idempotency_key="k-2"))  # type: ignore[arg-type]
        await asyncio.sleep(0.3)
        in_flight = await post(client, b'{"name": "slow"}', idempotency_key="k-2")
        assert (in_flight.status_code, in_flight.headers["retry-after"]) == (409, "1")
        second = await slow
        assert second.status_code == 202
        wrong_key = await post(client, idempotency_key="k" * 201)
        assert wrong_key.status_code == 400

        posted = {UUID(answer.json()["encounter_id"]) for answer in (first, second)}

        async def both() -> bool:
            return posted <= set(await counted(database))

        await eventually(both)


async def test_refusals_are_problems_with_codes(
    toy_settings: ServiceSettings, toy: Toy, webhooks: Webhooks, database: Database
) -> None:
    async with running(toy_settings, toy, webhooks, "api") as client:
        answers = {
            "auth.key-unknown": await post(client, authorization="Bearer nonsense"),
            "body.not-json": await post(client, content_type="text/plain"),
            "body.compressed": await post(client, content_encoding="gzip"),
            "body.too-large": await post(client, b"x" * 1_000_001),
            "body.invalid": await post(client, b'{"name": 1}'),
            "http.not-found": await client.get("/nothing"),
            "http.method-not-allowed": await client.delete("/v1/commands"),
            "auth.role-missing": await client.get("/v1/operators", headers={"authorization": f"Bearer {KEY}"}),
            "service.failed": await post(client, b'{"name": "break"}'),
        }
        for code, answer in answers.items():
            assert answer.headers["content-type"] == "application/problem+json", code
            assert answer.json()["code"] == code
            assert "SECRET" not in answer.text
        assert answers["service.failed"].status_code == 500


async def test_webhooks_are_verified_stored_once_and_worked_off(
    database: Database, toy_settings: ServiceSettings, toy: Toy, webhooks: Webhooks
) -> None:
    async with running(toy_settings, toy, webhooks) as client:

        def send(body: bytes, account: str = "toy-gateway", **headers: str) -> Awaitable[httpx.Response]:
            return client.post(f"/v1/webhooks/{account}", content=body, headers={**signed(body, "w-1"), **headers})

        assert (await send(b"ISA one")).status_code == 202
        assert (await send(b"ISA one")).status_code == 200
        assert (await send(b"ISA two")).status_code == 200, "an id is known for ever, whatever comes with it"
        assert (await send(b"x", **{"webhook-signature": "v1,AAAA"})).status_code == 401
        assert (await send(b"ISA one", account="nobody")).status_code == 401
        assert (
            await client.post("/v1/webhooks/toy-gateway", content=b"y" * 5_001, headers=signed(b"y"))
        ).status_code == 413
        for body in (b"unreadable", b"\x00\xff"):
            answer = await client.post("/v1/webhooks/toy-gateway", content=body, headers=signed(body))
            assert answer.status_code == 202

        async def worked() -> bool:
            return len(webhooks.applied) == 2 and webhooks.quarantined == ["webhook.unreadable"]

        await eventually(worked)
        assert webhooks.applied == [b"ISA one", b"\x00\xff"]


async def test_readiness_is_per_role_and_turns_false_within_fifteen_seconds(
    database: Database, toy_settings: ServiceSettings, toy: Toy, webhooks: Webhooks, kafka: Kafka, postgres: Postgres
) -> None:
    other = toy_settings.model_copy(update={"http_port": free_port(), "consumer_instance": uuid4().hex})
    async with running(toy_settings, toy, webhooks, "api") as api, running(other, toy, webhooks, "worker") as worker:
        kafka.kill()
        started = time.monotonic()
        await eventually(lambda: _status(worker, "/readyz", 503), 15)
        assert "broker" in (await worker.get("/readyz")).json()["missing"]
        assert (await api.get("/readyz")).status_code == 200, "intake stays in service while the broker is away"
        assert (await post(api, idempotency_key="while-away")).status_code == 202
        kafka.start()
        await eventually(lambda: _status(worker, "/readyz", 200), 30)
        postgres.kill()
        await eventually(lambda: _status(api, "/readyz", 503), 15)
        refused = await post(api, idempotency_key="no-database")
        assert (refused.status_code, refused.json()["code"]) == (503, "service.unavailable")
        postgres.start()
        await eventually(lambda: _status(api, "/readyz", 200), 30)
        assert (await post(api, idempotency_key="no-database")).status_code == 202
        assert time.monotonic() - started < 120


async def test_a_task_that_dies_ends_the_process_with_an_error(
    database: Database, toy_settings: ServiceSettings, toy: Toy
) -> None:
    async def dies(_: Context) -> None:
        raise Problem(500, "toy.died", hint="a fault of ours")

    service = Service(
        name="toy",
        package="tests.service.kit.toy",
        settings=toy_settings,
        publishes=Topic.CODING,
        handlers=lambda _: {EncounterReceived: toy.count},
        background={"dies": dies},
    )
    assert await asyncio.wait_for(Process(service, ["worker"]).run(), 15) == 1


async def test_row_level_security_binds_even_a_forgotten_where(database: Database) -> None:
    async with database.transaction(["valley"]) as transaction:
        await transaction.execute(text("INSERT INTO counted VALUES ('valley', gen_random_uuid(), 1)"))
    async with database.transaction(["hill"]) as transaction:
        assert (await transaction.execute(text("SELECT count(*) FROM counted"))).scalar_one() == 0
        assert (await transaction.execute(text("UPDATE counted SET times = 9"))).rowcount == 0
    with pytest.raises(Exception, match="row-level security"):
        async with database.transaction(["hill"]) as transaction:
            await transaction.execute(text("INSERT INTO counted VALUES ('valley', gen_random_uuid(), 1)"))


async def test_a_signal_ends_the_tasks_in_order_before_it_ends_the_process(
    database: Database, toy_settings: ServiceSettings
) -> None:
    raised_again: list[int] = []
    ended = asyncio.Event()

    async def loop(_: Context) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.2)
            ended.set()

    service = Service(
        name=f"toy-{uuid4().hex[:8]}",
        package="tests.service.kit.toy",
        settings=toy_settings,
        publishes=Topic.CODING,
        handlers=lambda _: {},
        background={"loop": loop},
    )
    before = signal.signal(signal.SIGTERM, lambda number, _: raised_again.append(number))
    try:
        process = Process(service, ("worker",))
        running_process = asyncio.create_task(process.run())
        await eventually(lambda: asyncio.sleep(0, process._server.started))
        os.kill(os.getpid(), signal.SIGTERM)
        assert await asyncio.wait_for(running_process, 12) == 0
        assert ended.is_set(), "the background loop was given time to end"
        assert raised_again == [], "the signal is not raised again: that would end the process before its tasks"
    finally:
        signal.signal(signal.SIGTERM, before)
