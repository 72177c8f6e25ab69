"""What the API answers. Evidence excerpts are for those who may see the record; operators see states only."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from coding_svc.queries import ProviderQuery
from coding_svc.sheet import (
    CodeSheet,
    SheetCandidate,
    SheetDiagnosis,
    SheetEm,
    SheetFinding,
    SheetLine,
)


class Answer(BaseModel):
    """Base of answers."""


class NoticeAnswer(Answer):
    """What was missing, assumed or not understood in a FHIR bundle, and where (JSON pointer)."""

    code: str
    pointer: str
    hint: str
    count: int = 1


class Accepted(Answer):
    """The encounter version is stored; coding follows."""

    encounter_id: UUID
    version: int
    status: str = "received"
    links: dict[str, str]


class AcceptedFromFhir(Accepted):
    """One encounter of a bundle."""

    external_id: str
    notices: list[NoticeAnswer]


class NotTaken(Answer):
    """An encounter of the bundle that lacks essentials."""

    pointer: str
    notices: list[NoticeAnswer]


class BundleAnswer(Answer):
    """What became of a bundle's encounters, and notices that belong to none of them."""

    encounters: list[AcceptedFromFhir]
    not_taken: list[NotTaken]
    notices: list[NoticeAnswer]


class Waiting(Answer):
    """Who has to do something, why, and since when."""

    waits_on: str
    reason_codes: list[str]
    since: datetime
    review_id: UUID | None = None
    queries: list[ProviderQuery] = []


class EncounterSummary(Answer):
    """One row of the list."""

    encounter_id: UUID
    external_id: str
    version: int
    status: str
    waits_on: str | None
    reason_codes: list[str]
    created_at: datetime
    updated_at: datetime


class VersionAnswer(Answer):
    """One version as it came."""

    version: int
    cause: str
    source: str
    service_date: date
    received_at: datetime
    notices: list[NoticeAnswer]


class OutcomeAnswer(Answer):
    """One outcome of coding: coded, held or closed."""

    version: int
    kind: str
    number: int
    reason_codes: list[str]
    waits_on: str | None
    released_by: str | None
    at: datetime


class CodesAnswer(Answer):
    """The codes of the newest outcome; released or only proposed."""

    released: bool
    diagnoses: list[SheetDiagnosis]
    lines: list[SheetLine]


class EncounterAnswer(EncounterSummary):
    """An encounter with its history; `codes` only for roles that may see them."""

    waiting: Waiting | None
    versions: list[VersionAnswer]
    outcomes: list[OutcomeAnswer]
    codes: CodesAnswer | None
    links: dict[str, str]


class DecisionAnswer(Answer):
    """What a coder decided."""

    decided_by: str
    decision: str
    reason: str
    edits: list[dict[str, Any]]
    queries: list[ProviderQuery]
    before: CodeSheet
    after: CodeSheet
    decided_at: datetime


class ExplanationAnswer(Answer):
    """Why the newest outcome is as it is: every code with rule, data version and evidence."""

    encounter_id: UUID
    version: int
    kind: str
    released_by: str | None
    reason_codes: list[str]
    diagnoses: list[SheetDiagnosis]
    lines: list[SheetLine]
    em: SheetEm | None
    candidates: list[SheetCandidate]
    findings: list[SheetFinding]
    data_versions: dict[str, str]
    decision: DecisionAnswer | None


class ReviewSummary(Answer):
    """One row of the coder queue: the reason first, then what the engine would code."""

    review_id: UUID
    reason_codes: list[str]
    encounter_id: UUID
    encounter_version: int
    state: str
    opened_at: datetime
    service_date: date
    findings: list[SheetFinding]
    diagnoses: list[SheetDiagnosis]
    lines: list[SheetLine]
    candidates: list[SheetCandidate]


class NoteAnswer(Answer):
    """A note of the encounter, in the words that evidence spans count in."""

    note_id: str
    type: str
    text: str
    authored_at: datetime | None
    signed_at: datetime | None


class ReviewAnswer(ReviewSummary):
    """Everything a coder needs to decide."""

    em: SheetEm | None
    notes: list[NoteAnswer]
    queries: list[ProviderQuery]
    decision: DecisionAnswer | None


class Decided(Answer):
    """The decision is carried out."""

    review_id: UUID
    state: str
    encounter_id: UUID
    encounter_version: int
    coding_version: int | None


class LessonAnswer(Answer):
    """Words and what they are (`means`), or are not (`not`)."""

    term: str
    code: str
    effect: str


class LexiconAnswer(Answer):
    """The practice's lexicon at one version."""

    version: int
    lessons: list[LessonAnswer]


class SuggestionAnswer(LessonAnswer):
    """A lesson that `encounters` encounters taught; `contrary` ones taught the opposite."""

    encounters: int
    contrary: int


class Suggestions(Answer):
    """Suggestions over the lexicon at `base_version`."""

    base_version: int
    items: list[SuggestionAnswer]


class LexiconVersionAnswer(Answer):
    """One change of the lexicon."""

    version: int
    made_by: str
    reason: str
    made_at: datetime
    added: int
    removed: int


class LexiconHistory(Answer):
    """The newest changes first."""

    items: list[LexiconVersionAnswer]


class SampleSummary(Answer):
    """A release drawn for blind second coding."""

    sample_id: UUID
    encounter_id: UUID
    drawn_at: datetime


class ReadingLine(Answer):
    """A service line of a reading."""

    procedure: str
    modifiers: list[str]
    units: Decimal


class ReadingAnswer(Answer):
    """What one reader coded."""

    diagnoses: list[str]
    lines: list[ReadingLine]


class ComparedAnswer(Answer):
    """Both readings, shown once the second is made."""

    agreed: bool
    released: ReadingAnswer
    second: ReadingAnswer


class SampleAnswer(Answer):
    """The record that the second coder reads: without names, payers, and the first codes."""

    sample_id: UUID
    encounter_id: UUID
    encounter_version: int
    state: str
    service_date: date
    age_years: int | None
    sex: str
    place_of_service: str
    visit_type: str
    new_patient: bool | None
    total_minutes: int | None
    notes: list[NoteAnswer]
    compared: ComparedAnswer | None


class ShareAnswer(Answer):
    """`hits` of `total`; share with its 95 % interval, null where nothing was counted."""

    hits: int
    total: int
    share: float | None
    low: float | None
    high: float | None


class AgreementAnswer(Answer):
    """Agreement of released codes and blind second readings; see coding_svc.agreement."""

    encounters: int
    everything: ShareAnswer
    diagnosis_sets: ShareAnswer
    first_listed: ShareAnswer
    visit_levels: ShareAnswer
    line_sets: ShareAnswer
    diagnoses_specific: float | None
    categories_specific: float | None


class AgreementReport(Answer):
    """Figures by who released: the engine by itself, or a coder."""

    since: date
    until: date
    auto: AgreementAnswer
    coder: AgreementAnswer
