"""One server span and one duration per request, named by the route's template, since a path may hold an id.

An EMR's trace goes on in ours. A payer's does not: who sends webhooks shall decide neither which of them share a trace
nor whether they are seen, so a webhook starts a trace of its own with a link to the payer's.
"""

from __future__ import annotations

import time
from typing import Any
from uuid import UUID

from opentelemetry.trace import Span
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kit.telemetry import metrics, names
from kit.telemetry.spans import fail, span

_UNTRACED = frozenset({"/healthz", "/readyz"})
_OF_STRANGERS = "/v1/webhooks/"
_IDS = {"encounter_id": names.ENCOUNTER_ID, "claim_id": names.CLAIM_ID}
"""Path parameters that are ids of ours, and the attribute that each becomes."""


class Telemetry:
    """ASGI middleware; outermost, so that refused requests are seen too."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request inside its span."""
        if scope["type"] != "http" or scope["path"] in _UNTRACED:
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 500

        async def observe(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        method, caller = scope["method"], _traceparent(scope)
        stranger = scope["path"].startswith(_OF_STRANGERS)
        with span(
            method,
            kind="server",
            parent=None if stranger else caller,
            root=True,
            links=[caller] if stranger else (),
            attributes={"http.request.method": method},
        ) as current:
            try:
                await self._app(scope, receive, observe)
            finally:
                self._finish(current, scope, status, time.perf_counter() - started)

    def _finish(self, current: Span, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "unmatched")
        labels = {"http.request.method": scope["method"], "http.route": route, "http.response.status_code": status}
        current.update_name(f"{scope['method']} {route}")
        current.set_attributes({**labels, **_ids(scope)})
        if status >= 500:
            fail(current, str(status))
        metrics.HTTP_DURATION.record(seconds, labels)


def _ids(scope: Scope) -> dict[str, str]:
    """The path's ids. Only what is a UUID: a caller may put anything into a path."""
    parameters: dict[str, Any] = scope.get("path_params") or {}
    return {_IDS[name]: str(UUID(str(value))) for name, value in parameters.items() if name in _IDS and _is_uuid(value)}


def _is_uuid(value: object) -> bool:
    try:
        UUID(str(value))
    except ValueError:
        return False
    return True


def _traceparent(scope: Scope) -> str | None:
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == b"traceparent"), None)
