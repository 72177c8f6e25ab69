"""What the API answers. Evidence excerpts are for those who may see the record; operators see states only."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

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
    decision: DecisionAnswer | None


class Decided(Answer):
    """The decision is carried out."""

    review_id: UUID
    state: str
    encounter_id: UUID
    encounter_version: int
    coding_version: int | None
