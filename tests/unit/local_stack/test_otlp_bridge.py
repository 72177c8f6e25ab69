"""The OTLP bridge: spans become what Zipkin shows, and a slow, failing or absent Zipkin costs bounded memory only."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from asgi_lifespan import LifespanManager
from local_stack.otlp_bridge import PROTOBUF, ZipkinForwarder, bridge_app
from local_stack.otlp_to_zipkin import zipkin_spans
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

TRACE = bytes(range(16))
OTHER_TRACE = bytes(range(100, 116))
SPAN = bytes(range(8))
TRACE_URL = "http://127.0.0.1:9411/zipkin/traces/"


def _text(key: str, value: str) -> KeyValue:
    return KeyValue(key=key, value=AnyValue(string_value=value))


def _request(*spans: Span, service: str = "coding-svc") -> ExportTraceServiceRequest:
    request = ExportTraceServiceRequest()
    resource = request.resource_spans.add()
    resource.resource.attributes.append(_text("service.name", service))
    resource.scope_spans.add().spans.extend(spans)
    return request


def _span(kind: Span.SpanKind.ValueType = Span.SPAN_KIND_INTERNAL, **attributes: str) -> Span:
    pairs = [_text(name.replace("__", "."), value) for name, value in attributes.items()]
    return Span(
        trace_id=TRACE,
        span_id=SPAN,
        name="a span",
        kind=kind,
        start_time_unix_nano=1_000_000_000,
        end_time_unix_nano=1_002_500_000,
        attributes=pairs,
    )


def _converted(span: Span) -> dict[str, Any]:
    (converted,) = zipkin_spans(_request(span), TRACE_URL)
    return converted


# ---- one span ----


def test_ids_times_and_service() -> None:
    span = _span()
    span.parent_span_id = b"\xaa" * 8
    assert _converted(span) == {
        "traceId": TRACE.hex(),
        "id": SPAN.hex(),
        "parentId": "aa" * 8,
        "name": "a span",
        "timestamp": 1_000_000,
        "duration": 2_500,
        "localEndpoint": {"serviceName": "coding-svc"},
        "tags": {},
        "annotations": [],
    }


def test_a_root_span_has_no_parent_and_a_short_one_lasts_a_microsecond() -> None:
    span = _span()
    span.end_time_unix_nano = span.start_time_unix_nano
    converted = _converted(span)
    assert "parentId" not in converted
    assert converted["duration"] == 1


@pytest.mark.parametrize(
    ("kind", "attributes", "remote"),
    [
        (Span.SPAN_KIND_PRODUCER, {"messaging__destination__name": "cleanclaim.coding"}, "kafka:cleanclaim.coding"),
        (
            Span.SPAN_KIND_CONSUMER,
            {"messaging__system": "kafka", "messaging__destination__name": "cleanclaim.claims"},
            "kafka:cleanclaim.claims",
        ),
        (Span.SPAN_KIND_CLIENT, {"db__system__name": "postgresql"}, "postgresql"),
        (Span.SPAN_KIND_CLIENT, {"db__system__name": "postgresql", "db__namespace": "claims"}, "postgresql:claims"),
        (Span.SPAN_KIND_CLIENT, {"server__address": "payer.example"}, "payer.example"),
        (Span.SPAN_KIND_CLIENT, {"server__address": "payer.example", "server__port": "444"}, "payer.example:444"),
        (Span.SPAN_KIND_CLIENT, {"peer__service": "sandbox", "server__address": "127.0.0.1"}, "sandbox"),
        (Span.SPAN_KIND_CLIENT, {}, None),
        (Span.SPAN_KIND_SERVER, {"server__address": "me"}, None),
        (Span.SPAN_KIND_INTERNAL, {"server__address": "me"}, None),
    ],
)
def test_the_other_end_becomes_a_node_of_the_graph(
    kind: Span.SpanKind.ValueType, attributes: dict[str, str], remote: str | None
) -> None:
    converted = _converted(_span(kind, **attributes))
    assert converted.get("remoteEndpoint") == ({"serviceName": remote} if remote else None)
    expected = None if kind == Span.SPAN_KIND_INTERNAL else Span.SpanKind.Name(kind).removeprefix("SPAN_KIND_")
    assert converted.get("kind") == expected


def test_links_become_addresses_of_their_traces() -> None:
    span = _span()
    span.links.add(trace_id=OTHER_TRACE, span_id=SPAN, attributes=[_text("cleanclaim.link", "acknowledgement")])
    span.links.add(trace_id=TRACE, span_id=SPAN)
    assert _converted(span)["tags"] == {
        "link.0": TRACE_URL + OTHER_TRACE.hex(),
        "link.0.cleanclaim.link": "acknowledgement",
        "link.1": TRACE_URL + TRACE.hex(),
    }


@pytest.mark.parametrize(
    ("status", "tags"),
    [
        (Status(code=Status.STATUS_CODE_ERROR, message="refused"), {"error": "refused"}),
        (Status(code=Status.STATUS_CODE_ERROR), {"error": "true"}),
        (Status(code=Status.STATUS_CODE_OK), {"otel.status_code": "OK"}),
        (Status(), {}),
    ],
)
def test_status_becomes_a_tag(status: Status, tags: dict[str, str]) -> None:
    span = _span()
    span.status.CopyFrom(status)
    assert _converted(span)["tags"] == tags


def test_an_error_without_message_is_named_by_its_type() -> None:
    span = _span(error__type="TimeoutError")
    span.status.code = Status.STATUS_CODE_ERROR
    assert _converted(span)["tags"]["error"] == "TimeoutError"


def test_every_kind_of_value_is_text_in_a_tag() -> None:
    span = _span()
    values = {
        "text": AnyValue(string_value="x"),
        "flag": AnyValue(bool_value=True),
        "count": AnyValue(int_value=-3),
        "share": AnyValue(double_value=0.5),
        "list": AnyValue(array_value=ArrayValue(values=[AnyValue(string_value="a"), AnyValue(int_value=1)])),
        "bytes": AnyValue(bytes_value=b"\x00\xff"),
        "nothing": AnyValue(),
    }
    span.attributes.extend(KeyValue(key=key, value=value) for key, value in values.items())
    assert _converted(span)["tags"] == {
        "text": "x", "flag": "true", "count": "-3", "share": "0.5", "list": '["a", 1]', "bytes": "AP8=",
        "nothing": "null",
    }  # fmt: skip


def test_events_become_annotations() -> None:
    span = _span()
    span.events.add(name="retried", time_unix_nano=1_001_000_000)
    assert _converted(span)["annotations"] == [{"timestamp": 1_001_000, "value": "retried"}]


# ---- the way to Zipkin ----


class Zipkin:
    """Answers with the statuses given, then 202 for ever; None stands for a refused connection."""

    def __init__(self, *statuses: int | None) -> None:
        self.statuses = list(statuses)
        self.taken: list[dict[str, Any]] = []
        self.calls = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.calls += 1
        status = self.statuses.pop(0) if self.statuses else 202
        if status is None:
            raise httpx.ConnectError("refused")
        if status < 300:
            self.taken += json.loads(request.content)
        return httpx.Response(status)

    async def has(self, count: int) -> bool:
        for _ in range(500):
            if len(self.taken) >= count:
                return True
            await asyncio.sleep(0.01)
        return False


@asynccontextmanager
async def _bridge(zipkin: Zipkin) -> AsyncIterator[httpx.AsyncClient]:
    app = bridge_app("http://zipkin", httpx.MockTransport(zipkin))
    async with (
        LifespanManager(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://bridge") as client,
    ):
        yield client


def _spans(count: int) -> bytes:
    return bytes(_request(*[_span() for _ in range(count)]).SerializeToString())


@pytest.mark.parametrize("zipped", [False, True])
async def test_spans_reach_zipkin(zipped: bool) -> None:
    zipkin = Zipkin()
    async with _bridge(zipkin) as client:
        body = gzip.compress(_spans(3)) if zipped else _spans(3)
        headers = {"content-encoding": "gzip"} if zipped else {}
        answer = await client.post("/v1/traces", content=body, headers=headers)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == PROTOBUF
        ExportTraceServiceResponse.FromString(answer.content)
        assert await zipkin.has(3)
        health = (await client.get("/healthz")).json()
    assert (health["received_spans"], health["forwarded_spans"], health["waiting_spans"]) == (3, 3, 0)


async def test_what_zipkin_does_not_take_is_sent_again_in_order() -> None:
    zipkin = Zipkin(None, 503, 429)
    async with _bridge(zipkin) as client:
        for _ in range(2):
            await client.post("/v1/traces", content=_spans(2))
        assert await zipkin.has(4)
        assert (await client.get("/healthz")).json()["zipkin_failures"] == 3
    assert len(zipkin.taken) == 4


async def test_what_zipkin_refuses_for_good_is_dropped_and_counted() -> None:
    zipkin = Zipkin(400)
    async with _bridge(zipkin) as client:
        await client.post("/v1/traces", content=_spans(2))
        while not zipkin.calls:
            await asyncio.sleep(0.01)
        await client.post("/v1/traces", content=_spans(1))
        assert await zipkin.has(1)
        assert (await client.get("/healthz")).json()["rejected_spans"] == 2


async def test_a_full_queue_is_told_to_the_sender_and_memory_stays_bounded() -> None:
    taken = asyncio.Event()

    async def post(batch: list[dict[str, Any]]) -> int:
        await taken.wait()
        return 202

    forwarder = ZipkinForwarder(post, limit=10)
    assert forwarder.offer([{}] * 25)  # a request larger than the queue passes when nothing waits
    assert not forwarder.offer([{}])
    assert forwarder.waiting == 25
    taken.set()
    await forwarder.drain()
    assert forwarder.offer([{}] * 10)
    assert not forwarder.offer([{}])
    assert forwarder.counts == {"received_spans": 35, "refused_spans": 2, "forwarded_spans": 25}


async def test_a_refused_request_is_503_with_retry_after(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ZipkinForwarder, "offer", lambda self, spans: False)
    async with _bridge(Zipkin()) as client:
        answer = await client.post("/v1/traces", content=_spans(1))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


async def test_what_waits_is_flushed_at_the_end() -> None:
    zipkin = Zipkin(503)
    async with _bridge(zipkin) as client:
        await client.post("/v1/traces", content=_spans(5))
    assert len(zipkin.taken) == 5


async def test_metrics_and_logs_are_taken_and_metrics_counted() -> None:
    request = ExportMetricsServiceRequest()
    request.resource_metrics.add().scope_metrics.add().metrics.add(name="cleanclaim.outbox.pending")
    async with _bridge(Zipkin()) as client:
        for _ in range(2):
            assert (await client.post("/v1/metrics", content=request.SerializeToString())).status_code == 200
        logs = ExportLogsServiceRequest().SerializeToString()
        assert (await client.post("/v1/logs", content=logs)).status_code == 200
        assert (await client.get("/healthz")).json()["metric:cleanclaim.outbox.pending"] == 2


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"\xff\xff\xff", {}, 400),
        (b"not gzip", {"content-encoding": "gzip"}, 400),
        (gzip.compress(b"cut short")[:-6], {"content-encoding": "gzip"}, 400),
        (gzip.compress(bytes(20_000_000)), {"content-encoding": "gzip"}, 413),
        (bytes(16_000_001), {}, 413),
    ],
    ids=["no protobuf", "no gzip", "cut gzip", "gzip bomb", "too large"],
)
async def test_bad_bodies_are_refused_with_a_reason(body: bytes, headers: dict[str, str], status: int) -> None:
    zipkin = Zipkin()
    async with _bridge(zipkin) as client:
        answer = await client.post("/v1/traces", content=body, headers=headers)
        assert (answer.status_code, bool(answer.text)) == (status, True)
    assert zipkin.calls == 0
