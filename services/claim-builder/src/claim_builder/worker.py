"""Which event leads to what."""

from __future__ import annotations

from events import (
    ClaimClosed,
    ClaimDenied,
    ClaimPaid,
    ClaimRejected,
    CorrectionRequested,
    EncounterClosed,
    EncounterCoded,
)
from kit.context import Context
from kit.messaging import HandlerTable

from claim_builder.handlers import Handlers
from claim_builder.outcomes import store_outcomes


def handler_table(context: Context) -> HandlerTable:
    """Codes make claims, closings withdraw them, corrections make them again; what became of them is kept."""
    handlers: Handlers = context.parts["handlers"]
    return {
        EncounterCoded: handlers.build_claims,
        EncounterClosed: handlers.close_encounters,
        CorrectionRequested: handlers.correct_claims,
        ClaimPaid: store_outcomes,
        ClaimDenied: store_outcomes,
        ClaimRejected: store_outcomes,
        ClaimClosed: store_outcomes,
    }
