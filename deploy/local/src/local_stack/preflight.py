"""What would make a start fail later and obscurely is looked at before, and said plainly."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from local_stack.config import StackConfig
from local_stack.errors import StackError
from local_stack.ports import require_free

NEEDED_BYTES = 1_000_000_000
"""Room for the databases and the broker's segments of many sample days."""


def preflight(config: StackConfig) -> None:
    """All checks. Raises the StackError of the first that fails; creates the stack's folder."""
    require_commands(config)
    require_writable(config.folder)
    require_space(config.folder)
    for part in config.local_parts:
        require_free(part, config.ports[part])


def require_commands(config: StackConfig, bin_folder: Path = Path(sys.executable).parent) -> None:
    """Raise `stack.not-set-up` when a program that is to be started is missing from the virtual environment."""
    from local_stack.config import SERVICE_DATABASES

    missing = [name for name in [*SERVICE_DATABASES, "sandbox-payer"] if not (bin_folder / name).exists()]
    if missing:
        raise StackError("stack.not-set-up", f"not installed: {', '.join(missing)}", "run `make setup`")


def require_writable(folder: Path) -> None:
    """Create the folder; raise `stack.not-writable` when that or writing in it is not allowed."""
    probe = folder / f".probe-{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise StackError(
            "stack.not-writable",
            f"{folder} cannot be written to: {error.strerror}",
            "give yourself the right to (was it made by another user, or as root?), or remove it",
        ) from error


def require_space(folder: Path, free_bytes: Callable[[Path], int] = lambda path: shutil.disk_usage(path).free) -> None:
    """Raise `stack.disk-full` when fewer than NEEDED_BYTES are free where the data lies."""
    free = free_bytes(folder)
    if free < NEEDED_BYTES:
        raise StackError(
            "stack.disk-full",
            f"{free // 1_000_000} MB are free for {folder}; {NEEDED_BYTES // 1_000_000} MB are needed",
            "free some space; `make reset` clears what earlier runs of this stack left",
        )


@contextlib.contextmanager
def only_one(config: StackConfig) -> Iterator[None]:
    """Hold the stack's folder for this process. Raises `stack.already-running` when another one holds it."""
    config.lock_file.parent.mkdir(parents=True, exist_ok=True)
    with config.lock_file.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise StackError(
                "stack.already-running",
                f"a stack runs on {config.folder} already (process {lock.read().strip() or 'unknown'})",
                "use that one, or end it with Ctrl-C",
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield
