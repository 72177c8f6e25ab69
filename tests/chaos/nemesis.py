"""What is broken and when: a schedule drawn from a seed, told in acknowledged encounters, not in seconds.

A slow machine is hit at the same points of the work as a fast one.
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from local_stack.config import SERVICE_DATABASES

from tests.support.live import Live

LATE_SECONDS = 0.4
"""A fault strikes up to this long after its encounter was acknowledged: at any point of the batch under way."""
AHEAD = 10
"""Encounters that may be sent beyond the one at which the next fault strikes, so that it strikes amid requests."""
BACK_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Fault:
    """`kill` (the supervisor starts it again) or `wipe` (killed, and back with an empty disk) of one part."""

    after: int
    """Acknowledged encounters."""
    late_seconds: float
    deed: str
    part: str

    def __str__(self) -> str:
        return f"{self.deed} {self.part} at {self.after}+{self.late_seconds:.2f}s"


def schedule(seed: int, encounters: int) -> list[Fault]:
    """Every service twice, sandbox, broker and database once, spread over the first nine tenths in a drawn order;
    then the broker's disk is lost."""
    draw = random.Random(seed)
    parts = [*SERVICE_DATABASES, *SERVICE_DATABASES, "sandbox", "kafka", "postgres"]
    draw.shuffle(parts)
    step = encounters * 0.9 / len(parts)
    faults = [
        Fault(int(step * (number + draw.uniform(0.1, 0.9))), draw.uniform(0, LATE_SECONDS), "kill", part)
        for number, part in enumerate(parts)
    ]
    return [*faults, Fault(int(encounters * 0.95), draw.uniform(0, LATE_SECONDS), "wipe", "kafka")]


@dataclass
class Nemesis:
    """Carries a schedule out while `acknowledged()` grows."""

    live: Live
    acknowledged: Callable[[], int]
    done: list[str] = field(default_factory=list)
    allowed: int = 0
    """Encounters that the client may have sent by now."""
    wiped_ms: int = 0
    """When the broker came back empty, milliseconds since the epoch."""

    async def run(self, faults: Sequence[Fault]) -> None:
        """Carry out every fault in turn and wait until everything is back."""
        for fault in faults:
            self.allowed = fault.after + AHEAD
            while self.acknowledged() < fault.after:
                await asyncio.sleep(0.01)
            await asyncio.sleep(fault.late_seconds)
            await asyncio.to_thread(self._strike, fault)
        self.allowed = sys.maxsize
        await asyncio.to_thread(self._wait_back, "kafka", "postgres", "sandbox", *SERVICE_DATABASES)

    def _strike(self, fault: Fault) -> None:
        self._wait_back(fault.part)
        if fault.deed == "wipe":
            with self.live.stack.supervisor.holding(fault.part):
                self.live.kill(fault.part)
                self.live.part(fault.part).wipe()
            self.wiped_ms = int(time.time() * 1000)
        else:
            self.live.kill(fault.part)
        self.done.append(f"{fault} (at {self.acknowledged()})")

    def _wait_back(self, *parts: str) -> None:
        deadline = time.monotonic() + BACK_SECONDS
        for name in parts:
            while not self.live.part(name).ready():
                assert time.monotonic() < deadline, f"{name} did not come back in {BACK_SECONDS} s"
                time.sleep(0.1)
