"""The sample day: varied encounters with the outcome that each is meant to have.

A case (`cases/*.toml`) has: id, style (dictated, soap, telegraphic), provider (specialty), payer (or `none`), born,
sex, date, note; and where it differs: last_name, relationship, place, visit, new_patient, mdm (problems, data, risk) or
minutes, dx (codes a coder would give; sent with the encounter only with send_codes), lines, clia, accident, referring,
second_payer with second_switch, switch (see `payer/switches.py`), signed, withhold, without, revision (addendum,
coverage, cancelled), format (json or fhir), expected (where no switch says it), more (fields of the encounter as they
are posted). A line has code, modifiers, units, drug, and where it differs: charge (cents of the whole line), refs (to
dx, from 1), more (fields as they are posted).
"""

from __future__ import annotations

import tomllib
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from importlib.resources import files
from typing import Any, Final, Literal

from sandbox.emr import people
from sandbox.emr.fhir import bundle_of
from sandbox.emr.people import Draw, Json
from sandbox.payer.switches import switch_of

_SPECIALTIES: Final = "specialties.toml"
_FILES: Final = ("primary_care.toml", _SPECIALTIES, "special.toml", "shapes.toml")
_LEVELS: Final = ("minimal", "low", "moderate", "high")
_BUNDLE_KINDS: Final = ("collection", "transaction", "message", "document")
_FEES: Final = {
    "12001": 310_00, "17000": 168_00, "17003": 30_00, "17110": 265_00, "20610": 178_00, "69210": 124_00, "80061": 48_00,
    "81003": 18_00, "87880": 52_00, "90834": 175_00, "92014": 240_00, "93000": 68_00, "97110": 78_00, "97140": 72_00,
    "99202": 165_00, "99203": 238_00, "99204": 352_00, "99205": 460_00, "99212": 118_00, "99213": 189_00,
    "99214": 268_00, "99215": 372_00, "99392": 228_00, "99393": 231_00, "G0439": 265_00, "J3301": 9_00,
}  # fmt: skip
"""The sample practice's own charges in cents per unit, for services that its charge capture sends."""


@dataclass(frozen=True, slots=True)
class Revision:
    """What the EMR sends later by PUT; `kind` is addendum, coverage or cancelled."""

    kind: str
    body: Json


@dataclass(frozen=True, slots=True)
class SampleEncounter:
    """One encounter of the day: what to post where, and what is expected of it.

    `specialist`: it belongs to the specialists' practice where there are two.
    """

    external_id: str
    format: Literal["json", "fhir"]
    body: Json
    expected: str
    revision: Revision | None = None
    specialist: bool = False

    @property
    def path(self) -> str:
        """Where it is posted."""
        return "/v1/fhir" if self.format == "fhir" else "/v1/encounters"


def sample_day(seed: int = 1, name: str = "day") -> list[SampleEncounter]:
    """All encounters of the day; the same seed and name give the same people and numbers."""
    specialists = {case["id"] for case in _cases_in(_SPECIALTIES)}
    found: list[SampleEncounter] = []
    for n, case in enumerate(load_cases().values()):
        sample = sample_of(case, f"{name}-{seed}-{case['id']}", _BUNDLE_KINDS[n % 4])
        found.append(replace(sample, specialist=case["id"] in specialists))
    return found


def load_cases() -> dict[str, Json]:
    """All cases by id, in the order of the files."""
    return {case["id"]: case for name in _FILES for case in _cases_in(name)}


def _cases_in(name: str) -> list[Json]:
    text = files("sandbox.emr").joinpath("cases").joinpath(name).read_text(encoding="utf-8")
    cases: list[Json] = tomllib.loads(text)["case"]
    return cases


def sample_of(case: Json, external_id: str, bundle_kind: str = "collection") -> SampleEncounter:
    """One case as something to post."""
    record = encounter_of(case, external_id)
    expected = case.get("expected") or switch_of(people.switch_ending(case["switch"])).name
    revision = _revision(case, record)
    if case.get("format") == "fhir":
        return SampleEncounter(external_id, "fhir", bundle_of(record, bundle_kind), expected, revision)
    return SampleEncounter(external_id, "json", record, expected, revision)


def encounter_of(case: Json, external_id: str) -> Json:
    """The case as a body of POST /v1/encounters."""
    draw = Draw(external_id)
    who = people.patient(draw, case["sex"], case["born"], case.get("last_name"))
    for field in case.get("without", ()):
        del who[field]
    record: Json = {
        "external_id": external_id,
        "patient": who,
        "coverages": _coverages(case, draw, who),
        "billing_provider": people.BILLING_PROVIDER,
        "rendering_provider": people.provider(case["provider"]),
        "service_date": case["date"].isoformat(),
        "place_of_service": case.get("place", "11"),
        "visit_type": case.get("visit", "office"),
        "new_patient": case.get("new_patient", False),
        "notes": [_note(case, case["note"], hour=15)],
        "diagnoses": [{"icd10cm": code} for code in case["dx"]] if case.get("send_codes") else [],
        "service_lines": _lines(case),
        "total_minutes": case.get("minutes"),
        "self_pay": case["payer"] == "none",
        "withhold_from_payer": case.get("withhold", False),
    }
    record |= _situation(case) | case.get("more", {})
    return {name: value for name, value in record.items() if value not in (None, [], False)} | {
        "new_patient": record["new_patient"]
    }


def _situation(case: Json) -> Json:
    found: Json = {}
    if mdm := case.get("mdm"):
        found["mdm"] = dict(zip(("problems", "data", "risk"), mdm, strict=True))
    if case.get("clia"):
        found["clia_number"] = people.CLIA_NUMBER
    if accident := case.get("accident"):
        found["related_causes"] = {
            "other_accident": accident["other"],
            "accident_date": accident["date"].isoformat(),
        }
    if referring := case.get("referring"):
        found["referring_provider"] = people.provider(referring)
    return found


def _coverages(case: Json, draw: Draw, who: Json) -> list[Json]:
    if case["payer"] == "none":
        return []
    relationship = case.get("relationship", "self")
    covers = [people.coverage(draw, case["payer"], who, relationship, case.get("switch", ""))]
    if second := case.get("second_payer"):
        covers.append(people.coverage(Draw(f"{draw.digits('second', 9)}"), second, who, "self", case["second_switch"]))
    return covers


def _note(case: Json, text: str, hour: int, days_later: int = 0) -> Json:
    day: date = case["date"]
    when = f"{date.fromordinal(day.toordinal() + days_later).isoformat()}T{hour:02d}:20:00-04:00"
    author = people.provider(case["provider"])
    note: Json = {
        "id": f"note-{days_later + 1}",
        "text": text.strip(),
        "author": f"{author['first_name']} {author['name']}",
        "author_npi": author["npi"],
        "authored_at": when,
        "signed_at": when,
    }
    return note if case.get("signed", True) else note | {"signed_at": None}


def _lines(case: Json) -> list[Json]:
    """What charge capture sends: the case's lines; in FHIR also the visit, which a bundle cannot say by its MDM."""
    lines = list(case.get("lines", ()))
    if case.get("format") == "fhir" and "mdm" in case and not any(line["code"].startswith("99") for line in lines):
        lines.insert(0, {"code": visit_code(case["mdm"], new=case.get("new_patient", False))})
    refs = list(range(1, min(len(case["dx"]), 4) + 1)) if case.get("send_codes") else []
    return [_line(line, n, refs) for n, line in enumerate(lines, start=1)]


def _line(line: Json, number: int, refs: list[int]) -> Json:
    units = line.get("units", 1)
    found: Json = {
        "id": str(number),
        "code": line["code"],
        "modifiers": line.get("modifiers", []),
        "units": str(Decimal(units)),
        "charge_cents": line["charge"] if "charge" in line else _FEES[line["code"]] * units,
        "diagnosis_refs": line.get("refs", refs),
        **line.get("more", {}),
    }
    if ndc := line.get("drug"):
        found["drug"] = {"ndc": ndc, "quantity": "1", "unit": "ML"}
    return found


def visit_code(mdm: list[str], *, new: bool) -> str:
    """The office visit that two of the three elements of medical decision making support (since 2021)."""
    words = {"limited": "low", "extensive": "high", "straightforward": "minimal"}
    second = sorted(_LEVELS.index(words.get(word, word)) for word in mdm)[1]
    return f"99{202 + second if new else 212 + second}"


def _revision(case: Json, record: Json) -> Revision | None:
    kind: str | None = case.get("revision")
    if kind is None:
        return None
    body: dict[str, Any] = deepcopy(record)
    if kind == "addendum":
        body["notes"].append(_note(case, case["addendum"], hour=9, days_later=1))
    elif kind == "coverage":
        switch = case.get("switch", "")
        draw = Draw(f"{record['external_id']}|corrected")  # the same payer under the right member number
        body["coverages"] = [people.coverage(draw, case["payer"], record["patient"], "self", switch)]
    else:
        body["status"] = "cancelled"
    return Revision(kind, body)
