"""Delivered claims that no payer has answered: a person must look, once per claim version."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from kit.context import Context
from kit.database import is_transient
from kit.telemetry import logs

from submission_svc.repository import submissions as repository
from submission_svc.settings import Settings
from submission_svc.standing import stall

_log = logs.get_logger("submission.overdue")
INTERVAL_SECONDS = 2.0
LIMIT = 500


async def run(context: Context) -> None:
    """Look for ever."""
    while True:
        try:
            found = await stall_overdue(context)
        except Exception as error:  # a background loop's edge: only what passes by itself is swallowed
            if not is_transient(error):
                raise
            _log.warning("overdue claims will be looked for again", **logs.describe(error))
            found = 0
        if found < LIMIT:
            await asyncio.sleep(INTERVAL_SECONDS)


async def stall_overdue(context: Context) -> int:
    """Publish ClaimStalled (acknowledgement_overdue) for claims delivered too long ago; returns how many.

    Business time, so that a simulation can let it pass.
    """
    if not isinstance(context.settings, Settings):
        raise TypeError("submission-svc runs with its own settings")
    now = context.clock.now()
    before = now - timedelta(seconds=context.settings.acknowledgement_timeout_seconds)
    async with context.database.transaction(context.tenants.by_id) as tx:
        late = await repository.overdue(tx, before, now, LIMIT)
        for row in late:
            stall(tx, row, "acknowledgement_overdue", now)
    return len(late)
