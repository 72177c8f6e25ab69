"""Readiness per role: an api needs its database; a worker or relay needs database and broker, and all tasks alive."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from kit.database.engine import Database
from kit.telemetry import logs

_log = logs.get_logger("kit.health")
PROBE_SECONDS = 2.0
PROBE_TIMEOUT_SECONDS = 4.0
LOST_AFTER_SECONDS = 8.0


class Health:
    """What is missing right now; asked by /readyz, fed by probes and by the tasks themselves."""

    def __init__(self, database: Database, roles: frozenset[str]) -> None:
        self.roles = roles
        self._database = database
        self._database_seen = float("-inf")
        self._broker_reachable: Callable[[], bool] | None = None
        self._dead_tasks: set[str] = set()

    def needs_broker(self, reachable: Callable[[], bool]) -> None:
        """Make the broker part of readiness."""
        self._broker_reachable = reachable

    def task_died(self, name: str) -> None:
        """A task that should run for ever ended."""
        self._dead_tasks.add(name)

    def missing(self) -> list[str]:
        """Names of what is not there; empty when ready."""
        found = [f"task:{name}" for name in sorted(self._dead_tasks)]
        if time.monotonic() - self._database_seen > LOST_AFTER_SECONDS:
            found.append("database")
        if self._broker_reachable is not None and not self._broker_reachable():
            found.append("broker")
        return found

    async def run(self) -> None:
        """Probe the database for ever."""
        while True:
            try:
                await asyncio.wait_for(self._database.ping(), PROBE_TIMEOUT_SECONDS)
                self._database_seen = time.monotonic()
            except (OSError, TimeoutError, SQLAlchemyError) as error:
                _log.info("database does not answer", **logs.describe(error))
            await asyncio.sleep(PROBE_SECONDS)
