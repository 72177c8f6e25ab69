"""Rows as answers."""

from __future__ import annotations

from collections.abc import Sequence

from coding_svc.api.intake import links_of
from coding_svc.encounters import record_of
from coding_svc.models import (
    CodingOutcomeRow,
    EncounterRow,
    EncounterVersionRow,
    ReviewDecisionRow,
    ReviewItemRow,
)
from coding_svc.queries import ProviderQuery, queries_of
from coding_svc.schemas.answers import (
    CodesAnswer,
    DecisionAnswer,
    EncounterAnswer,
    EncounterSummary,
    ExplanationAnswer,
    NoteAnswer,
    NoticeAnswer,
    OutcomeAnswer,
    ReviewAnswer,
    ReviewSummary,
    VersionAnswer,
    Waiting,
)
from coding_svc.schemas.encounter import EncounterRecord
from coding_svc.sheet import CodeSheet


def summary(row: EncounterRow) -> EncounterSummary:
    """One row of the list."""
    return EncounterSummary(
        encounter_id=row.encounter_id,
        external_id=row.external_id,
        version=row.current_version,
        status=row.state,
        waits_on=row.waits_on,
        reason_codes=row.reason_codes,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def encounter(
    row: EncounterRow,
    versions: Sequence[EncounterVersionRow],
    outcomes: Sequence[CodingOutcomeRow],
    review: ReviewItemRow | None,
    decision: ReviewDecisionRow | None,
    *,
    with_codes: bool,
) -> EncounterAnswer:
    """The whole encounter; codes are those of the newest version's last outcome. `decision`: on that version."""
    newest = [outcome for outcome in outcomes if outcome.encounter_version == row.current_version]
    last = newest[-1] if newest else None
    waiting = None
    if row.waits_on is not None and last is not None:
        waiting = Waiting(
            waits_on=row.waits_on,
            reason_codes=row.reason_codes,
            since=last.made_at,
            review_id=review.review_id if review else None,
            queries=_asked(row, decision) if with_codes else [],
        )
    return EncounterAnswer(
        **summary(row).model_dump(),
        waiting=waiting,
        versions=[_version(item) for item in versions],
        outcomes=[_outcome(item) for item in outcomes],
        codes=_codes(last) if with_codes and last is not None and last.sheet is not None else None,
        links=links_of(row.encounter_id),
    )


def _asked(row: EncounterRow, decision: ReviewDecisionRow | None) -> list[ProviderQuery]:
    """The questions that the provider has not answered by a new version yet."""
    if row.waits_on != "provider" or decision is None or decision.decision != "return":
        return []
    return [ProviderQuery.model_validate(query) for query in decision.queries]


def _version(row: EncounterVersionRow) -> VersionAnswer:
    return VersionAnswer(
        version=row.version,
        cause=row.cause,
        source=row.source,
        service_date=row.service_date,
        received_at=row.received_at,
        notices=[NoticeAnswer.model_validate(notice) for notice in row.notices],
    )


def _outcome(row: CodingOutcomeRow) -> OutcomeAnswer:
    return OutcomeAnswer(
        version=row.encounter_version,
        kind=row.kind,
        number=row.kind_number,
        reason_codes=row.reason_codes,
        waits_on=row.waits_on,
        released_by=row.released_by,
        at=row.made_at,
    )


def _codes(row: CodingOutcomeRow) -> CodesAnswer:
    sheet = _sheet(row)
    return CodesAnswer(released=row.kind == "coded", diagnoses=list(sheet.diagnoses), lines=list(sheet.lines))


def _sheet(row: CodingOutcomeRow) -> CodeSheet:
    return CodeSheet.model_validate(row.sheet or {"route": "queue"})


def explanation(row: CodingOutcomeRow, decision: ReviewDecisionRow | None) -> ExplanationAnswer:
    """One outcome with everything that led to it."""
    sheet = _sheet(row)
    return ExplanationAnswer(
        encounter_id=row.encounter_id,
        version=row.encounter_version,
        kind=row.kind,
        released_by=row.released_by,
        reason_codes=row.reason_codes,
        diagnoses=list(sheet.diagnoses),
        lines=list(sheet.lines),
        em=sheet.em,
        candidates=list(sheet.candidates),
        findings=list(sheet.findings),
        data_versions=sheet.data_versions,
        decision=_decision(decision),
    )


def _decision(row: ReviewDecisionRow | None) -> DecisionAnswer | None:
    if row is None:
        return None
    return DecisionAnswer(
        decided_by=row.decided_by,
        decision=row.decision,
        reason=row.reason,
        edits=row.edits,
        queries=[ProviderQuery.model_validate(query) for query in row.queries],
        before=CodeSheet.model_validate(row.sheet_before),
        after=CodeSheet.model_validate(row.sheet_after),
        decided_at=row.decided_at,
    )


def review_summary(item: ReviewItemRow, outcome: CodingOutcomeRow, version: EncounterVersionRow) -> ReviewSummary:
    """One row of the coder queue."""
    sheet = _sheet(outcome)
    return ReviewSummary(
        review_id=item.review_id,
        reason_codes=item.reason_codes,
        encounter_id=item.encounter_id,
        encounter_version=item.encounter_version,
        state=item.state,
        opened_at=item.opened_at,
        service_date=version.service_date,
        findings=list(sheet.findings),
        diagnoses=list(sheet.diagnoses),
        lines=list(sheet.lines),
        candidates=list(sheet.candidates),
    )


def review(
    item: ReviewItemRow, outcome: CodingOutcomeRow, version: EncounterVersionRow, decision: ReviewDecisionRow | None
) -> ReviewAnswer:
    """One review item with the notes that the evidence is cut from, and what may be asked of the provider."""
    sheet = _sheet(outcome)
    return ReviewAnswer(
        **review_summary(item, outcome, version).model_dump(),
        em=sheet.em,
        notes=notes(record_of(version.content)),
        queries=list(queries_of(sheet)) if item.state == "open" else [],
        decision=_decision(decision),
    )


def notes(record: EncounterRecord) -> list[NoteAnswer]:
    """The notes of an encounter version, with the ids that evidence names."""
    return [
        NoteAnswer(
            note_id=note.id or f"note-{position}",
            type=note.type,
            text=note.text,
            authored_at=note.authored_at,
            signed_at=note.signed_at,
        )
        for position, note in enumerate(record.notes, start=1)
    ]
