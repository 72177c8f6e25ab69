"""Looks at the ledger every second while everything around it is being killed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import asyncpg
import httpx

from tests.support.live import Live

EVERY_SECONDS = 1.0
CROOKED = """
    SELECT ledger_id::text FROM ledger l FULL JOIN (
        SELECT ledger_id,
               sum(CASE WHEN account = 'charges' THEN -cents ELSE 0 END)::bigint AS charge_cents,
               sum(CASE WHEN account LIKE 'outstanding:%' THEN cents ELSE 0 END)::bigint AS outstanding_cents,
               sum(CASE WHEN account LIKE 'payer_cash%' THEN cents ELSE 0 END)::bigint AS paid_cents
        FROM (
            SELECT ledger_id, debit_account AS account, amount_cents AS cents FROM ledger_transfer
            UNION ALL SELECT ledger_id, credit_account, -amount_cents FROM ledger_transfer
        ) AS entries GROUP BY ledger_id
    ) AS told USING (ledger_id)
    WHERE (l.charge_cents, l.outstanding_cents, l.paid_cents)
          IS DISTINCT FROM (told.charge_cents, told.outstanding_cents, told.paid_cents)
       OR l.charge_cents + l.suspense_cents <> l.paid_cents + l.contractual_cents + l.patient_cents
          + l.written_off_cents + l.outstanding_cents + l.provider_level_cents
"""
"""Ledgers whose totals are not those of their transfers, or whose charge does not lie whole in the other accounts."""


@dataclass
class LedgerWatch:
    """What was seen: samples taken through the API and in the database, and what was wrong in them."""

    live: Live
    by_api: int = 0
    by_database: int = 0
    wrong: list[str] = field(default_factory=list)

    async def look(self) -> None:
        """One sample of each kind; a service or database that is down just now gives none."""
        try:
            balance = await self.live.call("GET", "followup-svc", "/v1/ledger/balance", role="biller", timeout=5)
            if balance.status_code == 200:
                self.by_api += 1
                if not balance.json()["balanced"]:
                    self.wrong.append(f"trial balance: {balance.text[:400]}")
        except httpx.TransportError:
            pass
        try:
            crooked = await self.live.rows("followup-svc", CROOKED)
        except (OSError, asyncpg.PostgresError):
            return
        self.by_database += 1
        self.wrong += [f"ledger {row[0]} does not balance" for row in crooked]

    async def _run(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(EVERY_SECONDS)


@asynccontextmanager
async def ledger_watched(live: Live) -> AsyncIterator[LedgerWatch]:
    """Watch for the length of a `with` block."""
    watch = LedgerWatch(live)
    task = asyncio.create_task(watch._run())
    try:
        yield watch
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
