"""Which event leads to what."""

from __future__ import annotations

from events import CorrectionRequested, EncounterClosed, EncounterCoded
from kit.context import Context
from kit.messaging import HandlerTable

from claim_builder.handlers import Handlers


def handler_table(context: Context) -> HandlerTable:
    """Codes make claims, closings withdraw them, corrections make them again; everything else is not ours."""
    handlers: Handlers = context.parts["handlers"]
    return {
        EncounterCoded: handlers.build_claims,
        EncounterClosed: handlers.close_encounters,
        CorrectionRequested: handlers.correct_claims,
    }
