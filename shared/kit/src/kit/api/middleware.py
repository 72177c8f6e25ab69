"""One server span and one duration per request, named by the route's template, since a path may hold an id."""

from __future__ import annotations

import time

from opentelemetry.trace import Span
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kit.telemetry import metrics
from kit.telemetry.spans import fail, span

_UNTRACED = frozenset({"/healthz", "/readyz"})


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

        method = scope["method"]
        with span(
            method, kind="server", parent=_traceparent(scope), attributes={"http.request.method": method}
        ) as current:
            try:
                await self._app(scope, receive, observe)
            finally:
                self._finish(current, scope, status, time.perf_counter() - started)

    def _finish(self, current: Span, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "unmatched")
        labels = {"http.request.method": scope["method"], "http.route": route, "http.response.status_code": status}
        current.update_name(f"{scope['method']} {route}")
        current.set_attributes(labels)
        if status >= 500:
            fail(current, str(status))
        metrics.HTTP_DURATION.record(seconds, labels)


def _traceparent(scope: Scope) -> str | None:
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == b"traceparent"), None)
