"""What claim-builder's events do here: claims come in, claims are called off. No handler calls a payer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from events import ClaimBuilt, ClaimWithdrawn
from kit.clock import Clock
from kit.database import Transaction
from kit.messaging import Received, Refused
from kit.tenancy import Tenants

from submission_svc.repository import submissions as repository
from submission_svc.repository.submissions import BuiltClaim
from submission_svc.standing import settle


@dataclass(frozen=True, slots=True)
class Handlers:
    """Handlers with what they need: business time and the routing of payers to gateway accounts."""

    clock: Clock
    tenants: Tenants

    async def store_claims(self, tx: Transaction, batch: Sequence[Received[ClaimBuilt]]) -> None:
        """A submission per claim version; the newest one replaces those that are not sent yet."""
        claims = [self._built(received) for received in batch]
        ids = [claim.event.claim_id for claim in claims]
        await repository.lock_claims(tx, ids)
        await repository.insert_built(tx, claims)
        await settle(tx, ids, self.clock.now())

    async def withdraw_claims(self, tx: Transaction, batch: Sequence[Received[ClaimWithdrawn]]) -> None:
        """A version that is not in an interchange yet will not be sent; of one that is, only the fact is kept."""
        withdrawals = [received.event for received in batch]
        ids = [withdrawal.claim_id for withdrawal in withdrawals]
        await repository.lock_claims(tx, ids)
        await repository.insert_withdrawals(tx, withdrawals)
        await settle(tx, ids, self.clock.now())

    def _built(self, received: Received[ClaimBuilt]) -> BuiltClaim:
        event = received.event
        content = received.open()
        told = (content.patient_control_number, content.frequency_code, content.charge_cents, len(content.lines))
        if told != (event.patient_control_number, event.frequency_code, event.charge_cents, event.line_count):
            raise Refused("claim.contradictory", "the event and its PHI part differ")
        tenant = self.tenants.by_id.get(event.tenant_id)
        account = tenant.gateway_for(event.payer_id) if tenant else None
        return BuiltClaim(
            event=event,
            content=content.model_dump_json(exclude_defaults=True),
            gateway_id=account.id if account else None,
            traceparent=received.traceparent,
        )
