"""58, 78, 79 and 24 in the days after an operation: phrasings that fire and statements that do not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from coding_svc.domain import CodingResult, OtherService

DAY = date(2026, 6, 1)
Code = Callable[..., CodingResult]
DRAINED = "Incision and drainage of an abscess of the right thigh performed today, 4 ml pus."


def earlier(code: str, days: int, *modifiers: str, same_group: bool = True, period: int | None = None) -> OtherService:
    return OtherService(code, DAY - timedelta(days=days), modifiers, period, same_group)


def modifiers(code: Code, text: str, *services: OtherService) -> set[str]:
    result = code(f"{text}\nAssessment: abscess of right thigh.\nPlan: recheck.", earlier_services=services)
    line = next(line for line in result.procedures if line.code == "10060")
    return {"58", "78", "79"} & set(line.modifiers)


@pytest.mark.parametrize(
    ("words", "modifier"),
    [
        ("Second stage as planned at the time of the first drainage.", "58"),
        ("Staged procedure, planned prospectively.", "58"),
        ("More extensive than the first drainage, as planned from the beginning.", "58"),
        ("Return to the operating room for a wound infection.", "78"),
        ("Postoperative abscess of the incision, a complication of the excision.", "78"),
        ("Returned to the OR for evacuation of a postoperative hematoma.", "78"),
        ("Unrelated to the excision of the back.", "79"),
        ("No complications of the earlier operation.", "79"),
        ("Different leg than the earlier operation.", "79"),
    ],
)
def test_a_procedure_within_the_period(code: Code, words: str, modifier: str) -> None:
    assert modifiers(code, f"{DRAINED} {words}", earlier("11606", 5)) == {modifier}


@pytest.mark.parametrize(
    "service",
    [
        earlier("11606", 11),
        earlier("11606", 5, same_group=False),
        earlier("99213", 5),
        earlier("11102", 2),
        earlier("11606", 0),
    ],
)
def test_outside_any_period_there_is_none(code: Code, service: OtherService) -> None:
    assert modifiers(code, f"{DRAINED} Staged procedure.", service) == set()


COUGH = "Cough for a week, lungs clear. Benzonatate prescribed."


def visit(code: Code, text: str, *services: OtherService) -> tuple[str, bool]:
    """The visit's code, or 99024, and whether 24 stands on it; empty without any."""
    result = code(f"{text}\nAssessment: acute bronchitis.\nPlan: benzonatate.", earlier_services=services)
    if result.em is not None:
        return result.em.code[:4], "24" in result.em.modifiers
    return next((line.code for line in result.procedures), ""), False


@pytest.mark.parametrize(
    "words",
    [
        "Unrelated to the knee replacement.",
        "This has nothing to do with the operation.",
        "New problem; the knee was not examined.",
        "",
    ],
)
def test_a_visit_for_something_else_takes_24(code: Code, words: str) -> None:
    assert visit(code, f"{COUGH} {words}", earlier("27447", 30, "RT")) == ("9921", True)


def test_a_visit_about_the_operation_is_part_of_it(code: Code) -> None:
    for words in ("Postop check, wound clean.", "Staples removed, incision check.", "Four weeks after her surgery."):
        assert visit(code, words, earlier("27447", 28, "RT")) == ("99024", False)


def test_after_the_period_a_visit_takes_nothing(code: Code) -> None:
    assert visit(code, COUGH, earlier("27447", 91, "RT")) == ("9921", False)
    assert visit(code, COUGH, OtherService("27447", date(2026, 5, 1), (), 90, False)) == ("9921", False)
