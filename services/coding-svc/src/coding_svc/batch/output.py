"""A coding result as one output line. Field names are public: they stay."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, Final

from coding_svc.domain import (
    Candidate,
    CodeAssignment,
    CodingFinding,
    CodingResult,
    EmDecision,
    Evidence,
    MdmLevel,
    ProcedureAssignment,
)

_DATA_WORDS: Final = {MdmLevel.LOW: "limited", MdmLevel.HIGH: "extensive"}
"""The data element has words of its own in the table of medical decision making."""


def line_of(line_id: str | int, result: CodingResult, note_ids: Sequence[str]) -> dict[str, Any]:
    """The output for one encounter. `note_ids`: with several notes each span says which one it is of."""
    many = len(note_ids) > 1
    return {
        "id": line_id,
        "icd10cm": [_diagnosis(item, many) for item in result.diagnoses],
        "first_listed": result.diagnoses[0].code if result.diagnoses else None,
        "em": _em(result.em, many) if result.em else None,
        "procedures": [_procedure(item, many) for item in result.procedures],
        "findings": names_of(result.findings),
        "finding_details": [_finding(item) for item in result.findings],
        "route": str(result.route),
        "reasons": [str(reason) for reason in result.reasons],
        "candidates": [_candidate(item, many) for item in result.candidates],
        "data_versions": result.data_versions,
    }


def names_of(findings: Iterable[CodingFinding]) -> list[str]:
    """The short machine forms (`excludes1:A~B`), each once; what has none stands in the details alone."""
    return list(dict.fromkeys(finding.subject for finding in findings if finding.subject))


def _diagnosis(item: CodeAssignment, many: bool) -> dict[str, Any]:
    return {
        "code": item.code,
        "title": item.title,
        "confidence": item.confidence,
        "auto": item.auto,
        "evidence": _spans(item.evidence, many),
        "section": str(item.section),
        "assertion": str(item.assertion),
        "rules": [item.rule],
    }


def _em(item: EmDecision, many: bool) -> dict[str, Any]:
    return {
        "code": item.code,
        "modifiers": list(item.modifiers),
        "by": item.by,
        "problems": str(item.problems) if item.problems else None,
        "data": _DATA_WORDS.get(item.data, str(item.data)) if item.data else None,
        "risk": str(item.risk) if item.risk else None,
        "minutes": item.minutes,
        "confidence": item.confidence,
        "auto": item.auto,
        "evidence": _spans(item.evidence, many),
        "facts": [
            {
                "element": fact.element,
                "level": str(fact.level),
                "what": fact.what,
                "evidence": _spans([fact.evidence], many) if fact.evidence else [],
            }
            for fact in item.facts
        ],
    }


def _procedure(item: ProcedureAssignment, many: bool) -> dict[str, Any]:
    return {
        "code": item.code,
        "title": item.title,
        "modifiers": list(item.modifiers),
        "units": _number(item.units),
        "confidence": item.confidence,
        "auto": item.auto,
        "evidence": _spans(item.evidence, many),
        "section": str(item.section),
        "rules": [item.rule],
        "diagnosis_pointers": [pointer + 1 for pointer in item.diagnosis_pointers],
    }


def _finding(item: CodingFinding) -> dict[str, Any]:
    return {
        "name": item.subject or str(item.code),
        "code": str(item.code),
        "location": item.location,
        "text": item.text,
        "action": item.action,
        "blocking": item.blocking,
    }


def _candidate(item: Candidate, many: bool) -> dict[str, Any]:
    return {
        "code": item.code,
        "title": item.title,
        "confidence": item.confidence,
        "evidence": _spans(item.evidence, many),
        "for": list(item.arguments_for),
        "against": list(item.arguments_against),
    }


def _spans(items: Sequence[Evidence], many: bool) -> list[dict[str, Any]]:
    """Offsets count code points of the note, end exclusive."""
    return [
        {"start": item.start, "end": item.end, "text": item.text, **({"note_id": item.note_id} if many else {})}
        for item in items
    ]


def _number(units: Decimal) -> int | float:
    return int(units) if units == units.to_integral_value() else float(units)
