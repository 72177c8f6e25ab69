"""`make run` from the first check to the last process ended."""

from __future__ import annotations

import os
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from local_stack import jars, sample_day
from local_stack.config import StackConfig
from local_stack.errors import StackError
from local_stack.preflight import only_one, preflight, require_writable
from local_stack.progress import Reporter
from local_stack.stack import RunningStack, Stack
from local_stack.table import RunResult, print_result, write_json


def run(config: StackConfig, report: Reporter, *, infrastructure_only: bool = False, once: bool = False) -> int:
    """Start everything, run the sample day, stay up until Ctrl-C (SIGINT or SIGTERM), end everything.

    `infrastructure_only` leaves out services and sample day, `once` ends after the table. Returns the exit status:
    1 when the sample day disagrees with the sandbox's books and `once` is set.
    """
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
            if not infrastructure_only:
                result = _services_and_day(stack, report)
            if not once:
                report.note("Up. Ctrl-C ends it; the data stays (make reset clears it).")
                threading.Event().wait()
    return 1 if result is not None and result.disagreements else 0


def _services_and_day(stack: Stack, report: Reporter) -> RunResult | None:
    stack.start_services()
    running = stack.describe()
    running.save(stack.config.run_file)
    result = sample_day.run_sample_day(running, report)
    if result is not None:
        write_json(result, stack.config.build / "run.json")
        print_result(result, report.console)
    return result


def feed(config: StackConfig, notes: str, report: Reporter) -> int:
    """Post notes to the stack that runs on this folder; returns 1 when something disagrees.

    Raises StackError `stack.no-notes` or `stack.not-running`.
    """
    if not notes or not Path(notes).exists():
        raise StackError("stack.no-notes", f"there is nothing at {notes!r}", "make feed NOTES=<folder or file>")
    result = sample_day.feed(RunningStack.load(config.run_file), Path(notes), report)
    if result is not None:
        print_result(result, report.console)
    return 1 if result is not None and result.disagreements else 0


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
