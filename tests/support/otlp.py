"""A real OTLP/HTTP receiver: keeps every span and metric that the services export."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span


@dataclass(frozen=True)
class ReceivedSpan:
    """One span, flat."""

    service: str
    name: str
    trace_id: str
    span_id: str
    parent_id: str
    attributes: dict[str, str]
    links: frozenset[tuple[str, str]]
    failed: bool
    kind: str

    @property
    def key(self) -> tuple[str, str]:
        """Trace id and span id, as a link names them."""
        return self.trace_id, self.span_id


@dataclass(frozen=True)
class MetricPoint:
    """One exported point; `value` is a gauge's or counter's value, or a histogram's count."""

    service: str
    name: str
    labels: dict[str, str]
    value: float


@dataclass
class OtlpReceiver:
    """Start it, point OTEL_EXPORTER_OTLP_ENDPOINT at `.endpoint`, read `.spans`."""

    spans: list[ReceivedSpan] = field(default_factory=list)
    all_points: list[MetricPoint] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)

    def start(self) -> None:
        """Listen on a free port of the loopback interface."""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()

    @property
    def endpoint(self) -> str:
        """Base URL for the exporters."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def metric_names(self) -> set[str]:
        """Names of the metrics that arrived."""
        return {point.name for point in list(self.all_points)}

    def points(self, name: str, service: str | None = None) -> list[MetricPoint]:
        """The points of one metric in the order of their arrival."""
        return [p for p in list(self.all_points) if p.name == name and service in (None, p.service)]

    def wait_for(self, condition: Callable[[list[ReceivedSpan]], bool], seconds: float) -> bool:
        """Wait until the spans fulfil a condition."""
        deadline = time.monotonic() + seconds
        while not condition(list(self.spans)):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.2)
        return True

    def take(self, path: str, body: bytes) -> bytes:
        """Decode one export request; returns the response's bytes."""
        self.raw.append(body)
        if path.endswith("/traces"):
            request = ExportTraceServiceRequest.FromString(body)
            for resource in request.resource_spans:
                service = _attributes(resource.resource.attributes).get("service.name", "")
                for scope in resource.scope_spans:
                    self.spans.extend(_span(service, span) for span in scope.spans)
            return bytes(ExportTraceServiceResponse().SerializeToString())
        metrics = ExportMetricsServiceRequest.FromString(body)
        for resource in metrics.resource_metrics:
            service = _attributes(resource.resource.attributes).get("service.name", "")
            for scope in resource.scope_metrics:
                for metric in scope.metrics:
                    self.all_points.extend(_points(service, metric))
        return bytes(ExportMetricsServiceResponse().SerializeToString())

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                if self.headers.get("content-encoding") == "gzip":
                    body = gzip.decompress(body)
                answer = receiver.take(self.path, body)
                self.send_response(200)
                self.send_header("content-type", "application/x-protobuf")
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: Any) -> None:
                return

        return Handler


def _span(service: str, span: Any) -> ReceivedSpan:
    return ReceivedSpan(
        service=service,
        name=span.name,
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex(),
        attributes=_attributes(span.attributes),
        links=frozenset((link.trace_id.hex(), link.span_id.hex()) for link in span.links),
        failed=span.status.code == 2,
        kind=Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_"),
    )


def _points(service: str, metric: Any) -> list[MetricPoint]:
    data = getattr(metric, metric.WhichOneof("data"))
    return [
        MetricPoint(
            service,
            metric.name,
            _attributes(point.attributes),
            float(point.count) if hasattr(point, "count") else float(point.as_double or point.as_int),
        )
        for point in data.data_points
    ]


def _attributes(attributes: Any) -> dict[str, str]:
    return {a.key: a.value.string_value or str(a.value.int_value) for a in attributes}
