"""What the service does when an event arrives. An event may come twice: the second time changes nothing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from events import CorrectionRequested, EncounterReceived
from kit.clock import Clock
from kit.database import Transaction
from kit.messaging import Received, Refused
from kit.telemetry import logs, metrics

from coding_svc.chargemaster import NO_CHARGEMASTERS, Chargemasters
from coding_svc.coding.engine import CodingEngine
from coding_svc.coding.practice import NO_LEXICON, PracticeLexicon
from coding_svc.encounters import (
    Closed,
    Held,
    after_coding,
    before_coding,
    clinical_encounter,
    record_of,
    specialty_of,
)
from coding_svc.outcomes import event_of
from coding_svc.past import with_past
from coding_svc.payers import Payers, load_payers
from coding_svc.repository import coding, history, lexicon, quality
from coding_svc.repository.coding import Outcome, Pending
from coding_svc.repository.history import History
from coding_svc.schemas.encounter import EncounterRecord
from coding_svc.sheet import CodeSheet, sheet_of

CORRECTION_REQUESTED = "coding.correction-requested"
FAILED = "coding.failed"
_log = logs.get_logger("coding_svc.handlers")


@dataclass(frozen=True, slots=True)
class Decided:
    """An outcome with the encounter that it is about."""

    outcome: Outcome
    record: EncounterRecord


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What the practice itself knows beside the encounter: its lexicon, and the patient's earlier encounters."""

    lexicon: PracticeLexicon = NO_LEXICON
    history: History | None = None


def _knowledge(item: Pending, lexicons: Mapping[str, PracticeLexicon], histories: Mapping[UUID, History]) -> Knowledge:
    return Knowledge(lexicons.get(item.tenant_id, NO_LEXICON), histories.get(item.encounter_id))


@dataclass(frozen=True, slots=True)
class CodingHandlers:
    """The handlers with what they need."""

    engine: Callable[[], CodingEngine]
    clock: Clock
    quality_sample_rate: int
    """Releases that are coded a second time, in parts of ten thousand."""
    payers: Payers = field(default_factory=load_payers)
    chargemasters: Chargemasters = NO_CHARGEMASTERS

    async def code_encounters(self, tx: Transaction, batch: Sequence[Received[EncounterReceived]]) -> None:
        """Code the versions that are the newest of their encounter and have no outcome yet.

        An older version is left: its successor's event is on its way. Refuses an encounter that is not stored.
        """
        wanted = [(item.event.tenant_id, item.event.encounter_id, item.event.encounter_version) for item in batch]
        pending = await coding.load_versions(tx, wanted)
        _refuse_unknown(batch, {found.encounter_id for found in pending})
        due = [found for found in pending if found.is_current and not found.is_worked]
        await self._decide_and_tell(tx, due, self.decide, {item.event.encounter_id: item for item in batch})

    async def correct_claims(self, tx: Transaction, batch: Sequence[Received[CorrectionRequested]]) -> None:
        """Code the newest version again for `recode`; the other actions are not this service's.

        The correction goes out with the next release of the encounter, whoever releases it. Codes that do not change
        by themselves go to a coder: the same claim again would be denied again.
        """
        recodes = [item for item in batch if item.event.action == "recode"]
        wanted = [(item.event.tenant_id, item.event.encounter_id) for item in recodes]
        _refuse_unknown(recodes, await coding.known_encounters(tx, wanted) if wanted else set())
        new = await coding.remember_corrections(tx, [item.event for item in recodes]) if recodes else set()
        causes = {item.event.encounter_id: item for item in recodes if item.event.event_id in new}
        if causes:
            keys = [(item.event.tenant_id, encounter_id) for encounter_id, item in causes.items()]
            await self._decide_and_tell(tx, await coding.load_newest(tx, keys), self.decide_again, causes)

    async def _decide_and_tell(
        self,
        tx: Transaction,
        due: Sequence[Pending],
        decide: Callable[[Pending, Knowledge], Decided | None],
        causes: Mapping[UUID, Received[Any]],
    ) -> None:
        if not due:
            return
        lexicons = await lexicon.lexicons(tx, {item.tenant_id for item in due})
        histories = await history.earlier(tx, due)
        # The engine works for milliseconds per note: in a thread, so that health and heartbeats go on.
        decided = await asyncio.to_thread(
            lambda: [
                found for item in due if (found := decide(item, _knowledge(item, lexicons, histories))) is not None
            ]
        )
        if not decided:
            return
        now = self.clock.now()
        outcomes = [item.outcome for item in decided]
        await coding.write_outcomes(tx, outcomes, now)
        await quality.draw(tx, outcomes, self.quality_sample_rate, now)
        for item in decided:
            event, part = event_of(item.outcome, item.record, now)
            tx.publish(event, phi=part, cause=causes[event.encounter_id])

    def decide(self, pending: Pending, practice: Knowledge) -> Decided:
        """What becomes of one encounter version: closed, held, or coded. What the engine cannot read is a coder's."""
        record = record_of(pending.content)
        early = before_coding(record)
        if isinstance(early, Closed):
            return Decided(Outcome(pending, "closed", reasons=(early.reason,)), record)
        if isinstance(early, Held):
            return Decided(Outcome(pending, "held", reasons=early.reasons, waits_on=early.waits_on), record)
        engine, started = self.engine(), time.perf_counter()
        try:
            told = clinical_encounter(record, self.payers, self.chargemasters.for_tenant(pending.tenant_id))
            encounter = with_past(told, practice.history, specialty_of(record))
            result = engine.code(encounter, practice.lexicon)
        except Exception as error:  # noqa: BLE001 - what the engine stumbles over must not cost the encounter its coder
            _log.error("coding failed", encounter_id=str(pending.encounter_id), **logs.describe(error))
            unread = CodeSheet(route="queue", reasons=(FAILED,))
            return Decided(Outcome(pending, "held", reasons=(FAILED,), waits_on="coder", sheet=unread), record)
        metrics.CODING_DURATION.record(time.perf_counter() - started)
        sheet = sheet_of(result)
        held = after_coding(sheet, waiting_for_signature=result.waiting_for_signature)
        if held is not None:
            outcome = Outcome(pending, "held", reasons=held.reasons, waits_on=held.waits_on, sheet=sheet)
            return Decided(outcome, record)
        return Decided(Outcome(pending, "coded", released_by="auto", sheet=sheet), record)

    def decide_again(self, pending: Pending, practice: Knowledge) -> Decided | None:
        """As `decide`, for a correction. None: the version is closed or waits already, and nothing is to be recoded."""
        decided = self.decide(pending, practice)
        sheet = decided.outcome.sheet
        if sheet is None:
            return None if pending.is_worked else decided
        changed = coding.codes_of(sheet) != pending.released_codes
        if decided.outcome.kind == "coded" and changed:
            return decided
        if decided.outcome.waits_on not in (None, "coder"):
            return None if pending.is_worked else decided
        because = pending.correction.reason_code if pending.correction else CORRECTION_REQUESTED
        reasons = tuple(dict.fromkeys((*decided.outcome.reasons, CORRECTION_REQUESTED, because)))
        return Decided(Outcome(pending, "held", reasons=reasons, waits_on="coder", sheet=sheet), decided.record)


def _refuse_unknown(batch: Sequence[Received[Any]], known: set[UUID]) -> None:
    if any(item.event.encounter_id not in known for item in batch):
        raise Refused("encounter.unknown", "no encounter with this id and tenant is stored")
