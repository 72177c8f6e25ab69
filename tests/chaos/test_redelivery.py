"""Every event and every webhook comes again, after the inboxes were emptied: nothing changes."""

from __future__ import annotations

import asyncio
import random
import time
from typing import Any

import asyncpg
import pytest
from local_stack.config import SERVICE_DATABASES
from sandbox.emr.load import encounters
from sandbox.payer.signing import new_webhook_id, signature_headers

from tests.chaos.conftest import SEED
from tests.chaos.emr import PersistentEmr
from tests.chaos.fingerprint import differences, fingerprint
from tests.chaos.quiet import Broker, broker_of, until_quiet
from tests.chaos.reckoning import not_taken_in
from tests.support.live import TENANT, Live

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(600)]
COUNT = 80
QUIET_SECONDS = 120
AGAIN = "UPDATE outbox SET published_at = NULL"
WEBHOOK_SERVICES = ("submission-svc", "followup-svc")


@pytest.fixture
async def finished(live: Live) -> None:
    """Encounters of every ending that came to rest: paid, denied, rejected, partly paid, reversed, split."""
    emr = PersistentEmr([live.urls["coding-svc"]], live.api_keys[TENANT]["emr"])
    await emr.post_all(list(encounters(COUNT, seed=SEED, mix="mixed", name="again")), per_second=40)
    async with broker_of(live) as broker:
        await rested(live, broker)


async def rested(live: Live, broker: Broker) -> None:
    wait = await until_quiet(live, broker, QUIET_SECONDS)
    assert not wait.under_way, wait.trail[-3:]


async def execute(live: Live, service: str, *statements: str) -> list[str]:
    """Run statements in one transaction as superuser; returns what PostgreSQL says of each (`UPDATE 17`)."""
    connection = await asyncpg.connect(live.part("postgres").superuser_dsn(SERVICE_DATABASES[service]))
    try:
        async with connection.transaction():
            return [await connection.execute(statement) for statement in statements]
    finally:
        await connection.close()


async def test_every_event_again_changes_nothing(live: Live, finished: None) -> None:
    assert await not_taken_in(live) == []
    before = await fingerprint(live)
    told: dict[str, int] = {}
    async with broker_of(live) as broker:
        ends = sum((await broker.ends()).values())
        for service in SERVICE_DATABASES:
            await execute(live, service, "DELETE FROM inbox")
        for service in SERVICE_DATABASES:
            said = await execute(live, service, AGAIN)
            told[service] = int(said[0].split()[1])
        await rested(live, broker)
        assert sum((await broker.ends()).values()) - ends >= sum(told.values()) > COUNT, "everything was sent again"
    for service in SERVICE_DATABASES:
        assert await live.value(service, "SELECT count(*) FROM inbox") > 0, f"{service} took everything in again"
    assert differences(before, await fingerprint(live)) == {}


async def test_events_in_a_shuffled_order_change_nothing(live: Live, finished: None) -> None:
    """The order of one encounter's events is lost as well: rows are given back to the relay in a drawn order."""
    before = await fingerprint(live)
    draw = random.Random(SEED)
    async with broker_of(live) as broker:
        for service in SERVICE_DATABASES:
            await execute(live, service, "DELETE FROM inbox")
        quarters = {service: draw.sample(range(4), 4) for service in SERVICE_DATABASES}
        for turn in range(4):
            for service in draw.sample(sorted(SERVICE_DATABASES), len(SERVICE_DATABASES)):
                chosen = f"abs(hashtext(event_id::text)) % 4 = {quarters[service][turn]}"
                await execute(live, service, f"{AGAIN} WHERE {chosen}")
        await rested(live, broker)
    assert differences(before, await fingerprint(live)) == {}


async def test_every_webhook_again_under_a_new_id_changes_nothing(live: Live, finished: None) -> None:
    before = await fingerprint(live)
    secrets = {practice.gateway_id: practice.webhook_secret for practice in live.stack.secrets.practices}
    for service in WEBHOOK_SERVICES:
        rows = await live.rows(service, "SELECT account_id, kind, content_type, body FROM webhook")
        assert rows
        random.Random(SEED).shuffle(rows)
        answers = await asyncio.gather(*(_send(live, service, row, secrets[row["account_id"]]) for row in rows))
        assert answers == [202] * len(rows)
        # An id that was used already is not even stored.
        known = await live.value(service, "SELECT count(*) FROM webhook")
        row, webhook_id = rows[0], await live.value(service, "SELECT webhook_id FROM webhook LIMIT 1")
        assert await _send(live, service, row, secrets[row["account_id"]], webhook_id) == 200
        assert await live.value(service, "SELECT count(*) FROM webhook") == known
    async with broker_of(live) as broker:
        await rested(live, broker)
    assert differences(before, await fingerprint(live)) == {}


async def _send(live: Live, service: str, row: Any, secret: str, webhook_id: str = "") -> int:
    body = bytes(row["body"])
    headers = {
        "content-type": row["content_type"],
        "x-transaction-set": row["kind"],
        **signature_headers(webhook_id or new_webhook_id(), int(time.time()), body, [secret]),
    }
    answer = await live.call("POST", service, f"/v1/webhooks/{row['account_id']}", content=body, headers=headers)
    return answer.status_code
