"""The bare loop: HTTP, database, broker, four hops and a payer call, with no business in it.

The same shape as the product's data path in the fewest lines: FastAPI and one statement per encounter; per hop a
batch per poll, one transaction, offsets committed after it; a polling relay per process; the last hop calls a payer.
It says what the parts cost by themselves on this machine, so that the product's figure can be read as a ratio.

`python -m tests.load.bare_loop ROLE` with ROLE http, payer or hop1 … hop4; settings by environment variables.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import uvicorn
import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from fastapi import FastAPI
from fastapi.responses import Response
from pydantic import BaseModel

HOPS = 4
BATCH = 200
SCHEMA = """
CREATE TABLE IF NOT EXISTS state (hop int, id uuid, body text, PRIMARY KEY (hop, id));
CREATE TABLE IF NOT EXISTS inbox (hop int, id uuid, PRIMARY KEY (hop, id));
CREATE TABLE IF NOT EXISTS outbox (
    n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, hop int, id uuid, body text,
    published bool DEFAULT false, created_at timestamptz DEFAULT clock_timestamp());
CREATE INDEX IF NOT EXISTS outbox_open ON outbox (hop, n) WHERE NOT published;
"""
_TAKE = """
WITH one AS (INSERT INTO state VALUES (0, $1, $2)) INSERT INTO outbox (hop, id, body) VALUES (0, $1, $2)
"""
_HOP = """
WITH new AS (
    INSERT INTO inbox SELECT $1, id FROM unnest($2::uuid[]) AS t(id) ON CONFLICT DO NOTHING RETURNING id
), bodies AS (SELECT t.id, t.body FROM unnest($2::uuid[], $3::text[]) AS t(id, body) JOIN new USING (id)),
kept AS (INSERT INTO state SELECT $1, id, body FROM bodies)
INSERT INTO outbox (hop, id, body) SELECT $1, id, body FROM bodies
"""


class Encounter(BaseModel):
    """What travels: an id and some three kilobytes."""

    id: UUID
    note: str
    codes: list[str]


def _env(name: str) -> str:
    return os.environ[f"BARE_{name}"]


async def _pool() -> asyncpg.Pool[Any]:
    return await asyncpg.create_pool(_env("DSN"), min_size=2, max_size=8)


class Relay:
    """Publishes one hop's outbox."""

    def __init__(self, pool: asyncpg.Pool[Any], hop: int) -> None:
        self._pool, self._hop, self.wake = pool, hop, asyncio.Event()

    async def run(self) -> None:
        """Relay for ever."""
        producer = AIOKafkaProducer(
            bootstrap_servers=_env("KAFKA"), acks="all", enable_idempotence=True, linger_ms=5, max_batch_size=262_144
        )
        await producer.start()
        while True:
            self.wake.clear()
            query = "SELECT n, id, body FROM outbox WHERE hop = $1 AND NOT published ORDER BY n LIMIT 500"
            rows = await self._pool.fetch(query, self._hop)
            if not rows:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self.wake.wait(), 0.05)
                continue
            futures = [await producer.send(f"bare{self._hop}", row["body"].encode(), row["id"].bytes) for row in rows]
            await asyncio.gather(*futures)
            await self._pool.execute("UPDATE outbox SET published = true WHERE n = ANY($1)", [row["n"] for row in rows])


async def _serve(app: FastAPI) -> None:
    config = uvicorn.Config(app, port=int(_env("PORT")), http="httptools", log_level="error", access_log=False)
    await uvicorn.Server(config).serve()


async def http() -> None:
    """The first station: takes encounters over HTTP."""
    pool = await _pool()
    relay = Relay(pool, 0)
    running = asyncio.create_task(relay.run())
    app = FastAPI()

    @app.post("/encounters", status_code=202)
    async def take(encounter: Encounter) -> Response:
        await pool.execute(_TAKE, encounter.id, encounter.model_dump_json())
        relay.wake.set()
        return Response(status_code=202)

    await _serve(app)
    running.cancel()


async def payer() -> None:
    """The payer: reads what is posted and answers."""
    app = FastAPI()

    @app.post("/files", status_code=202)
    async def files() -> dict[str, str]:
        return {"file": str(uuid4())}

    await _serve(app)


async def hop(number: int) -> None:
    """One station: consume, write, publish; the last one calls the payer per batch."""
    pool = await _pool()
    relay = Relay(pool, number)
    running = asyncio.create_task(relay.run()) if number < HOPS else None
    consumer = AIOKafkaConsumer(
        f"bare{number - 1}",
        bootstrap_servers=_env("KAFKA"),
        group_id=f"bare-hop-{number}",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=250,
    )
    await consumer.start()
    async with httpx.AsyncClient() as client:
        while True:
            polled = await consumer.getmany(timeout_ms=500, max_records=BATCH)
            encounters = [Encounter.model_validate_json(r.value) for batch in polled.values() for r in batch]
            if not encounters:
                continue
            if number == HOPS:
                await client.post(_env("PAYER"), content="".join(e.model_dump_json() for e in encounters))
            bodies = [e.model_dump_json() for e in encounters]
            await pool.execute(_HOP, number, [e.id for e in encounters], bodies)
            relay.wake.set()
            await consumer.commit()
            if len(encounters) < 20:
                await asyncio.sleep(0.02)
    if running:
        running.cancel()


def main() -> None:
    """Run one role."""
    role = sys.argv[1]
    roles = {"http": http, "payer": payer}
    uvloop.run(roles[role]() if role in roles else hop(int(role.removeprefix("hop"))))


if __name__ == "__main__":
    main()
