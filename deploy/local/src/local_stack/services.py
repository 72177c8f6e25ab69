"""The four services and the sandbox: how each is started, and what its environment says."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from local_stack.config import PROJECT, SERVICE_DATABASES, StackConfig
from local_stack.errors import StackError, start_failure
from local_stack.http_part import HttpPart, http_part
from local_stack.ports import LOOPBACK
from local_stack.secrets import StackSecrets, sandbox_toml, tenants_toml, write_private

_BIN = Path(sys.executable).parent
_ASYNC_DRIVER = "postgresql+asyncpg"
_MIGRATION_SECONDS = 120

FEE_SCHEDULES = PROJECT / "services" / "claim-builder" / "data" / "fee_schedules"
"""The sample price list that claim-builder comes with."""

_LOCAL_SETTINGS = {
    # Shorter than the sandbox's scaled hang, so that a hanging payer is seen within a sample day.
    "submission-svc": {"CLEANCLAIM_READ_TIMEOUT_SECONDS": "5"},
    "claim-builder": {"CLEANCLAIM_FEE_SCHEDULE_DIR": str(FEE_SCHEDULES)},
}
"""Settings of a service that are right for one machine; a variable that is set already goes before."""

SANDBOX_SPEED = "5"
"""The sandbox payer's delays are divided by this, unless CLEANCLAIM_SANDBOX_SPEED says otherwise."""


@dataclass(frozen=True)
class Environments:
    """Environment variables for the processes of one stack."""

    config: StackConfig
    secrets: StackSecrets

    @property
    def tenants_file(self) -> Path:
        """The tenants file that all services read."""
        return self.config.secrets / "tenants.toml"

    @property
    def sandbox_file(self) -> Path:
        """The sandbox payer's configuration."""
        return self.config.secrets / "sandbox.toml"

    def write_files(self) -> None:
        """Write the tenants file and the sandbox's configuration for the ports of this run.

        Also one file per practice and role with the header that a request needs: `curl -H @lakeside-biller.header`.
        """
        config = self.config
        for practice in self.secrets.practices:
            for role, key in practice.api_keys.items():
                header = config.secrets / f"{practice.tenant_id}-{role}.header"
                write_private(header, f"Authorization: Bearer {key}\n")
        write_private(self.tenants_file, tenants_toml(self.secrets, config.url("sandbox")))
        sandbox = sandbox_toml(self.secrets, config.url("submission-svc"), config.url("followup-svc"))
        write_private(self.sandbox_file, sandbox)

    def shared(self, name: str) -> dict[str, str]:
        """What every process gets: this process's own environment, and where the common parts are."""
        return {
            **os.environ,
            "PYTHONUNBUFFERED": "1",
            "CLEANCLAIM_HTTP_HOST": LOOPBACK,
            "CLEANCLAIM_HTTP_PORT": str(self.config.ports[name]),
            "CLEANCLAIM_TENANTS_FILE": str(self.tenants_file),
            "OTEL_SERVICE_NAME": name,
            "OTEL_EXPORTER_OTLP_ENDPOINT": self.config.otlp_endpoint or self.config.url("otlp-bridge"),
        }

    def service(self, name: str) -> dict[str, str]:
        """The environment of one of the four services. Only `migrate` uses the owner's URL."""
        return {
            **_LOCAL_SETTINGS.get(name, {}),
            **self.shared(name),
            "CLEANCLAIM_DATABASE_URL": self.database_url(name, "app"),
            "CLEANCLAIM_MIGRATION_DATABASE_URL": self.database_url(name, "owner"),
            "CLEANCLAIM_KAFKA_BOOTSTRAP": self.config.kafka_bootstrap or f"{LOOPBACK}:{self.config.ports['kafka']}",
            "CLEANCLAIM_MASTER_KEYS": self.secrets.master_keys,
        }

    def database_url(self, name: str, role: str) -> str:
        """URL of a service's database for its `app` or `owner` role, here or elsewhere."""
        external = self.config.databases.get(name)
        if external is not None:
            return external.url if role == "app" else external.migration_url
        base = SERVICE_DATABASES[name]
        user = f"{base}_{role}"
        address = f"{LOOPBACK}:{self.config.ports['postgres']}"
        return f"{_ASYNC_DRIVER}://{user}:{self.secrets.postgres[user]}@{address}/{base}"


def service_part(name: str, environments: Environments) -> HttpPart:
    """One of the four services with all its roles in one process, ready when its `/readyz` says so."""
    config = environments.config
    return http_part(
        name,
        [str(_BIN / name), "all"],
        port=config.ports[name],
        ready_path="/readyz",
        log=config.logs / f"{name}.log",
        env=environments.service(name),
    )


def sandbox_part(environments: Environments) -> HttpPart:
    """The sandbox payer; its books lie below the stack's folder."""
    config = environments.config
    argv = [str(_BIN / "sandbox-payer"), "--host", LOOPBACK, "--port", str(config.ports["sandbox"])]
    argv += ["--state", str(config.folder / "sandbox"), "--config", str(environments.sandbox_file)]
    argv += ["--speed", os.environ.get("CLEANCLAIM_SANDBOX_SPEED", SANDBOX_SPEED)]
    return http_part(
        "sandbox",
        argv,
        port=config.ports["sandbox"],
        ready_path="/healthz",
        log=config.logs / "sandbox.log",
        env=environments.shared("sandbox"),
    )


def migrate_all(environments: Environments) -> None:
    """Bring every service's database to its newest schema, side by side. Raises StackError `stack.migration-failed`."""
    with ThreadPoolExecutor(len(SERVICE_DATABASES)) as pool:
        list(pool.map(lambda name: _migrate(name, environments), SERVICE_DATABASES))


def _migrate(name: str, environments: Environments) -> None:
    log = environments.config.logs / f"{name}-migrate.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        done = subprocess.run(  # noqa: S603
            [str(_BIN / name), "migrate"],
            env=environments.service(name),
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
            timeout=_MIGRATION_SECONDS,
        )
    if done.returncode != 0:
        last_words = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
        failure = start_failure(name, last_words, log)
        if failure.code != "stack.disk-full":
            failure = StackError(
                "stack.migration-failed", f"{name} migrate failed; its last words:\n{last_words}", f"see {log}"
            )
        raise failure
