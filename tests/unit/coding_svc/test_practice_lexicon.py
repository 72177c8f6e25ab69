"""The engine follows the practice's own lexicon, as far as the note speaks of a condition as present."""

from __future__ import annotations

from datetime import date

import pytest
from coding_svc.coding.engine import CodingEngine
from coding_svc.coding.practice import NO_LEXICON, RULE, Effect, Lesson, PracticeLexicon
from coding_svc.domain import ClinicalEncounter, ClinicalNote, CodingResult

ENGINE = CodingEngine()


def coded(assessment: str, lexicon: PracticeLexicon = NO_LEXICON) -> CodingResult:
    note = f"HPI: here for follow-up of zorble syndrome.\n\nAssessment:\n1. {assessment}\n\nPlan: return in a month."
    return ENGINE.code(ClinicalEncounter(date(2026, 6, 1), (ClinicalNote("n", note),)), lexicon)


def taught(term: str, code: str, effect: Effect) -> PracticeLexicon:
    return PracticeLexicon(7, frozenset({Lesson(term, code, effect)}))


MEANS = taught("zorble syndrome", "K58.9", "means")


def test_words_that_only_the_practice_knows_become_its_code() -> None:
    assert coded("Zorble  syndrome, stable").diagnoses == ()
    (found,) = coded("Zorble  syndrome, stable", MEANS).diagnoses
    assert (found.code, found.rule, found.evidence[0].text) == ("K58.9", RULE, "Zorble  syndrome")


@pytest.mark.parametrize("said", ["No zorble syndrome", "Possible zorble syndrome", "zorble syndromes", "Chest pain"])
def test_only_what_the_assessment_speaks_of_as_present(said: str) -> None:
    assert "K58.9" not in [item.code for item in coded(said, MEANS).diagnoses]


def test_words_get_another_code_than_the_official_one() -> None:
    lexicon = taught("irritable bowel", "K58.0", "means")
    assert [item.code for item in coded("Irritable bowel").diagnoses] != ["K58.0"]
    assert [item.code for item in coded("Irritable bowel", lexicon).diagnoses] == ["K58.0"]


def test_a_code_that_is_refused_for_these_words_goes() -> None:
    assert "I10" in [item.code for item in coded("Hypertension").diagnoses]
    assert coded("Hypertension", taught("hypertension", "I10", "not")).diagnoses == ()
    assert "I10" in [item.code for item in coded("Hypertension", taught("hypertension", "I15.9", "not")).diagnoses]


def test_a_meaning_that_this_release_does_not_bill_is_left_out() -> None:
    assert coded("Zorble syndrome", taught("zorble syndrome", "G35", "means")).diagnoses == ()


def test_a_release_of_codes_names_the_lexicon_it_was_made_with() -> None:
    assert coded("Hypertension", MEANS).data_versions["practice_lexicon"] == "7"
    assert coded("Hypertension").data_versions["practice_lexicon"] == "0"
