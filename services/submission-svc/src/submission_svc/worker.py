"""Which event leads to what."""

from __future__ import annotations

from events import ClaimBuilt, ClaimWithdrawn
from kit.context import Context
from kit.messaging import HandlerTable

from submission_svc.handlers import Handlers


def handler_table(context: Context) -> HandlerTable:
    """ClaimBuilt queues a claim version, ClaimWithdrawn calls one off; everything else is not ours."""
    handlers = Handlers(context.clock, context.tenants)
    return {
        ClaimBuilt: handlers.store_claims,
        ClaimWithdrawn: handlers.withdraw_claims,
    }
