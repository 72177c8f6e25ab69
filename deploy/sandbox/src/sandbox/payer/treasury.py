"""The payment cycle: what is due becomes one 835 per payer, payee and road, with its provider-level adjustments."""

from __future__ import annotations

import json
import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from x12.findings import WriteError

from sandbox.payer.adjudication import Installment
from sandbox.payer.books import Books, Delivery, DueInstallment
from sandbox.payer.desk import INSTALLMENT, doubled
from sandbox.payer.domain import ProviderAdjustment
from sandbox.payer.remittances import Advice, Parties, unbalance, write_835
from sandbox.payer.signing import new_traceparent, new_webhook_id

MAX_PER_835: Final = 500
MAX_PER_CYCLE: Final = 5_000
UNWRITABLE: Final = "unwritable"
_log = logging.getLogger("sandbox.treasury")


@dataclass(frozen=True, slots=True)
class _Entry:
    due: DueInstallment
    installment: Installment


class Treasury:
    """Pays from the books; `today` is the payer's business date."""

    def __init__(self, books: Books, today: Callable[[], date]) -> None:
        self._books, self._today = books, today

    def run_cycle(self, now: float) -> list[tuple[float, int]]:
        """Pay what is due at `now` (seconds since the epoch); due time and seq of the webhooks planned."""
        due = self._books.due_installments(now, MAX_PER_CYCLE)
        if not due:
            return []
        with self._books.transaction():
            groups: dict[tuple[str, str, str, str], list[_Entry]] = defaultdict(list)
            for d in due:
                entry = _Entry(d, INSTALLMENT.validate_json(d.content))
                groups[d.account, d.payer_id, d.payee_id, d.road].append(entry)
            parts = [part for entries in groups.values() for part in _parts(entries)]
            return self._books.plan_deliveries(delivery for part in parts for delivery in self._remit(part, now))

    def _remit(self, entries: Sequence[_Entry], now: float) -> list[Delivery]:
        """The 835 of these entries; a claim with an id that X12 cannot carry keeps nobody else from their money."""
        try:
            with self._books.attempt():
                return self._written(entries, now)
        except WriteError as error:
            if len(entries) > 1:
                half = len(entries) // 2
                return [*self._remit(entries[:half], now), *self._remit(entries[half:], now)]
            _log.error("claim row %d cannot be remitted: %s", entries[0].due.claim_seq, error)
            self._books.remitted([entries[0].due.seq], UNWRITABLE)
            return []

    def _written(self, entries: Sequence[_Entry], now: float) -> list[Delivery]:
        payable = _payable(entries)
        if not payable:
            return []
        first = payable[0].due
        parties = Parties(**json.loads(first.parties))
        number = self._books.next_number("trace")
        trace_number = f"{parties.payer_id[:10]}{number:09d}".replace(" ", "")
        advice = self._advice(first, payable, trace_number)
        control_number = self._books.next_number(f"interchange:{first.account}")
        body = write_835(parties, advice, trace_number, control_number, datetime.fromtimestamp(now, UTC), self._today())
        if first.road == "unbalanced":
            body = unbalance(body)
        self._books.remitted([e.due.seq for e in payable], trace_number)
        seqs = json.dumps([e.due.claim_seq for e in payable])
        delivery = Delivery(new_webhook_id(), first.account, "835", body, new_traceparent(), seqs, now)
        return list(doubled(delivery, first.road))

    def _advice(self, first: DueInstallment, entries: Sequence[_Entry], trace_number: str) -> Advice:
        """The entries' payments and adjustments, with the balance that earlier 835s forwarded to this one."""
        payments = tuple(payment for e in entries for payment in e.installment.payments)
        adjustments = tuple(a for e in entries for a in e.installment.provider_adjustments)
        advice = Advice(payments, adjustments)
        key = (first.account, first.payer_id, first.payee_id)
        owed, earlier = self._books.forwarded_balance(*key)
        if advice.amount_cents < 0:
            return self._forwarded(advice, key, owed, trace_number)
        if owed and advice.amount_cents >= owed:
            self._books.forward_balance(*key, 0, "")
            return Advice(payments, (*adjustments, ProviderAdjustment("FB", earlier, owed)))
        return advice

    def _forwarded(self, advice: Advice, key: tuple[str, str, str], owed: int, trace_number: str) -> Advice:
        """A negative total moves on by FB, and the 835 pays nothing (X12 RFI 227)."""
        short = -advice.amount_cents
        self._books.forward_balance(*key, owed + short, trace_number)
        moved = ProviderAdjustment("FB", trace_number, -short)
        return Advice(advice.payments, (*advice.provider_adjustments, moved))


def _parts(entries: Sequence[_Entry]) -> list[Sequence[_Entry]]:
    """The entries in portions of one 835."""
    return [entries[start : start + MAX_PER_835] for start in range(0, len(entries), MAX_PER_835)]


def _payable(entries: Sequence[_Entry]) -> list[_Entry]:
    """All entries, but a takeback that nothing else can pay for waits for a later cycle."""
    with_claims = [e for e in entries if e.installment.payments]
    funds = _total(with_claims)
    chosen = list(with_claims)
    for entry in entries:
        if entry.installment.payments:
            continue
        owed = -_total([entry])
        if owed <= funds:
            chosen.append(entry)
            funds -= owed
    return chosen


def _total(entries: Sequence[_Entry]) -> int:
    installments = [e.installment for e in entries]
    payments = tuple(p for i in installments for p in i.payments)
    return Advice(payments, tuple(a for i in installments for a in i.provider_adjustments)).amount_cents
