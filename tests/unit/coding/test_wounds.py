"""Repair of wounds: lengths of one depth and group add up, others stand apart with 59."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from coding_svc.domain import CodingResult, PayerRules, Route

Code = Callable[..., CodingResult]


def repaired(code: Code, text: str, **facts: object) -> list[str]:
    """The lines as CODE-MODIFIER*UNITS."""
    result = code(f"{text}\nAssessment: laceration.\nPlan: keep dry.", **facts)
    return sorted(
        "-".join((line.code, *line.modifiers)) + (f"*{line.units:f}" if line.units != 1 else "")
        for line in result.procedures
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Lacerations: right forearm 2 cm and left leg 3.5 cm. Both closed in one layer with 4-0 nylon.", ["12002"]),
        ("Two 2 cm lacerations of the scalp, each closed with staples.", ["12002"]),
        ("Lacerations of the back of 2, 3 and 4 cm were closed with nylon, single layer.", ["12004"]),
        ("Chin laceration 1.5 cm and lip laceration 1.2 cm closed with 6-0 nylon.", ["12013"]),
        ("Exam: 3 cm laceration of the left hand.\nProcedure: the 3 cm laceration was closed with nylon.", ["12002"]),
        ("HPI: cut about 5 cm long.\nProcedure: right shin laceration 6.5 cm closed with nylon sutures.", ["12002"]),
        ("Scalp laceration 25 mm closed with staples.", ["12001"]),
        (
            "1) Cheek laceration 3 cm, layered closure with vicryl and prolene.\n"
            "2) Scalp laceration 4 cm, closed with staples in a single layer.",
            ["12002-59", "12052"],
        ),
        (
            "Laceration of the chin 2 cm and of the right hand 3 cm. The chin closed in layers, the hand with "
            "simple interrupted nylon.",
            ["12002-59", "12051"],
        ),
        ("Neck laceration 4 cm, deep dermis closed with vicryl, skin with nylon.", ["12042"]),
        ("Face laceration 3 cm and forearm laceration 3 cm, simple closure of both with nylon.", ["12002-59", "12013"]),
        (
            "Complex repair of a thigh laceration 12 cm with extensive undermining, closed with nylon.",
            ["13121", "13122"],
        ),
        ("Complex repair of a nose laceration 0.8 cm, closed with prolene.", ["12051"]),
        ("Laceration of the forearm 3 cm, not layered, closed with nylon.", ["12002"]),
        ("Laceration of the chin 2 cm closed with nylon. 3 cm abrasion of the knee dressed.", ["12011"]),
        ("Cut of the palm 3 cm and of the finger 2 cm. Repair: 4-0 ethilon, interrupted.", ["12002"]),
        ("Laceration of the hand 3 cm, 1 cm deep, closed with nylon.", ["12002"]),
    ],
)
def test_lengths_of_one_depth_and_group_add_up(code: Code, text: str, expected: list[str]) -> None:
    assert repaired(code, text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Laceration of the hand 3 cm was closed with nylon at the hospital a week ago; sutures look clean.",
        "Laceration 1 cm of the finger, not sutured, closed with steri-strips only.",
        "Laceration of the knee 2 cm; she declined closure with sutures.",
        "If the 2 cm laceration opens again it will be closed with nylon.",
    ],
)
def test_what_was_not_sewn_here_is_no_repair(code: Code, text: str) -> None:
    assert repaired(code, text) == []


def test_glue_alone_has_its_own_code_for_medicare(code: Code) -> None:
    glued = "Laceration of the forehead 2 cm closed with dermabond."
    assert repaired(code, glued, payer_rules=PayerRules(medicare=True)) == ["G0168"]
    assert repaired(code, glued) == ["12011"]
    sewn = "Laceration of the forehead 2 cm closed with vicryl and dermabond, single layer."
    assert repaired(code, sewn, payer_rules=PayerRules(medicare=True)) == ["12011"]


def test_without_any_length_a_person_is_asked(code: Code) -> None:
    result = code("Laceration of the left forearm closed with nylon.\nAssessment: laceration of left forearm.")
    assert result.route is Route.QUEUE
    assert "missing_fact:wound_length" in {finding.subject for finding in result.findings}


def test_the_closure_of_an_operation_belongs_to_it(code: Code) -> None:
    note = "Incision was made over the hernia. The wound, 4 cm, was closed in layers with vicryl.\nAssessment: hernia."
    assert code(note).procedures == ()
    assert code(note.replace("hernia. The wound", "laceration. The wound")).procedures[0].code == "12032"
    risks = "Risks such as laceration of the bowel were told." + " The bowel was inspected." * 20
    report = f"{risks}\nIn the operating room the wound, 4 cm, was closed in layers with vicryl.\nAssessment: hernia."
    assert code(report).procedures == ()
