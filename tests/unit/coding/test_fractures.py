"""Closed treatment of fractures and dislocations in the office, and what is none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from coding_svc.domain import CodingResult

Code = Callable[..., CodingResult]
ADULT = {"birth_date": date(1980, 1, 1)}


def lines(code: Code, text: str) -> list[str]:
    """The lines as CODE-MODIFIER*UNITS, 25 aside; those for a person with a question mark."""
    return sorted(
        "-".join((line.code, *(m for m in line.modifiers if m != "25")))
        + (f"*{line.units:f}" if line.units != 1 else "")
        + ("" if line.auto else "?")
        for line in code(f"{text}\nAssessment: as above.", **ADULT).procedures
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Displaced left distal radius fracture. Closed reduction was performed under hematoma block."
            " Sugar-tong splint of plaster applied.",
            ["25605-LT", "Q4017"],
        ),
        ("Closed treatment of right distal radius fracture without manipulation today.", ["25600-RT"]),
        ("Right fifth metacarpal neck fracture was reduced by the Jahss maneuver, buddy taped.", ["26605-RT"]),
        ("Nondisplaced fracture of left clavicle. Fracture care initiated, sling.", ["23500-LT"]),
        ("Left lateral malleolus fracture, nondisplaced. Global fracture care begun today; boot.", ["27786-LT"]),
        ("Fracture of the right fourth toe, angulated, was reduced under digital block.", ["28515-T8"]),
        ("Right ring finger PIP dislocation was reduced with traction, stable.", ["26770-F8"]),
        ("Right anterior shoulder dislocation. Closed reduction performed with Cunningham technique.", ["23650-RT"]),
        ("The left patella had dislocated; it was reduced by extending the knee.", ["27560-LT"]),
        (
            "Displaced right Colles fracture, closed reduction performed here, reduction only: orthopedics will assume"
            " the fracture care.",
            ["25605-54-RT"],
        ),
    ],
)
def test_treatment_given_here(code: Code, text: str, expected: list[str]) -> None:
    assert lines(code, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Nondisplaced left distal radius fracture. Short arm splint of plaster applied. To ortho this week.",
         ["29125-LT", "Q4021"]),
        ("Right distal radius fracture, closed reduction was done in the ER yesterday.", []),
        ("Left ankle fracture, will need closed reduction by orthopedics.", []),
        ("Fracture of the right clavicle; no fracture care given here, referred to orthopedics.", []),
        ("Healing left fifth metatarsal fracture, reduced swelling, reduced pain.", []),
        ("Shoulder dislocated last year, reduced in the emergency room.", []),
        ("Compression fracture of L1, activity reduced.", []),
        ("Hip fracture with ORIF in 2024, reduced range of motion.", []),
    ],
)  # fmt: skip
def test_no_treatment_here(code: Code, text: str, expected: list[str]) -> None:
    assert lines(code, text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Closed reduction of the distal radius fracture performed.",
        "Left distal radius fracture was reduced with traction. Follow up with orthopedics in five days.",
        "Left distal radius and scaphoid fracture was reduced with traction.",
        "Left distal radius fracture and both ulnar fractures were reduced with traction.",
        "Closed treatment of left distal radius fracture; assumed care after reduction from the emergency room.",
    ],
)
def test_what_the_note_leaves_open_goes_to_a_person(code: Code, text: str) -> None:
    found = [line for line in lines(code, text) if line.startswith("256")]
    assert found
    assert all(line.endswith("?") for line in found)


def test_a_visit_that_decided_it_takes_57(code: Code) -> None:
    note = (
        "Displaced left distal radius fracture. Risks and options discussed, she consented. Closed reduction performed."
    )
    visit = code(f"{note}\nAssessment: displaced fracture of left distal radius.").em
    assert visit is not None
    assert visit.modifiers == ("57",)
