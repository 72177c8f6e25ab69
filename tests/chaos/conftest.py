"""One running system for all chaos tests, in a world where the telemetry collector never answers."""

from __future__ import annotations

import os
import socket
from collections.abc import AsyncIterator, Iterator

import pytest
from local_stack.stack import Stack

from tests.support.live import Live, live_stack

SEED = int(os.environ.get("CLEANCLAIM_CHAOS_SEED", "20261125"))
IMPATIENT = {
    # The same protocol on a shorter clock: a payer that hangs is given up after 3 s, files of a dead sender are taken
    # up after 5 s.
    "CLEANCLAIM_READ_TIMEOUT_SECONDS": "3",
    "CLEANCLAIM_LEASE_SECONDS": "5",
    "CLEANCLAIM_RETRY_BASE_SECONDS": "0.3",
    "CLEANCLAIM_BATCH_AGE_SECONDS": "0.5",
    "CLEANCLAIM_SANDBOX_SPEED": "10",
}


@pytest.fixture(scope="session")
def deaf_collector() -> Iterator[str]:
    """An OTLP endpoint that lets connections in and never says a word."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.fixture(scope="session")
def chaos_stack(deaf_collector: str) -> Iterator[Stack]:
    """The system's processes."""
    print(f"chaos seed {SEED} (CLEANCLAIM_CHAOS_SEED)")
    with live_stack(deaf_collector, zipkin=False, **IMPATIENT) as started:
        yield started


@pytest.fixture
async def live(chaos_stack: Stack) -> AsyncIterator[Live]:
    """Hands on the running system."""
    hands = Live(chaos_stack)
    yield hands
    await hands.close()
