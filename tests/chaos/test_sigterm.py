"""SIGTERM ends each service within ten seconds, whatever is away.

In every trouble the collector is deaf and a client of each service holds half a request open as well. The supervisor is
held, so that it is the service itself which ends, with status 0, and not a SIGKILL.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import partial

import pytest
from local_stack.config import SERVICE_DATABASES
from sandbox.emr.load import encounters

from tests.chaos.conftest import SEED
from tests.chaos.emr import PersistentEmr
from tests.chaos.quiet import broker_of, until_quiet
from tests.chaos.reckoning import reckon
from tests.support.live import TENANT, Live
from tests.support.waiting import eventually

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(600)]
LIMIT_SECONDS = 10.0
READY_SECONDS = 120
QUIET_SECONDS = 120
SETTLE_SECONDS = 2.0
READS_A_BODY = {
    "coding-svc": "/v1/encounters",
    "claim-builder": "/v1/claims/validate",
    "submission-svc": "/v1/webhooks/sandbox-lakeside",
    "followup-svc": "/v1/webhooks/sandbox-lakeside",
}
COUNT = 12
"""Encounters under way in each trouble: there are spans to export, events to publish and a file to post."""


@asynccontextmanager
async def broker_down(live: Live) -> AsyncIterator[None]:
    with live.stack.supervisor.holding("kafka"):
        live.kill("kafka")
        await asyncio.sleep(SETTLE_SECONDS)
        yield


@asynccontextmanager
async def database_down(live: Live) -> AsyncIterator[None]:
    with live.stack.supervisor.holding("postgres"):
        live.kill("postgres")
        await asyncio.sleep(SETTLE_SECONDS)
        yield


@asynccontextmanager
async def payer_hanging(live: Live) -> AsyncIterator[None]:
    """The payer takes connections and never answers; a file is on its way to it."""
    os.kill(live.part("sandbox").pid, signal.SIGSTOP)
    try:
        await post(live, f"hanging-{time.time_ns()}")
        sending = "SELECT count(*) FROM interchange WHERE state = 'sending'"
        await eventually(lambda: live.value("submission-svc", sending), 30, "a file under way")
        yield
    finally:
        os.kill(live.part("sandbox").pid, signal.SIGCONT)


@asynccontextmanager
async def open_requests(live: Live) -> AsyncIterator[None]:
    """A client of each service that has sent half of its request and goes on holding the connection."""
    writers = []
    for service in SERVICE_DATABASES:
        _, writer = await asyncio.open_connection("127.0.0.1", live.part(service).port)
        head = f"POST {READS_A_BODY[service]} HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n"
        head += "content-type: application/json\r\n"
        writer.write(f"{head}authorization: Bearer {live.api_keys[TENANT]['admin']}\r\n\r\n{{".encode())
        await writer.drain()
        writers.append(writer)
    await asyncio.sleep(0.5)
    try:
        yield
    finally:
        for writer in writers:
            writer.close()


TROUBLES: Mapping[str, Callable[[Live], AbstractAsyncContextManager[None]]] = {
    "payer hanging": payer_hanging,
    "broker down": broker_down,
    "database down": database_down,
}


async def post(live: Live, name: str) -> dict[str, str]:
    emr = PersistentEmr([live.urls["coding-svc"]], live.api_keys[TENANT]["emr"])
    await emr.post_all(list(encounters(COUNT, seed=SEED, name=name)), per_second=50)
    return emr.acknowledged


async def seconds_to_end(live: Live, service: str) -> tuple[float, int | None]:
    """SIGTERM; the seconds until the process is gone, and its exit status."""
    part = live.part(service)
    begun = time.monotonic()
    os.kill(part.pid, signal.SIGTERM)
    while part.alive() and time.monotonic() - begun < 3 * LIMIT_SECONDS:
        await asyncio.sleep(0.05)
    return time.monotonic() - begun, part.exit_code


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_sigterm_ends_every_service_in_time(live: Live, trouble: str) -> None:
    name = f"term-{trouble.replace(' ', '-')}"
    acknowledged = await post(live, name)
    async with AsyncExitStack() as held:
        for service in SERVICE_DATABASES:
            held.enter_context(live.stack.supervisor.holding(service))
        async with TROUBLES[trouble](live), open_requests(live):
            ends = await asyncio.gather(*(seconds_to_end(live, service) for service in SERVICE_DATABASES))
    told = dict(zip(SERVICE_DATABASES, ends, strict=True))
    print(f"{trouble}: " + ", ".join(f"{name} {seconds:.1f} s" for name, (seconds, _) in told.items()))
    try:
        for service, (seconds, status) in told.items():
            assert seconds <= LIMIT_SECONDS, f"{service} took {seconds:.1f} s"
            assert status == 0, f"{service} ended with {status}"
    finally:
        for part in (*SERVICE_DATABASES, "kafka", "postgres", "sandbox"):
            await eventually(partial(asyncio.to_thread, live.part(part).ready), READY_SECONDS, f"{part} is back")
    async with broker_of(live) as broker:
        wait = await until_quiet(live, broker, QUIET_SECONDS)
        assert not wait.under_way, wait.trail[-3:]
    wrong = [w for w in await reckon(live, acknowledged, f"{name}-{SEED}-") if "nobody built" not in w.what]
    assert not wrong, [str(w) for w in wrong[:10]]
