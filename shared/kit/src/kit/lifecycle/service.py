"""A service as data: what it publishes, what it handles, what it serves, what it does in the background."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from events import Topic
from fastapi import APIRouter

from kit.context import Context
from kit.messaging import HandlerTable
from kit.settings import ServiceSettings

BackgroundLoop = Callable[[Context], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Service:
    """Everything kit needs to run a service; each service's main.py returns one.

    `package` holds `migrations/`. `handlers` builds the handler table once the context exists. `background` loops run
    in the worker role, for ever. `prepare` puts the service's own parts into the context before anything starts;
    `close` ends them.
    """

    name: str
    package: str
    settings: ServiceSettings
    publishes: Topic
    handlers: Callable[[Context], HandlerTable]
    routers: Sequence[APIRouter] = ()
    background: Mapping[str, BackgroundLoop] = field(default_factory=dict)
    prepare: Callable[[Context], None] | None = None
    close: Callable[[Context], Awaitable[None]] | None = None
