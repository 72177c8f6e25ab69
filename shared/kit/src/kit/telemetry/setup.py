"""Start and stop of OTLP export. Off unless the standard environment variables name an endpoint."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence

from opentelemetry import metrics, propagate, trace
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics import Histogram, MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.metrics.view import ExplicitBucketHistogramAggregation, View
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from kit.telemetry.metrics import SECONDS_BUCKETS
from kit.telemetry.names import SPAN_ATTRIBUTES

EXPORT_TIMEOUT_SECONDS = 2
STOP_DEADLINE_SECONDS = 3.0


class Telemetry:
    """The providers of this process; `stop` flushes them within a deadline."""

    def __init__(self, service: str) -> None:
        # No baggage: only the trace context may leave the process.
        propagate.set_global_textmap(TraceContextTextMapPropagator())
        self._tracers: TracerProvider | None = None
        self._meters: MeterProvider | None = None
        if _endpoint("TRACES"):
            self._tracers = _tracer_provider(service)
            trace.set_tracer_provider(self._tracers)
        if _endpoint("METRICS"):
            self._meters = _meter_provider(service)
            metrics.set_meter_provider(self._meters)

    def stop(self) -> None:
        """Flush and shut down. A collector that is gone must not hold the process: the OTLP client would wait 30 s."""
        stopper = threading.Thread(target=self._shutdown, daemon=True)
        stopper.start()
        stopper.join(STOP_DEADLINE_SECONDS)

    def _shutdown(self) -> None:
        if self._tracers is not None:
            self._tracers.shutdown()
        if self._meters is not None:
            self._meters.shutdown()


class RedactingExporter(SpanExporter):
    """The last gate: attributes outside the allow-list and all span events stay in the process."""

    def __init__(self, inner: SpanExporter) -> None:
        self._inner = inner

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Export the spans, redacted."""
        return self._inner.export([_redacted(span) for span in spans])

    def shutdown(self) -> None:
        """Stop the inner exporter."""
        self._inner.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Flush the inner exporter."""
        return self._inner.force_flush(timeout_millis)


def _redacted(span: ReadableSpan) -> ReadableSpan:
    return ReadableSpan(
        name=span.name,
        context=span.get_span_context(),
        parent=span.parent,
        resource=span.resource,
        attributes={name: value for name, value in (span.attributes or {}).items() if name in SPAN_ATTRIBUTES},
        links=span.links,
        kind=span.kind,
        status=span.status,
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _tracer_provider(service: str) -> TracerProvider:
    # A caller's sampling flag is about its spans, not ours: unless an operator samples, every claim's path is kept.
    sampler = None if "OTEL_TRACES_SAMPLER" in os.environ else ALWAYS_ON
    provider = TracerProvider(resource=_resource(service), sampler=sampler)
    exporter = RedactingExporter(OTLPSpanExporter(timeout=EXPORT_TIMEOUT_SECONDS))
    provider.add_span_processor(
        BatchSpanProcessor(exporter, max_queue_size=16_384, schedule_delay_millis=1_000, max_export_batch_size=512)
    )
    return provider


def _meter_provider(service: str) -> MeterProvider:
    reader = PeriodicExportingMetricReader(OTLPMetricExporter(timeout=EXPORT_TIMEOUT_SECONDS))
    seconds = View(
        instrument_type=Histogram,
        instrument_name="*",
        aggregation=ExplicitBucketHistogramAggregation(SECONDS_BUCKETS),
    )
    return MeterProvider(resource=_resource(service), metric_readers=[reader], views=[seconds])


def _resource(service: str) -> Resource:
    return Resource.create({"service.name": os.environ.get("OTEL_SERVICE_NAME", service)})


def _endpoint(signal: str) -> str | None:
    if os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return None
    return os.environ.get(f"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT") or os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT")
