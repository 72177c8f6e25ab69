"""`make run` from the first check to the last process ended."""

from __future__ import annotations

import os
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from local_stack import jars, sample_day
from local_stack.config import StackConfig
from local_stack.errors import StackError
from local_stack.preflight import only_one, preflight, require_writable
from local_stack.progress import Reporter
from local_stack.stack import RunningStack, Stack
from local_stack.table import RunResult, print_result, write_json


@dataclass(frozen=True)
class Choices:
    """What a run does. `infrastructure_only` leaves out services and sample day, `once` ends after the table.

    `new_day` posts a sample day though an earlier one is there.
    """

    infrastructure_only: bool = False
    once: bool = False
    new_day: bool = False


def run(config: StackConfig, report: Reporter, choices: Choices) -> int:
    """Start everything, run the sample day, stay up until Ctrl-C (SIGINT or SIGTERM), end everything.

    Returns the exit status: 1 when the sample day is not as it must be (it is said then, at its end and at the end).
    """
    begin = time.monotonic()
    require_writable(config.folder)
    with only_one(config):
        preflight(config)
        with report.step("jars"):
            jars.kafka_jars()
            jars.zipkin_jar()
        stack = Stack(config, report)
        result: RunResult | None = None
        with _ended_cleanly(stack, report):
            stack.start_infrastructure()
            if not choices.infrastructure_only:
                result = _services_and_day(stack, report, choices)
            if not choices.once:
                seconds = time.monotonic() - begin
                report.note(f"Up after {seconds:.0f} s. Ctrl-C ends it; the data stays (make reset clears it).")
                threading.Event().wait()
    return _status(result, report)


def _services_and_day(stack: Stack, report: Reporter, choices: Choices) -> RunResult | None:
    stack.start_services()
    running = stack.describe()
    running.save(stack.config.run_file)
    try:
        result = sample_day.run_sample_day(running, report, new_day=choices.new_day)
    except StackError as error:
        if choices.once:
            raise
        report.note(error.render())  # the stack itself is up: it can be looked into
        return None
    try:
        write_json(result, stack.config.build / "run.json")
    except OSError as error:
        report.note(f"build/run.json could not be written: {error.strerror}")
    print_result(result, report.console)
    return result


def _status(result: RunResult | None, report: Reporter) -> int:
    if result is None or not result.disagreements:
        return 0
    report.note(f"The run had {len(result.disagreements)} disagreements: they are listed below its table.")
    return 1


def feed(config: StackConfig, notes: str, report: Reporter) -> int:
    """Post notes to the stack that runs on this folder; returns 1 when something disagrees.

    Raises StackError `stack.no-notes` or `stack.not-running`.
    """
    if not notes or not Path(notes).exists():
        raise StackError("stack.no-notes", f"there is nothing at {notes!r}", "make feed NOTES=<folder or file>")
    result = sample_day.feed(RunningStack.load(config.run_file), Path(notes), report)
    print_result(result, report.console)
    return 1 if result.disagreements else 0


def reset(config: StackConfig, report: Reporter) -> int:
    """Delete the stack's folder. Raises StackError `stack.already-running` while a stack runs on it."""
    if config.folder.exists():
        require_writable(config.folder)
        with only_one(config):
            _delete(config.folder)
    report.note(f"{config.folder} is cleared")
    return 0


def _delete(folder: Path) -> None:
    try:
        shutil.rmtree(folder)
    except OSError as error:
        raise StackError(
            "stack.not-writable",
            f"{error.filename} cannot be deleted: {error.strerror}",
            "was it made by another user, or as root? Then delete it as that user",
        ) from error


@contextmanager
def _ended_cleanly(stack: Stack, report: Reporter) -> Iterator[None]:
    """End the stack however the block ends. The first signal ends it in order, the second at once."""
    _on_signals(_interrupt)
    try:
        yield
    except KeyboardInterrupt:
        pass
    finally:
        _on_signals(lambda number, frame: _at_once(stack))
        with report.step("shutdown"):
            stack.stop()


def _on_signals(handler: Callable[[int, FrameType | None], None]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, handler)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _at_once(stack: Stack) -> None:
    stack.supervisor.kill()
    os._exit(130)
