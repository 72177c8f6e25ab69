"""How a run is told: a live display on a terminal, one plain line per event everywhere else."""

from __future__ import annotations

import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TextIO

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Column

_PLAIN_BAR_SECONDS = 5.0

Advance = Callable[[int], None]
"""Tells a bar how many are done in all."""
StageCounts = Mapping[str, tuple[int, int]]
"""Per stage how many are through, and of how many; a stage that is left out stays as it was."""
ShowStages = Callable[[StageCounts, str], None]
"""Takes the stages' counts and one line about what is through all of them."""

STAGES = ("posted", "coded", "built", "submitted", "acknowledged", "settled")
"""The way of an encounter, as a run shows it."""


class Reporter(ABC):
    """What a run may say. Use it from any thread."""

    console: Console

    @abstractmethod
    def note(self, text: str) -> None:
        """One thing happened."""

    @abstractmethod
    def step(self, name: str) -> AbstractContextManager[None]:
        """Work on `name` for the length of a `with` block; its time is told at the end."""

    @abstractmethod
    def bar(self, name: str, total: int, *, only_live: bool = False) -> AbstractContextManager[Advance]:
        """Counted work for the length of a `with` block; `only_live`: plain lines tell it in another way already."""

    @abstractmethod
    def stages(self, names: Sequence[str]) -> AbstractContextManager[ShowStages]:
        """Work that flows through several stages, for the length of a `with` block."""


def reporter(stream: TextIO = sys.stdout) -> Reporter:
    """The reporter that fits where the output goes."""
    return LiveReporter(stream) if stream.isatty() else PlainReporter(stream)


class PlainReporter(Reporter):
    """Lines without colour or control characters; a bar speaks at most every five seconds and at its end."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.console = Console(file=stream, force_terminal=False, no_color=True, width=200)

    def note(self, text: str) -> None:
        """Print a line."""
        print(text, file=self._stream, flush=True)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """One line when it is done."""
        begin = time.monotonic()
        yield
        self.note(f"{name}: {time.monotonic() - begin:.1f} s")

    @contextmanager
    def bar(self, name: str, total: int, *, only_live: bool = False) -> Iterator[Advance]:
        """A line with the count now and then."""
        last = [time.monotonic(), -1.0]

        def advance(done: int) -> None:
            now = time.monotonic()
            if not only_live and done != last[1] and (now - last[0] >= _PLAIN_BAR_SECONDS or done >= total):
                last[:] = [now, done]
                self.note(f"{name}: {done}/{total}")

        yield advance

    @contextmanager
    def stages(self, names: Sequence[str]) -> Iterator[ShowStages]:
        """A line with all counts now and then, and one at the end."""
        counts: dict[str, tuple[int, int]] = {}
        spoke, line, told = time.monotonic(), "", ""

        def show(changed: StageCounts, words: str) -> None:
            nonlocal spoke, line, told
            counts.update(changed)
            line = ", ".join(f"{name} {counts[name][0]}/{counts[name][1]}" for name in names if name in counts)
            line += f"; {words}" if words else ""
            if line != told and time.monotonic() - spoke >= _PLAIN_BAR_SECONDS:
                spoke, told = time.monotonic(), line
                self.note(line)

        yield show
        if line != told:
            self.note(line)


class LiveReporter(Reporter):
    """Spinners and bars that stay at the foot of the terminal while notes scroll above them."""

    def __init__(self, stream: TextIO, *, force_terminal: bool | None = None) -> None:
        self.console = Console(file=stream, force_terminal=force_terminal, highlight=False)
        self._progress = Progress(
            SpinnerColumn(finished_text="[green]✓[/]"),
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("[dim]{task.fields[words]}", table_column=Column(no_wrap=True, overflow="ellipsis")),
            console=self.console,
            transient=True,
        )

    def note(self, text: str) -> None:
        """A line above the display."""
        self.console.print(escape(text))

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """A spinner, then a line with a tick and the time."""
        begin = time.monotonic()
        with self.bar(name, 1):
            yield
        self.console.print(f"[green]✓[/] {escape(name)} [dim]{time.monotonic() - begin:.1f} s[/]")

    @contextmanager
    def bar(self, name: str, total: int, *, only_live: bool = False) -> Iterator[Advance]:
        """A bar that goes when the block ends."""
        self._progress.start()
        task = self._progress.add_task(escape(name), total=total, words="")
        try:
            yield lambda done: self._progress.update(task, completed=done)
        finally:
            self._remove(task)

    @contextmanager
    def stages(self, names: Sequence[str]) -> Iterator[ShowStages]:
        """A bar per stage, one below the other; the last one has the words."""
        self._progress.start()
        tasks = {name: self._progress.add_task(f"{escape(name):<14}", total=None, words="") for name in names}

        def show(counts: StageCounts, words: str) -> None:
            for name, (done, total) in counts.items():
                # Nothing to do yet is not the same as all done: such a bar keeps waiting.
                self._progress.update(tasks[name], completed=done, total=total or None)
            self._progress.update(tasks[names[-1]], words=words)

        try:
            yield show
        finally:
            self._remove(*tasks.values())

    def _remove(self, *tasks: TaskID) -> None:
        for task in tasks:
            self._progress.remove_task(task)
        if not self._progress.tasks:
            self._progress.stop()
