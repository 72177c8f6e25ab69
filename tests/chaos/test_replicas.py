"""Two replicas of each service share the work and double nothing, though one of each pair is killed in between."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from local_stack.config import SERVICE_DATABASES
from local_stack.http_part import HttpPart, http_part
from local_stack.ports import free_port
from local_stack.stack import Stack
from local_stack.supervisor import Supervisor
from sandbox.emr.load import encounters

from tests.chaos.conftest import SEED
from tests.chaos.emr import PersistentEmr
from tests.chaos.history import history
from tests.chaos.ledger_watch import ledger_watched
from tests.chaos.quiet import Broker, broker_of, until_quiet
from tests.chaos.reckoning import reckon
from tests.support.live import TENANT, Live

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(600)]
COUNT = 200
PER_SECOND = 40
QUIET_SECONDS = 120
NAME = "twice"


@pytest.fixture
def replicas(chaos_stack: Stack) -> Iterator[dict[str, HttpPart]]:
    """A second process of each service on a port of its own, watched over by a supervisor of its own."""
    supervisor = Supervisor()
    second = {name: replica_of(chaos_stack, name) for name in SERVICE_DATABASES}
    try:
        supervisor.start(list(second.values()))
        yield second
    finally:
        supervisor.stop()


def replica_of(stack: Stack, name: str) -> HttpPart:
    """The same program and settings; only the port and the consumer's instance differ."""
    port = free_port()
    environment = {
        **stack.environments.service(name),
        "CLEANCLAIM_HTTP_PORT": str(port),
        "CLEANCLAIM_CONSUMER_INSTANCE": "second",
    }
    first: HttpPart = stack.part(name)  # type: ignore[assignment]
    log: Path = stack.config.logs / f"{name}-second.log"
    return http_part(f"{name}-second", first.command.argv, port=port, ready_path="/readyz", log=log, env=environment)


async def members(broker: Broker, service: str) -> int:
    """How many consumers are in a service's group."""
    described = await broker.admin.describe_consumer_groups([service])
    return len(described[0].to_object()["groups"][0]["members"])


async def test_two_replicas_of_each_service_double_nothing(live: Live, replicas: dict[str, HttpPart]) -> None:
    draw = random.Random(SEED)
    urls = [live.urls["coding-svc"], replicas["coding-svc"].url]
    samples = list(encounters(COUNT, seed=SEED, mix="faults", name=NAME))
    booked = max((row["seq"] for row in (await live.books())["claims"]), default=0)
    emr = PersistentEmr(urls, live.api_keys[TENANT]["emr"])
    async with broker_of(live) as broker, ledger_watched(live) as watch:
        for service in SERVICE_DATABASES:
            while await members(broker, service) != 2:
                await asyncio.sleep(0.2)
        async with asyncio.TaskGroup() as group:
            group.create_task(emr.post_all(samples, PER_SECOND))
            group.create_task(kill_one_of_each(live, replicas, emr, draw))
        wait = await until_quiet(live, broker, QUIET_SECONDS)
        assert not wait.under_way, (SEED, wait.trail[-3:])
        wrong = await reckon(live, emr.acknowledged, f"{NAME}-{SEED}-", booked)
        first = next((w.encounter_id for w in wrong if w.encounter_id), None)
        assert not wrong, f"seed {SEED}: {[str(w) for w in wrong[:10]]}\n{await history(live, first) if first else ''}"
    assert watch.wrong == []
    assert len(emr.acknowledged) == COUNT
    print(f"seed {SEED}: at rest after {wait.seconds:.1f} s; client saw {dict(emr.failures)}")


async def kill_one_of_each(live: Live, replicas: dict[str, HttpPart], emr: PersistentEmr, draw: random.Random) -> None:
    """Of each pair one, the leader of the relay or the other, at drawn moments of the load."""
    for number, service in enumerate(draw.sample(sorted(SERVICE_DATABASES), len(SERVICE_DATABASES))):
        while len(emr.acknowledged) < COUNT * (number + 1) // 6:
            await asyncio.sleep(0.01)
        part = draw.choice([live.part(service), replicas[service]])
        await asyncio.to_thread(part.kill)
