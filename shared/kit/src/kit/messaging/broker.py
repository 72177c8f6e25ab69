"""The broker as the service sees it: is it there, is it still the same cluster, do the topics exist?"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from kit.settings import ServiceSettings
from kit.telemetry import logs

_log = logs.get_logger("kit.broker")
PROBE_SECONDS = 2.0
CALL_TIMEOUT_SECONDS = 5.0
LOST_AFTER_SECONDS = 8.0


class BrokerWatch:
    """Asks the broker for its cluster id every two seconds and keeps the topics in being.

    A broker that lost its disk comes back with another cluster id: the relay then publishes again and the consumer
    starts from the beginning. aiokafka itself stays silent when the broker is away, so readiness is told from here.
    """

    def __init__(self, settings: ServiceSettings, topics: Iterable[str]) -> None:
        self._settings = settings
        self._topics = sorted(topics)
        self._admin: AIOKafkaAdminClient | None = None
        self._last_seen = float("-inf")
        self._prepared_cluster: str | None = None
        self._changed = asyncio.Condition()
        self.cluster_id: str | None = None

    @property
    def reachable(self) -> bool:
        """True if the broker answered within the last eight seconds."""
        return time.monotonic() - self._last_seen < LOST_AFTER_SECONDS

    async def known_cluster(self) -> str:
        """The cluster id; waits until the broker has answered once and its topics exist."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.cluster_id is not None)
        assert self.cluster_id is not None
        return self.cluster_id

    async def run(self) -> None:
        """Probe for ever."""
        try:
            while True:
                await self._probe_once()
                await asyncio.sleep(PROBE_SECONDS)
        finally:
            await self.close()

    async def _probe_once(self) -> None:
        try:
            await asyncio.wait_for(self._probe(), CALL_TIMEOUT_SECONDS)
        except (KafkaError, OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            _log.info("broker does not answer", **logs.describe(error))
            await self.close()

    async def close(self) -> None:
        """Close the admin connection; never raises, never hangs."""
        admin, self._admin = self._admin, None
        if admin is not None:
            await abandon(admin.close())

    async def _probe(self) -> None:
        if self._admin is None:
            admin = AIOKafkaAdminClient(bootstrap_servers=self._settings.kafka_bootstrap, request_timeout_ms=4000)
            self._admin = admin
            await admin.start()
        description = await self._admin.describe_cluster()
        cluster_id = str(description["cluster_id"])
        if cluster_id != self._prepared_cluster:
            await self._create_topics(self._admin)
            self._prepared_cluster = cluster_id
        self._last_seen = time.monotonic()
        if cluster_id != self.cluster_id:
            async with self._changed:
                self.cluster_id = cluster_id
                self._changed.notify_all()

    async def _create_topics(self, admin: AIOKafkaAdminClient) -> None:
        existing = set(await admin.list_topics())
        configs = {"retention.ms": str(self._settings.topic_retention_days * 86_400_000)}
        missing = [
            NewTopic(name, self._settings.topic_partitions, self._settings.topic_replication, topic_configs=configs)
            for name in self._topics
            if name not in existing
        ]
        if missing:
            response = await admin.create_topics(missing)
            for _, code, *_ in response.topic_errors:
                error = for_code(code)
                if code and error is not TopicAlreadyExistsError:
                    raise error()


async def abandon(closing: object, seconds: float = 3.0) -> None:
    """Await a client's stop, at most `seconds`, and swallow what it raises: aiokafka's stops may hang or be cancelled.

    Cancellation of the caller itself is passed on.
    """
    task = asyncio.ensure_future(closing)  # type: ignore[call-overload]
    _, pending = await asyncio.wait({task}, timeout=seconds)
    for unfinished in pending:
        unfinished.cancel()
    if not pending and not task.cancelled() and task.exception() is not None:
        _log.info("client did not stop cleanly", **logs.describe(task.exception()))
