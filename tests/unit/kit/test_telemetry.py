"""Nothing but allow-listed, PHI-free facts leaves the process."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.telemetry import logs
from kit.telemetry.names import CLAIM_ID
from kit.telemetry.setup import RedactingExporter
from kit.telemetry.spans import parse_traceparent, traceparent_of
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult

TOKEN = "PLANTED-PHI-TOKEN"


class Kept(SpanExporter):
    def __init__(self) -> None:
        self.spans: list[ReadableSpan] = []

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.spans.extend(spans)
        return SpanExportResult.SUCCESS


def test_the_exporter_drops_what_is_not_allowed() -> None:
    kept = Kept()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(RedactingExporter(kept)))
    tracer = provider.get_tracer("test")
    with tracer.start_as_current_span("work") as span:
        span.set_attribute("patient.name", TOKEN)
        span.set_attribute(CLAIM_ID, "c-1")
        span.add_event("exception", {"exception.message": TOKEN})
    (exported,) = kept.spans
    assert TOKEN not in exported.to_json()
    assert dict(exported.attributes or {}) == {CLAIM_ID: "c-1"}
    assert exported.end_time is not None


def test_log_lines_hold_allowed_fields_only(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("toy")
    logs.get_logger("test").warning("something", code="x.y", patient=TOKEN)
    try:
        raise ValueError(TOKEN)
    except ValueError as error:
        logs.get_logger("test").error("failed", **logs.describe(error))
        logging.getLogger("library").exception("it broke: %s", TOKEN)
        logging.getLogger("library").warning("patient %s", TOKEN)
    written = capsys.readouterr().err
    assert TOKEN not in written
    lines = [json.loads(line) for line in written.splitlines()]
    assert lines[0]["code"] == "x.y"
    assert lines[1]["error_type"] == "ValueError"
    assert re.match(r"test_telemetry\.py:\d+", lines[1]["error_at"])


@given(st.text(max_size=80))
def test_any_text_as_traceparent_is_harmless(text: str) -> None:
    context = parse_traceparent(text)
    assert context is None or context.is_valid


def test_traceparents_go_there_and_back() -> None:
    text = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    context = parse_traceparent(text)
    assert context is not None
    assert traceparent_of(context) == text
