"""`make bench`: encounters over HTTP until all are submitted and paid, into build/bench.json.

`make bench N=3000` posts as fast as they are taken; `make bench RATE=50` holds a rate and reports latencies; TRACING=1
exports every span to a receiver that counts them. In the same run the bare loop is measured for orientation, and then
the X12 codec beside the bare split of the same files and beside its peers (alone: `make bench ONLY=codec`), claims from
the coded encounter to the 837P (`ONLY=claims`), and coding (`ONLY=coding`).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import statistics
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from local_stack.config import SERVICE_DATABASES
from local_stack.stack import Stack
from sandbox.emr.load import encounters

from tests.load import claims, codec, coding
from tests.load.bare import run_bare_loop
from tests.load.posting import post_all
from tests.load.processes import cpu_seconds, descendants, memory_megabytes
from tests.support.live import TENANT, Live, live_stack
from tests.support.otlp import OtlpReceiver

OUTPUT = Path("build/bench.json")
STAGES = {
    "received": ("coding-svc", "EncounterReceived"),
    "coded": ("coding-svc", "EncounterCoded"),
    "built": ("claim-builder", "ClaimBuilt"),
    "submitted": ("submission-svc", "ClaimSubmitted"),
    "accepted": ("submission-svc", "ClaimAccepted"),
    "paid": ("followup-svc", "ClaimPaid"),
}
PARTS = ("codec", "claims", "coding")
"""What is measured without the system, each by a module of its own."""
HELD = (("coding-svc", "EncounterHeld"), ("claim-builder", "ClaimHeld"))
WAIT_SECONDS = 600


def main() -> None:
    """Run the benchmark and write its result."""
    parser = argparse.ArgumentParser(prog="python -m tests.load", description=__doc__)
    parser.add_argument("--count", type=int, default=3000, help="encounters to post (default 3000)")
    parser.add_argument("--rate", type=float, help="hold this rate instead of posting as fast as they are taken")
    parser.add_argument("--connections", type=int, default=16, help="connections of the EMR")
    parser.add_argument("--tracing", action="store_true", help="export spans and metrics to a receiver")
    parser.add_argument("--no-bare", action="store_true", help="leave out the bare loop")
    parser.add_argument("--only", choices=["system", *PARTS], help="measure this part alone; the others keep theirs")
    arguments = parser.parse_args()
    before = json.loads(OUTPUT.read_text()) if arguments.only and OUTPUT.exists() else {}
    result = {**before, **_with_stack(arguments)} if arguments.only in (None, "system") else before
    print(json.dumps({name: value for name, value in result.items() if name not in PARTS}, indent=2))
    if arguments.only in (None, "codec"):
        result["codec"] = codec.measure()
        print("\n".join(codec.table(result["codec"])))
    if arguments.only in (None, "claims"):
        result["claims"] = claims.measure()
        print("\n".join(claims.table(result["claims"])))
    if arguments.only in (None, "coding"):
        result["coding"] = coding.measure()
        print(json.dumps(result["coding"], indent=2))
    OUTPUT.parent.mkdir(exist_ok=True)
    OUTPUT.write_text(json.dumps(result, indent=2) + "\n")


def _with_stack(arguments: argparse.Namespace) -> dict[str, Any]:
    receiver = OtlpReceiver()
    if arguments.tracing:
        receiver.start()
    with live_stack(receiver.endpoint if arguments.tracing else None) as stack:
        result = asyncio.run(_measure(stack, arguments))
        if not arguments.no_bare:
            bare = asyncio.run(_bare(stack, arguments))
            result["bare_loop"] = bare
            result["ratio_to_bare_loop"] = round(result["encounters_per_second"] / bare["encounters_per_second"], 3)
    result["spans_exported"] = len(receiver.spans)
    return result


async def _bare(stack: Stack, arguments: argparse.Namespace) -> dict[str, float]:
    with ExitStack() as down:
        for name in (*SERVICE_DATABASES, "sandbox"):
            down.enter_context(stack.supervisor.holding(name))
            stack.part(name).stop()
        postgres, kafka = stack.part("postgres"), stack.part("kafka")
        rates = await run_bare_loop(postgres, kafka, arguments.count, arguments.connections)
    return {name: round(value, 1) for name, value in rates.items()}


async def _measure(stack: Stack, arguments: argparse.Namespace) -> dict[str, Any]:
    live = Live(stack)
    try:
        await _warm_up(live)
        bodies = [json.dumps(sample.body).encode() for sample in encounters(arguments.count, seed=int(time.time()))]
        before = _cpu(stack)
        begin = time.time()
        outcome = await post_all(
            live.urls["coding-svc"] + "/v1/encounters",
            bodies,
            {"authorization": f"Bearer {live.api_keys[TENANT]['emr']}"},
            connections=arguments.connections,
            rate=arguments.rate,
        )
        posted_seconds = time.time() - begin
        stages = await _until_paid(live, begin, outcome.taken)
        spent = {name: seconds - before[name] for name, seconds in _cpu(stack).items()}
        return _result(stack, arguments, outcome, posted_seconds, stages, spent, begin)
    finally:
        await live.close()


async def _warm_up(live: Live) -> None:
    bodies = [json.dumps(sample.body).encode() for sample in encounters(200, seed=7)]
    headers = {"authorization": f"Bearer {live.api_keys[TENANT]['emr']}"}
    begin = time.time()
    outcome = await post_all(live.urls["coding-svc"] + "/v1/encounters", bodies, headers, connections=8)
    await _until_paid(live, begin, outcome.taken)


async def _until_paid(live: Live, since: float, expected: int) -> dict[str, dict[str, float]]:
    """Wait until every encounter is paid; returns per stage the moment of each encounter's first event."""
    deadline = time.time() + WAIT_SECONDS
    while True:
        paid = await _moments(live, *STAGES["paid"], since)
        if len(paid) >= expected:
            break
        if held := [key for source in HELD for key in await _moments(live, *source, since)]:
            raise SystemExit(f"{len(held)} encounters wait for a person: the load is meant to be clean")
        if time.time() > deadline:
            raise SystemExit(f"only {len(paid)} of {expected} encounters were paid in {WAIT_SECONDS} s")
        await asyncio.sleep(0.25)
    return {name: await _moments(live, *source, since) for name, source in STAGES.items()}


async def _moments(live: Live, service: str, event_type: str, since: float) -> dict[str, float]:
    query = """
        SELECT key, extract(epoch FROM min(created_at))::float8 AS moment FROM outbox
        WHERE event_type = $1 AND created_at >= to_timestamp($2) GROUP BY key
    """
    return {row["key"]: row["moment"] for row in await live.rows(service, query, event_type, since)}


def _result(
    stack: Stack,
    arguments: argparse.Namespace,
    outcome: Any,
    posted_seconds: float,
    stages: Mapping[str, Mapping[str, float]],
    spent: Mapping[str, float],
    begin: float,
) -> dict[str, Any]:
    end_to_end = max(stages["paid"].values()) - begin
    received = stages["received"]
    return {
        "count": outcome.taken,
        "refused": outcome.refused,
        "mode": f"rate {arguments.rate}" if arguments.rate else "as fast as taken",
        "tracing": arguments.tracing,
        "machine": {"cores": os.cpu_count(), "processor": platform.machine(), "python": platform.python_version()},
        "encounters_per_second": round(outcome.taken / end_to_end, 1),
        "posted_per_second": round(outcome.taken / posted_seconds, 1),
        "http_seconds": _percentiles(outcome.seconds),
        "seconds_from_encounter_to": {
            name: _percentiles([moment - received[key] for key, moment in moments.items() if key in received])
            for name, moments in stages.items()
            if name != "received"
        },
        "cpu_microseconds_per_encounter": {
            name: round(seconds / outcome.taken * 1e6) for name, seconds in sorted(spent.items())
        },
        "memory_megabytes": {name: round(memory_megabytes(pids)) for name, pids in _processes(stack).items()},
    }


def _percentiles(values: list[float]) -> dict[str, float]:
    if len(values) < 2:
        return {}
    cuts = statistics.quantiles(values, n=100)
    return {
        "p50": round(cuts[49], 4),
        "p95": round(cuts[94], 4),
        "p99": round(cuts[98], 4),
        "max": round(max(values), 4),
    }


def _processes(stack: Stack) -> dict[str, list[int]]:
    return {name: descendants(stack.part(name).pid) for name in (*SERVICE_DATABASES, "sandbox", "kafka", "postgres")}


def _cpu(stack: Stack) -> dict[str, float]:
    return {name: cpu_seconds(pids) for name, pids in _processes(stack).items()}


if __name__ == "__main__":
    main()
