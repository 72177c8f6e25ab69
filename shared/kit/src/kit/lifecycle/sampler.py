"""Every five seconds: how deep are outbox and dead letters, and how old is the oldest event that waits?"""

from __future__ import annotations

import asyncio

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from kit.database.engine import Database
from kit.telemetry import logs, metrics

_log = logs.get_logger("kit.sampler")
SAMPLE_SECONDS = 5.0
_DEPTHS = text(
    """
    SELECT (SELECT count(*) FROM outbox WHERE published_at IS NULL) AS pending,
           (SELECT coalesce(extract(epoch FROM now() - min(created_at)), 0)
            FROM outbox WHERE published_at IS NULL) AS oldest_age,
           (SELECT count(*) FROM dead_letter WHERE replayed_at IS NULL) AS dead
    """
)


async def sample_depths(database: Database) -> None:
    """Sample for ever; a database that is away is skipped."""
    while True:
        await asyncio.sleep(SAMPLE_SECONDS)
        try:
            async with database.transaction() as transaction:
                row = (await transaction.execute(_DEPTHS)).one()
        except (OSError, TimeoutError, SQLAlchemyError) as error:
            _log.info("depths not sampled", **logs.describe(error))
            continue
        metrics.OUTBOX_PENDING.set(row.pending)
        metrics.OUTBOX_OLDEST_AGE.set(float(row.oldest_age))
        metrics.DEAD_LETTER_DEPTH.set(row.dead)
