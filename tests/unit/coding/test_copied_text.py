"""Text that stands word for word in an earlier note does not count as today's work."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from coding_svc.coding.copied import without_copied
from coding_svc.coding.engine import CodingEngine
from coding_svc.domain import ClinicalEncounter, ClinicalNote, CodingResult, Reason, Route
from hypothesis import given
from hypothesis import strategies as st

ENGINE = CodingEngine()
OLD = (
    "Assessment:\n1. Type 2 diabetes mellitus with hyperglycemia, metformin increased to one thousand twice a day\n"
    "2. Hypertension, at goal, continue lisinopril ten milligrams every morning as before\n"
)
NEW = "Here for a sore throat since Monday.\nAssessment:\n1. Acute pharyngitis, fluids and rest.\n"


def coded(text: str, *earlier: str) -> CodingResult:
    note = ClinicalNote("n", text)
    return ENGINE.code(ClinicalEncounter(date(2026, 6, 1), (note,), new_patient=False, earlier_notes=earlier))


def codes(result: CodingResult) -> set[str]:
    return {item.code for item in result.diagnoses}


def test_copied_problems_are_a_coders_matter() -> None:
    whole = coded(NEW + OLD)
    assert {"E11.65", "I10", "J02.9"} <= codes(whole)
    result = coded(NEW + OLD, OLD)
    assert codes(result) == {"J02.9"}
    assert (result.route, Reason.COPIED_FORWARD in result.reasons) == (Route.QUEUE, True)
    assert {"E11.65", "I10"} <= {item.code for item in result.candidates}
    assert any("copied" in against for item in result.candidates for against in item.arguments_against)


def test_the_level_of_the_visit_does_not_count_copied_decisions() -> None:
    whole, result = coded(NEW + OLD).em, coded(NEW + OLD, OLD).em
    assert whole is not None and result is not None and result.code < whole.code


def test_what_is_said_anew_counts() -> None:
    again = OLD.replace("as before", "and check the potassium")
    result = coded(NEW + again, OLD)
    assert "I10" in codes(result) and "E11.65" not in codes(result)


def test_short_statements_are_alike_by_nature() -> None:
    text = "Lungs clear. Heart regular. No edema.\n" + NEW
    assert coded(text, "Lungs clear. Heart regular. No edema.") == coded(text)


def test_evidence_is_still_a_slice_of_the_note() -> None:
    text = NEW + OLD
    for item in coded(text, OLD).diagnoses:
        assert all(text[span.start : span.end] == span.text for span in item.evidence)


@given(st.text(), st.lists(st.text(), max_size=3))
def test_places_do_not_move(text: str, earlier: list[str]) -> None:
    note = ClinicalNote("n", text)
    (fresh,) = without_copied([note], earlier)
    assert len(fresh.text) == len(text)
    assert all(kept in (was, " ") for kept, was in zip(fresh.text, text, strict=True))
    assert replace(fresh, text=text) == note
