"""The whole process against the sandbox payer, whose books are the oracle: every outcome on the road at once."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from local_stack.kafka import Kafka
from local_stack.ports import free_port
from sandbox.payer.app import build_app
from sandbox.payer.config import Account, Delays, PayerConfig
from sandbox.payer.office import Office

from tests.service.submission_svc.conftest import Bench
from tests.service.submission_svc.test_submission_process import SECRET, produce_contents, running_at
from tests.support.waiting import eventually
from tests.unit.submission_svc import samples

KEY = "key of prairie-gw"
CLAIMS = ("00", "11", "12", "20", "21", "22", "23", "24", "25", "64", "70", "72", "73", "76")
FAULTS = ("80", "81", "82", "83", "84")
ACCEPTED = {"00", "12", "64", "70", "72", "73", "80", "81", "82", "83", "84"}
REJECTED = {"11": "999", "20": "277CA", "21": "277CA", "22": "277CA", "23": "277CA", "24": "277CA", "25": "277CA"}


def state_of(switch: str) -> str:
    """What becomes of a claim with this switch."""
    return "accepted" if switch in ACCEPTED else "rejected" if switch in REJECTED else "delivered"


@asynccontextmanager
async def sandbox(folder: Path, port: int, webhook_url: str) -> AsyncIterator[None]:
    config = PayerConfig(
        accounts=[
            Account(
                id="prairie-gw",
                api_key=KEY,
                secrets=[f"whsec_{SECRET}"],
                webhooks=dict.fromkeys(("TA1", "999", "277CA"), webhook_url),  # type: ignore[misc]
            )
        ],
        delays=Delays(ta1=0.1, ack_999=0.3, ack_277ca=0.6, remittance=600, cycle=60, late=2, hang=3),
        business_date=date(2026, 9, 1),
    )
    app = build_app(Office(config, folder, 1, 1.0))
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", timeout_graceful_shutdown=1))
    task = asyncio.create_task(server.serve())
    try:
        yield
    finally:
        server.should_exit = True
        await task


async def test_every_outcome_on_the_road_ends_as_the_books_say(bench: Bench, kafka: Kafka, tmp_path: Path) -> None:
    """Four claims of each kind and a file for each fault; no claim is twice in adjudication, states are the books'."""
    port, http_port = free_port(), free_port()
    contents, switch_of = [], {}
    # A file takes ten claims; the first faulty one in it decides how the gateway treats the file.
    with_faults = [s for fault in FAULTS for s in (fault, *["00"] * 9)]
    for k, switch in enumerate([*with_faults, *CLAIMS * 4]):
        n = k + 1
        switch_of[n] = switch
        lines = (samples.line(1), samples.line(2, 5_000, code="96372"))
        cover = samples.coverage(member_id=f"W{n:06d}XX{switch}")
        contents.append(samples.content(n, coverage=cover, lines=lines))

    async def settled() -> bool:
        states = await bench.states()
        return {n: states.get((n, 1)) for n in switch_of} == {n: state_of(s) for n, s in switch_of.items()}

    url = f"http://127.0.0.1:{http_port}/v1/webhooks/prairie-gw"
    async with (
        sandbox(tmp_path / "books", port, url),
        running_at(bench, kafka, port, http_port, batch_size=10, claims_per_transaction_set=5, read_timeout_seconds=1),
    ):
        await produce_contents(bench, kafka, contents)
        try:
            await eventually(settled, 60)
        except AssertionError:
            states = await bench.states()
            wrong = {(switch_of[n], s) for (n, _), s in states.items() if s != state_of(switch_of[n])}
            raise AssertionError(sorted(wrong)) from None
        async with httpx.AsyncClient() as client:
            books: dict[str, Any] = (await client.get(f"http://127.0.0.1:{port}/books")).json()

    taken = defaultdict(Counter)  # type: ignore[var-annotated]
    for claim in books["claims"]:
        taken[int(claim["patient_control_number"][2:])][claim["stage"]] += 1
    for n, switch in switch_of.items():
        assert taken[n]["accepted"] == (switch not in REJECTED), (switch, taken[n])
        assert not any(claim.get("duplicate") for claim in books["claims"])
    sources = {e.claim_id: e.source for e in await bench.published("ClaimRejected")}
    assert sources == {samples.claim_id(n): REJECTED[s] for n, s in switch_of.items() if s in REJECTED}
    told = await bench.told()
    assert {told["ClaimAccepted", n] for n, s in switch_of.items() if s in ACCEPTED} == {1}
