"""One input line becomes an encounter.

`{"id", "note", "encounter"?}`; `encounter` may be a document of `POST /v1/encounters` (it has `service_date`), or the
short form of the vignettes: `date_of_service`, `place_of_service`, `patient` {age | birth_date, sex, new_patient},
`visit_type`, `payer`, `total_minutes`, `structured` {superbill {icd10cm, cpt}, payer_rules, prior_procedures,
scheduled_procedures}. Every field of the short form may be left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from coding_svc.domain import (
    ClinicalEncounter,
    ClinicalNote,
    CodedDiagnosis,
    OtherService,
    PayerRules,
    ServiceLine,
    Sex,
    VisitType,
)
from coding_svc.payers import Payers

DEFAULT_DATE: Final = date(2026, 6, 1)
"""The date of service of a line that gives none: it lies in the packaged release (ICD-10-CM April 2026)."""
MAX_LINE: Final = 8_000_000
"""Bytes; a longer line is refused unread."""
MAX_DIAGNOSES: Final = 50
"""Most codes per line: what is read here makes no claim, which would hold twelve."""
NOTE_ID: Final = "note-1"
_SEXES: Final = {"f": Sex.FEMALE, "female": Sex.FEMALE, "m": Sex.MALE, "male": Sex.MALE}
_AGE_IN_MONTHS: Final = re.compile(r"\s*(\d{1,3})\s*(day|week|month|year)", re.IGNORECASE)


class BadLine(ValueError):
    """A line that cannot be read. `code` is stable, `hint` says what to do; neither repeats the line's content."""

    def __init__(self, code: str, hint: str, line_id: object = None) -> None:
        super().__init__(code)
        self.code = code
        self.hint = hint
        self.line_id = line_id


def document_of(line: bytes) -> dict[str, Any]:
    """The line as a JSON object with an `id`. Raises BadLine."""
    if len(line) > MAX_LINE:
        raise BadLine("input.too-long", f"A line may have {MAX_LINE} bytes.")
    try:
        document = json.loads(line)
    except (ValueError, RecursionError):
        raise BadLine("input.json", "Send one JSON object per line, in UTF-8.") from None
    if not isinstance(document, dict):
        raise BadLine("input.object", "Send one JSON object per line.")
    if not isinstance(document.get("id"), str | int) or isinstance(document.get("id"), bool):
        raise BadLine("input.id", 'Give the line an "id": a string or an integer.')
    return document


def encounter_of(document: Mapping[str, Any], payers: Payers | None = None) -> ClinicalEncounter:
    """The encounter that a line describes; `payers` for documents of the interface.

    Raises BadLine, which carries the line's id.
    """
    note, facts = document.get("note"), document.get("encounter")
    if facts is not None and not isinstance(facts, Mapping):
        raise BadLine("input.encounter", '"encounter" must be an object.', document["id"])
    if note is not None and not isinstance(note, str):
        raise BadLine("input.note", '"note" must be a string.', document["id"])
    if note is None and not facts:
        raise BadLine("input.note", 'Give the text under "note".', document["id"])
    try:
        if facts is not None and "service_date" in facts:
            encounter = _posted({"external_id": str(document["id"]), **facts}, payers)
        else:
            encounter = _short(facts or {})
    except BadLine as error:
        error.line_id = document["id"]
        raise
    if not note:
        return encounter
    return replace(encounter, notes=(ClinicalNote(NOTE_ID, note), *encounter.notes))


def _posted(facts: Mapping[str, Any], payers: Payers | None) -> ClinicalEncounter:
    # Only this form needs the schemas of the HTTP interface, which take long to load.
    from pydantic import ValidationError

    from coding_svc.encounters import clinical_encounter
    from coding_svc.schemas.encounter import EncounterRecord

    try:
        return clinical_encounter(EncounterRecord.model_validate_json(json.dumps(facts)), payers)
    except ValidationError as error:
        places = sorted({"/".join(map(str, fault["loc"])) for fault in error.errors()})
        raise BadLine("input.encounter", f"Not a document of POST /v1/encounters: look at {places[:5]}.") from None


def _short(facts: Mapping[str, Any]) -> ClinicalEncounter:
    patient = _object(facts, "patient")
    day = _date(facts, "date_of_service") or DEFAULT_DATE
    structured = _object(facts, "structured")
    sheet = _object(structured, "superbill")
    return ClinicalEncounter(
        date_of_service=day,
        place_of_service=str(facts.get("place_of_service") or "11"),
        birth_date=_date(patient, "birth_date") or _birth_date(patient.get("age"), day),
        sex=_SEXES.get(str(patient.get("sex", "")).lower(), Sex.UNKNOWN),
        new_patient=_flag(patient, "new_patient"),
        visit_type=_visit_type(facts.get("visit_type")),
        diagnoses=tuple(_diagnosis(item) for item in _list(sheet, "icd10cm")),
        service_lines=tuple(_service_line(item) for item in _list(sheet, "cpt")),
        total_minutes=_minutes(facts.get("total_minutes")),
        earlier_services=tuple(_other_service(item) for item in _list(structured, "prior_procedures")),
        scheduled_services=tuple(_other_service(item) for item in _list(structured, "scheduled_procedures")),
        payer_rules=_payer_rules(facts, structured),
    )


_MODIFIER: Final = re.compile(r"(?<!no )(?<!not )modifier (\d\d|[A-Z][A-Z0-9])\b")
_WITHOUT: Final = re.compile(r"\b(?:not|no|waived|ignored?|off)\b", re.IGNORECASE)


def _payer_rules(facts: Mapping[str, Any], structured: Mapping[str, Any]) -> PayerRules:
    """Rules as a practice writes them down: the payer's name, and sentences under names that say what they rule."""
    rules = {str(name).lower(): str(text) for name, text in _object(structured, "payer_rules").items()}
    telehealth = {name: found.group(1) for name, text in rules.items() if (found := _MODIFIER.search(text))}
    payer = str(facts.get("payer") or "").lower()
    edits = [text for name, text in rules.items() if "ncci" in name or "ptp" in name or "mue" in name]
    return PayerRules(
        medicare="medicare" in payer and "advantage" not in payer,
        ncci=not any(_WITHOUT.search(text) for text in edits),
        program="medicare" if "medicare" in payer else "medicaid" if "medicaid" in payer else "",
        video_modifier=next((code for name, code in telehealth.items() if "audio_only" not in name), ""),
        audio_modifier=next((code for name, code in telehealth.items() if "audio_only" in name), ""),
    )


def _other_service(item: object) -> OtherService:
    if not isinstance(item, Mapping) or not isinstance(item.get("code"), str):
        raise BadLine("input.encounter", 'A service of another day has a "code" and a "date".')
    day = _date(item, "date")
    if day is None:
        raise BadLine("input.date", 'A service of another day has a "date" like 2026-06-01.')
    days = item.get("global_days")
    modifiers = tuple(str(modifier) for modifier in _list(item, "modifiers"))
    return OtherService(
        item["code"], day, modifiers, days if isinstance(days, int) else None, item.get("same_surgeon") is not False
    )


def _object(facts: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = facts.get(name)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise BadLine("input.encounter", f'"{name}" must be an object.')
    return value


def _list(facts: Mapping[str, Any], name: str) -> Iterable[Any]:
    value = facts.get(name)
    if value is None:
        return ()
    if not isinstance(value, list):
        raise BadLine("input.encounter", f'"{name}" must be a list.')
    return value


def _date(facts: Mapping[str, Any], name: str) -> date | None:
    value = facts.get(name)
    if value is None:
        return None
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise BadLine("input.date", f'"{name}" must be a date like 2026-06-01.') from None


def _birth_date(age: object, day: date) -> date | None:
    """The latest birth date with that age: completed years, or words such as "4 months"."""
    if isinstance(age, int) and not isinstance(age, bool) and 0 <= age <= 130:
        return date(day.year - age, day.month, min(day.day, 28))
    if not isinstance(age, str):
        return None
    if age.strip().isdigit():
        return _birth_date(int(age), day)
    found = _AGE_IN_MONTHS.match(age)
    if found is None:
        return None
    number, unit = int(found.group(1)), found.group(2).lower()
    if unit == "year":
        return _birth_date(number, day)
    months = number if unit == "month" else number // 4 if unit == "week" else number // 30
    total = day.year * 12 + day.month - 1 - months
    return date(total // 12, total % 12 + 1, min(day.day, 28))


def _flag(facts: Mapping[str, Any], name: str) -> bool | None:
    value = facts.get(name)
    if value is not None and not isinstance(value, bool):
        raise BadLine("input.encounter", f'"{name}" must be true, false or absent.')
    return value


def _visit_type(value: object) -> VisitType:
    if value is None:
        return VisitType.OFFICE
    try:
        return VisitType(str(value))
    except ValueError:
        raise BadLine("input.visit-type", f'"visit_type" is one of {", ".join(VisitType)}.') from None


def _minutes(value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 1_440:
        raise BadLine("input.minutes", '"total_minutes" is a whole number from 0 to 1440.')
    return value


def _diagnosis(item: object) -> CodedDiagnosis:
    if isinstance(item, Mapping) and isinstance(item.get("code"), str):
        return CodedDiagnosis(item["code"], text=str(item.get("text") or ""))
    if not isinstance(item, str):
        raise BadLine("input.encounter", '"icd10cm" is a list of codes.')
    return CodedDiagnosis(item)


def _service_line(item: object) -> ServiceLine:
    if isinstance(item, str):
        return ServiceLine(item)
    if not isinstance(item, Mapping) or not isinstance(item.get("code"), str):
        raise BadLine("input.encounter", '"cpt" is a list of {"code", "modifiers", "units"}.')
    try:
        units = Decimal(str(item.get("units", 1)))
    except InvalidOperation:
        raise BadLine("input.units", '"units" must be a number.') from None
    return ServiceLine(item["code"], tuple(str(modifier) for modifier in _list(item, "modifiers")), units)
