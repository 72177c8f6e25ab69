"""An EMR that never gives up: it posts each encounter until it is answered 202, and keeps what it was told."""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import httpx
from sandbox.emr.day import SampleEncounter

RETRY_SECONDS = 0.2
CLIENTS = 12
RETRIED_STATUS = frozenset({409, 429, 503})
"""In flight, too many, or something that the service needs is away: the same request again."""


@dataclass
class PersistentEmr:
    """Posts to one or more coding services in turn. Every other encounter carries an Idempotency-Key."""

    urls: Sequence[str]
    api_key: str
    acknowledged: dict[str, str] = field(default_factory=dict)
    """External id to encounter id, as answered with 202."""
    failures: Counter[str] = field(default_factory=Counter)
    """Attempts that did not end with 202, by status or by kind of transport error."""
    allowed: Callable[[], int] = lambda: sys.maxsize
    """How many encounters may be sent by now: the nemesis must not be outrun."""
    replays: int = 0
    """Encounters acknowledged at a later attempt, the first of which may have been taken."""

    async def post_all(self, samples: Sequence[SampleEncounter], per_second: float) -> None:
        """Post all, at most `per_second`. Raises AssertionError for an answer that a repeat cannot mend."""
        queue: asyncio.Queue[tuple[int, SampleEncounter]] = asyncio.Queue(CLIENTS)
        async with (
            httpx.AsyncClient(timeout=10, limits=httpx.Limits(max_connections=CLIENTS)) as client,
            asyncio.TaskGroup() as group,
        ):
            workers = [group.create_task(self._work(client, queue)) for _ in range(CLIENTS)]
            for number, sample in enumerate(samples):
                while number >= self.allowed():
                    await asyncio.sleep(0.01)
                await queue.put((number, sample))
                await asyncio.sleep(1 / per_second)
            await queue.join()
            for worker in workers:
                worker.cancel()

    async def _work(self, client: httpx.AsyncClient, queue: asyncio.Queue[tuple[int, SampleEncounter]]) -> None:
        while True:
            number, sample = await queue.get()
            await self._post(client, number, sample)
            queue.task_done()

    async def _post(self, client: httpx.AsyncClient, number: int, sample: SampleEncounter) -> None:
        attempt = 0
        while (answer := await self._attempt(client, number + attempt, number, sample)) is None:
            attempt += 1
            await asyncio.sleep(RETRY_SECONDS)
        self.replays += attempt > 0
        known = self.acknowledged.setdefault(sample.external_id, answer)
        assert known == answer, f"{sample.external_id} was answered with two encounters"

    async def _attempt(self, client: httpx.AsyncClient, turn: int, number: int, sample: SampleEncounter) -> str | None:
        """The encounter id, or None if the same request is to be sent again."""
        headers = {"authorization": f"Bearer {self.api_key}", "content-type": "application/json"}
        if number % 2:
            headers["idempotency-key"] = sample.external_id
        url = self.urls[turn % len(self.urls)] + sample.path
        try:
            response = await client.post(url, content=json.dumps(sample.body), headers=headers)
        except httpx.TransportError as error:
            self.failures[type(error).__name__] += 1
            return None
        if response.status_code == 202:
            return str(response.json()["encounter_id"])
        self.failures[str(response.status_code)] += 1
        assert response.status_code in RETRIED_STATUS, f"{response.status_code}: {response.text}"
        return None
