"""The only wiring: what coding-svc is made of."""

from __future__ import annotations

import asyncio
import threading

from codesets import icd10cm
from events import Topic
from kit import memory
from kit.api import Context
from kit.lifecycle import Service

from coding_svc import api, worker
from coding_svc.api import intake
from coding_svc.coding.engine import CodingEngine
from coding_svc.settings import Settings


class EngineHolder:
    """Builds the engine when it is first asked for, once: its tables take seconds, and only the worker codes.

    The newest release is compiled then, older ones at their first encounter.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._engine: CodingEngine | None = None

    def __call__(self) -> CodingEngine:
        """The process's engine."""
        with self._lock:
            if self._engine is None:
                newest = max(icd10cm.releases(), key=lambda release: release.valid_to, default=None)
                self._engine = CodingEngine(warm_for=newest.valid_to if newest else None)
            return self._engine


def prepare(context: Context) -> None:
    """Put the engine's holder where the handlers find it, and the intake where the interface does."""
    context.parts["engine"] = EngineHolder()
    context.parts["intake"] = intake.grouped(context.database)


async def warm_engine(context: Context) -> None:
    """Build the engine before the first encounter asks for it; then stand by, as a background loop must."""
    await asyncio.to_thread(context.parts["engine"])
    memory.settle()
    await asyncio.Event().wait()


def service(settings: Settings) -> Service:
    """coding-svc as kit runs it."""
    return Service(
        name="coding-svc",
        package="coding_svc",
        settings=settings,
        publishes=Topic.CODING,
        handlers=worker.handler_table,
        routers=api.ROUTERS,
        background={"engine": warm_engine},
        prepare=prepare,
    )
