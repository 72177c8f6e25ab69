"""One running process of a service, in one or more roles.

A task that dies is seen: readiness turns false, the process ends with an error, and its supervisor starts it again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from datetime import timedelta
from typing import Any

import uvicorn

from kit.api.app import build_app
from kit.clock import SystemClock
from kit.context import Context
from kit.database.engine import Database
from kit.lifecycle import memory
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
        return uvicorn.Server(
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
            )
        )

    async def _stop(self) -> None:
        self._server.should_exit = True
        for task in self._tasks.values():
            task.cancel()
        _, pending = await asyncio.wait(self._tasks.values(), timeout=TASK_STOP_SECONDS)
        for task in pending:
            _log.warning("task did not stop", task=task.get_name())
        if self._service.close is not None:
            await self._service.close(self._context)
        await self._context.database.dispose()


async def _forever(loop: Any) -> None:
    await loop
