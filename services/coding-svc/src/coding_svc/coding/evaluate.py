"""Measures the engine against labelled notes: `python -m coding_svc.coding.evaluate GOLD.jsonl [NOTES.jsonl]`.

GOLD lines: {"id", "icd10cm": [{"code"}], "disputed": [...], "em_levels": [2..5]}, with the text under "note"
or in NOTES by id. Vignette lines ("encounter" and "key") are measured with their own conventions: acceptable
alternatives, optional and forbidden codes, E/M, procedures, route.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from coding_svc.coding.engine import CodingEngine
from coding_svc.domain import (
    ClinicalEncounter,
    ClinicalNote,
    CodedDiagnosis,
    CodingResult,
    Route,
    ServiceLine,
    Sex,
    VisitType,
)

NEUTRAL = ("Z68", "Y92", "Y93", "Y99", *(f"Z{n}" for n in range(79, 100)))


@dataclass(slots=True)
class Counts:
    """Hits, false alarms and misses, with micro precision, recall and F1."""

    hits: int = 0
    false_alarms: int = 0
    misses: int = 0

    def add(self, found: set[str], wanted: set[str]) -> None:
        """Count one document."""
        self.hits += len(found & wanted)
        self.false_alarms += len(found - wanted)
        self.misses += len(wanted - found)

    def __str__(self) -> str:
        precision = self.hits / max(1, self.hits + self.false_alarms)
        recall = self.hits / max(1, self.hits + self.misses)
        f1 = 2 * self.hits / max(1, 2 * self.hits + self.false_alarms + self.misses)
        return f"P {precision:.3f} R {recall:.3f} F1 {f1:.3f} ({self.hits}, {self.false_alarms}, {self.misses})"


@dataclass(slots=True)
class Report:
    """Everything measured in one run."""

    documents: int = 0
    full: Counts = field(default_factory=Counts)
    category: Counts = field(default_factory=Counts)
    released: Counts = field(default_factory=Counts)
    em_right: int = 0
    em_asked: int = 0
    procedures_right: int = 0
    auto: int = 0
    auto_wrong: list[str] = field(default_factory=list)
    forbidden: list[str] = field(default_factory=list)
    disagreements: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        """The report for people."""
        return [
            f"documents            {self.documents}",
            f"full code            {self.full}",
            f"three characters     {self.category}",
            f"sure codes           {self.released}",
            f"E/M exact            {self.em_right} of {self.em_asked}",
            f"procedure lines      {self.procedures_right} of {self.documents} documents exact",
            f"released             {self.auto} of {self.documents}",
            f"  with an error      {len(self.auto_wrong)}: {self.auto_wrong}",
            f"forbidden codes      {len(self.forbidden)}: {self.forbidden}",
        ]


def evaluate_gold(engine: CodingEngine, gold: Iterable[Mapping[str, Any]], notes: Mapping[str, str]) -> Report:
    """Visit notes with a list of codes and the levels accepted (last digit of the office code)."""
    report = Report()
    for row in gold:
        text = row.get("note") or notes[row["id"]]
        result = engine.code(ClinicalEncounter(date(2026, 6, 1), (ClinicalNote("1", text),), new_patient=False))
        wanted = {item["code"] for item in row["icd10cm"]}
        disputed = {item["code"] for item in row.get("disputed", ())} - wanted
        found = {item.code for item in result.diagnoses} - disputed
        sure = {item.code for item in result.diagnoses if item.auto} - disputed
        report.documents += 1
        report.full.add(found, wanted)
        report.category.add({code[:3] for code in found}, {code[:3] for code in wanted})
        report.released.add(sure, wanted)
        report.em_asked += 1
        right = result.em is not None and int(result.em.code[-1]) in row.get("em_levels", ())
        report.em_right += right
        if result.route is Route.AUTO:
            report.auto += 1
            if found != wanted or not right:
                report.auto_wrong.append(str(row["id"]))
    return report


def evaluate_vignettes(engine: CodingEngine, rows: Iterable[Mapping[str, Any]]) -> Report:
    """Vignettes with their whole key."""
    report = Report()
    for row in rows:
        result = engine.code(encounter_of(row))
        key = row["key"]
        wrong = _diagnoses(report, row["id"], result, key) + _services(report, result, key)
        report.documents += 1
        if wrong:
            report.disagreements.append(f"{row['id']}: {', '.join(wrong)} ({result.route}, wanted {key['route']})")
        if result.route is Route.AUTO:
            report.auto += 1
            if wrong:
                report.auto_wrong.append(str(row["id"]))
    return report


def _diagnoses(report: Report, name: str, result: CodingResult, key: Mapping[str, Any]) -> list[str]:
    found = {item.code for item in result.diagnoses}
    choices = [{item["code"], *item["acceptable_alternatives"]} for item in key["icd10cm"]]
    taken = {code for choice in choices for code in choice & found}
    neutral = {code for code in found if code in key["optional_icd10cm"] or code.startswith(NEUTRAL)}
    extra = found - taken - neutral
    missed = [sorted(choice)[0] for choice in choices if not choice & found]
    report.full.hits += len(choices) - len(missed)
    report.full.false_alarms += len(extra)
    report.full.misses += len(missed)
    for item in key["forbidden_icd10cm"]:
        report.forbidden += [f"{name}:{code}" for code in found - taken if code.startswith(item["code"])]
    return [f"+{code}" for code in sorted(extra)] + [f"-{code}" for code in missed]


def _services(report: Report, result: CodingResult, key: Mapping[str, Any]) -> list[str]:
    wrong: list[str] = []
    wanted_em = key["em"]
    report.em_asked += 1
    got = result.em.code if result.em else None
    accepted = [wanted_em["code"], *wanted_em["acceptable"]] if wanted_em else [None]
    if got in accepted:
        report.em_right += 1
    else:
        wrong.append(f"em {got} wanted {accepted[0]}")
    lines = sorted((line.code, int(line.units)) for line in result.procedures)
    wanted = sorted((line["code"], line["units"]) for line in key["procedures"])
    if lines == wanted:
        report.procedures_right += 1
    else:
        wrong.append(f"lines {lines} wanted {wanted}")
    return wrong


def encounter_of(row: Mapping[str, Any]) -> ClinicalEncounter:
    """A vignette as the engine's input; an age in words counts as zero years."""
    facts = row["encounter"]
    day = date.fromisoformat(facts["date_of_service"])
    age = facts["patient"]["age"]
    years = age if isinstance(age, int) else 0
    sheet = facts.get("structured", {}).get("superbill", {})
    return ClinicalEncounter(
        day,
        (ClinicalNote("1", row["note"]),),
        facts["place_of_service"],
        date(day.year - years, 1, 1),
        Sex(facts["patient"]["sex"]),
        facts["patient"]["new_patient"],
        VisitType(facts["visit_type"]),
        tuple(CodedDiagnosis(code) for code in sheet.get("icd10cm", ())),
        tuple(
            ServiceLine(line["code"], tuple(line["modifiers"]), Decimal(line["units"])) for line in sheet.get("cpt", ())
        ),
        (),
        facts.get("total_minutes"),
    )


def _read(path: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(path).read_text("utf-8").splitlines() if line.strip()]


def main(arguments: Sequence[str]) -> int:
    """Print the report for the files named."""
    rows = _read(arguments[0])
    notes = {row["id"]: row["note"] for row in _read(arguments[1])} if len(arguments) > 1 else {}
    engine = CodingEngine()
    report = evaluate_vignettes(engine, rows) if "key" in rows[0] else evaluate_gold(engine, rows, notes)
    print("\n".join([*report.lines(), *report.disagreements]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
