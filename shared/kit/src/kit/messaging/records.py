"""A Kafka record as plain data, and its headers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from events import UnknownEvent, event_class
from events.envelope import Event
from pydantic import ValidationError

EVENT_TYPE_HEADER = "cleanclaim-event-type"
SCHEMA_VERSION_HEADER = "cleanclaim-schema-version"
CONTENT_TYPE_HEADER = "content-type"
TRACEPARENT_HEADER = "traceparent"
"""Of the hop: the span of the sending."""
ORIGIN_HEADER = "cleanclaim-origin"
"""The traceparent of the span in which the event was published: what to link to over a long wait."""


class Undecodable(ValueError):
    """The record cannot be read as an event; `code` says why and holds no content."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a topic, independent of the client that fetched it. `timestamp_ms` is the broker's."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    headers: Mapping[str, bytes]
    value: bytes | None
    timestamp_ms: int = 0

    @property
    def event_type(self) -> str:
        """The event type header, or an empty string."""
        return self.headers.get(EVENT_TYPE_HEADER, b"").decode("ascii", "replace")

    @property
    def traceparent(self) -> str | None:
        """The W3C trace context header."""
        return self._text(TRACEPARENT_HEADER)

    @property
    def origin(self) -> str | None:
        """The traceparent of the span that published the event."""
        return self._text(ORIGIN_HEADER)

    def _text(self, header: str) -> str | None:
        raw = self.headers.get(header)
        return raw.decode("ascii", "replace") if raw else None

    def decode(self) -> Event:
        """The event; raises Undecodable with a reason code."""
        try:
            version = int(self.headers.get(SCHEMA_VERSION_HEADER, b""))
            model = event_class(self.event_type, version)
        except UnknownEvent:
            raise Undecodable("event.unknown-version" if self.event_type else "event.headers-missing") from None
        except ValueError:
            raise Undecodable("event.headers-missing") from None
        try:
            event = model.model_validate_json(self.value or b"")
        except ValidationError:
            raise Undecodable("event.invalid") from None
        return event
