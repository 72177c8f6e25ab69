"""Procedures: done here, not planned, not elsewhere; units, sides, lengths, components."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from coding_svc.coding.procedure_details import digit_modifier, film_by_views, side_modifier
from coding_svc.domain import ClinicalOrder, CodingResult, Reason, Route, ServiceLine

Code = Callable[..., CodingResult]


def lines(code: Code, text: str, **facts: object) -> list[tuple[str, tuple[str, ...], int]]:
    result = code(f"{text}\nASSESSMENT: Essential hypertension.\nPLAN: rest.", **facts)
    return [(line.code, line.modifiers, int(line.units)) for line in result.procedures]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12-lead ECG done in the office, read by me: normal, no ST change.", [("93000", (), 1)]),
        ("Spirometry by our tech before and 15 min after albuterol, read by me.", [("94060", (), 1)]),
        ("Rapid strep antigen in office: negative.", [("87880", (), 1)]),
        ("Fingerstick INR in office today 2.6.", [("85610", (), 1)]),
        ("X-ray right wrist 2 views taken and read here: normal.", [("73100", ("RT",), 1)]),
        ("X-ray left shoulder three views in our office: normal.", [("73030", ("LT",), 1)]),
        ("X-ray of the cervical spine for right arm pain, 3 views, taken and read here.", [("72040", (), 1)]),
        ("Cerumen removed from the left ear with a curette, tolerated well.", [("69210", ("LT",), 1)]),
        ("Incision and drainage performed, 5 ml pus.", [("10060", (), 1)]),
        ("Shave biopsy of the nose done today.", [("11102", (), 1)]),
        ("Two common warts treated with liquid nitrogen today.", [("17110", (), 1)]),
        ("Actinic keratoses, 3 treated with liquid nitrogen today.", [("17000", (), 1), ("17003", (), 2)]),
        ("IUD was inserted today, tolerated.", [("58300", (), 1)]),
        (
            "Right knee injected with triamcinolone 40 mg today.",
            [("20610", ("RT",), 1), ("J3301", (), 4)],
        ),
        ("Ceftriaxone 500 mg IM given in the right gluteus.", [("J0696", (), 2), ("96372", (), 1)]),
        ("Tdap given IM left deltoid.", [("90715", (), 1), ("90471", (), 1)]),
        (
            "Laceration of the left hand 3.2 cm closed in one layer with nylon.",
            [("12002", (), 1)],
        ),
        ("Laceration of the chin 2 cm closed with nylon sutures.", [("12011", (), 1)]),
        (
            "Trigger points were injected: right trapezius, left trapezius, right rhomboid.",
            [("20553", (), 1)],
        ),
    ],
)
def test_what_was_done_here_is_billed(code: Code, text: str, expected: list[tuple[str, tuple[str, ...], int]]) -> None:
    assert sorted(lines(code, text)) == sorted(expected)


@pytest.mark.parametrize(
    "text",
    [
        "ECG ordered.",
        "ECG at the hospital was normal.",
        "Will schedule spirometry.",
        "Declined rapid strep.",
        "X-ray of the knee was reviewed today.",
        "X-ray of the knee ordered at the imaging center.",
        "She had a knee injection last year.",
        "If not better, knee injection.",
        "No neb given here.",
        "Tdap at the pharmacy.",
        "Tdap in 2022.",
        "Ceftriaxone 500 mg prescribed.",
        "Warts discussed, liquid nitrogen next visit.",
        "IUD removal planned for next month.",
        "Laceration healed.",
        "The canal was cleared of debris and flushed today.",
    ],
)
def test_what_was_not_done_here_is_not(code: Code, text: str) -> None:
    assert lines(code, text) == []


def test_vaccines_with_counseling_count_their_components(code: Code) -> None:
    text = "Counseled on each vaccine. MMR given. Varicella given."
    found = lines(code, text, birth_date=date(2025, 1, 1))
    assert sorted(found) == [("90460", (), 2), ("90461", (), 2), ("90707", (), 1), ("90716", (), 1)]


def test_a_missing_length_asks_and_queues(code: Code) -> None:
    result = code("Laceration of the left hand closed with nylon sutures.\nDx: laceration of left hand")
    assert result.route is Route.QUEUE
    assert "missing_fact:wound_length" in {finding.subject for finding in result.findings}


@pytest.mark.parametrize(
    ("text", "expected"),
    [("left knee", ("LT",)), ("rt knee", ("RT",)), ("both knees", ("50",)), ("right and left", ("50",)), ("knee", ())],
)
def test_sides(text: str, expected: tuple[str, ...]) -> None:
    assert side_modifier(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("left thumb nail", ("FA",)),
        ("right ring finger", ("F8",)),
        ("left great toe", ("TA",)),
        ("right second toe", ("T6",)),
        ("great toe", ()),
    ],
)
def test_digits(text: str, expected: tuple[str, ...]) -> None:
    assert digit_modifier(text) == expected


@pytest.mark.parametrize(
    ("code", "text", "expected"),
    [("73562", "two views", ("73560", True)), ("73562", "4 views", ("73564", True)), ("71046", "", ("71046", False))],
)
def test_films_by_views(code: str, text: str, expected: tuple[str, bool]) -> None:
    assert film_by_views(code, text) == expected


def test_structured_lines_stand_as_sent_and_point_to_diagnoses(code: Code) -> None:
    sent = ServiceLine("20610", ("RT",), Decimal(1), charge_cents=15_000, line_id="L1")
    result = code("ASSESSMENT:\nHypertension.\nRight knee osteoarthritis.\nPLAN: rest", service_lines=(sent,))
    line = result.procedures[0]
    assert (line.code, line.modifiers, line.charge_cents, line.line_id) == ("20610", ("RT",), 15_000, "L1")
    assert result.diagnoses[line.diagnosis_pointers[0]].code == "M17.11"


@pytest.mark.parametrize("line", [ServiceLine("123"), ServiceLine("93000", units=Decimal(0))])
def test_lines_that_cannot_be_billed_are_found(code: Code, line: ServiceLine) -> None:
    result = code("ASSESSMENT: Hypertension.\nPLAN: rest", service_lines=(line,))
    assert Reason.CODE_UNKNOWN in result.reasons
    assert result.procedures == ()


def test_more_units_than_the_note_shows_are_questioned(code: Code) -> None:
    note = "Trigger points were injected: right trapezius, left trapezius, right rhomboid.\nDx: myalgia"
    result = code(note, service_lines=(ServiceLine("20553", units=Decimal(2)),))
    assert "conflict:units:20553" in {finding.subject for finding in result.findings}


@pytest.mark.parametrize(
    ("status", "here", "expected"), [("completed", True, ["93000"]), ("active", True, []), ("completed", False, [])]
)
def test_only_completed_orders_of_this_practice_are_billed(
    code: Code, status: str, here: bool, expected: list[str]
) -> None:
    order = ClinicalOrder("ECG", "93000", status, here)
    assert [line[0] for line in lines(code, "Fine.", orders=(order,))] == expected


def test_an_em_beside_a_minor_procedure_carries_25(code: Code) -> None:
    note = "Right knee injected with triamcinolone 40 mg today.\nASSESSMENT: Gout.\nPLAN: allopurinol refilled."
    plain = code("ASSESSMENT: Gout.\nPLAN: allopurinol refilled.")
    beside = code(note)
    assert plain.em is not None
    assert beside.em is not None
    assert (plain.em.modifiers, beside.em.modifiers) == ((), ("25",))
