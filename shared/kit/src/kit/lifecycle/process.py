"""One running process of a service, in one or more roles.

A task that dies is seen: readiness turns false, the process ends with an error, and its supervisor starts it again.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable, Coroutine, Iterable
from datetime import timedelta
from types import FrameType
from typing import Any

import uvicorn

from kit import memory
from kit.api.app import build_app
from kit.clock import SystemClock
from kit.context import Context
from kit.database.engine import Database
from kit.lifecycle.health import Health
from kit.lifecycle.sampler import sample_depths
from kit.lifecycle.service import Service
from kit.messaging.broker import BrokerWatch
from kit.messaging.consumer import Consumer
from kit.messaging.processor import Processor
from kit.messaging.relay import Relay
from kit.phi import PhiCipher
from kit.telemetry import logs
from kit.tenancy import Tenants

_log = logs.get_logger("kit.process")
GRACEFUL_SECONDS = 3
TASK_STOP_SECONDS = 5.0
"""From the moment at which the tasks are told to stop; open requests end in the same time."""
CLOSE_SECONDS = 1.0


def make_context(service: Service) -> Context:
    """The parts of a process, nothing connected yet. Raises if the tenants file or the keys are wrong."""
    settings = service.settings
    cipher = PhiCipher.parse(settings.master_keys.get_secret_value())
    context = Context(
        service=service.name,
        settings=settings,
        database=Database(
            settings.database_url.get_secret_value(), pool_size=settings.database_pool_size, cipher=cipher
        ),
        clock=SystemClock(timedelta(seconds=settings.clock_offset_seconds)),
        tenants=Tenants.load(settings.tenants_file),
    )
    if service.prepare is not None:
        service.prepare(context)
    return context


class Process:
    """Runs until it is told to stop (SIGTERM, SIGINT) or one of its tasks dies."""

    def __init__(self, service: Service, roles: Iterable[str]) -> None:
        self._service = service
        self._roles = frozenset(roles)
        self._context = make_context(service)
        self._health = Health(self._context.database, self._roles)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._failed = False
        self._stop_at: float | None = None
        self._server = self._make_server()

    async def run(self) -> int:
        """Serve; returns the exit status: 0 after a wanted stop, 1 when a task died."""
        for name, work in self._work().items():
            self._start(name, work)
        memory.settle()
        try:
            await self._server.serve()
        finally:
            await self._stop()
        return 1 if self._failed or not self._server.started else 0

    def _work(self) -> dict[str, Coroutine[Any, Any, None]]:
        context, service = self._context, self._service
        work: dict[str, Coroutine[Any, Any, None]] = {"health": self._health.run()}
        if not self._roles & {"worker", "relay"}:
            return work
        handlers = service.handlers(context)
        consumed = {event.topic.value for event in handlers}
        broker = BrokerWatch(service.settings, consumed | {service.publishes.value})
        self._health.needs_broker(lambda: broker.reachable)
        work["broker"] = broker.run()
        if "relay" in self._roles:
            relay = Relay(context.database, service.settings, broker, service=service.name)
            context.database.on_publish = relay.wake
            work["relay"] = relay.run()
            work["sampler"] = sample_depths(context.database)
        if "worker" in self._roles:
            if handlers:
                processor = Processor(context.database, handlers, service=service.name)
                work["consumer"] = Consumer(
                    context.database, service.settings, broker, processor, sorted(consumed), service=service.name
                ).run()
            for name, loop in service.background.items():
                work[name] = _forever(loop(context))
        return work

    def _start(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work, name=name)
        task.add_done_callback(self._task_done)
        self._tasks[name] = task

    def _task_done(self, task: asyncio.Task[None]) -> None:
        if task.cancelled() or self._server.should_exit:
            return
        self._failed = True
        self._health.task_died(task.get_name())
        _log.error("task died", task=task.get_name(), **logs.describe(task.exception()))
        self._server.should_exit = True

    def _make_server(self) -> uvicorn.Server:
        routers = self._service.routers if "api" in self._roles else ()
        settings = self._service.settings
        return _Server(
            self._cancel_tasks,
            uvicorn.Config(
                build_app(self._context, self._health, routers),
                host=settings.http_host,
                port=settings.http_port,
                http="httptools",
                log_config=None,
                access_log=False,
                lifespan="off",
                server_header=False,
                timeout_graceful_shutdown=GRACEFUL_SECONDS,
            ),
        )

    def _cancel_tasks(self) -> None:
        for task in self._tasks.values():
            task.cancel()
        self._stop_at = time.monotonic() + TASK_STOP_SECONDS

    async def _stop(self) -> None:
        """Every step is bounded: what is committed is safe, and everything else is done again after the next start."""
        self._server.should_exit = True
        if self._stop_at is None:  # the server did not even start
            self._cancel_tasks()
        assert self._stop_at is not None
        _, pending = await asyncio.wait(self._tasks.values(), timeout=max(0.0, self._stop_at - time.monotonic()))
        for task in pending:
            _log.warning("task did not stop", task=task.get_name())
        try:
            await asyncio.wait_for(self._close(), CLOSE_SECONDS)
        except TimeoutError:
            _log.warning("connections left to the end of the process")

    async def _close(self) -> None:
        if self._service.close is not None:
            await self._service.close(self._context)
        await self._context.database.dispose()


class _Server(uvicorn.Server):
    """uvicorn's server, of which a signal ends the serving only: the process goes on to stop its tasks."""

    def __init__(self, on_shutdown: Callable[[], None], config: uvicorn.Config) -> None:
        super().__init__(config)
        self._on_shutdown = on_shutdown

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop serving; at once when asked twice. uvicorn's own raises the signal again when serving has ended."""
        self.force_exit = self.should_exit
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Tell the tasks to stop while open requests are given their time."""
        self._on_shutdown()
        await super().shutdown(sockets)


async def _forever(loop: Any) -> None:
    await loop
