"""The metrics of the house. Labels are bounded (stages, event types, reasons, payers); never an id of a claim."""

from __future__ import annotations

import time

from opentelemetry import metrics


class OldestUnprocessed:
    """Age in seconds of the oldest record that the consumer has not committed; 0 when it has read everything.

    Asked at every export, so that it grows while a batch hangs or is repeated.
    """

    def __init__(self) -> None:
        self._arrived_ms: int | None = None

    def set(self, arrived_ms: int | None) -> None:
        """The broker's timestamp of that record, or None if there is none."""
        self._arrived_ms = arrived_ms

    def observe(self, _: metrics.CallbackOptions) -> list[metrics.Observation]:
        """Answer the meter."""
        age = time.time() - self._arrived_ms / 1000 if self._arrived_ms else 0.0
        return [metrics.Observation(max(0.0, age))]


_meter = metrics.get_meter("cleanclaim")

STAGE_DURATION = _meter.create_histogram(
    "cleanclaim.stage.duration", unit="s", description="From a message's arrival at the broker to its commit here."
)
CODING_DURATION = _meter.create_histogram("cleanclaim.coding.duration", unit="s", description="Coding of an encounter.")
HTTP_DURATION = _meter.create_histogram("http.server.request.duration", unit="s", description="Answer time per route.")
GATEWAY_DURATION = _meter.create_histogram("http.client.request.duration", unit="s", description="POST to a gateway.")
DEAD_LETTERS = _meter.create_counter("cleanclaim.dlq.messages", description="Messages set aside, by reason.")
PAYER_ANSWERS = _meter.create_counter("cleanclaim.payer.ack", description="Acknowledgements by type and result.")
WEBHOOKS = _meter.create_counter("cleanclaim.webhook.received", description="Webhooks by kind and result.")
OUTBOX_PENDING = _meter.create_gauge("cleanclaim.outbox.pending", description="Events not yet taken by the broker.")
OUTBOX_OLDEST_AGE = _meter.create_gauge("cleanclaim.outbox.oldest_age", unit="s", description="Age of the oldest.")
OLDEST_UNPROCESSED = OldestUnprocessed()
_meter.create_observable_gauge(
    "cleanclaim.consumer.oldest_unprocessed",
    [OLDEST_UNPROCESSED.observe],
    unit="s",
    description="Age of the oldest record that is read but not committed.",
)
DEAD_LETTER_DEPTH = _meter.create_gauge("cleanclaim.dlq.depth", description="Dead letters that wait.")

SECONDS_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600)
