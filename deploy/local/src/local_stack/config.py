"""Where the local stack keeps its things, which ports it uses, and which parts lie elsewhere."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local_stack.errors import StackError
from local_stack.ports import LOOPBACK, chosen_ports

SERVICE_DATABASES: Mapping[str, str] = {
    "coding-svc": "coding",
    "claim-builder": "claims",
    "submission-svc": "submissions",
    "followup-svc": "followup",
}
"""The four services, in the order in which an encounter meets them, and the database that each owns."""

PROJECT = Path(__file__).parents[4]


@dataclass(frozen=True)
class ExternalDatabase:
    """A service's database that is run by someone else: URL of the app role, URL of the owner for migrations."""

    url: str
    migration_url: str


@dataclass(frozen=True)
class StackConfig:
    """The choices for one run. Everything the stack writes lies below `folder`, results below `build`.

    What is None is started here; what is set is used where it is: `kafka_bootstrap` (`host:port`),
    `otlp_endpoint` (base URL of an OTLP/HTTP receiver), a service's entry in `databases`.
    """

    folder: Path
    build: Path
    ports: Mapping[str, int]
    kafka_bootstrap: str | None
    otlp_endpoint: str | None
    databases: Mapping[str, ExternalDatabase]

    @classmethod
    def from_environment(cls, env: Mapping[str, str] | None = None, root: Path = PROJECT) -> StackConfig:
        """Defaults, moved by `CLEANCLAIM_PORT_<PART>`, `CLEANCLAIM_LOCAL_FOLDER`, `CLEANCLAIM_KAFKA_BOOTSTRAP`,
        `CLEANCLAIM_<SERVICE>_DATABASE_URL` with `…_MIGRATION_DATABASE_URL`, and `OTEL_EXPORTER_OTLP_ENDPOINT`.

        Raises StackError for a bad port, or for one database URL without the other.
        """
        env = os.environ if env is None else env
        return cls(
            folder=Path(env.get("CLEANCLAIM_LOCAL_FOLDER") or root / ".local"),
            build=root / "build",
            ports=chosen_ports(env),
            kafka_bootstrap=env.get("CLEANCLAIM_KAFKA_BOOTSTRAP") or None,
            otlp_endpoint=env.get("OTEL_EXPORTER_OTLP_ENDPOINT") or None,
            databases=_external_databases(env),
        )

    @property
    def logs(self) -> Path:
        """Folder of the parts' logs."""
        return self.folder / "run" / "logs"

    @property
    def run_file(self) -> Path:
        """What a running stack says about itself (URLs, process id), for `feed`."""
        return self.folder / "run" / "stack.json"

    @property
    def lock_file(self) -> Path:
        """Held while a stack runs on this folder."""
        return self.folder / "run" / "lock"

    @property
    def secrets(self) -> Path:
        """Folder of the keys that were made for this machine."""
        return self.folder / "secrets"

    @property
    def runs_postgres(self) -> bool:
        """Whether a PostgreSQL of our own is needed."""
        return len(self.databases) < len(SERVICE_DATABASES)

    @property
    def runs_kafka(self) -> bool:
        """Whether a broker of our own is needed."""
        return self.kafka_bootstrap is None

    @property
    def runs_tracing(self) -> bool:
        """Whether Zipkin and the bridge are needed."""
        return self.otlp_endpoint is None

    def url(self, part: str) -> str:
        """Base URL of a part that we run."""
        return f"http://{LOOPBACK}:{self.ports[part]}"

    @property
    def local_parts(self) -> list[str]:
        """Names (as in `ports`) of all parts that listen on a port of this machine."""
        infrastructure = [
            *(["postgres"] if self.runs_postgres else []),
            *(["kafka", "kafka-controller"] if self.runs_kafka else []),
            *(["zipkin", "otlp-bridge"] if self.runs_tracing else []),
        ]
        return [*infrastructure, *SERVICE_DATABASES, "sandbox"]


def _external_databases(env: Mapping[str, str]) -> dict[str, ExternalDatabase]:
    found = {}
    for service in SERVICE_DATABASES:
        prefix = "CLEANCLAIM_" + service.upper().replace("-", "_")
        work, migrate = f"{prefix}_DATABASE_URL", f"{prefix}_MIGRATION_DATABASE_URL"
        if bool(env.get(work)) != bool(env.get(migrate)):
            raise StackError(
                "stack.database-url-alone",
                f"of {work} and {migrate} only one is set",
                "set both: the role that works must not own the tables, the one that migrates does",
            )
        if env.get(work):
            found[service] = ExternalDatabase(env[work], env[migrate])
    return found
