"""The relay: from the outbox to the broker, in order per encounter, marked after the broker's acknowledgement.

One leader per service (advisory lock). It selects unpublished rows, never by a last id, because sequences are not
commit order. Published rows stay for the topics' retention with the cluster id; when that changes, they go out again.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Sequence
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from kit.database.engine import Database, is_transient
from kit.messaging.broker import BrokerWatch, abandon
from kit.messaging.records import (
    CONTENT_TYPE_HEADER,
    EVENT_TYPE_HEADER,
    ORIGIN_HEADER,
    SCHEMA_VERSION_HEADER,
    TRACEPARENT_HEADER,
)
from kit.settings import ServiceSettings
from kit.telemetry import logs
from kit.telemetry.spans import send_span

_log = logs.get_logger("kit.relay")
ROWS_PER_ROUND = 500
IDLE_SECONDS = 0.1
SMALL_ROUND = 20
GATHER_SECONDS = 0.02
"""After a small round the relay waits a little for more: the broker's cost is per request, not per message."""
SEND_TIMEOUT_SECONDS = 20.0
RETRY_SECONDS = 1.0
SWEEP_SECONDS = 600.0


class Relay:
    """Publishes one service's outbox."""

    def __init__(self, database: Database, settings: ServiceSettings, broker: BrokerWatch, *, service: str) -> None:
        self._database = database
        self._settings = settings
        self._broker = broker
        self._lock_key = zlib.crc32(f"cleanclaim.relay.{service}".encode())
        self._wake = asyncio.Event()
        self._producer: AIOKafkaProducer | None = None
        self._swept_at = float("-inf")

    def wake(self) -> None:
        """Tell the relay that rows were committed in this process."""
        self._wake.set()

    async def run(self) -> None:
        """Relay for ever; database and broker may come and go."""
        try:
            while True:
                try:
                    await self._lead()
                except KafkaError as error:
                    _log.warning("relay could not send", **logs.describe(error))
                except Exception as error:  # only what passes by itself is swallowed
                    if not is_transient(error):
                        raise
                    _log.warning("relay interrupted", **logs.describe(error))
                await self._drop_producer()
                await asyncio.sleep(RETRY_SECONDS)
        finally:
            await self._drop_producer()

    async def _lead(self) -> None:
        async with self._database.engine.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            lock = text("SELECT pg_try_advisory_lock(:key)")
            if not (await connection.execute(lock, {"key": self._lock_key})).scalar_one():
                return
            try:
                await self._relay_as_leader(connection)
            finally:
                # The lock lives in the session: a pooled connection must not keep it.
                await connection.invalidate()

    async def _relay_as_leader(self, connection: AsyncConnection) -> None:
        cluster_id = await self._broker.known_cluster()
        await self._unpublish_lost(connection, cluster_id)
        while True:
            self._wake.clear()
            if self._broker.cluster_id != cluster_id:
                _log.warning("broker lost its data: publishing the outbox again")
                return
            rows = (await connection.execute(_UNPUBLISHED, {"limit": ROWS_PER_ROUND})).all()
            if rows:
                await self._send(connection, rows, cluster_id)
                if len(rows) < SMALL_ROUND:
                    await asyncio.sleep(GATHER_SECONDS)
            else:
                await self._sweep(connection)
                await self._wait()

    async def _wait(self) -> None:
        try:
            await asyncio.wait_for(self._wake.wait(), IDLE_SECONDS)
        except TimeoutError:
            return

    async def _send(self, connection: AsyncConnection, rows: Sequence[Row[Any]], cluster_id: str) -> None:
        producer = await self._started_producer()
        futures = [await self._send_row(producer, row) for row in rows]
        done, pending = await asyncio.wait(futures, timeout=SEND_TIMEOUT_SECONDS)
        sent = [
            row.id
            for row, future in zip(rows, futures, strict=True)
            if future in done and not future.cancelled() and future.exception() is None
        ]
        if sent:
            await connection.execute(_MARK, {"ids": sent, "cluster_id": cluster_id})
        if pending or len(sent) < len(rows):
            # Unknown, not failed: the rows stay unpublished, go out again with the same event ids, and inboxes drop
            # the copies. The producer is abandoned, since it would keep what it could not deliver.
            failures = [error for f in done if not f.cancelled() and (error := f.exception()) is not None]
            raise failures[0] if failures else KafkaError("the broker did not acknowledge in time")

    async def _send_row(self, producer: AIOKafkaProducer, row: Row[Any]) -> asyncio.Future[Any]:
        with send_span(row.topic, row.event_type, row.key, row.payload, row.traceparent) as traceparent:
            headers = [
                (EVENT_TYPE_HEADER, row.event_type.encode()),
                (SCHEMA_VERSION_HEADER, str(row.schema_version).encode()),
                (CONTENT_TYPE_HEADER, b"application/json"),
            ]
            if traceparent:
                headers += [(TRACEPARENT_HEADER, traceparent.encode()), (ORIGIN_HEADER, row.traceparent.encode())]
            future: asyncio.Future[Any] = await asyncio.wait_for(
                producer.send(row.topic, value=row.payload, key=row.key.encode(), headers=headers), SEND_TIMEOUT_SECONDS
            )
        return future

    async def _started_producer(self) -> AIOKafkaProducer:
        if self._producer is None:
            producer = AIOKafkaProducer(
                bootstrap_servers=self._settings.kafka_bootstrap,
                acks="all",
                enable_idempotence=True,
                linger_ms=5,
                max_batch_size=262_144,
                max_request_size=4_194_304,
                request_timeout_ms=15_000,
                metadata_max_age_ms=30_000,
            )
            try:
                await asyncio.wait_for(producer.start(), SEND_TIMEOUT_SECONDS)
            except BaseException:
                await abandon(producer.stop())
                raise
            self._producer = producer
        return self._producer

    async def _drop_producer(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            await abandon(producer.stop())

    async def _unpublish_lost(self, connection: AsyncConnection, cluster_id: str) -> None:
        result = await connection.execute(
            text("UPDATE outbox SET published_at = NULL WHERE published_at IS NOT NULL AND cluster_id <> :cluster_id"),
            {"cluster_id": cluster_id},
        )
        if result.rowcount:
            _log.warning("rows to be published again", count=result.rowcount)

    async def _sweep(self, connection: AsyncConnection) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._swept_at < SWEEP_SECONDS:
            return
        self._swept_at = now
        retention = {"outbox": self._settings.topic_retention_days, "inbox": self._settings.inbox_retention_days}
        await connection.execute(
            text("DELETE FROM outbox WHERE published_at < now() - make_interval(days => :outbox)"),
            {"outbox": retention["outbox"]},
        )
        await connection.execute(
            text("DELETE FROM inbox WHERE received_at < now() - make_interval(days => :inbox)"),
            {"inbox": retention["inbox"]},
        )


_UNPUBLISHED = text(
    """
    SELECT id, topic, key, event_type, schema_version, payload, traceparent
    FROM outbox WHERE published_at IS NULL ORDER BY id LIMIT :limit
    """
)
_MARK = text("UPDATE outbox SET published_at = now(), cluster_id = :cluster_id WHERE id = ANY(CAST(:ids AS bigint[]))")
