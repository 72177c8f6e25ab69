"""`kill -9` of everything in the middle of 300 encounters, and a broker that comes back with an empty disk."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from local_stack.config import SERVICE_DATABASES
from sandbox.emr.load import encounters

from tests.chaos.conftest import SEED
from tests.chaos.emr import PersistentEmr
from tests.chaos.history import history, times_posted_again
from tests.chaos.ledger_watch import ledger_watched
from tests.chaos.nemesis import Nemesis, schedule
from tests.chaos.quiet import Broker, Wait, broker_of, until_quiet
from tests.chaos.reckoning import Wrong, reckon
from tests.support.live import TENANT, Live

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(900)]
COUNT = 300
PER_SECOND = 20
QUIET_SECONDS = 120
LATE_DUPLICATES_SECONDS = 2.5
NAME = "kill"


async def test_nothing_is_lost_or_doubled(live: Live) -> None:
    faults = schedule(SEED, COUNT)
    samples = list(encounters(COUNT, seed=SEED, mix="faults", name=NAME))
    emr = PersistentEmr([live.urls["coding-svc"]], live.api_keys[TENANT]["emr"])
    nemesis = Nemesis(live, lambda: len(emr.acknowledged))
    emr.allowed = lambda: nemesis.allowed
    clock = Clock()
    async with ledger_watched(live) as watch:
        async with asyncio.TaskGroup() as group:
            group.create_task(nemesis.run(faults))
            group.create_task(emr.post_all(samples, PER_SECOND))
        clock.lap("chaos")
        async with broker_of(live) as broker:
            wait = await until_quiet(live, broker, QUIET_SECONDS)
            clock.lap("converged")
            await judge(live, nemesis.done, emr, wait)
            await asyncio.sleep(LATE_DUPLICATES_SECONDS)
            await judge(live, nemesis.done, emr, await until_quiet(live, broker, QUIET_SECONDS))
            clock.lap("judged")
            bites = await bitten(live, broker, emr)
    print(f"seed {SEED}: {clock}; {dict(bites)}; client saw {dict(emr.failures)}")
    print(f"ledger looked at {watch.by_api} times by API, {watch.by_database} times in the database")
    print("\n".join([*nemesis.done, *wait.trail]))
    assert watch.wrong == []
    assert min(watch.by_api, watch.by_database) >= 10, "the ledger was hardly looked at"
    missing = {name for name in (*SERVICE_DATABASES, "sandbox", "kafka", "postgres") if not bites[f"killed {name}"]}
    assert not missing, f"never killed: {missing}"
    assert bites["redeliveries dropped"] >= COUNT
    assert bites["interchanges sent or asked after again"] >= 3
    assert bites["client replays"] >= 1


@dataclass
class Clock:
    """Seconds per lap."""

    since: float = field(default_factory=time.monotonic)
    laps: dict[str, float] = field(default_factory=dict)

    def lap(self, name: str) -> None:
        """End a lap."""
        now = time.monotonic()
        self.laps[name], self.since = now - self.since, now

    def __str__(self) -> str:
        return ", ".join(f"{name} {seconds:.1f} s" for name, seconds in self.laps.items())


async def judge(live: Live, done: Sequence[str], emr: PersistentEmr, wait: Wait) -> None:
    """Fail with seed, schedule and the first bad encounter's whole history if anything is wrong."""
    wrong = await reckon(live, emr.acknowledged, f"{NAME}-{SEED}-")
    if not (wrong or wait.under_way or len(emr.acknowledged) != COUNT):
        return
    first = next((w.encounter_id for w in wrong if w.encounter_id), None)
    told = await history(live, first) if first else ""
    pytest.fail(_report(done, emr, wait, wrong) + "\n" + told)


def _report(done: Sequence[str], emr: PersistentEmr, wait: Wait, wrong: Sequence[Wrong]) -> str:
    kinds = Counter(w.what.split()[0] for w in wrong)
    lines = [
        f"seed {SEED}: CLEANCLAIM_CHAOS_SEED={SEED} repeats this schedule:",
        *(f"    {deed}" for deed in done),
        f"acknowledged {len(emr.acknowledged)} of {COUNT}; client saw {dict(emr.failures)}",
        f"under way while waiting: {wait.trail[-3:]}",
        f"{len(wrong)} things are wrong ({dict(kinds)}):",
        *(f"    {w}" for w in wrong[:20]),
    ]
    return "\n".join(lines)


async def bitten(live: Live, broker: Broker, emr: PersistentEmr) -> Counter[str]:
    """Proof that the chaos was some: kills, deliveries of events that had been applied before, replays of keys."""
    bites: Counter[str] = Counter()
    restarts = live.stack.supervisor.restarts
    for name in (*SERVICE_DATABASES, "sandbox", "kafka", "postgres"):
        bites[f"killed {name}"] = restarts.get(name, 0)
    sightings = await broker.sightings()
    bites["records sent twice"] = len(sightings) - len({s.event_id for s in sightings})
    for service in SERVICE_DATABASES:
        rows = await live.rows(service, "SELECT event_id::text, received_at FROM inbox")
        applied = {row["event_id"]: row["received_at"].timestamp() * 1000 for row in rows}
        # Sent after it had been applied, and read since (nothing is unread): the inbox dropped it.
        bites["redeliveries dropped"] += sum(applied.get(s.event_id, s.sent_ms + 1) < s.sent_ms for s in sightings)
    bites["interchanges sent or asked after again"] = await times_posted_again(live)
    bites["client replays"] = emr.replays
    return bites
