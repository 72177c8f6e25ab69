"""A circuit breaker per account: a dead gateway is asked once a while, not with every file."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

FAILURES_TO_OPEN = 5
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 15.0


@dataclass(slots=True)
class Breaker:
    """Opens after some failures in a row; then lets one attempt through after each pause, which doubles.

    Time is monotonic. State is per process: what is lost in a restart is learned again.
    """

    monotonic: Callable[[], float] = field(default=time.monotonic)
    failures: int = 0
    _open_until: float = 0.0
    """When the pause ends; meaningless while fewer failures than the limit are counted."""

    def allowance(self, capacity: int, in_flight: int) -> int:
        """How many more attempts may start now, of `capacity` at once."""
        if self.failures < FAILURES_TO_OPEN:
            return max(0, capacity - in_flight)
        return 1 if in_flight == 0 and self.monotonic() >= self._open_until else 0

    def succeeded(self) -> None:
        """The gateway answered: closed again."""
        self.failures = 0

    def failed(self) -> None:
        """No answer, or one that says that it is ill."""
        self.failures += 1
        over = max(0, self.failures - FAILURES_TO_OPEN)
        self._open_until = self.monotonic() + min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2.0 ** min(over, 10))
