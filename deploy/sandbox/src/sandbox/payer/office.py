"""The office: desk, treasury and courier over one set of books, which only one thread ever touches."""

from __future__ import annotations

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final, ParamSpec, TypeVar
from zoneinfo import ZoneInfo

from sandbox.payer.books import Books
from sandbox.payer.config import Account, Delays, PayerConfig
from sandbox.payer.courier import Courier
from sandbox.payer.desk import Desk, Taken
from sandbox.payer.treasury import Treasury

P = ParamSpec("P")
T = TypeVar("T")
_ZONE: Final = ZoneInfo("America/New_York")
"""A payer dates its decisions where it sits, not in UTC."""


class Office:
    """The running payer. `open` before use; `run` for the webhooks and payment cycles."""

    def __init__(self, config: PayerConfig, state: Path, seed: int, speed: float) -> None:
        self.config = config
        self.delays: Delays = config.delays.scaled(speed)
        self._seed, self._state = seed, state
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="books")

    async def open(self) -> None:
        """Open the books and take up what is still to be sent."""
        self._books = await self._in_thread(Books, self._state / "books.sqlite3")
        self._desk = Desk(self._books, self.delays, self._seed, self._today)
        self._treasury = Treasury(self._books, self._today)
        self._courier = Courier(self.config, lambda seq: self._in_thread(self._books.delivery, seq))
        self._courier.plan(await self._in_thread(self._books.open_deliveries))

    async def close(self) -> None:
        """Write the last results and close the books."""
        await self._flush()
        await self._in_thread(self._books.close)
        self._thread.shutdown()

    async def run(self) -> None:
        """Send webhooks and run payment cycles until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._courier.run())
            group.create_task(self._every(self.delays.cycle, self._pay))
            group.create_task(self._every(0.05, self._flush))

    async def take(self, account: Account, key: str, body: bytes) -> Taken:
        """Take a file; when this returns with a file id, it is on disk. Raises BodyChangedError."""
        taken = await self._in_thread(self._desk.take, account, key, body, time.time())
        self._courier.plan(taken.planned)
        return taken

    async def file_id(self, account_id: str, key: str) -> str | None:
        """The id of the file taken under this key, or None."""
        taken = await self._in_thread(self._books.taken_file, account_id, key)
        return taken.file_id if taken else None

    async def summary(self) -> dict[str, Any]:
        """Counts per outcome, totals in cents, and what is still to come."""
        return await self._in_thread(self._summary)

    async def claims(self, after: int, limit: int) -> list[dict[str, Any]]:
        """Booked claims after a seq, each with how often it was accepted and its webhooks planned and delivered."""
        return await self._in_thread(self._claims, after, limit)

    def _summary(self) -> dict[str, Any]:
        return {
            "outcomes": self._books.counts_by_outcome(),
            "totals": self._books.totals(),
            "open": self._books.open_work(),
        }

    def _claims(self, after: int, limit: int) -> list[dict[str, Any]]:
        claims = self._books.claims(after, limit)
        webhooks = _webhooks_by_claim(self._books)
        accepted = self._books.times_accepted()
        for claim in claims:
            claim["times_accepted"] = accepted.get((claim["account"], claim["patient_control_number"]), 0)
            claim["webhooks"] = webhooks.get(claim["seq"], {})
        return claims

    async def _pay(self) -> None:
        self._courier.plan(await self._in_thread(self._treasury.run_cycle, time.time()))

    async def _flush(self) -> None:
        results = self._courier.take_results()
        if results:
            await self._in_thread(self._record, results)

    def _record(self, results: list[tuple[int, float | None]]) -> None:
        with self._books.transaction():
            self._books.tried(results)

    async def _every(self, seconds: float, deed: Callable[[], Any]) -> None:
        while True:
            await asyncio.sleep(seconds)
            await deed()

    async def _in_thread(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, lambda: function(*args, **kwargs))

    def _today(self) -> date:
        return self.config.business_date or datetime.now(_ZONE).date()


def _webhooks_by_claim(books: Books) -> dict[int, dict[str, dict[str, int]]]:
    """Per claim seq and kind, how many webhooks were planned and how many delivered."""
    found: dict[int, dict[str, dict[str, int]]] = defaultdict(dict)
    for kind, claims, delivered in books.sent():
        for seq in json.loads(claims):
            count = found[seq].setdefault(kind, {"planned": 0, "delivered": 0})
            count["planned"] += 1
            count["delivered"] += delivered
    return found
