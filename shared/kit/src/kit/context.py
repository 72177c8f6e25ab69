"""What handlers, endpoints and background loops may use: the process's parts, made once in kit.lifecycle."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from kit.clock import Clock
from kit.database.engine import Database
from kit.settings import ServiceSettings
from kit.tenancy import Tenants


@dataclass(slots=True)
class Context:
    """The parts of one process. `parts` holds a service's own (engine, gateway, …) by name."""

    service: str
    settings: ServiceSettings
    database: Database
    clock: Clock
    tenants: Tenants
    parts: dict[str, Any] = field(default_factory=dict)
