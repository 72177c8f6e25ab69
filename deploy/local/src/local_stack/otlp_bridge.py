"""The OTLP bridge: takes OTLP/HTTP (protobuf) and hands the spans to Zipkin, which does not speak OTLP.

Services speak plain OTLP to it, as they would to any collector, so nothing in them knows about Zipkin. Between
the two lies a bounded queue: when it is full the sender is told to come back (503 with Retry-After, which
exporters repeat), so a slow or absent Zipkin costs memory up to the bound and nothing else.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import zlib
from collections import Counter, deque
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from local_stack.http_part import HttpPart, http_part
from local_stack.otlp_to_zipkin import ZipkinSpan, zipkin_spans
from local_stack.ports import LOOPBACK

PROTOBUF = "application/x-protobuf"

_QUEUE_SPANS = 20_000
_BATCH_SPANS = 1_000
_BODY_LIMIT_BYTES = 16_000_000
_RETRY_AFTER_SECONDS = 1
_FIRST_PAUSE_SECONDS = 0.2
_LONGEST_PAUSE_SECONDS = 5.0
_FLUSH_SECONDS = 3.0


class TooLarge(ValueError):
    """A body beyond the limit, before or after decompression."""


def otlp_bridge(port: int, zipkin_url: str, log: Path) -> HttpPart:
    """The bridge as a process of its own."""
    argv = [sys.executable, "-m", "local_stack", "otlp-bridge", "--port", str(port), "--zipkin", zipkin_url]
    return http_part("otlp-bridge", argv, port=port, ready_path="/healthz", log=log)


@dataclass
class ZipkinForwarder:
    """Spans on their way to Zipkin: at most `limit` wait; a batch that Zipkin does not take is tried again.

    `post` sends one batch and returns Zipkin's HTTP status; it may raise httpx.HTTPError.
    """

    post: Callable[[list[ZipkinSpan]], Awaitable[int]]
    limit: int = _QUEUE_SPANS
    counts: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._waiting: deque[ZipkinSpan] = deque()
        self._arrived = asyncio.Event()

    @property
    def waiting(self) -> int:
        """Spans not yet taken by Zipkin."""
        return len(self._waiting)

    def offer(self, spans: list[ZipkinSpan]) -> bool:
        """Queue spans; False, and none of them is queued, when they do not fit beside those that wait."""
        if self._waiting and len(self._waiting) + len(spans) > self.limit:
            self.counts["refused_spans"] += len(spans)
            return False
        self.counts["received_spans"] += len(spans)
        self._waiting.extend(spans)
        self._arrived.set()
        return True

    async def run(self) -> None:
        """Forward until cancelled."""
        while True:
            await self._arrived.wait()
            await self.drain()
            self._arrived.clear()

    async def drain(self) -> None:
        """Forward everything that waits, with a growing pause while Zipkin does not answer."""
        pause = _FIRST_PAUSE_SECONDS
        while self._waiting:
            batch = [self._waiting[index] for index in range(min(_BATCH_SPANS, len(self._waiting)))]
            if await self._settled(batch):
                for _ in batch:
                    self._waiting.popleft()
                pause = _FIRST_PAUSE_SECONDS
            else:
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)

    async def _settled(self, batch: list[ZipkinSpan]) -> bool:
        """Send a batch; True when it is done with: taken, or refused for good (4xx: repeating changes nothing)."""
        try:
            status = await self.post(batch)
        except httpx.HTTPError:
            self.counts["zipkin_failures"] += 1
            return False
        if status >= 500 or status == 429:
            self.counts["zipkin_failures"] += 1
            return False
        self.counts["forwarded_spans" if status < 400 else "rejected_spans"] += len(batch)
        return True


def bridge_app(zipkin_url: str, transport: httpx.AsyncBaseTransport | None = None) -> Starlette:
    """The bridge's ASGI application. `transport` replaces the network towards Zipkin (tests)."""
    client = httpx.AsyncClient(base_url=zipkin_url, timeout=10, transport=transport)

    async def post(batch: list[ZipkinSpan]) -> int:
        return (await client.post("/api/v2/spans", json=batch)).status_code

    forwarder = ZipkinForwarder(post)
    trace_url = f"{zipkin_url}/zipkin/traces/"

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        task = asyncio.create_task(forwarder.run())
        yield
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(forwarder.drain(), _FLUSH_SECONDS)
        await client.aclose()

    async def traces(request: Request) -> Response:
        message = ExportTraceServiceRequest.FromString(await _body(request))
        if not forwarder.offer(zipkin_spans(message, trace_url)):
            return PlainTextResponse("queue full", 503, {"Retry-After": str(_RETRY_AFTER_SECONDS)})
        return _answer(ExportTraceServiceResponse())

    async def metrics(request: Request) -> Response:
        message = ExportMetricsServiceRequest.FromString(await _body(request))
        for name in _metric_names(message):
            forwarder.counts[f"metric:{name}"] += 1
        return _answer(ExportMetricsServiceResponse())

    async def logs(request: Request) -> Response:
        await _body(request)
        return _answer(ExportLogsServiceResponse())

    async def health(request: Request) -> Response:
        return JSONResponse({"status": "ok", "waiting_spans": forwarder.waiting, **forwarder.counts})

    return Starlette(
        routes=[
            Route("/v1/traces", traces, methods=["POST"]),
            Route("/v1/metrics", metrics, methods=["POST"]),
            Route("/v1/logs", logs, methods=["POST"]),
            Route("/healthz", health),
        ],
        exception_handlers={DecodeError: _undecodable, zlib.error: _undecodable, TooLarge: _too_large},
        lifespan=lifespan,
    )


def serve(port: int, zipkin_url: str) -> None:
    """Run the bridge until SIGTERM or SIGINT; what waits is flushed for at most three seconds."""
    uvicorn.run(
        bridge_app(zipkin_url),
        host=LOOPBACK,
        port=port,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=3,
    )


def _metric_names(message: ExportMetricsServiceRequest) -> list[str]:
    return [
        metric.name
        for resource in message.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
    ]


async def _body(request: Request) -> bytes:
    """The request's body, unzipped. Raises TooLarge, or zlib.error for a broken gzip stream."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > _BODY_LIMIT_BYTES:
            raise TooLarge
        chunks.append(chunk)
    body = b"".join(chunks)
    return _gunzip(body) if request.headers.get("content-encoding") == "gzip" else body


def _gunzip(body: bytes) -> bytes:
    unzip = zlib.decompressobj(wbits=31)
    plain = unzip.decompress(body, _BODY_LIMIT_BYTES)
    if unzip.unconsumed_tail:
        raise TooLarge
    if not unzip.eof:
        raise zlib.error("the gzip stream ends early")
    return plain


def _answer(message: Any) -> Response:
    return Response(message.SerializeToString(), media_type=PROTOBUF)


async def _undecodable(request: Request, error: Exception) -> Response:
    return PlainTextResponse("the body is not an OTLP protobuf message (gzip or plain)", 400)


async def _too_large(request: Request, error: Exception) -> Response:
    return PlainTextResponse(f"the body exceeds {_BODY_LIMIT_BYTES} bytes", 413)
