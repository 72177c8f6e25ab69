"""Which event is handled by what: read it as documentation."""

from __future__ import annotations

from events import CorrectionRequested, EncounterReceived
from kit.api import Context
from kit.messaging import HandlerTable

from coding_svc.handlers import CodingHandlers


def handler_table(context: Context) -> HandlerTable:
    """The service's own EncounterReceived is coded; a CorrectionRequested to recode is coded again."""
    handlers = CodingHandlers(context.parts["engine"], context.clock)
    return {
        EncounterReceived: handlers.code_encounters,
        CorrectionRequested: handlers.correct_claims,
    }
