"""The measure itself: a figure that cannot be wrong measures nothing."""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from coding_svc.batch.documents import encounter_of
from coding_svc.coding import lexicon
from coding_svc.coding.engine import CodingEngine
from coding_svc.domain import (
    CodeAssignment,
    CodeSystem,
    CodingFinding,
    CodingResult,
    EmDecision,
    ProcedureAssignment,
    Reason,
    Route,
)
from coding_svc.evaluation import command
from coding_svc.evaluation.gold import gold_of
from coding_svc.evaluation.report import calibration_error, report
from coding_svc.evaluation.scoring import Score, score
from coding_svc.training.calibrating import FIRST_READINGS, first_readings, observed_visits
from coding_svc.training.calibration import calibrate

ENCOUNTER = encounter_of({"id": "a", "note": "x"})


def result(*codes: str, em: str | None = None, auto: bool = True, **more: Any) -> CodingResult:
    return CodingResult(
        more.pop("route", Route.AUTO),
        diagnoses=tuple(CodeAssignment(code, CodeSystem.ICD10CM, 0.9, auto=auto) for code in codes),
        em=EmDecision(em, "mdm", 0.9, more.pop("em_modifiers", ()), level_confidence=0.95) if em else None,
        **more,
    )


def line(code: str, units: int = 1, *modifiers: str) -> ProcedureAssignment:
    return ProcedureAssignment(code, CodeSystem.CPT, 0.9, modifiers, Decimal(units))


KEY: dict[str, Any] = {
    "icd10cm": [{"code": "I10", "acceptable_alternatives": ["I11.9"]}, {"code": "E66.9"}],
    "optional_icd10cm": ["R42"],
    "forbidden_icd10cm": [{"code": "E11", "why": "denied"}],
    "em": {"code": "99213", "acceptable": ["99214"], "modifiers": ["25"], "modifiers_optional": []},
    "procedures": [{"code": "17000", "modifiers": ["59"], "units": 1, "modifier_alternatives": [[]]}],
    "procedures_alternatives": [],
    "first_listed": "I10",
    "findings": ["excludes1:B~A"],
    "route": "auto",
}  # fmt: skip


def scored(made: CodingResult, row: dict[str, Any] | None = None) -> Score:
    return score("a", gold_of(row or {"key": KEY}), ENCOUNTER, made)


def test_alternatives_count_and_neutral_codes_do_not() -> None:
    counts = scored(result("I11.9", "Z79.4", "R42", "J45.909")).counts
    assert (counts["full_hits"], counts["full_extra"], counts["full_missed"]) == (1, 1, 1)
    assert not counts["exact"] and not counts["forbidden"] and not counts["first"]


def test_a_code_below_a_forbidden_one_is_a_violation() -> None:
    assert scored(result("I10", "E66.9", "E11.65")).counts["forbidden"] == 1


def test_modifiers_units_and_findings_of_a_claim() -> None:
    finding = CodingFinding(Reason.EXCLUDES1, "/", "", "", subject="excludes1:A~B")
    right = scored(
        result(
            "I10", "E66.9", em="99214", em_modifiers=("25",), procedures=(line("17000", 1, "XS"),), findings=(finding,)
        )
    ).counts
    assert right["claim"] and right["lines"] and right["em_modifiers"] and right["findings_hits"] == 1
    wrong = scored(result("I10", "E66.9", em="99214", procedures=(line("17000", 2, "59"),))).counts
    assert not wrong["claim"] and not wrong["lines"] and not wrong["em_modifiers"] and wrong["findings_missed"] == 1


def test_a_visit_that_is_not_billed() -> None:
    row = {"key": {**KEY, "em": None}}
    assert scored(result("I10"), row).counts["em"] and not scored(result("I10", em="99213"), row).counts["em"]


def test_a_level_above_the_key_is_counted_and_one_below_it_is_not() -> None:
    row = {"icd10cm": [{"code": "I10"}], "em_levels": [3]}
    above, below = scored(result("I10", em="99204"), row).counts, scored(result("I10", em="99202"), row).counts
    assert above["em_above"] and not below["em_above"] and not above["em"] and not below["em"]


def test_the_levels_of_visits_are_calibrated_apart() -> None:
    row = {"icd10cm": ["I10"], "em_levels": [3]}
    figures = {f.name: f.value for f in report([scored(result("I10", em="99204"), row)])}
    assert figures["E/M calibration error (ECE)"] == pytest.approx(0.95), "a key of levels asks for the level alone"
    assert figures["calibration error (ECE)"] == pytest.approx(0.1)


def test_a_key_of_codes_asks_for_new_or_established_as_well() -> None:
    row = {"key": {**KEY, "em": {"code": "99204"}}}
    figures = {f.name: f.value for f in report([scored(result("I10", em="99214"), row)])}
    assert figures["E/M calibration error (ECE)"] == pytest.approx(0.9)


def test_a_group_of_levels_seen_twice_is_not_trusted() -> None:
    (seen,) = calibrate([("em-no-problem", True)] * 2)
    assert seen.confidence == 0.5
    (more,) = calibrate([("em-no-problem", True)] * 3)
    assert more.confidence == round(6.5 / 7, 3)


def test_visit_notes_and_case_reports() -> None:
    row = {"icd10cm": [{"code": "I10"}], "disputed": [{"code": "R51.9"}], "first_listed": "I10", "em_levels": [3, 4]}
    counts = scored(result("I10", "R51.9", em="99204"), row).counts
    assert counts["exact"] and counts["first"] and counts["em"]
    assert scored(result("I10"), {"icd10cm_all": ["A09"], "icd10cm_affirmed": ["I10"]}).counts["exact"]


def test_three_characters_count_a_category_once() -> None:
    counts = scored(result("E11.9"), {"icd10cm": ["E11.65", "E11.22", "I10"]}).counts
    assert (counts["short_hits"], counts["short_missed"], counts["full_hits"]) == (1, 1, 0)


def test_calibration_error_is_the_gap_between_said_and_right() -> None:
    made = Score("a", Counter(), [(0.95, True)] * 5 + [(0.95, False)] * 5)
    assert calibration_error([made]) == pytest.approx(0.45)


def test_figures_come_with_intervals_that_hold_them() -> None:
    rows = [scored(result("I10"), {"icd10cm": ["I10"]}), scored(result("I10"), {"icd10cm": ["E66.9"]})]
    figures = {item.name: item for item in report(rows)}
    exact = figures["exact set of codes"]
    assert exact.value == 0.5 and exact.low == 0.0 and exact.high == 1.0
    assert "procedure lines exact" not in figures


def test_the_command_finds_the_notes_beside_the_labels(tmp_path: Path, engine: CodingEngine) -> None:
    (tmp_path / "dev_gold.jsonl").write_text(json.dumps({"id": "1", "icd10cm": ["I10"]}) + "\n")
    (tmp_path / "dev_notes.jsonl").write_text(json.dumps({"id": "1", "note": "Assessment: hypertension"}) + "\n")
    (made,) = command.measure(tmp_path / "dev_gold.jsonl", engine=engine)
    assert made.counts["exact"] == 1
    (tmp_path / "dev_notes.jsonl").unlink()
    with pytest.raises(KeyError):
        list(command.measure(tmp_path / "dev_gold.jsonl", engine=engine))


def test_levels_of_first_readings_are_counted_with_the_labelled_notes(tmp_path: Path) -> None:
    held = [code for note in first_readings() for code in note]
    rows = {name: (int(levels), int(right)) for name, levels, right in lexicon.rows(FIRST_READINGS)}
    assert len(held) == sum(levels for levels, _ in rows.values())
    assert sum(code.right for code in held if code.group == "em-agree") == rows["em-agree"][1]
    gold = tmp_path / "gold.jsonl"
    gold.write_text(
        json.dumps({"id": "a", "note": "ASSESSMENT: Gout, stable.", "icd10cm": ["M10.9"], "em_levels": [2]})
    )
    ((one,),) = observed_visits(gold)
    assert (one.group, one.right) == ("em-treatment-open", True)
