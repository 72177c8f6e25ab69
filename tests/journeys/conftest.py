"""One running system for all journeys of a session, traced into a receiver of our own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
from local_stack.stack import Stack

from tests.support.live import Live, live_stack
from tests.support.otlp import OtlpReceiver


@pytest.fixture(scope="session")
def receiver() -> Iterator[OtlpReceiver]:
    """Where the services export their spans and metrics."""
    started = OtlpReceiver()
    started.start()
    yield started
    started.stop()


@pytest.fixture(scope="session")
def stack(receiver: OtlpReceiver) -> Iterator[Stack]:
    """The system's processes."""
    with live_stack(receiver.endpoint, OTEL_METRIC_EXPORT_INTERVAL="2000") as started:
        yield started


@pytest.fixture
async def live(stack: Stack) -> AsyncIterator[Live]:
    """Hands on the running system."""
    hands = Live(stack)
    yield hands
    await hands.close()
