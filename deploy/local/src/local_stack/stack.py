"""The whole local stack: which parts there are, in which order they start, and what others may know about it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from local_stack import jars
from local_stack.config import SERVICE_DATABASES, StackConfig
from local_stack.errors import StackError
from local_stack.kafka import Kafka
from local_stack.otlp_bridge import otlp_bridge
from local_stack.postgres import Postgres
from local_stack.progress import Reporter
from local_stack.secrets import StackSecrets, load_or_create, write_private
from local_stack.services import Environments, migrate_all, sandbox_part, service_part
from local_stack.supervisor import Part, Supervisor
from local_stack.zipkin import zipkin

_LOG_LIMIT_BYTES = 20_000_000


@dataclass(frozen=True)
class RunningStack:
    """How to reach a running stack: base URLs by part name, API keys by tenant and role, Zipkin's base URL if ours.

    `keys_folder` holds the same keys as one file each (see `Environments.write_files`).
    """

    pid: int
    urls: Mapping[str, str]
    api_keys: Mapping[str, Mapping[str, str]]
    zipkin_url: str | None
    keys_folder: str

    def save(self, path: Path) -> None:
        """Leave it where `local-stack feed` finds it (it holds API keys: readable by this user only)."""
        path.parent.mkdir(parents=True, exist_ok=True)
        write_private(path, json.dumps(asdict(self), indent=2))

    @classmethod
    def load(cls, path: Path) -> RunningStack:
        """The stack that runs now. Raises StackError `stack.not-running`."""
        import psutil  # type: ignore[import-untyped]

        if path.exists():
            found = cls(**json.loads(path.read_text()))
            if psutil.pid_exists(found.pid):  # a stack that was killed leaves its file behind
                return found
        raise StackError("stack.not-running", "no local stack is running here", "start one: make run")


class Stack:
    """One local stack. `start_infrastructure`, `start_services`, and `stop` in any state."""

    def __init__(self, config: StackConfig, report: Reporter) -> None:
        self.config = config
        self.secrets: StackSecrets = load_or_create(config.secrets)
        self.environments = Environments(config, self.secrets)
        self.supervisor = Supervisor(report.note)
        self._report = report

    def start_infrastructure(self) -> None:
        """PostgreSQL, Kafka, Zipkin and the bridge, as far as they are not elsewhere; databases and roles."""
        config = self.config
        _shorten_logs(config.logs)
        self.environments.write_files()
        postgres = self._postgres() if config.runs_postgres else None
        first: list[Part] = [postgres] if postgres else []
        if config.runs_kafka:
            first.append(self._kafka())
        if config.runs_tracing:
            first.append(zipkin(jars.zipkin_jar(), config.ports["zipkin"], config.logs / "zipkin.log"))
            first.append(
                otlp_bridge(config.ports["otlp-bridge"], config.url("zipkin"), config.logs / "otlp-bridge.log")
            )
        self._start(first)
        if postgres:
            postgres.create_roles()
            postgres.create_databases()

    def start_services(self) -> None:
        """Migrate the databases, start the four services and the sandbox, wait until all are ready."""
        with self._report.step("migrations"):
            migrate_all(self.environments)
        services = [service_part(name, self.environments) for name in SERVICE_DATABASES]
        self._start([*services, sandbox_part(self.environments)])

    def stop(self) -> None:
        """End everything, services before what they need."""
        self.config.run_file.unlink(missing_ok=True)
        self.supervisor.stop()

    def part(self, name: str) -> Part:
        """One of its parts, as it was started: a service, `sandbox`, `postgres`, `kafka`, … Raises KeyError."""
        return self.supervisor.parts[name]

    def describe(self) -> RunningStack:
        """How to reach it."""
        config = self.config
        return RunningStack(
            pid=os.getpid(),
            urls={name: config.url(name) for name in [*SERVICE_DATABASES, "sandbox"]},
            api_keys={practice.tenant_id: practice.api_keys for practice in self.secrets.practices},
            zipkin_url=config.url("zipkin") if config.runs_tracing else None,
            keys_folder=str(config.secrets),
        )

    def _start(self, parts: list[Part]) -> None:
        ready: list[str] = []
        names = ", ".join(part.name for part in parts)
        with self._report.bar(f"starting {names}", len(parts), only_live=True) as advance:

            def started(part: Part, seconds: float) -> None:
                ready.append(part.name)
                advance(len(ready))
                self._report.note(f"{part.name} is ready ({seconds:.1f} s)")

            self.supervisor.start(parts, started)

    def _postgres(self) -> Postgres:
        config = self.config
        return Postgres(
            config.folder / "postgres",
            config.ports["postgres"],
            config.logs / "postgres.log",
            self.secrets.postgres,
            self._report.note,
        )

    def _kafka(self) -> Kafka:
        config = self.config
        return Kafka(
            config.folder / "kafka",
            config.ports["kafka"],
            config.ports["kafka-controller"],
            config.logs / "kafka.log",
            jars.kafka_jars(),
        )


def _shorten_logs(folder: Path) -> None:
    """Set a log of more than 20 MB aside as `.old`, so that logs stay within twice that."""
    for log in folder.glob("*.log"):
        if log.stat().st_size > _LOG_LIMIT_BYTES:
            log.replace(log.with_suffix(".old"))
