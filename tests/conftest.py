"""Fixtures that every test may use: one real PostgreSQL and one real Kafka per run, started when first asked for.

Both lie in a temporary folder on free ports, so that runs do not meet. A test that kills or wipes a part must
leave it running again. Tests which ask for neither start nothing.
"""

from __future__ import annotations

import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from local_stack.jars import kafka_jars
from local_stack.kafka import Kafka
from local_stack.ports import free_port
from local_stack.postgres import DatabaseSet, Postgres, new_passwords


@pytest.fixture(scope="session")
def stack_folder() -> Iterator[Path]:
    """A folder for the run's servers. Under root PostgreSQL runs as another user, who must pass through it."""
    folder = Path(tempfile.mkdtemp(prefix="cleanclaim-test-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres(stack_folder: Path) -> Iterator[Postgres]:
    """The run's PostgreSQL server: `.create_databases(prefix)`, `.dsn(database, role)`, `.kill()`, `.start()`."""
    server = Postgres(stack_folder / "postgres", free_port(), stack_folder / "postgres.log", new_passwords())
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def kafka(stack_folder: Path) -> Iterator[Kafka]:
    """The run's Kafka broker: `.bootstrap`, `.stop()`, `.kill()`, `.pause()`, `.resume()`, `.start()`, `.wipe()`."""
    broker = Kafka(
        folder=stack_folder / "kafka",
        port=free_port(),
        controller_port=free_port(),
        log=stack_folder / "kafka.log",
        jars=kafka_jars(),
        fast_start=True,
    )
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture
def databases(postgres: Postgres) -> Iterator[DatabaseSet]:
    """Four fresh, empty databases for one test; dropped afterwards. `.dsn("coding", "owner")` to migrate them."""
    fresh = postgres.create_databases(f"t{uuid.uuid4().hex[:10]}_")
    yield fresh
    fresh.drop()
