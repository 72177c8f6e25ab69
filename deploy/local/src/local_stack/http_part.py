"""A part of the stack that is one process with an HTTP port: Zipkin, the OTLP bridge, a service, the sandbox."""

from __future__ import annotations

import http.client
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from local_stack.errors import start_failure
from local_stack.ports import LOOPBACK
from local_stack.process import Command, ManagedProcess, wait_until

_PROBE_SECONDS = 2.0


def http_ok(port: int, path: str) -> bool:
    """Whether GET `path` on the loopback port is answered with 2xx."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=_PROBE_SECONDS)
    try:
        connection.request("GET", path)
        return 200 <= connection.getresponse().status < 300
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


@dataclass
class HttpPart:
    """One process that is ready when `ready_path` is answered with 2xx on `port`.

    `start` waits for that at most `start_seconds`.
    """

    name: str
    command: Command
    port: int
    ready_path: str
    start_seconds: float = 60.0

    def __post_init__(self) -> None:
        self._process = ManagedProcess(self.command)

    @property
    def url(self) -> str:
        """Base URL, without a slash at the end."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """Exit status of the last run (negative: the signal that ended it)."""
        return self._process.exit_code

    def start(self) -> None:
        """Start and wait until ready. Raises StackError `stack.<name>-not-started` with the log's last lines."""
        self._process.start()
        wait_until(lambda: self.ready() or not self.alive(), self.start_seconds, poll=0.1)
        if not self.ready():
            self.kill()
            raise start_failure(self.name, self._process.log_tail(), self.command.log)

    def stop(self) -> None:
        """Ask it to end, kill it when it does not."""
        self._process.stop()

    def kill(self) -> None:
        """`kill -9`."""
        self._process.kill()

    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.alive()

    def ready(self) -> bool:
        """Whether it runs and says that it is ready."""
        return self.alive() and http_ok(self.port, self.ready_path)


def http_part(
    name: str, argv: Sequence[str], *, port: int, ready_path: str, log: Path, env: dict[str, str] | None = None
) -> HttpPart:
    """The usual HttpPart: ended by SIGTERM, given ten seconds for it."""
    return HttpPart(name, Command(argv=argv, log=log, env=env), port, ready_path)
