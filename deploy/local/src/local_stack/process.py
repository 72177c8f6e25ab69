"""One child process in a group of its own, that cannot outlive the process that started it.

Two ways lead to orphans: a signal that reaches only the parent, and a parent that is killed before it can
signal. Against the first, every child leads its own session, and stopping it signals the whole group. Against
the second, the kernel is asked (`PR_SET_PDEATHSIG`) to signal the child when its parent dies.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from local_stack.errors import StackError

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None

# The death signal belongs to the *thread* that forked: were that a short-lived thread, its end would kill the
# child. So all children are forked on one thread that lives as long as this process.
_SPAWNER = ThreadPoolExecutor(max_workers=1, thread_name_prefix="spawner")


def die_with_parent(death_signal: int = signal.SIGKILL) -> None:
    """Ask the kernel to send this process `death_signal` when its parent dies (Linux; elsewhere nothing)."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)


def _in_child(parent: int, death_signal: int) -> Callable[[], None]:
    def prepare() -> None:
        die_with_parent(death_signal)
        if os.getppid() != parent:  # the parent died before the request was in place
            os._exit(1)

    return prepare


@dataclass(frozen=True)
class Command:
    """How one process is started and stopped.

    `user` is the system user to run as (only root can ask for one). `stop_signal` asks for a clean end; after
    `stop_timeout` seconds the group is killed. `death_signal` is what the process gets when its parent dies.
    """

    argv: Sequence[str]
    log: Path
    env: Mapping[str, str] | None = None
    cwd: Path | None = None
    user: str | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    stop_timeout: float = 10.0
    death_signal: signal.Signals = signal.SIGKILL


@dataclass
class ManagedProcess:
    """A `Command` that may be running. Its output is appended to the command's log file."""

    command: Command
    _child: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def pid(self) -> int | None:
        """Process id while it runs, else None."""
        return self._child.pid if self._child is not None and self.alive() else None

    @property
    def exit_code(self) -> int | None:
        """Exit status of the last run (negative: the signal that ended it), None while running or unstarted."""
        return self._child.poll() if self._child is not None else None

    def alive(self) -> bool:
        """Whether the process was started and has not ended."""
        return self._child is not None and self._child.poll() is None

    def start(self) -> None:
        """Start the process. Raises StackError `stack.not-startable` when the program cannot be executed."""
        if self.alive():
            return
        self.command.log.parent.mkdir(parents=True, exist_ok=True)
        with self.command.log.open("ab") as log:
            try:
                self._child = _SPAWNER.submit(self._spawn, log).result()
            except OSError as error:
                raise StackError(
                    "stack.not-startable",
                    f"{self.command.argv[0]} cannot be started: {error.strerror}",
                    "run `make setup`; if it stays, remove .venv and run it again",
                ) from error

    def _spawn(self, log: IO[bytes]) -> subprocess.Popen[bytes]:
        identity: dict[str, object] = {}
        if self.command.user is not None:
            identity = {"user": self.command.user, "group": self.command.user, "extra_groups": []}
        return subprocess.Popen(  # type: ignore[call-overload,no-any-return]  # noqa: S603
            list(self.command.argv),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=dict(self.command.env) if self.command.env is not None else None,
            cwd=self.command.cwd,
            start_new_session=True,
            preexec_fn=_in_child(os.getpid(), self.command.death_signal),  # noqa: PLW1509  two system calls, no locks
            **identity,
        )

    def stop(self) -> None:
        """End the process: first ask by `stop_signal`, after `stop_timeout` seconds kill the whole group."""
        if self._child is None:
            return
        if self.alive():
            self.signal_group(self.command.stop_signal)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._child.wait(self.command.stop_timeout)
        self.kill()

    def kill(self) -> None:
        """`kill -9` for the process and everything in its group; returns when the process is gone."""
        if self._child is None:
            return
        self.signal_group(signal.SIGKILL)
        self._child.wait()

    def signal_group(self, number: signal.Signals) -> None:
        """Send a signal to the process's group; a group that is gone is no error."""
        if self._child is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._child.pid, number)

    def log_tail(self, lines: int = 15) -> str:
        """The last lines of its log, for an error message."""
        try:
            text = self.command.log.read_text(errors="replace")
        except OSError:
            return ""
        return "\n".join(text.splitlines()[-lines:])


def wait_until(condition: Callable[[], bool], timeout: float, poll: float = 0.05) -> bool:
    """Poll `condition` every `poll` seconds until it holds (True) or `timeout` seconds are over (False)."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(poll)
    return True
