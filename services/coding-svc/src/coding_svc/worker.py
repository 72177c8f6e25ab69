"""Which event is handled by what: read it as documentation."""

from __future__ import annotations

from events import CorrectionRequested, EncounterReceived
from kit.api import Context
from kit.messaging import HandlerTable

from coding_svc.handlers import CodingHandlers
from coding_svc.settings import settings_of


def handler_table(context: Context) -> HandlerTable:
    """The service's own EncounterReceived is coded; a CorrectionRequested to recode is coded again."""
    handlers = CodingHandlers(
        context.parts["engine"],
        context.clock,
        settings_of(context).quality_sample_rate,
        context.parts["payers"],
        context.parts["chargemasters"],
    )
    return {
        EncounterReceived: handlers.code_encounters,
        CorrectionRequested: handlers.correct_claims,
    }
