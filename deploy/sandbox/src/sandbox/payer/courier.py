"""The courier: sends planned webhooks, a bounded number at a time, again and again until the receiver answers 2xx."""

from __future__ import annotations

import asyncio
import heapq
import logging
import random
import time
from collections.abc import Awaitable, Callable, Iterable

import httpx

from sandbox.payer.books import Delivery
from sandbox.payer.config import PayerConfig
from sandbox.payer.signing import signature_headers

_log = logging.getLogger("sandbox.courier")

Load = Callable[[int], Awaitable[Delivery]]
"""Reads one webhook by seq."""


class Courier:
    """Holds the due times in memory; bodies and results live in the books, so that a restart loses nothing."""

    def __init__(self, config: PayerConfig, load: Load) -> None:
        self._config, self._load = config, load
        self._due: list[tuple[float, int]] = []
        self._changed = asyncio.Event()
        self._results: list[tuple[int, float | None]] = []

    def plan(self, due: Iterable[tuple[float, int]]) -> None:
        """Add webhooks: due time in seconds since the epoch, and seq."""
        for item in due:
            heapq.heappush(self._due, item)
        self._changed.set()

    def take_results(self) -> list[tuple[int, float | None]]:
        """Seqs tried since the last call, with the time of delivery or None."""
        results, self._results = self._results, []
        return results

    async def run(self) -> None:
        """Send for ever, with as many senders as configured, until cancelled."""
        limits = httpx.Limits(max_connections=self._config.senders, max_keepalive_connections=self._config.senders)
        timeout = httpx.Timeout(self._config.webhook_timeout_seconds)
        async with (
            httpx.AsyncClient(limits=limits, timeout=timeout, trust_env=False) as client,
            asyncio.TaskGroup() as g,
        ):
            for _ in range(self._config.senders):
                g.create_task(self._work(client))

    async def _work(self, client: httpx.AsyncClient) -> None:
        while True:
            seq = await self._next_due()
            delivery = await self._load(seq)
            taken = await self._send(client, delivery)
            self._results.append((seq, time.time() if taken else None))
            if not taken:
                self.plan([(time.time() + self._pause(delivery.attempts), seq)])

    async def _next_due(self) -> int:
        while True:
            wait = self._due[0][0] - time.time() if self._due else None
            if wait is not None and wait <= 0:
                return heapq.heappop(self._due)[1]
            self._changed.clear()
            try:
                await asyncio.wait_for(self._changed.wait(), wait)
            except TimeoutError:
                continue

    async def _send(self, client: httpx.AsyncClient, delivery: Delivery) -> bool:
        account = self._config.account(delivery.account)
        url = account.webhooks.get(delivery.kind) if account else None  # type: ignore[call-overload]
        if account is None or url is None:
            return True
        headers = {
            "content-type": "application/EDI-X12",
            "x-transaction-set": delivery.kind,
            "traceparent": delivery.traceparent,
            **signature_headers(delivery.webhook_id, int(time.time()), delivery.body, account.secrets),
        }
        try:
            response = await client.post(url, content=delivery.body, headers=headers)
        except httpx.HTTPError as error:
            _log.debug("webhook not delivered: %s", type(error).__name__)
            return False
        return response.is_success

    def _pause(self, attempts: int) -> float:
        """Seconds before the next attempt: doubled each time up to the cap, with a quarter of jitter."""
        pause: float = min(self._config.retry_cap_seconds, self._config.retry_base_seconds * 2.0 ** min(attempts, 12))
        return pause * random.uniform(0.75, 1.0)
