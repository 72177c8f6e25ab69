"""Several digits, lids, muscles, allergens and burns: what the counts and places of a note make of a code."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from coding_svc import queries
from coding_svc.coding.digits import digits, lids
from coding_svc.domain import CodingResult

from tests.support.coding_cases import short_lines

Code = Callable[..., CodingResult]


def lines(code: Code, text: str) -> list[str]:
    return short_lines(code(f"{text}\nAssessment: as above."))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("left great toe and right great toe", ("TA", "T5")),
        ("both great toenails", ("TA", "T5")),
        ("right hallux", ("T5",)),
        ("second and third toes of the right foot", ("T6", "T7")),
        ("right second and third toes", ("T6", "T7")),
        ("left ring and small fingers", ("F3", "F4")),
        ("great toe, left", ("TA",)),
        ("the third visit for the left great toe", ("TA",)),
        ("great toe", ()),
        ("left foot and right great toe", ("T5",)),
    ],
)
def test_digits_of_a_text(text: str, expected: tuple[str, ...]) -> None:
    assert digits(text) == expected


def test_lids_of_a_text() -> None:
    assert lids("lower left and lower right puncta") == ("E2", "E4")
    assert lids("both lower puncta") == ("E2", "E4")
    assert lids("right upper and left lower lids") == ("E3", "E2")
    assert lids("left eye") == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Partial nail avulsion of the left great toe and right great toe was done.", ["11730-TA", "11732-T5"]),
        ("Left middle trigger finger injected. Left ring trigger finger injected.", ["20550-F2", "20550-F3"]),
        ("Trigger point injections were done into the right trapezius and right rhomboid.", ["20552"]),
        ("Trigger point injections were done into the bilateral trapezius and left rhomboid.", ["20553"]),
        ("Trigger point injections were discussed and declined.", []),
        ("Will schedule trigger point injections of the trapezius.", []),
        ("Skin prick testing to 42 allergens was performed today.", ["95004*42"]),
        ("Bicillin L-A 2.4 million units IM was given today.", ["96372", "J0561*24"]),
        ("Bicillin C-R 1,200,000 units IM was given today.", ["96372", "J0558*12"]),
        ("Haldol 5 mg IM was given today.", ["96372", "J1630"]),
        ("Takes haloperidol 5 mg daily.", []),
        ("Burn of the left thigh, 7% TBSA, was debrided and dressed.", ["16025"]),
        ("Punctal plugs were placed today in the lower puncta of both eyes.", ["68761-E2", "68761-E4"]),
        ("3 AKs on the forehead, 2 AKs on the left ear and 1 AK on the right hand were treated with LN2.",
         ["17000", "17003*5"]),
        ("6 AKs were frozen: 3 on the forehead, 2 on the left ear and 1 on the right hand.", ["17000", "17003*5"]),
        ("The strep molecular test in our office was negative.", ["87651"]),
        ("Shave removal of a 0.8 cm nevus of the left cheek and shave removal of a 0.4 cm nevus of the back done.",
         ["11300", "11311"]),
    ],
)  # fmt: skip
def test_counts_and_places(code: Code, text: str, expected: list[str]) -> None:
    assert lines(code, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Short arm splint of plaster was applied by me.", "29125?"),
        ("Shave biopsies were done today: cheek, ear and back.", "11102?"),
        ("A squamous cell carcinoma was excised with margins, excised diameter 2.4 cm.", "11603?"),
        (
            "Cyst of the back was excised, excised diameter 1.2 cm. Cyst of the arm excised, excised diameter 2.2 cm.",
            "11402?",
        ),
        ("Punctal plugs were placed today.", "68761?"),
        ("Foreign body of the left heel was removed through an incision.", "28190?"),
    ],
)
def test_what_is_not_told_goes_to_a_person(code: Code, text: str, expected: str) -> None:
    assert expected in lines(code, text)


def test_the_side_of_the_statement_before(code: Code) -> None:
    told = "Snuffbox tender on the right. Short arm splint of plaster was applied by me."
    assert lines(code, told) == ["29125-RT"]
    other = "Knee replaced on the right. Short arm splint of plaster was applied by me."
    assert lines(code, other) == ["29125?"]


@pytest.mark.parametrize("name", ["biopsies_counted", "tests_counted", "lid", "drug_dose", "laterality"])
def test_what_is_not_told_can_be_asked_for(name: str) -> None:
    assert queries.FACTS[name]
