"""An act that no line stands for holds the encounter; what is past, planned, or part of other care does not."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from coding_svc.domain import CodingResult, Reason, ServiceLine

Code = Callable[..., CodingResult]


@pytest.mark.parametrize(
    "text",
    [
        "After numbing, the pilonidal sinus was unroofed in the office.",
        "A small tattoo of the forearm was lasered here today.",
        "The ring was removed from the swollen finger with a cutter.",
        "I excised the pterygium without difficulty.",
        "Nalbuphine 10 mg IM was given in the office.",
        "Sharply debrided the slough of the ulcer.",
    ],
)
def test_an_act_without_a_line_holds_the_encounter(code: Code, text: str) -> None:
    result = code(f"{text}\nAssessment: gout.")
    assert Reason.SERVICE_LEFT_OUT in result.reasons


@pytest.mark.parametrize(
    "text",
    [
        "Sutures were removed, wound healed.",
        "The dressing was removed and changed.",
        "Her gallbladder was removed in 2019.",
        "The polyp was removed by the gastroenterologist.",
        "The lesion was not removed today.",
        "If it grows, the cyst will be excised.",
        "Impacted wax was removed from the left ear with a curette.",
        "The splint was removed, skin intact.",
        "Penicillin was removed from the allergy list.",
        "Metformin was reduced to 500 mg.",
        "Nalbuphine 10 mg IM was given in the emergency room.",
        "Nalbuphine 10 mg IM was not given.",
        "Toradol 60 mg IM was given in the office.",
    ],
)
def test_what_holds_nothing(code: Code, text: str) -> None:
    assert Reason.SERVICE_LEFT_OUT not in code(f"{text}\nAssessment: gout.").reasons


def test_a_charge_sheet_may_name_it(code: Code) -> None:
    note = "A small tattoo of the forearm was lasered here today.\nAssessment: gout."
    assert Reason.SERVICE_LEFT_OUT not in code(note, service_lines=(ServiceLine("17999"),)).reasons
