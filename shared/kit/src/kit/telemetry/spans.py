"""Thin spans of our own: `send` and `process` for messages, and one general span.

Links tie batches and long waits together. A process span is the child of its sender while the message is young, so that
operators see one waterfall; an old message starts a new trace with a link to its sender.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Literal, Self
from uuid import UUID

from events.envelope import Event
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, Span, SpanContext, SpanKind, Status, StatusCode, TraceFlags

from kit.telemetry import names

YOUNG_SECONDS = 15 * 60
# An event's envelope stands at the head of its JSON; the claim id in it saves parsing a payload of any length.
_CLAIM_ID = re.compile(rb'"claim_id":"([0-9a-f-]{36})"')
_ENVELOPE_BYTES = 400
_tracer = trace.get_tracer("cleanclaim")
_KINDS = {
    "internal": SpanKind.INTERNAL,
    "client": SpanKind.CLIENT,
    "server": SpanKind.SERVER,
    "producer": SpanKind.PRODUCER,
    "consumer": SpanKind.CONSUMER,
}
Kind = Literal["internal", "client", "server", "producer", "consumer"]


def parse_traceparent(traceparent: str | None) -> SpanContext | None:
    """The span context of a W3C traceparent, or None where it is absent or malformed."""
    parts = (traceparent or "").split("-")
    if len(parts) < 4 or len(parts[0]) != 2 or len(parts[1]) != 32 or len(parts[2]) != 16:
        return None
    try:
        flags = TraceFlags(int(parts[3][:2], 16))
        context = SpanContext(int(parts[1], 16), int(parts[2], 16), is_remote=True, trace_flags=flags)
    except ValueError:
        return None
    return context if context.is_valid else None


def traceparent_of(context: SpanContext) -> str | None:
    """The W3C traceparent of a span context, or None if there is no trace."""
    if not context.is_valid:
        return None
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{int(context.trace_flags):02x}"


def current_traceparent() -> str | None:
    """The traceparent of the current span."""
    return traceparent_of(trace.get_current_span().get_span_context())


def annotate(
    *,
    encounter_id: UUID | str | None = None,
    claim_id: UUID | str | None = None,
    attributes: Mapping[str, Any] | None = None,
) -> None:
    """Set business ids (opaque) and allow-listed attributes on the current span."""
    current = trace.get_current_span()
    if current.is_recording():
        current.set_attributes(_attributes(encounter_id, claim_id, attributes or {}))


@contextmanager
def span(
    name: str,
    *,
    kind: Kind = "internal",
    encounter_id: UUID | str | None = None,
    claim_id: UUID | str | None = None,
    parent: str | None = None,
    root: bool = False,
    links: Sequence[str | None] = (),
    attributes: Mapping[str, Any] | None = None,
) -> Iterator[Span]:
    """A span around a block; `parent` and `links` are traceparents, `root` starts a new trace.

    Attribute names are those of kit.telemetry.names; others are dropped. An exception marks it failed by its type.
    """
    context = _parent_context(parent) if parent else (Context() if root else None)
    with _tracer.start_as_current_span(
        name,
        context=context,
        kind=_KINDS[kind],
        links=_links(links),
        attributes=_attributes(encounter_id, claim_id, attributes or {}),
        record_exception=False,
        set_status_on_exception=False,
    ) as current:
        try:
            yield current
        except BaseException as error:
            fail(current, error)
            raise


def fail(current: Span, error: BaseException | str) -> None:
    """Mark a span failed by the error's type; its message may hold data and stays out."""
    current.set_attribute("error.type", error if isinstance(error, str) else type(error).__name__)
    current.set_status(Status(StatusCode.ERROR))


@contextmanager
def send_span(
    topic: str, event_type: str, encounter_id: str, payload: bytes, traceparent: str | None
) -> Iterator[str | None]:
    """The span of one message's sending; yields the traceparent for its header."""
    if parse_traceparent(traceparent) is None:
        yield None
        return
    claim = _CLAIM_ID.search(payload, 0, _ENVELOPE_BYTES)
    attributes = {
        "messaging.system": "kafka",
        "messaging.operation.name": "send",
        "messaging.operation.type": "send",
        "messaging.destination.name": topic,
        names.EVENT_TYPE: event_type,
    }
    with span(
        f"send {topic}",
        kind="producer",
        parent=traceparent,
        encounter_id=encounter_id,
        claim_id=claim[1].decode() if claim else None,
        attributes=attributes,
    ) as current:
        yield traceparent_of(current.get_span_context())


class ProcessSpan:
    """The span of one message's processing, from decoding to commit."""

    def __init__(self, current: Span) -> None:
        self._span = current
        self.traceparent = traceparent_of(current.get_span_context())

    @classmethod
    def start(cls, group: str, topic: str, event: Event, traceparent: str | None, timestamp_ms: int) -> Self:
        """Start it in the consumer group `group`; end it by leaving the `with` block."""
        young = time.time() - timestamp_ms / 1000 < YOUNG_SECONDS
        attributes = {
            "messaging.system": "kafka",
            "messaging.operation.name": "process",
            "messaging.operation.type": "process",
            "messaging.destination.name": topic,
            "messaging.consumer.group.name": group,
            names.EVENT_TYPE: event.event_type,
            names.TENANT_ID: event.tenant_id,
        }
        return cls(
            _tracer.start_span(
                f"process {topic}",
                context=_parent_context(traceparent if young else None),
                kind=SpanKind.CONSUMER,
                links=() if young else _links([traceparent]),
                attributes=_attributes(event.encounter_id, event.claim_id, attributes),
            )
        )

    def fail(self, error: BaseException) -> None:
        """Mark the message as refused."""
        fail(self._span, error)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None) -> None:
        if error is not None:
            self.fail(error)
        self._span.end()


def _parent_context(traceparent: str | None) -> Context:
    context = parse_traceparent(traceparent)
    return trace.set_span_in_context(trace.NonRecordingSpan(context), Context()) if context else Context()


def _links(traceparents: Sequence[str | None]) -> list[Link]:
    contexts = (parse_traceparent(traceparent) for traceparent in traceparents)
    return [Link(context) for context in contexts if context is not None]


def _attributes(
    encounter_id: UUID | str | None, claim_id: UUID | str | None, more: Mapping[str, Any]
) -> dict[str, Any]:
    found = {name: value for name, value in more.items() if name in names.SPAN_ATTRIBUTES and value is not None}
    if encounter_id is not None:
        found[names.ENCOUNTER_ID] = str(encounter_id)
    if claim_id is not None:
        found[names.CLAIM_ID] = str(claim_id)
    return found
