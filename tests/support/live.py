"""The whole system as real processes on free ports in a folder of its own: for journeys, chaos and the benchmark."""

from __future__ import annotations

import io
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from local_stack.config import SERVICE_DATABASES, StackConfig
from local_stack.ports import DEFAULT_PORTS, free_port
from local_stack.progress import PlainReporter
from local_stack.stack import Stack
from local_stack.supervisor import Part

TENANT = "lakeside"
"""The practice that tests post for; the other one of the local stack is `harbor`."""
OTHER_TENANT = "harbor"
NO_TELEMETRY = {"OTEL_SDK_DISABLED": "true"}


class Live:
    """A running system. HTTP as a tenant's key of a role, SQL as superuser, and hands on every process."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        described = stack.describe()
        self.urls: Mapping[str, str] = described.urls
        self.api_keys: Mapping[str, Mapping[str, str]] = described.api_keys
        self._client = httpx.AsyncClient(timeout=30, limits=httpx.Limits(max_connections=64))

    async def close(self) -> None:
        """Close the HTTP client."""
        await self._client.aclose()

    async def call(
        self, method: str, service: str, path: str, *, role: str = "admin", tenant: str = TENANT, **more: Any
    ) -> httpx.Response:
        """One request to a service (or `sandbox`), with the tenant's key of that role."""
        headers = {"authorization": f"Bearer {self.api_keys[tenant][role]}", **more.pop("headers", {})}
        return await self._client.request(method, self.urls[service] + path, headers=headers, **more)

    async def get(self, service: str, path: str, **more: Any) -> Any:
        """The JSON of a GET that must succeed."""
        answer = await self.call("GET", service, path, **more)
        assert answer.status_code == 200, (answer.status_code, answer.text)
        return answer.json()

    async def books(self) -> Any:
        """The sandbox payer's books: the oracle."""
        answer = await self._client.get(self.urls["sandbox"] + "/books", timeout=60)
        assert answer.status_code == 200
        return answer.json()

    async def rows(self, service: str, query: str, *arguments: object) -> list[asyncpg.Record]:
        """A query on a service's database as superuser: sees every tenant."""
        postgres = self.part("postgres")
        connection = await asyncpg.connect(postgres.superuser_dsn(SERVICE_DATABASES[service]))
        try:
            return list(await connection.fetch(query, *arguments))
        finally:
            await connection.close()

    async def value(self, service: str, query: str, *arguments: object) -> Any:
        """The only value of a query."""
        return (await self.rows(service, query, *arguments))[0][0]

    def part(self, name: str) -> Any:
        """A process by name: a service, `sandbox`, `postgres`, `kafka`."""
        return self.stack.part(name)

    def kill(self, name: str) -> None:
        """`kill -9`; the supervisor starts it again."""
        part: Part = self.part(name)
        part.kill()

    @contextmanager
    def stopped(self, name: str) -> Iterator[None]:
        """Keep a process down for the length of a `with` block."""
        with self.stack.supervisor.holding(name):
            self.part(name).stop()
            yield

    def logs(self) -> Iterator[tuple[str, str]]:
        """Name and text of every log file."""
        for log in sorted(self.stack.config.logs.glob("*.log")):
            yield log.name, log.read_text(errors="replace")


@contextmanager
def live_stack(otlp_endpoint: str | None = None, *, zipkin: bool = False, **environment: str) -> Iterator[Stack]:
    """Start everything, Zipkin with its bridge only if asked; `environment` goes to all processes.

    Everything is gone afterwards.
    """
    folder = Path(tempfile.mkdtemp(prefix="cleanclaim-live-"))
    folder.chmod(0o711)
    config = StackConfig(
        folder=folder / "local",
        build=folder / "build",
        ports={part: free_port() for part in DEFAULT_PORTS},
        kafka_bootstrap=None,
        otlp_endpoint=None if zipkin else otlp_endpoint or "http://127.0.0.1:9",
        databases={},
    )
    settings = dict(environment) if otlp_endpoint or zipkin else {**NO_TELEMETRY, **environment}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in settings.items():
            patch.setenv(name, value)
        stack = Stack(config, PlainReporter(io.StringIO()))
        try:
            stack.start_infrastructure()
            stack.start_services()
            yield stack
        finally:
            stack.stop()
            shutil.rmtree(folder, ignore_errors=True)
