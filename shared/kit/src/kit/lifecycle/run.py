"""The command line of every service: `api | worker | relay | all | migrate | dead-letters`."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

from pydantic import ValidationError

from kit.database.migrate import migrate
from kit.lifecycle import dead_letters
from kit.lifecycle.process import Process
from kit.lifecycle.service import Service
from kit.settings import ServiceSettings
from kit.telemetry import logs
from kit.telemetry.setup import Telemetry

S = TypeVar("S", bound=ServiceSettings)
LOOP_END_SECONDS = 0.5
ROLES = {
    "api": ("api",),
    "worker": ("worker",),
    "relay": ("relay",),
    "all": ("api", "worker", "relay"),
}
_HELP = {
    "api": "serve the HTTP interface",
    "worker": "consume events and run the background loops",
    "relay": "publish the outbox",
    "all": "api, worker and relay in one process",
}
Command = Callable[[argparse.Namespace], int]


def run(
    name: str,
    settings: Callable[[], S],
    service: Callable[[S], Service],
    *,
    description: str = "",
    commands: Callable[[argparse._SubParsersAction[argparse.ArgumentParser]], None] | None = None,
    arguments: Sequence[str] | None = None,
) -> None:
    """Parse the command line and do it; exits with its status.

    `commands` may add sub-commands of the service's own: each sets `command` to a function of the parsed arguments.
    """
    parser = argparse.ArgumentParser(prog=name, description=description)
    subparsers = parser.add_subparsers(dest="role", required=True, metavar="COMMAND")
    for role, text in _HELP.items():
        subparsers.add_parser(role, help=text).set_defaults(command=lambda a: _serve(name, service(settings()), a.role))
    subparsers.add_parser("migrate", help="bring the database to the newest schema, as its owner").set_defaults(
        command=lambda _: _migrate(service(settings()))
    )
    dead_letters.add_command(subparsers, lambda: service(settings()))
    if commands is not None:
        commands(subparsers)
    parsed = parser.parse_args(arguments)
    try:
        sys.exit(parsed.command(parsed))
    except ValidationError as error:
        _explain_settings(parser, error)


def _serve(name: str, service: Service, role: str) -> int:
    logs.configure(name)
    telemetry = Telemetry(name)
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        try:
            status = runner.run(_serve_async(service, role))
        finally:
            telemetry.stop()
        # The end of the loop waits for tasks and threads that may never end; nothing of theirs counts any more.
        impatient = threading.Timer(LOOP_END_SECONDS, os._exit, [status])
        impatient.daemon = True
        impatient.start()
    return status


async def _serve_async(service: Service, role: str) -> int:
    return await Process(service, ROLES[role]).run()


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    if sys.platform == "win32":
        return None
    import uvloop

    return uvloop.new_event_loop


def _migrate(service: Service) -> int:
    settings = service.settings
    if settings.migration_database_url is None:
        sys.stderr.write("CLEANCLAIM_MIGRATION_DATABASE_URL is not set: migrations run as the tables' owner.\n")
        return 2
    migrate(
        service.package, settings.migration_database_url.get_secret_value(), settings.database_url.get_secret_value()
    )
    return 0


def _explain_settings(parser: argparse.ArgumentParser, error: ValidationError) -> None:
    # Values stay out: a setting may be a secret.
    faults = "; ".join(f"CLEANCLAIM_{'_'.join(map(str, f['loc'])).upper()}: {f['msg']}" for f in error.errors())
    parser.exit(2, f"settings: {faults}\n")
