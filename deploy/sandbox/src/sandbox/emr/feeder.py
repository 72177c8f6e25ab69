"""Posts encounters: idempotent, again and again until they are taken, a bounded number at a time."""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import httpx

from sandbox.emr.day import SampleEncounter

_AGAIN: Final = frozenset({409, 425, 429, 500, 502, 503, 504})
"""Answers that say nothing about the body: the same request once more."""
_CONTENT_TYPES: Final = {"json": "application/json", "fhir": "application/fhir+json"}


class FeedError(RuntimeError):
    """An encounter was not taken before the deadline; the text names it by external id."""


@dataclass(frozen=True, slots=True)
class Posted:
    """What became of one POST. `problem` is the answer's code where it was refused for good."""

    external_id: str
    expected: str
    encounter_id: str | None
    problem: str | None = None


class Feeder:
    """Use as `async with Feeder(url, key) as feeder`. `patience_seconds` bounds the retries of one encounter."""

    def __init__(self, base_url: str, api_key: str, concurrency: int = 8, patience_seconds: float = 600.0) -> None:
        self._concurrency = concurrency
        self._slots = asyncio.Semaphore(concurrency)
        self._patience = patience_seconds
        self._client = httpx.AsyncClient(
            base_url=base_url,
            headers={"authorization": f"Bearer {api_key}"},
            limits=httpx.Limits(max_connections=concurrency),
            timeout=httpx.Timeout(20.0),
            trust_env=False,
        )

    async def __aenter__(self) -> Feeder:
        """Ready."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def post_all(
        self, samples: Iterable[SampleEncounter], on_progress: Callable[[int], None] = lambda done: None
    ) -> list[Posted]:
        """Post all, in order of their coming; the results in the same order. Raises FeedError."""
        waiting: Iterator[tuple[int, SampleEncounter]] = iter(enumerate(samples))
        found: dict[int, Posted] = {}

        async def work() -> None:
            for number, sample in waiting:
                found[number] = await self.post(sample)
                on_progress(len(found))

        async with asyncio.TaskGroup() as workers:
            for _ in range(self._concurrency):
                workers.create_task(work())
        return [found[number] for number in sorted(found)]

    async def post(self, sample: SampleEncounter) -> Posted:
        """Post one encounter. Raises FeedError."""
        response = await self._send("POST", sample.path, sample.body, sample.format, sample.external_id)
        answer = response.json()
        if response.status_code != 202:
            return Posted(sample.external_id, sample.expected, None, str(answer.get("code", response.status_code)))
        return Posted(sample.external_id, sample.expected, _encounter_id(answer))

    async def revise(self, posted: Posted, sample: SampleEncounter) -> Posted:
        """Put the sample's revision over the posted encounter. Raises FeedError."""
        assert sample.revision is not None
        path = f"/v1/encounters/{posted.encounter_id}"
        response = await self._send("PUT", path, sample.revision.body, "json", sample.external_id)
        problem = None if response.is_success else str(response.json().get("code", response.status_code))
        return Posted(posted.external_id, posted.expected, posted.encounter_id, problem)

    async def _send(self, method: str, path: str, body: dict[str, Any], kind: str, name: str) -> httpx.Response:
        content = json.dumps(body).encode()
        headers = {
            "content-type": _CONTENT_TYPES[kind],
            "idempotency-key": hashlib.sha256(f"{method} {path} ".encode() + content).hexdigest()[:48],
        }
        loop = asyncio.get_running_loop()
        deadline, pause = loop.time() + self._patience, 0.1
        while loop.time() < deadline:
            response = await self._try(method, path, content, headers)
            if response is not None and response.status_code not in _AGAIN:
                return response
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))
            pause = min(pause * 2, 2.0)
        raise FeedError(f"encounter {name} was not taken within {self._patience:.0f} s: is coding-svc up?")

    async def _try(self, method: str, path: str, content: bytes, headers: dict[str, str]) -> httpx.Response | None:
        async with self._slots:
            try:
                return await self._client.request(method, path, content=content, headers=headers)
            except httpx.TransportError:
                return None


def _encounter_id(answer: dict[str, Any]) -> str:
    """From the answer to an encounter, or to a bundle of one."""
    found = answer["encounters"][0] if "encounters" in answer else answer
    return str(found["encounter_id"])
