"""OTLP spans as Zipkin v2 JSON.

Zipkin draws its dependency graph from `localEndpoint` and `remoteEndpoint`, and has no links and no status, so
these become what it understands: endpoints from the semantic conventions' attributes, links as tags that hold
the other trace's address, a failed span as tag `error`.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

ZipkinSpan = dict[str, Any]
Attributes = Mapping[str, Any]

# Zipkin has no INTERNAL kind: such a span goes without.
_KINDS = {
    Span.SPAN_KIND_SERVER: "SERVER",
    Span.SPAN_KIND_CLIENT: "CLIENT",
    Span.SPAN_KIND_PRODUCER: "PRODUCER",
    Span.SPAN_KIND_CONSUMER: "CONSUMER",
}
_NANOSECONDS_PER_MICROSECOND = 1000


def zipkin_spans(request: ExportTraceServiceRequest, trace_url: str) -> list[ZipkinSpan]:
    """Every span of the request; a link's trace is addressed as `trace_url` + trace id."""
    return list(_spans(request, trace_url))


def _spans(request: ExportTraceServiceRequest, trace_url: str) -> Iterator[ZipkinSpan]:
    for resource_spans in request.resource_spans:
        resource = _attributes(resource_spans.resource.attributes)
        for scope_spans in resource_spans.scope_spans:
            for span in scope_spans.spans:
                yield _span(span, resource, trace_url)


def _span(span: Span, resource: Attributes, trace_url: str) -> ZipkinSpan:
    attributes = _attributes(span.attributes)
    converted: ZipkinSpan = {
        "traceId": span.trace_id.hex(),
        "id": span.span_id.hex(),
        "name": span.name,
        "timestamp": span.start_time_unix_nano // _NANOSECONDS_PER_MICROSECOND,
        # Zipkin drops a duration of zero.
        "duration": max(1, (span.end_time_unix_nano - span.start_time_unix_nano) // _NANOSECONDS_PER_MICROSECOND),
        "localEndpoint": {"serviceName": str(resource.get("service.name", "unknown"))},
        "tags": _tags(span, attributes, resource, trace_url),
        "annotations": [
            {"timestamp": event.time_unix_nano // _NANOSECONDS_PER_MICROSECOND, "value": event.name}
            for event in span.events
        ],
    }
    if span.parent_span_id:
        converted["parentId"] = span.parent_span_id.hex()
    if kind := _KINDS.get(span.kind):
        converted["kind"] = kind
    if remote := _remote_service(span.kind, attributes):
        converted["remoteEndpoint"] = {"serviceName": remote}
    return converted


def _remote_service(kind: Span.SpanKind.ValueType, attributes: Attributes) -> str | None:
    """Whom the span talks to, as a node of the dependency graph; None when it talks to nobody or does not say."""
    if kind not in (Span.SPAN_KIND_CLIENT, Span.SPAN_KIND_PRODUCER, Span.SPAN_KIND_CONSUMER):
        return None
    if peer := attributes.get("peer.service") or attributes.get("service.peer.name"):
        return str(peer)
    if destination := attributes.get("messaging.destination.name"):
        return f"{attributes.get('messaging.system', 'kafka')}:{destination}"
    if database := attributes.get("db.system.name") or attributes.get("db.system"):
        namespace = attributes.get("db.namespace")
        return f"{database}:{namespace}" if namespace else str(database)
    if address := attributes.get("server.address"):
        port = attributes.get("server.port")
        return f"{address}:{port}" if port else str(address)
    return None


def _tags(span: Span, attributes: Attributes, resource: Attributes, trace_url: str) -> dict[str, str]:
    tags = {name: _text(value) for name, value in attributes.items()}
    if instance := resource.get("service.instance.id"):
        tags["service.instance.id"] = str(instance)
    for number, link in enumerate(span.links):
        tags[f"link.{number}"] = trace_url + link.trace_id.hex()
        for name, value in _attributes(link.attributes).items():
            tags[f"link.{number}.{name}"] = _text(value)
    if span.status.code == Status.STATUS_CODE_ERROR:
        tags["error"] = span.status.message or tags.get("error.type", "true")
    elif span.status.code == Status.STATUS_CODE_OK:
        tags["otel.status_code"] = "OK"
    return tags


def _attributes(pairs: Sequence[KeyValue]) -> dict[str, Any]:
    return {pair.key: _value(pair.value) for pair in pairs}


def _value(value: AnyValue) -> Any:
    """An OTLP value as plain Python; bytes as base64 text, an unset value as None."""
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [_value(item) for item in value.array_value.values]
    if kind == "kvlist_value":
        return _attributes(value.kvlist_value.values)
    if kind == "bytes_value":
        return base64.b64encode(value.bytes_value).decode()
    return getattr(value, kind) if kind else None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
