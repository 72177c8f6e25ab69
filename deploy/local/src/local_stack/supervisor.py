"""Starts the parts in tiers, starts again what dies without touching the rest, and ends them in reverse."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol

from local_stack.errors import StackError

_POLL_SECONDS = 0.1
_FIRST_PAUSE_SECONDS = 0.2
_LONGEST_PAUSE_SECONDS = 10.0
_STABLE_SECONDS = 30.0  # having run that long, a part's next death counts as its first


class Part(Protocol):
    """One thing that can be started and stopped. `start` returns when it is ready, or raises StackError."""

    name: str

    def start(self) -> None: ...
    def stop(self) -> None: ...
    def kill(self) -> None: ...
    def alive(self) -> bool: ...
    def ready(self) -> bool: ...


@dataclass
class Supervisor:
    """Keeps parts alive. Each has a watcher thread of its own, so that one that does not come up delays no other.

    `notice` hears, in one line, of every death and restart.
    """

    notice: Callable[[str], None] = lambda text: None
    restarts: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._tiers: list[Sequence[Part]] = []
        self._ending = threading.Event()
        self._watchers: list[threading.Thread] = []
        self._held: set[str] = set()

    @property
    def parts(self) -> dict[str, Part]:
        """All parts under watch, by name."""
        return {part.name: part for tier in self._tiers for part in tier}

    def start(self, parts: Sequence[Part], started: Callable[[Part, float], None] = lambda part, seconds: None) -> None:
        """Start one tier, its parts side by side, and watch over them from then on.

        `started` hears each part and the seconds it took. Raises the StackError of the first part that does not
        start; what did start is ended by `stop`.
        """
        if not parts:
            return
        self._tiers.append(parts)
        # Not waited for when interrupted: `stop` ends the processes, and with them the waiting.
        pool = ThreadPoolExecutor(len(parts))
        try:
            list(pool.map(lambda part: self._start_one(part, started), parts))
        finally:
            pool.shutdown(wait=False)
        for part in parts:
            watcher = threading.Thread(target=self._watch, args=(part,), name=f"watch-{part.name}", daemon=True)
            self._watchers.append(watcher)
            watcher.start()

    def _start_one(self, part: Part, started: Callable[[Part, float], None]) -> None:
        begin = time.monotonic()
        part.start()
        if self._ending.is_set():  # stopped meanwhile, perhaps before there was a process to stop
            part.stop()
        else:
            started(part, time.monotonic() - begin)

    def stop(self) -> None:
        """End all parts, the last tier first, those of one tier side by side. May be called twice."""
        self._ending.set()
        while self._tiers:
            parts = self._tiers.pop()
            with ThreadPoolExecutor(len(parts)) as pool:
                list(pool.map(lambda part: part.stop(), parts))
        for watcher in self._watchers:  # one that was starting its part ends it itself
            watcher.join()

    @contextlib.contextmanager
    def holding(self, name: str) -> Iterator[None]:
        """For the length of a `with` block a part that is down stays down; afterwards it is started again."""
        self._held.add(name)
        try:
            yield
        finally:
            self._held.discard(name)

    def kill(self) -> None:
        """End everything at once, without asking."""
        self._ending.set()
        for parts in reversed(self._tiers):
            for part in parts:
                part.kill()

    def _watch(self, part: Part) -> None:
        pause = _FIRST_PAUSE_SECONDS
        since = time.monotonic()
        while not self._ending.wait(_POLL_SECONDS):
            if part.alive() or part.name in self._held:
                continue
            if time.monotonic() - since > _STABLE_SECONDS:
                pause = _FIRST_PAUSE_SECONDS
            self.notice(f"{part.name} ended; it is started again")
            if self._ending.wait(pause):
                return
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
            since = time.monotonic()
            self._restart(part)

    def _restart(self, part: Part) -> None:
        self.restarts[part.name] = self.restarts.get(part.name, 0) + 1
        try:
            part.start()
        except StackError as error:
            self.notice(error.render())
        else:
            self.notice(f"{part.name} is back")
        if self._ending.is_set():
            with contextlib.suppress(StackError):
                part.stop()
