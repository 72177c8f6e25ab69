"""The FastAPI application of a service: its routers, health, problems, telemetry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse, Response
from fastapi.telemetry import TelemetryConfig

from kit.api import problems
from kit.api.middleware import Telemetry
from kit.context import Context

if TYPE_CHECKING:  # kit.lifecycle builds applications
    from kit.lifecycle.health import Health

_NO_TELEMETRY_OF_FASTAPI: TelemetryConfig = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
}
"""FastAPI's own would double ours, and it records exception messages and what failed validation: PHI."""

_PROBLEM = {
    "description": "A problem (RFC 9457): docs/errors.md explains the codes.",
    "content": {
        "application/problem+json": {
            "schema": {
                "type": "object",
                "required": ["title", "status", "code", "detail"],
                "properties": {
                    **{name: {"type": "string"} for name in ("type", "title", "code", "detail")},
                    "status": {"type": "integer"},
                    "errors": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "properties": {name: {"type": "string"} for name in ("code", "pointer", "hint")},
                        },
                    },
                },
            }
        }
    },
}


def build_app(context: Context, health: Health, routers: Sequence[APIRouter]) -> FastAPI:
    """The application; `context` is at `request.app.state.context`."""
    app = FastAPI(
        title=context.service,
        version="1",
        redirect_slashes=False,
        telemetry=_NO_TELEMETRY_OF_FASTAPI,
        responses={"4XX": _PROBLEM},
    )
    app.state.context = context
    app.state.health = health
    problems.install(app)
    for router in routers:
        app.include_router(router)
    app.include_router(_health_router)
    app.add_middleware(Telemetry)
    return app


_health_router = APIRouter(tags=["operations"])


@_health_router.get("/healthz")
async def healthz() -> Response:
    """The process lives."""
    return JSONResponse({"status": "alive"})


@_health_router.get("/readyz")
async def readyz(request: Request) -> Response:
    """What this process's roles need is there; 503 names what is not."""
    health: Health = request.app.state.health
    missing = health.missing()
    body = {"status": "ready" if not missing else "not-ready", "roles": sorted(health.roles), "missing": missing}
    return JSONResponse(body, 200 if not missing else 503)
