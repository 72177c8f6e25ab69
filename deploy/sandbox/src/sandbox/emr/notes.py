"""Notes from a folder or a JSON-lines file as encounters of made-up patients; the same id, the same patient."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from sandbox.emr import people
from sandbox.emr.day import SampleEncounter
from sandbox.emr.people import Draw, Json

_FIRST_DAY: Final = date(2026, 4, 1)
_DAYS: Final = 183
"""Dates of service lie in the loaded ICD-10-CM release: 2026-04-01 to 2026-09-30."""
_AGE = re.compile(r"\b(\d{1,3})[ -]?(?:years?|yrs?|y\.?o\.?|y/o)\b", re.IGNORECASE)
_SHORT = re.compile(r"\b(\d{1,3}) ?(?:y|yo)? ?([FM])\b")
"""Age and sex as telegraphic notes put them: 75M, 4 y F."""
_FEMALE = re.compile(r"\b(female|woman|girl|she|her|mrs|ms)\b", re.IGNORECASE)
_MALE = re.compile(r"\b(male|man|boy|gentleman|he|his|mr)\b", re.IGNORECASE)
_NEW = re.compile(r"\bnew patient\b|\bto establish care\b|\bestablish(?:ing)? care\b|\binitial visit\b", re.IGNORECASE)


class BadNotes(ValueError):
    """The folder or file cannot be used; the text says where and what to do."""


def encounters_from(path: Path) -> Iterator[SampleEncounter]:
    """One encounter per .txt file and per line {"id", "note", "encounter"?} of a .jsonl file, or of a folder of these.

    `encounter` holds fields of POST /v1/encounters that replace the made-up ones. Raises BadNotes.
    """
    if not path.exists():
        raise BadNotes(f"{path} does not exist; give a folder of .txt files or a JSON-lines file")
    files = [path]
    if path.is_dir():
        files = sorted(file for file in path.iterdir() if file.suffix in (".txt", ".jsonl"))
        if not files:
            raise BadNotes(f"{path} holds no .txt and no .jsonl files")
    for file in files:
        if file.suffix == ".txt":
            yield encounter_of(file.stem, _text(file))
        else:
            yield from _from_lines(file)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace").replace("\x00", " ")
    except OSError as error:
        raise BadNotes(f"{file} cannot be read: {error.strerror}") from None


def _from_lines(path: Path) -> Iterator[SampleEncounter]:
    for number, line in enumerate(_text(path).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            item = json.loads(line)
        except ValueError as error:
            raise BadNotes(f"{path}:{number}: no JSON ({error}); each line is one JSON object") from None
        if not isinstance(item, dict) or not isinstance(item.get("note"), str) or not str(item.get("id", "")).strip():
            raise BadNotes(f'{path}:{number}: needs "id" and "note"')
        yield encounter_of(str(item["id"]), item["note"], item.get("encounter") or {})


def encounter_of(note_id: str, note: str, known: Json | None = None) -> SampleEncounter:
    """The encounter of one note. What the note says of age, sex and a new patient is kept; the rest is made up."""
    external_id = f"note-{note_id}"[:128]
    draw = Draw(external_id)
    day = _FIRST_DAY + timedelta(days=draw("day", _DAYS))
    sex, born = _sex(note, draw), _born(note, day, draw)
    who = people.patient(draw, sex, born)
    payer = _payer(draw, day.year - born.year)
    relationship = "child" if day.year - born.year < 19 else "self"
    when = f"{day.isoformat()}T16:00:00-04:00"
    record: Json = {
        "external_id": external_id,
        "patient": who,
        "coverages": [people.coverage(draw, payer, who, relationship, "")],
        "billing_provider": people.BILLING_PROVIDER,
        "rendering_provider": people.provider("family_physician"),
        "service_date": day.isoformat(),
        "place_of_service": "11",
        "new_patient": bool(_NEW.search(note)),
        "notes": [{"id": "note-1", "text": note, "authored_at": when, "signed_at": when}],
    }
    return SampleEncounter(external_id, "json", record | (known or {}), "natural")


def _sex(note: str, draw: Draw) -> str:
    """The sex that the note's words speak of most; drawn where it says nothing."""
    if short := _SHORT.search(note):
        return short[2]
    female, male = len(_FEMALE.findall(note)), len(_MALE.findall(note))
    if female == male:
        return str(draw.pick("sex", ("F", "M")))
    return "F" if female > male else "M"


def _born(note: str, day: date, draw: Draw) -> date:
    """A birth date that fits the first age in the note."""
    found = _AGE.search(note) or _SHORT.search(note)
    age = int(found[1]) if found else 25 + draw("age", 50)
    age = min(age, 104)
    birthday = date(day.year - age, 1, 1) + timedelta(days=draw("birthday", 300))
    return (
        birthday if (birthday.month, birthday.day) <= (day.month, day.day) else birthday.replace(year=birthday.year - 1)
    )


def _payer(draw: Draw, age: int) -> str:
    if age >= 66:
        return "medicare"
    return str(draw.pick("payer", ("commercial", "commercial_b", "blue", "medicaid")))
