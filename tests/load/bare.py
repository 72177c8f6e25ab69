"""Run the bare loop on the system's own PostgreSQL and Kafka, and measure it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from uuid import uuid4

import asyncpg
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from local_stack.kafka import Kafka
from local_stack.ports import free_port
from local_stack.postgres import Postgres

from tests.load.bare_loop import HOPS, SCHEMA
from tests.load.posting import post_all

DATABASE = "bare_coding"
NOTE = "x" * 2_700


async def run_bare_loop(postgres: Postgres, kafka: Kafka, count: int, connections: int) -> dict[str, float]:
    """Post `count` encounters through the bare loop; encounters a second until the last hop has committed."""
    databases = postgres.create_databases("bare_")
    dsn = databases.superuser_dsn("coding")
    connection = await asyncpg.connect(dsn)
    await connection.execute(SCHEMA)
    await _make_topics(kafka.bootstrap)
    ports = {"http": free_port(), "payer": free_port()}
    processes = [_start(role, dsn, kafka.bootstrap, ports) for role in ("payer", "http", *_hops())]
    try:
        await _listening(*ports.values())
        await asyncio.sleep(3)  # consumers join their groups
        bodies = [_body() for _ in range(count)]
        begin = time.monotonic()
        url = f"http://127.0.0.1:{ports['http']}/encounters"
        outcome = await post_all(url, bodies, {}, connections=connections)
        while await connection.fetchval("SELECT count(*) FROM state WHERE hop = $1", HOPS) < outcome.taken:
            await asyncio.sleep(0.05)
        return {"encounters_per_second": outcome.taken / (time.monotonic() - begin)}
    finally:
        for process in processes:
            process.send_signal(signal.SIGKILL)
            process.wait()
        await connection.close()
        databases.drop()


def _hops() -> list[str]:
    return [f"hop{number}" for number in range(1, HOPS + 1)]


def _body() -> bytes:
    return json.dumps({"id": str(uuid4()), "note": NOTE, "codes": ["E11.9", "I10", "99213"]}).encode()


def _start(role: str, dsn: str, bootstrap: str, ports: dict[str, int]) -> subprocess.Popen[bytes]:
    environment = {
        **os.environ,
        "BARE_DSN": dsn,
        "BARE_KAFKA": bootstrap,
        "BARE_PORT": str(ports.get(role, 0)),
        "BARE_PAYER": f"http://127.0.0.1:{ports['payer']}/files",
    }
    return subprocess.Popen([sys.executable, "-m", "tests.load.bare_loop", role], env=environment)


async def _make_topics(bootstrap: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(f"bare{number}", 4, 1) for number in range(HOPS)])
    await admin.close()


async def _listening(*ports: int) -> None:
    for port in ports:
        for _ in range(100):
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                break
            except OSError:
                await asyncio.sleep(0.1)
