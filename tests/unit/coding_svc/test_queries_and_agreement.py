"""Questions to the provider lead nowhere; agreement is arithmetic; lessons are found in edits."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from coding_svc.agreement import Reading, Share, agreement
from coding_svc.coding.practice import Lesson, PracticeLexicon, normalised
from coding_svc.domain import Reason
from coding_svc.learning import Change, going_back, lexicon_at, observations, suggestions
from coding_svc.queries import OTHER, UNABLE, queries_of
from coding_svc.schemas.review import CodeEdit
from coding_svc.sheet import CodeSheet, SheetCandidate, SheetDiagnosis, SheetEvidence, SheetFinding
from hypothesis import given
from hypothesis import strategies as st


def evidence(text: str) -> tuple[SheetEvidence, ...]:
    return (SheetEvidence(note_id="n", start=0, end=len(text), text=text),)


def finding(code: Reason, subject: str, location: str = "note:n:0-4") -> SheetFinding:
    return SheetFinding(code=code.value, location=location, text="", action="", blocking=True, subject=subject)


def sheet(**parts: Any) -> CodeSheet:
    return CodeSheet(route="queue", **parts)


KNEE = SheetDiagnosis(
    ref="d1", code="M25.569", title="Pain in unspecified knee", confidence=0.8, evidence=evidence("knee pain")
)
UNCERTAIN = SheetCandidate(
    ref="c1", code="I26.99", system="ICD-10-CM", title="Other pulmonary embolism", confidence=0.3,
    evidence=evidence("possible PE"), arguments_against=("uncertain: outpatient guideline IV.H",),
)  # fmt: skip
ASKED = [
    (sheet(findings=(finding(Reason.MISSING_FACT, "missing_fact:wound_length"),)), "length of each repaired wound"),
    (sheet(findings=(finding(Reason.MISSING_FACT, "missing_fact:tip_count"),)), "tip count"),
    (sheet(findings=(finding(Reason.MISSING_FACT, "missing_fact:service_minutes:99497"),)), "how many minutes"),
    (sheet(findings=(finding(Reason.MISSING_FACT, "missing_fact:tcm_contact"),)), "contacted after the discharge"),
    (sheet(findings=(finding(Reason.CONFLICT, "conflict:units:J1885"),)), "the amount given"),
    (sheet(findings=(finding(Reason.NEW_PATIENT_UNKNOWN, "missing_fact:new_patient"),)), "three years"),
    (sheet(diagnoses=(KNEE,), findings=(finding(Reason.UNSPECIFIED_SIDE, "", "/diagnoses/0"),)), '"knee pain"'),
    (sheet(findings=(finding(Reason.CODE_NOT_SUPPORTED, "dx_not_supported:E66.9"),)), "part of the visit"),
    (sheet(candidates=(UNCERTAIN,)), '"possible PE"'),
    (sheet(reasons=(Reason.NO_DIAGNOSIS.value,)), "condition, sign or symptom"),
    (sheet(reasons=(Reason.EM_UNDETERMINED.value,)), "total time spent"),
]


@pytest.mark.parametrize(("asked_about", "words"), ASKED)
def test_what_is_open_is_asked(asked_about: CodeSheet, words: str) -> None:
    (query,) = queries_of(asked_about)
    assert words in query.text
    assert query.ref == "q1"


@pytest.mark.parametrize(("asked_about", "_"), ASKED)
def test_no_question_names_the_wanted_answer_or_money(asked_about: CodeSheet, _: str) -> None:
    for query in queries_of(asked_about):
        said = " ".join([query.text, *query.options]).lower()
        assert not any(word in said for word in ("i26", "m25", "pulmonary", "pay", "reimburse", "claim", "denial"))
        if query.options:
            assert query.options[-2:] == (OTHER, UNABLE)
            assert len(query.options) >= 4, "a choice of one is a leading question"


def test_a_clean_sheet_and_what_a_coder_decides_alone_ask_nothing() -> None:
    assert queries_of(sheet(diagnoses=(KNEE,))) == ()
    assert queries_of(sheet(findings=(finding(Reason.EXCLUDES1, "excludes1:A~B"),))) == ()
    assert queries_of(sheet(findings=(finding(Reason.CODE_NOT_SUPPORTED, "em_not_supported:99213"),))) == ()


def test_the_same_question_is_asked_once() -> None:
    twice = (finding(Reason.MISSING_FACT, "missing_fact:dose"), finding(Reason.MISSING_FACT, "missing_fact:dose"))
    assert len(queries_of(sheet(findings=twice))) == 1


def reading(*diagnoses: str, visit: str = "99213", units: int = 1) -> Reading:
    return Reading(diagnoses, ((visit, ("25",), Decimal(1)), ("20610", ("LT",), Decimal(units))))


def test_agreement_counts_what_it_says() -> None:
    found = agreement(
        [
            (reading("E11.9", "I10"), reading("I10", "E11.9")),
            (reading("M25.561"), reading("M25.562")),
            (reading("J06.9", visit="99214"), reading("J06.9", units=2)),
        ]
    )
    assert (found.encounters, found.everything.hits) == (3, 1)
    assert (found.diagnosis_sets.hits, found.first_listed.hits) == (2, 1)
    assert (found.visit_levels.hits, found.visit_levels.total) == (2, 3)
    assert found.diagnoses_specific == pytest.approx(2 * 3 / (2 * 3 + 2))
    assert found.categories_specific == 1


def test_nothing_counted_is_not_zero() -> None:
    found = agreement([])
    assert found.everything.value is None and found.everything.interval is None and found.diagnoses_specific is None


@given(st.integers(1, 500).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total))))
def test_the_interval_holds_the_share(pair: tuple[int, int]) -> None:
    share = Share(*pair)
    low, high = share.interval or (1, 0)
    assert 0 <= low <= (share.value or 0) + 1e-12 and (share.value or 0) <= high + 1e-12 <= 1 + 1e-9


BEFORE = sheet(diagnoses=(KNEE,), candidates=(UNCERTAIN,))


@pytest.mark.parametrize(
    ("edit", "lessons"),
    [
        ({"action": "reject", "ref": "d1"}, [("knee pain", "M25.569", "not")]),
        (
            {"action": "change", "ref": "d1", "diagnosis": "M17.0"},
            [("knee pain", "M17.0", "means"), ("knee pain", "M25.569", "not")],
        ),
        ({"action": "accept", "ref": "c1"}, [("possible pe", "I26.99", "means")]),
        ({"action": "accept", "ref": "d1"}, []),
        ({"action": "reject", "ref": "c1"}, []),
        ({"action": "change", "ref": "d1", "position": 1}, []),
        ({"action": "add", "diagnosis": "M17.0"}, []),
    ],
)
def test_what_an_edit_teaches(edit: dict[str, Any], lessons: list[tuple[str, str, str]]) -> None:
    taught = observations(BEFORE, [CodeEdit(reason="because", **edit)])
    assert [(each.term, each.code, each.effect) for each in taught] == lessons


def test_a_whole_sentence_teaches_nothing() -> None:
    long = KNEE.model_copy(update={"evidence": evidence("pain " * 30)})
    assert observations(sheet(diagnoses=(long,)), [CodeEdit(action="reject", ref="d1", reason="because")]) == ()


ONE, TWO = Lesson("sugar", "E11.9", "means"), Lesson("sugar", "R73.03", "means")


def test_every_version_can_be_gone_back_to() -> None:
    changes = [Change(1, ONE, True), Change(2, ONE, False), Change(2, TWO, True)]
    first, second = lexicon_at(changes, 1), lexicon_at(changes)
    assert (first.version, first.meanings, second.meanings) == (1, {"sugar": "E11.9"}, {"sugar": "R73.03"})
    added, removed = going_back(second, first)
    assert (
        lexicon_at([*changes, *(Change(3, x, True) for x in added), *(Change(3, x, False) for x in removed)]).lessons
        == first.lessons
    )


def test_suggestions_count_encounters_not_edits() -> None:
    encounter_id: UUID = uuid4()
    taught = [(ONE, encounter_id), (ONE, encounter_id), (TWO, uuid4())]
    assert suggestions(taught, PracticeLexicon(), 2) == ()
    (found, _) = suggestions([*taught, (ONE, uuid4())], PracticeLexicon(), 1)
    assert (found.lesson, found.encounters, found.contrary) == (ONE, 2, 1)
    assert [each.lesson for each in suggestions(taught, PracticeLexicon(1, frozenset({ONE})), 1)] == [TWO]


def test_terms_are_compared_in_one_form() -> None:
    assert normalised("  Doubt\n about (Sugar). ") == "doubt about (sugar"
    assert PracticeLexicon(1, frozenset({Lesson("sugar", "E11.9", "not")})).refuses("Sugar.", "E11.9")
    assert not PracticeLexicon(1, frozenset({Lesson("sugar", "E11.9", "not")})).refuses("Sugar.", "E11.8")
