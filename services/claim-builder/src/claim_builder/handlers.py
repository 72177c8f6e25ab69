"""What each event leads to. Handlers store the fact first and then bring the encounters' claims into line with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from events import CorrectionRequested, EncounterClosed, EncounterCoded
from events.phi import ClaimContent, CorrectionContext
from kit.clock import Clock
from kit.database import Transaction
from kit.messaging import Received, Refused
from kit.tenancy import Tenants

from claim_builder import published, repository
from claim_builder.book import Bench, Book, Changes
from claim_builder.errors import CorrectionRefused
from claim_builder.fees import FeeSchedules
from claim_builder.history import carry_on, lock_history
from claim_builder.repository import CodedFact
from claim_builder.rules import RuleBook
from claim_builder.scrubbing import PayerProfiles, blocks, load_profiles
from claim_builder.settling import as_correction, bill_next, rebill, settle, void

_DEFAULT_ZONE = "America/New_York"


@dataclass(frozen=True, slots=True)
class Handlers:
    """The handlers and what they work with."""

    clock: Clock
    tenants: Tenants
    fees: FeeSchedules
    payers: PayerProfiles = field(default_factory=load_profiles)
    rules: RuleBook = field(default_factory=lambda: RuleBook(()))

    async def build_claims(self, tx: Transaction, batch: Sequence[Received[EncounterCoded]]) -> None:
        """Codes were released: build the claim, or build it again. The newest release counts, whatever came first."""
        facts = [CodedFact(received.event, received.open()) for received in batch]
        await repository.store_coded(tx, facts)
        books = await repository.stored_books(tx, (fact.event.encounter_id for fact in facts))
        for fact in facts:
            book = books[fact.event.encounter_id]
            if book.newest == fact.source:
                book.coded = fact.coded
        await repository.load_current_contents(tx, [book for book in books.values() if book.correction])
        await self._settle(tx, books, {received.event.encounter_id: received for received in batch})

    async def close_encounters(self, tx: Transaction, batch: Sequence[Received[EncounterClosed]]) -> None:
        """The encounter ends without a claim: what was built or held of it is withdrawn."""
        await repository.store_closed(tx, (received.event for received in batch))
        books = await repository.stored_books(tx, (received.event.encounter_id for received in batch))
        await self._settle(tx, books, {received.event.encounter_id: received for received in batch})

    async def correct_claims(self, tx: Transaction, batch: Sequence[Received[CorrectionRequested]]) -> None:
        """Bill again, bill the next payer, or void. Coding again is coding-svc's: it comes back as new codes.

        What cannot be carried out is answered by CorrectionRefused: whoever asked must know.
        """
        wanted = [received for received in batch if received.event.action != "recode"]
        if not wanted:
            return
        ids = (received.event.encounter_id for received in wanted)
        books = await repository.lock_books(tx, ids)
        await repository.load_reasons(tx, books.values())
        await repository.load_current_contents(tx, books.values())
        keys = ((received.event.claim_id, received.event.claim_version) for received in wanted)
        contents = await repository.load_contents(tx, keys)
        changes = Changes()
        for received in wanted:
            self._correct(received, books, contents, changes)
        causes = {received.event.encounter_id: received for received in wanted}
        await self._finish(tx, changes, causes)

    async def _settle(self, tx: Transaction, books: Mapping[UUID, Book], causes: Mapping[UUID, Received[Any]]) -> None:
        changes = Changes()
        await lock_history(tx, books.values())
        for book in books.values():
            done = len(changes.made)
            try:
                settle(book, self.bench(book.tenant_id), changes)
            except CorrectionRefused as refusal:
                raise Refused(refusal.code) from None
            for made in changes.made[done:]:
                if not blocks(made.findings):
                    carry_on(made.content, book, books.values())
        await self._finish(tx, changes, causes)

    def _correct(
        self,
        received: Received[CorrectionRequested],
        books: Mapping[UUID, Book],
        contents: Mapping[tuple[UUID, int], ClaimContent],
        changes: Changes,
    ) -> None:
        event = received.event
        book, sent = books.get(event.encounter_id), contents.get((event.claim_id, event.claim_version))
        if book is None or sent is None:
            changes.refused.append((event, "correction.claim-unknown"))
            return
        context: CorrectionContext = received.open() if event.phi else CorrectionContext()
        correction, bench = as_correction(event), self.bench(event.tenant_id)
        try:
            if event.action == "void":
                void(book, correction, sent, bench, changes)
            elif event.action == "secondary":
                bill_next(book, correction, sent, context.prior_payments, bench, changes)
            else:
                rebill(book, correction, sent, context.prior_payments, bench, changes)
        except CorrectionRefused as refusal:
            changes.refused.append((event, refusal.code))

    async def _finish(self, tx: Transaction, changes: Changes, causes: Mapping[UUID, Received[Any]]) -> None:
        now = self.clock.now()
        await repository.write(tx, changes, now)
        published.publish(tx, changes, now, causes)

    def bench(self, tenant_id: str) -> Bench:
        """Prices, business date and rules of a practice."""
        rules = self.rules.for_tenant(tenant_id)
        return Bench(self.fees.for_tenant(tenant_id), self.today(tenant_id), self.payers, rules)

    def today(self, tenant_id: str) -> date:
        """The local date at the practice."""
        zones = {tenant.id: tenant.time_zone for tenant in self.tenants.tenants}
        return self.clock.today(zones.get(tenant_id, _DEFAULT_ZONE))
