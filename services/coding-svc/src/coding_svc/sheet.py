"""The code sheet: what the engine or a coder decided for one encounter version, in the form that is kept and shown.

Items are numbered for the coder: `d1…` diagnoses, `l1…` service lines, `c1…` candidates. Lines name their diagnoses by
code, so that pointers follow when diagnoses are added, moved or taken away.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict

from coding_svc.domain import (
    Candidate,
    CodeAssignment,
    CodingFinding,
    CodingResult,
    EmDecision,
    Evidence,
    ProcedureAssignment,
)

Origin = Literal["engine", "coder"]


class SheetPart(BaseModel):
    """A frozen piece of the sheet; unknown fields are ignored, so that older sheets stay readable."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class SheetEvidence(SheetPart):
    """A verbatim slice of a note: code points `start` to `end`, end exclusive."""

    note_id: str
    start: int
    end: int
    text: str


class SheetDiagnosis(SheetPart):
    """One diagnosis code; the first of the list is first-listed."""

    ref: str
    code: str
    title: str = ""
    confidence: float
    section: str = ""
    assertion: str = ""
    rule: str = ""
    data_version: str = ""
    auto: bool = False
    evidence: tuple[SheetEvidence, ...] = ()
    origin: Origin = "engine"


class SheetLine(SheetPart):
    """One service line; `diagnosis_codes` are its pointers, the main one first."""

    ref: str
    code: str
    system: str = "CPT"
    title: str = ""
    modifiers: tuple[str, ...] = ()
    units: Decimal = Decimal(1)
    diagnosis_codes: tuple[str, ...] = ()
    confidence: float
    section: str = ""
    rule: str = ""
    data_version: str = ""
    auto: bool = False
    evidence: tuple[SheetEvidence, ...] = ()
    charge_cents: int | None = None
    line_id: str | None = None
    origin: Origin = "engine"


class SheetCandidate(SheetPart):
    """A code to weigh, with what argues for and against it."""

    ref: str
    code: str
    system: str
    title: str = ""
    confidence: float
    evidence: tuple[SheetEvidence, ...] = ()
    arguments_for: tuple[str, ...] = ()
    arguments_against: tuple[str, ...] = ()


class SheetFinding(SheetPart):
    """Something wrong or missing, where, and what to do."""

    code: str
    location: str
    text: str
    action: str
    blocking: bool
    subject: str = ""


class SheetEmFact(SheetPart):
    """One fact that counted for an element of medical decision making."""

    element: str
    level: str
    what: str
    evidence: SheetEvidence | None = None


class SheetEm(SheetPart):
    """How the level of the office visit came about."""

    code: str
    by: str
    minutes: int | None = None
    problems: str | None = None
    data: str | None = None
    risk: str | None = None
    rule: str = ""
    facts: tuple[SheetEmFact, ...] = ()


class CodeSheet(SheetPart):
    """Everything decided for one encounter version, and why."""

    route: Literal["auto", "queue"]
    reasons: tuple[str, ...] = ()
    diagnoses: tuple[SheetDiagnosis, ...] = ()
    lines: tuple[SheetLine, ...] = ()
    candidates: tuple[SheetCandidate, ...] = ()
    findings: tuple[SheetFinding, ...] = ()
    em: SheetEm | None = None
    data_versions: dict[str, str] = {}

    @property
    def code_set_release(self) -> str:
        """The ICD-10-CM release that the codes were taken from."""
        return self.data_versions.get("icd10cm", "unknown")


def sheet_of(result: CodingResult) -> CodeSheet:
    """The engine's result as a sheet; the visit's line leads the others."""
    codes = [item.code for item in result.diagnoses]
    lines = [_em_line(result.em, codes)] if result.em else []
    lines += [_line(item, codes) for item in result.procedures]
    return CodeSheet(
        route=result.route.value,
        reasons=tuple(reason.value for reason in result.reasons),
        diagnoses=tuple(_diagnosis(item, f"d{n}") for n, item in enumerate(result.diagnoses, start=1)),
        lines=tuple(line.model_copy(update={"ref": f"l{n}"}) for n, line in enumerate(lines, start=1)),
        candidates=tuple(_candidate(item, f"c{n}") for n, item in enumerate(result.candidates, start=1)),
        findings=tuple(_finding(item) for item in result.findings),
        em=_em(result.em) if result.em else None,
        data_versions=dict(result.data_versions),
    )


def _evidence(evidence: tuple[Evidence, ...]) -> tuple[SheetEvidence, ...]:
    return tuple(_slice(item) for item in evidence)


def _slice(item: Evidence) -> SheetEvidence:
    return SheetEvidence(note_id=item.note_id, start=item.start, end=item.end, text=item.text)


def _diagnosis(item: CodeAssignment, ref: str) -> SheetDiagnosis:
    return SheetDiagnosis(
        ref=ref,
        code=item.code,
        title=item.title,
        confidence=item.confidence,
        section=item.section.value,
        assertion=item.assertion.value,
        rule=item.rule,
        data_version=item.data_version,
        auto=item.auto,
        evidence=_evidence(item.evidence),
    )


def _em_line(em: EmDecision, codes: list[str]) -> SheetLine:
    return SheetLine(
        ref="l1",
        code=em.code,
        modifiers=em.modifiers,
        diagnosis_codes=tuple(codes[position] for position in em.diagnosis_pointers if position < len(codes)),
        confidence=em.confidence,
        rule=em.rule,
        auto=em.auto,
        evidence=_evidence(em.evidence),
        line_id=em.line_id,
    )


def _line(item: ProcedureAssignment, codes: list[str]) -> SheetLine:
    return SheetLine(
        ref="l0",
        code=item.code,
        system=item.system.value,
        title=item.title,
        modifiers=item.modifiers,
        units=item.units,
        diagnosis_codes=tuple(codes[position] for position in item.diagnosis_pointers if position < len(codes)),
        confidence=item.confidence,
        section=item.section.value,
        rule=item.rule,
        data_version=item.data_version,
        auto=item.auto,
        evidence=_evidence(item.evidence),
        charge_cents=item.charge_cents,
        line_id=item.line_id,
    )


def _candidate(item: Candidate, ref: str) -> SheetCandidate:
    return SheetCandidate(
        ref=ref,
        code=item.code,
        system=item.system.value,
        title=item.title,
        confidence=item.confidence,
        evidence=_evidence(item.evidence),
        arguments_for=item.arguments_for,
        arguments_against=item.arguments_against,
    )


def _finding(item: CodingFinding) -> SheetFinding:
    return SheetFinding(
        code=item.code.value,
        location=item.location,
        text=item.text,
        action=item.action,
        blocking=item.blocking,
        subject=item.subject,
    )


def _em(em: EmDecision) -> SheetEm:
    return SheetEm(
        code=em.code,
        by=em.by,
        minutes=em.minutes,
        problems=em.problems.value if em.problems else None,
        data=em.data.value if em.data else None,
        risk=em.risk.value if em.risk else None,
        rule=em.rule,
        facts=tuple(
            SheetEmFact(
                element=fact.element,
                level=fact.level.value,
                what=fact.what,
                evidence=_slice(fact.evidence) if fact.evidence else None,
            )
            for fact in em.facts
        ),
    )
