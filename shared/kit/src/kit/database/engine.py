"""The pool and the transaction.

A transaction knows its tenants (row-level security) and collects the events that it publishes: they are written to the
outbox in the same commit as the state that they tell of.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from events import Part
from events.envelope import Event
from sqlalchemy import CursorResult, Executable, event, text
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

from kit.messaging.outbox import OutboxRow, write_outbox
from kit.messaging.received import Received
from kit.phi import PhiCipher
from kit.telemetry.spans import current_traceparent

CONNECT_TIMEOUT_SECONDS = 3
COMMAND_TIMEOUT_SECONDS = 60
POOL_TIMEOUT_SECONDS = 3

# Classes of SQLSTATE that pass by themselves: connection, resources, operator intervention, rollback, not ready.
_TRANSIENT_SQLSTATES = ("08", "53", "57", "40", "55", "58", "XX")


class Transaction:
    """One database transaction: state, inbox and outbox commit together or not at all."""

    def __init__(self, connection: AsyncConnection, cipher: PhiCipher | None) -> None:
        self.connection = connection
        self._cipher = cipher
        self._outbox: list[OutboxRow] = []
        self._session: AsyncSession | None = None

    async def execute(self, statement: Executable, parameters: Mapping[str, Any] | None = None) -> CursorResult[Any]:
        """Run one statement on the transaction's connection."""
        return await self.connection.execute(statement, parameters)

    @property
    def session(self) -> AsyncSession:
        """A SQLModel session on the same connection, for reads in API endpoints."""
        if self._session is None:
            self._session = AsyncSession(bind=self.connection, expire_on_commit=False)
        return self._session

    def publish(
        self,
        event: Event,
        phi: Part | None = None,
        cause: Received[Any] | None = None,
        *,
        traceparent: str | None = None,
    ) -> None:
        """Put an event into the outbox of this transaction, its PHI part encrypted.

        The trace goes on from `cause` (the message that led to it), from `traceparent`, or else from the current span.
        An event whose id is in the outbox already is dropped: the same fact is published once.
        """
        if phi is not None:
            if self._cipher is None:
                raise ValueError("this database was opened without a PHI cipher")
            event = event.model_copy(update={"phi": self._cipher.seal(event, phi)})
        origin = cause.traceparent if cause is not None else traceparent or current_traceparent()
        self._outbox.append(OutboxRow.of(event, origin))

    def mark(self) -> int:
        """The number of events collected so far; for `forget_since`."""
        return len(self._outbox)

    def forget_since(self, mark: int) -> None:
        """Drop the events collected after `mark`: their savepoint was rolled back."""
        del self._outbox[mark:]

    async def flush_outbox(self) -> int:
        """Write the collected events; called once before commit. Returns their number."""
        rows, self._outbox = self._outbox, []
        if rows:
            await write_outbox(self.connection, rows)
        return len(rows)


class Database:
    """The pool of one service's database, as the application role."""

    def __init__(self, url: str, *, pool_size: int = 10, cipher: PhiCipher | None = None) -> None:
        self.engine: AsyncEngine = create_async_engine(
            url,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=POOL_TIMEOUT_SECONDS,
            connect_args={"timeout": CONNECT_TIMEOUT_SECONDS, "command_timeout": COMMAND_TIMEOUT_SECONDS},
        )
        event.listen(self.engine.sync_engine, "checkout", _refuse_closed)
        self.cipher = cipher
        self.on_publish: Callable[[], None] = lambda: None

    @asynccontextmanager
    async def transaction(self, tenants: Iterable[str] = ()) -> AsyncIterator[Transaction]:
        """Open a transaction that sees the rows of `tenants` only; commits at exit, rolls back on an exception.

        Without tenants it sees no tenant's row, only technical tables.
        """
        async with self.engine.connect() as connection, connection.begin():
            named = ",".join(sorted(tenants))
            if named:
                await connection.execute(_SET_TENANTS, {"tenants": named})
            transaction = Transaction(connection, self.cipher)
            yield transaction
            published = await transaction.flush_outbox()
        if published:
            self.on_publish()

    async def ping(self) -> None:
        """Raise if the database does not answer."""
        async with self.engine.connect() as connection:
            await connection.execute(text("SELECT 1"))

    async def dispose(self) -> None:
        """Close the pool."""
        await self.engine.dispose()


_SET_TENANTS = text("SELECT set_config('cleanclaim.tenants', :tenants, true)")


def _refuse_closed(connection: Any, _: object, __: object) -> None:
    """Keep the pool from handing out a connection whose server went away: it is then replaced by a new one.

    The driver knows by the closed socket; a ping on every checkout would cost a round trip per transaction.
    """
    if connection.driver_connection.is_closed():
        raise DisconnectionError


def is_transient(error: BaseException) -> bool:
    """True if a repeat of the same work may succeed: the database or the network was away, or a deadlock."""
    if isinstance(error, OSError | TimeoutError | PoolTimeoutError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if error.connection_invalidated:
        return True
    state = getattr(error.orig, "sqlstate", None)
    return state is None or str(state).startswith(_TRANSIENT_SQLSTATES)
