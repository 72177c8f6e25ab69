"""How a condition is spoken of: each rule once firing and once silent."""

from __future__ import annotations

import pytest
from coding_svc.coding.assertion import assert_mention, find_cues
from coding_svc.coding.text import tokenise
from coding_svc.domain import Assertion, Section


def spoken(text: str, word: str = "pneumonia", section: Section = Section.ASSESSMENT) -> Assertion:
    tokens = tokenise(text)
    at = next(index for index, token in enumerate(tokens) if token.norm == word)
    return assert_mention(tokens, find_cues(tokens), at, at, section, text)[0]


@pytest.mark.parametrize(
    ("text", "assertion"),
    [
        ("pneumonia of the right base", Assertion.PRESENT),
        ("he could have pneumonia, but it might be heart failure", Assertion.UNCERTAIN),
        ("wonder about pneumonia", Assertion.UNCERTAIN),
        ("?pneumonia", Assertion.UNCERTAIN),
        ("pneumonia, resolved.", Assertion.HISTORICAL),
        ("pneumonia, ruled out", Assertion.NEGATED),
        ("pneumonia, resolved bronchitis", Assertion.PRESENT),
        ("no pneumonia", Assertion.NEGATED),
        ("denies cough, fever, or pneumonia", Assertion.NEGATED),
        ("pneumonia was ruled out", Assertion.NEGATED),
        ("without evidence of pneumonia", Assertion.NEGATED),
        ("no change in pneumonia", Assertion.PRESENT),
        ("no fever but pneumonia", Assertion.PRESENT),
        ("no fever; pneumonia", Assertion.PRESENT),
        ("probable pneumonia", Assertion.UNCERTAIN),
        ("rule out pneumonia", Assertion.UNCERTAIN),
        ("findings consistent with pneumonia", Assertion.UNCERTAIN),
        ("pneumonia versus bronchitis", Assertion.UNCERTAIN),
        ("possible flu, pneumonia confirmed", Assertion.PRESENT),
        ("pneumonia, possible effusion", Assertion.PRESENT),
        ("history of pneumonia", Assertion.HISTORICAL),
        ("pneumonia resolved", Assertion.HISTORICAL),
        ("mother had pneumonia", Assertion.FAMILY),
        ("pneumonia in her father", Assertion.FAMILY),
        ("her son has pneumonia", Assertion.OTHER_PERSON),
        ("screening for pneumonia", Assertion.PLANNED),
        ("pneumonia vaccine", Assertion.PLANNED),
        ("risks include bleeding, pneumonia", Assertion.CONDITIONAL),
        ("call if pneumonia", Assertion.CONDITIONAL),
    ],
)
def test_triggers(text: str, assertion: Assertion) -> None:
    assert spoken(text) is assertion


def test_negation_does_not_reach_over_a_long_list_for_ever() -> None:
    assert spoken("no " + "and so on with this long story " * 4 + "pneumonia") is Assertion.PRESENT


def test_negation_beats_uncertainty() -> None:
    assert spoken("no suspected pneumonia") is Assertion.NEGATED


def test_the_family_section_speaks_of_relatives() -> None:
    assert spoken("pneumonia", section=Section.FAMILY_HISTORY) is Assertion.FAMILY
