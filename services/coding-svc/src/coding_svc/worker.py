"""Which event is handled by what: read it as documentation."""

from __future__ import annotations

from events import CorrectionRequested, EncounterReceived
from kit.api import Context
from kit.messaging import HandlerTable

from coding_svc.chargemaster import Chargemasters
from coding_svc.handlers import CodingHandlers
from coding_svc.payers import load_payers
from coding_svc.settings import settings_of


def handler_table(context: Context) -> HandlerTable:
    """The service's own EncounterReceived is coded; a CorrectionRequested to recode is coded again.

    Raises BadProfile or ChargemasterError for a file of the practice that cannot be read.
    """
    settings = settings_of(context)
    handlers = CodingHandlers(
        context.parts["engine"],
        context.clock,
        settings.quality_sample_rate,
        load_payers(settings.coding_payers),
        Chargemasters.load(settings.chargemaster_dir),
    )
    return {
        EncounterReceived: handlers.code_encounters,
        CorrectionRequested: handlers.correct_claims,
    }
