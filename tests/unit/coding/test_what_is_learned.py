"""Texts without an assessment, the learned lexicon, misspellings, and measured confidence."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from codesets.icd10cm import Release
from coding_svc.coding import lexicon
from coding_svc.coding.confidence import group_of
from coding_svc.coding.engine import AUTO_THRESHOLD, tables_of
from coding_svc.coding.learned import LearnedTerms
from coding_svc.coding.reading import NARRATIVE, read_note
from coding_svc.coding.spelling import Spelling, distance
from coding_svc.coding.text import tokenise
from coding_svc.domain import ClinicalNote, CodingResult, Reason, Route
from coding_svc.training import command
from coding_svc.training.calibration import calibrate
from coding_svc.training.terms import labelled, learn
from hypothesis import given
from hypothesis import strategies as st

Code = Callable[..., CodingResult]


def codes(result: CodingResult) -> list[str]:
    return [item.code for item in result.diagnoses]


def test_a_case_report_is_coded_but_never_released(code: Code) -> None:
    result = code("A 60-year-old man with hypertension was admitted for pneumonia. No fever. Mother had gout.")
    assert {"I10", "J18.9"} <= set(codes(result))
    assert not {"R50.9", "M10.9"} & set(codes(result))
    assert all(item.rule.startswith(NARRATIVE) for item in result.diagnoses)
    assert result.route is Route.QUEUE


def test_a_history_of_some_days_is_the_present_illness(code: Code) -> None:
    assert "R50.9" in codes(code("She came with a three day history of fever."))
    assert "R50.9" not in codes(code("She has a history of fever."))


def texts(release: Release, rows: list[tuple[str, list[str]]]) -> list[object]:
    finder = tables_of(release).finder
    return labelled([(read_note(0, ClinicalNote("1", text), finder), labels) for text, labels in rows], release)  # type: ignore[return-value]


def test_learning_takes_related_words_that_recur_and_nothing_from_one_text(release: Release) -> None:
    rows = [
        ("He had a calcific migrainoid spell yesterday.", ["G43.909"]),
        ("Again a migrainoid spell of the toe.", ["G43.909"]),
        ("She saw a purple elephant.", ["R44.1"]),
        ("Nothing of note.", []),
    ]
    learnt = learn(texts(release, rows), release)  # type: ignore[arg-type]
    assert any("migrainoid" in row.term and row.code == "G43.909" for row in learnt)
    assert all(row.right >= 2 and row.right <= row.documents for row in learnt)
    assert not any(row.code == "R44.1" for row in learnt)


def test_negated_words_teach_nothing(release: Release) -> None:
    rows = [("No migrainoid spell.", ["G43.909"]), ("Without migrainoid spell.", ["G43.909"])]
    assert not any("spell" in row.term for row in learn(texts(release, rows), release))  # type: ignore[arg-type]


def test_labels_of_an_older_release_are_brought_to_this_one(release: Release) -> None:
    (text,) = texts(release, [("x", ["R51", "I10"])])
    assert text.labels == {"R51.9", "I10"}  # type: ignore[attr-defined]


def test_the_packaged_lexicon_rests_on_no_single_text() -> None:
    for _, _, documents, right, _ in lexicon.rows("learned_terms.tsv"):
        assert int(documents) >= int(right) >= 2
    for _, _, documents, right in lexicon.rows("term_counts.tsv"):
        assert int(documents) >= 2 and int(documents) >= int(right)


def test_the_command_writes_what_the_engine_reads(tmp_path: Path) -> None:
    source = tmp_path / "labelled.jsonl"
    row = json.dumps({"note": "A migrainoid spell.", "icd10cm_affirmed": ["G43.909"]})
    source.write_text(f"{row}\n{row}\n", "utf-8")
    arguments = type("Arguments", (), {"texts": [source], "to": tmp_path})
    assert command.run(arguments) == 0  # type: ignore[arg-type]
    rows = [line.split("\t") for line in (tmp_path / "learned_terms.tsv").read_text().splitlines()[1:]]
    (first, last, found), *_ = LearnedTerms(rows).runs(["a", "migrainoid", "spell"])
    assert first <= last and found[0].code == "G43.909"


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("Rheumatiod arthritis", "M06.9"), ("Hyperlipedemia", "E78.5"), ("Psorasis", "L40.9"), ("pnuemonia", "J18.9"),
        ("Osteoarthitis of left knee", "M17.12"), ("Diabetis type 2", "E11.9"), ("Asthma excerbation", "J45.901"),
    ],
)  # fmt: skip
def test_a_slip_of_the_pen_is_mended(code: Code, written: str, wanted: str) -> None:
    result = code(f"ASSESSMENT\n1. {written}.")
    assert codes(result) == [wanted]
    assert result.diagnoses[0].evidence[0].text.lower() in written.lower()


def test_what_was_mended_is_not_released(code: Code) -> None:
    (item,) = code("ASSESSMENT\n1. Psorasis.").diagnoses
    assert item.rule.endswith(".mended") and item.confidence < AUTO_THRESHOLD


@pytest.mark.parametrize("word", ["hyperthyroidism", "injection", "suction", "meditation", "irritated", "chromic"])
def test_words_that_are_other_words_are_left_alone(release: Release, word: str) -> None:
    spelling = Spelling({"hypothyroidism", "infection", "section", "medication", "irrigated", "chronic"})
    assert [token.norm for token in spelling.corrected(tokenise(word))] == [token.norm for token in tokenise(word)]


@given(st.text("abc", max_size=7), st.text("abc", max_size=7))
def test_distance_is_a_distance(one: str, other: str) -> None:
    slips = distance(one, other, 9)
    assert (slips == 0) == (one == other)
    assert slips == distance(other, one, 9) <= max(len(one), len(other))
    assert distance(one, other, 1) == min(slips, 2)


def test_calibration_is_cautious_and_monotone() -> None:
    seen = [("line-whole", True)] * 9 + [("line-whole", False)] + [("line-most", True)] + [("", True)] * 5
    table = {group.name: group for group in calibrate(seen)}
    assert table["line-whole"].confidence == pytest.approx(12 / 14, abs=0.001)
    assert table["line-most"].confidence <= table["line-whole"].confidence
    assert set(table) == {"line-whole", "line-most"}


def test_one_code_alone_tells_nothing_of_its_group() -> None:
    (alone,) = calibrate([("history", True)])
    assert alone.confidence == 0.75
    (two,) = calibrate([("history", True)] * 2)
    assert two.confidence > 0.8


@given(st.lists(st.tuples(st.sampled_from([f"narrative-{n}" for n in range(10)]), st.booleans()), max_size=60))
def test_surer_groups_are_never_less_right(seen: list[tuple[str, bool]]) -> None:
    confidences = [group.confidence for group in calibrate(seen)]
    assert confidences == sorted(confidences)


def test_a_line_accounted_for_is_surer_than_one_with_open_words(code: Code) -> None:
    whole = code("ASSESSMENT\n1. Essential hypertension, at goal.").diagnoses[0]
    most = code("ASSESSMENT\n1. Glimmering essential hypertension sprocket.").diagnoses[0]
    assert (whole.group, most.group) == ("line-whole", "line-most")
    assert whole.auto and not most.auto


def test_an_open_site_is_not_released(code: Code) -> None:
    (item,) = code("ASSESSMENT\n1. Arthritis.").diagnoses
    assert (item.code, item.group, item.auto) == ("M19.90", "open-site", False)


def test_every_group_of_the_engine_is_known(code: Code) -> None:
    known = {row[0] for row in lexicon.rows("calibration.tsv")}
    result = code("ASSESSMENT\n1. Type 2 diabetes with CKD stage 3b.\n2. s/p left TKA.\n3. Knee pain.")
    assert {item.group for item in result.diagnoses} - {"mended"} <= known
    assert group_of.__doc__


def test_a_condition_of_the_plan_without_a_code_goes_to_a_person(code: Code) -> None:
    told = "HPI: well.\nASSESSMENT\n1. Essential hypertension, at goal.\nPLAN\nLosartan refilled."
    assert Reason.CONDITION_LEFT_OUT in code(f"{told} His gout is bothering him.").reasons
    assert Reason.CONDITION_LEFT_OUT not in code(told).reasons


@pytest.mark.parametrize(
    ("said", "held"),
    [
        ("status post coronary stent placement", True), ("status post cholecystectomy", False),
        ("history of breast cancer", True), ("no history of breast cancer", False),
    ],
)  # fmt: skip
def test_a_standing_status_is_not_forgotten(code: Code, said: str, held: bool) -> None:
    result = code(f"HPI: Patient is {said}.\nASSESSMENT\n1. Essential hypertension, at goal.\nPLAN\nLosartan refilled.")
    assert (Reason.CONDITION_LEFT_OUT in result.reasons) is held


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("Status post right total knee arthroplasty", ["Z96.651"]), ("S/p CABG", ["Z95.1"]),
        ("History of hysterectomy", ["Z90.710"]), ("Status post left ACL reconstruction", ["Z98.890"]),
        ("Hysterectomy scheduled", []), ("Total knee arthroplasty discussed", []),
    ],
)  # fmt: skip
def test_surgery_leaves_a_status_once_it_is_past(code: Code, line: str, wanted: list[str]) -> None:
    assert codes(code(f"ASSESSMENT\n1. {line}.")) == wanted


def test_a_plan_sorted_by_problem_names_problems(code: Code) -> None:
    plan = "Type 1 diabetes.\n• Continue the pump.\n\nDepression.\n• Refer to psychiatry."
    text = f"ASSESSMENT\n62-year-old here for follow up.\n\nPLAN\n\n{plan}"
    assert codes(code(text)) == ["E10.9", "F32.A"]
    assert codes(code("ASSESSMENT\n1. Gout.\n\nPLAN\nPneumonia vaccine.\n- Given today.")) == ["M10.9"]


def test_an_elevated_reading_of_a_known_hypertensive_is_hypertension(code: Code) -> None:
    text = "PAST MEDICAL HISTORY\nHypertension.\n\nASSESSMENT\n1. Elevated blood pressure."
    assert codes(code(text)) == ["I10"]
    assert codes(code("ASSESSMENT\n1. Elevated blood pressure.")) == ["R03.0"]


def test_of_two_codes_of_a_problem_the_unspecified_one_goes(code: Code) -> None:
    assert codes(code("ASSESSMENT\n1. Myofascial pain of the neck (myalgia).")) == ["M79.18"]


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("So for your high blood pressure, I want to increase lisinopril. For your second problem of gout, no change.",
         ["I10", "M10.9"]),
        ("she feels well for your first problem of acute bronchitis i want to prescribe an inhaler", ["J20.9"]),
        ("For a week she has had a cough. For lunch she had soup.", []),
    ],
)  # fmt: skip
def test_a_dictation_takes_up_its_problems_by_saying_so(code: Code, said: str, wanted: list[str]) -> None:
    found = [item for item in code(said).diagnoses if not item.rule.startswith(NARRATIVE)]
    assert [item.code for item in found] == wanted


@pytest.mark.parametrize(
    ("told", "line", "wanted"),
    [
        ("HPI: He had drug eluting stent placement in 2018.", "Coronary artery disease", ["I25.10", "Z95.5"]),
        ("PAST MEDICAL HISTORY\nHeart attack in 2019.", "Coronary artery disease", ["I25.10", "I25.2"]),
        ("HPI: She uses an insulin pump.", "Type 1 diabetes", ["E10.9", "Z96.41"]),
        ("HPI: He had drug eluting stent placement in 2018.", "Gout", ["M10.9"]),
        ("HPI: He has no history of stent placement.", "Coronary artery disease", ["I25.10"]),
        ("FAMILY HISTORY\nFather with heart attack.", "Coronary artery disease", ["I25.10"]),
    ],
)
def test_a_status_is_coded_beside_the_condition_it_belongs_to(
    code: Code, told: str, line: str, wanted: list[str]
) -> None:
    assert codes(code(f"{told}\n\nASSESSMENT\n1. {line}.")) == wanted
