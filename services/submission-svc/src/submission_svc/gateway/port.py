"""What the sender needs of a gateway. An adapter translates; it decides nothing and never raises for an answer."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from kit.tenancy import GatewayAccount

from submission_svc.domain import Answer


class Gateway(Protocol):
    """One account at one payer gateway."""

    async def send(self, content: bytes, idempotency_key: UUID) -> Answer:
        """Hand over an interchange; whatever goes wrong on the way is an UNKNOWN answer."""
        ...

    async def find(self, idempotency_key: UUID) -> Answer:
        """Ask whether the gateway has the file: TAKEN, ABSENT, UNASKABLE or UNKNOWN."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


class Gateways(Protocol):
    """Where the gateways come from: one per account, so that a dead one does not slow another."""

    def of(self, account: GatewayAccount) -> Gateway:
        """The gateway of an account, made once."""
        ...

    async def close(self) -> None:
        """Close all of them."""
        ...
