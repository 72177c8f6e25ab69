"""From a coded encounter to a claim: charges, pointers, coverages, numbers, and the later turns."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from claim_builder.building import (
    NoCoverage,
    NoPage,
    Turn,
    build,
    build_all,
    build_next,
    build_void,
    coverage_of,
    page_count,
    retotal,
)
from claim_builder.domain import claim_id, patient_control_number
from claim_builder.fees import PriceList
from claim_builder.paging import pages
from claim_builder.scrubbing import ScrubContext, scrub
from events.phi import ClaimContent, CodedDiagnosis, CodedEncounter, CodedLine, Person
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.support.claim_shapes import SHAPES
from tests.support.encounters import EncounterMaker
from tests.support.stays import STAYS
from tests.unit.claim_builder.claim_examples import (
    CODED,
    COMMERCIAL,
    DAY,
    ENCOUNTER_ID,
    PATIENT,
    PRICES,
    SECONDARY,
    TODAY,
    changed,
    clean_claim,
    decision,
)


def encounter(**changes: object) -> CodedEncounter:
    return CODED.model_copy(update=changes)


def line(number: int = 1, code: str = "99213", pointers: tuple[int, ...] = (1,), **more: object) -> CodedLine:
    return CodedLine(line_number=number, code=code, units=Decimal(1), pointers=pointers, date_from=DAY).model_copy(
        update=more
    )


def made(coded: CodedEncounter, turn: Turn = Turn(), prices: PriceList = PRICES):  # type: ignore[no-untyped-def]  # noqa: B008
    return build(ENCOUNTER_ID, coded, turn, prices)


def test_every_fact_of_the_encounter_is_in_the_claim() -> None:
    content = made(CODED).content
    for name in CodedEncounter.model_fields:
        if name not in {"diagnoses", "lines", "coverages"}:
            assert getattr(content, name) == getattr(CODED, name)
    assert content.coverage == COMMERCIAL
    assert content.diagnosis_codes == ("I10", "E1122")
    assert content.patient_control_number == patient_control_number(claim_id(ENCOUNTER_ID, "P"))
    assert (content.frequency_code, content.payer_claim_control_number) == ("1", None)


def test_charges_come_from_the_emr_first_and_from_the_fee_schedule_else() -> None:
    lines = (line(1, charge_cents=9_900), line(2, "36415", units=Decimal(3)), line(3, "99999"))
    draft = made(encounter(lines=lines))
    assert [it.charge_cents for it in draft.content.lines] == [9_900, 3_600, 0]
    assert draft.content.charge_cents == 13_500
    assert draft.unpriced == {2}


def test_a_zero_charge_of_the_emr_is_a_charge() -> None:
    draft = made(encounter(lines=(line(1, charge_cents=0),)))
    assert (draft.content.lines[0].charge_cents, draft.unpriced) == (0, frozenset())


def test_minutes_have_no_unit_price() -> None:
    draft = made(encounter(lines=(line(1, "36415", unit_basis="MJ"),)))
    assert draft.unpriced == {0}


def test_the_lines_place_is_named_only_where_it_differs() -> None:
    content = made(encounter(lines=(line(1, place_of_service="11"), line(2, place_of_service="22")))).content
    assert [it.place_of_service for it in content.lines] == [None, "22"]


def test_line_numbers_are_kept_and_made_unique_where_they_are_not() -> None:
    kept = made(encounter(lines=(line(3), line(7)))).content.lines
    assert [it.line_item_control_number[-3:] for it in kept] == ["003", "007"]
    again = made(encounter(lines=(line(1), line(1)))).content.lines
    assert [it.line_number for it in again] == [1, 2]
    assert len({it.line_item_control_number for it in again}) == 2


def test_evidence_stays_behind() -> None:
    coded = encounter(lines=(line(1, excerpt="seen for her blood pressure"),))
    assert "blood pressure" not in made(coded).content.model_dump_json()


def test_of_more_than_twelve_diagnoses_the_unpointed_ones_go() -> None:
    diagnoses = tuple(CodedDiagnosis(code=f"S{n:02}.0", confidence=1) for n in range(15))
    content = made(encounter(diagnoses=diagnoses, lines=(line(1, pointers=(15, 1)), line(2, pointers=(14,))))).content
    assert content.diagnosis_codes == (*(f"S{n:02}0" for n in range(10)), "S130", "S140")
    assert [it.pointers for it in content.lines] == [(12, 1), (11,)]


def many(diagnoses: int, pointers: list[tuple[int, ...]]) -> CodedEncounter:
    """An encounter of that many diagnoses, with a line for each tuple of pointers."""
    codes = tuple(CodedDiagnosis(code=f"S{n:02}", confidence=1) for n in range(diagnoses))
    return encounter(diagnoses=codes, lines=tuple(line(n, pointers=it) for n, it in enumerate(pointers, start=1)))


def test_more_than_twelve_pointed_diagnoses_make_a_second_page() -> None:
    coded = many(14, [(n,) for n in range(1, 14)])
    first, second = build_all(ENCOUNTER_ID, coded, Turn(), PRICES)
    assert (len(first.content.diagnosis_codes), first.content.diagnosis_codes[-1]) == (12, "S11")
    assert second.content.diagnosis_codes == ("S12", "S13"), "what no line points to fills the room that is left"
    assert [it.line_number for it in second.content.lines] == [13]
    assert second.content.lines[0].pointers == (1,)
    assert (first.claim_id, second.claim_id) == (claim_id(ENCOUNTER_ID, "P"), claim_id(ENCOUNTER_ID, "P", 1, 2))
    assert first.content.patient_control_number != second.content.patient_control_number
    assert first.content.charge_cents + second.content.charge_cents == 13 * 15_000


def test_fifty_lines_fit_and_one_more_does_not() -> None:
    assert page_count(many(1, [(1,)] * 50)) == 1
    first, second = build_all(ENCOUNTER_ID, many(1, [(1,)] * 51), Turn(), PRICES)
    assert (len(first.content.lines), len(second.content.lines)) == (50, 1)
    assert first.content.diagnosis_codes == second.content.diagnosis_codes == ("S00",)
    with pytest.raises(NoPage):
        build(ENCOUNTER_ID, many(1, [(1,)] * 51), Turn(page=3), PRICES)


def test_a_pointer_to_nothing_stays_for_scrubbing_to_see() -> None:
    content = made(many(2, [(1, 9)])).content
    assert content.lines[0].pointers == (1, 9)
    assert any("pointer" in found.code for found in scrub(content, ScrubContext(TODAY)).findings)


def test_what_the_patient_has_paid_is_told_once() -> None:
    coded = many(1, [(1,)] * 51).model_copy(update={"patient_paid_cents": 2_000})
    told = [draft.content.patient_paid_cents for draft in build_all(ENCOUNTER_ID, coded, Turn(), PRICES)]
    assert told == [2_000, None]


def test_a_later_payers_page_keeps_the_line_numbers_of_the_first_payers() -> None:
    coded = many(1, [(1,)] * 51).model_copy(update={"coverages": (COMMERCIAL, SECONDARY)})
    first = build_all(ENCOUNTER_ID, coded, Turn(), PRICES)[1].content
    second = build_all(ENCOUNTER_ID, coded, Turn("S"), PRICES)[1]
    assert second.claim_id == claim_id(ENCOUNTER_ID, "S", 1, 2)
    numbers = [[it.line_item_control_number for it in content.lines] for content in (first, second.content)]
    assert numbers[0] == numbers[1]


@given(
    count=st.integers(0, 40),
    pointers=st.lists(st.lists(st.integers(1, 45), max_size=4), max_size=130),
)
def test_pages_hold_everything_once_and_nothing_is_too_much(count: int, pointers: list[list[int]]) -> None:
    made = pages(count, pointers)
    assert sorted(at for page in made for at in page.lines) == list(range(len(pointers)))
    pointed = {pointer for wanted in pointers for pointer in wanted if pointer <= count}
    for page in made:
        assert len(page.lines) <= 50
        assert len(page.diagnoses) <= 12
        assert page.diagnoses == sorted(set(page.diagnoses))
        there = {pointer for at in page.lines for pointer in pointers[at] if pointer <= count}
        assert there <= set(page.diagnoses)
    if len(pointed) <= 12 and len(pointers) <= 50:
        assert len(made) == 1
    if len(made) == 1:
        assert len(made[0].diagnoses) == min(count, 12)


def test_a_subscriber_who_is_the_patient_is_known_as_well() -> None:
    bare = COMMERCIAL.model_copy(update={"subscriber": Person(last_name="RIVERA")})
    assert made(encounter(coverages=(bare,))).content.coverage.subscriber == PATIENT
    parent = bare.model_copy(update={"relationship": "child"})
    assert made(encounter(coverages=(parent,))).content.coverage.subscriber.birth_date is None


def test_the_other_coverages_stand_beside_the_one_that_is_asked() -> None:
    coded = encounter(coverages=(SECONDARY, COMMERCIAL))
    assert made(coded).content.coverage == COMMERCIAL
    assert made(coded).content.other_coverages == (SECONDARY,)
    second = made(coded, Turn("S", prior_payments=(decision(),))).content
    assert (second.coverage, second.other_coverages) == (SECONDARY, (COMMERCIAL,))


def test_nobody_to_ask() -> None:
    with pytest.raises(NoCoverage):
        coverage_of((), "P")
    with pytest.raises(NoCoverage):
        coverage_of((COMMERCIAL,), "S")
    assert coverage_of((SECONDARY,), "P") == SECONDARY  # scrubbing says that no primary is named


def test_a_replacement_carries_the_payers_number_and_an_original_never() -> None:
    replacement = made(CODED, Turn("P", "7", "ICN1")).content
    assert (replacement.frequency_code, replacement.payer_claim_control_number) == ("7", "ICN1")
    assert made(CODED, Turn("P", "1", "ICN1")).content.payer_claim_control_number is None


def test_a_void_says_the_same_as_what_was_sent() -> None:
    sent = clean_claim()
    draft = build_void(claim_id(ENCOUNTER_ID, "P"), sent, "ICN1")
    back = {"frequency_code": "1", "payer_claim_control_number": None}
    assert draft.content.frequency_code == "8"
    assert draft.content.model_copy(update=back) == sent


def test_the_next_payer_is_asked_for_the_lines_that_were_adjudicated() -> None:
    sent = made(encounter(coverages=(COMMERCIAL, SECONDARY))).content
    draft = build_next(ENCOUNTER_ID, sent, Turn(prior_payments=(decision(),)))
    assert draft.claim_id == claim_id(ENCOUNTER_ID, "S")
    assert draft.content.lines == sent.lines
    assert draft.content.patient_control_number != sent.patient_control_number
    assert (draft.content.coverage, draft.content.other_coverages) == (SECONDARY, (COMMERCIAL,))
    assert draft.content.prior_payments == (decision(),)
    with pytest.raises(NoCoverage):
        build_next(ENCOUNTER_ID, draft.content, Turn())
    with pytest.raises(NoCoverage):
        build_next(ENCOUNTER_ID, clean_claim(), Turn())


def test_a_tertiary_payer_is_told_of_both_decisions() -> None:
    third = SECONDARY.model_copy(update={"sequence": "T", "payer_id": "33333"})
    sent = made(encounter(coverages=(COMMERCIAL, SECONDARY, third))).content
    second = build_next(ENCOUNTER_ID, sent, Turn(prior_payments=(decision(),))).content
    of_second = decision().model_copy(update={"coverage": SECONDARY, "paid_cents": 8_800})
    content = build_next(ENCOUNTER_ID, second, Turn(prior_payments=(of_second,))).content
    assert content.coverage.payer_id == "33333"
    assert [payment.coverage.sequence for payment in content.prior_payments] == ["P", "S"]
    undecided = content.model_copy(update={"prior_payments": (of_second,)})
    codes = [{f.code for f in scrub(it, ScrubContext(TODAY)).findings} for it in (content, undecided)]
    assert codes == [set(), {"cob.missing"}]


@pytest.mark.parametrize("shape", sorted({**SHAPES, **STAYS}))
def test_a_claim_is_what_reading_it_gives_field_by_field(shape: str) -> None:
    """Building does not validate again what was validated; the result is the same, to the order of its JSON."""
    for draft in build_all(ENCOUNTER_ID, {**SHAPES, **STAYS}[shape](EncounterMaker(1)), Turn(), PRICES):
        text = draft.content.model_dump_json()
        read = ClaimContent.model_validate_json(text)
        assert (read, read.model_dump_json()) == (draft.content, text)
        assert hash(read) == hash(draft.content)


def test_a_claim_of_more_than_an_event_holds_is_refused() -> None:
    with pytest.raises(ValidationError):
        made(encounter(lines=(line(1, charge_cents=10**13), line(2, charge_cents=1))))


def test_a_redo_builds_the_same_claim() -> None:
    assert made(CODED) == made(CODED)


def test_retotal() -> None:
    claim = clean_claim()
    assert retotal(claim) is claim
    assert retotal(changed(claim, {"lines/0/charge_cents": 1})).charge_cents == 1_201


def test_a_price_outside_its_days_is_no_price() -> None:
    coded = encounter(service_date=date(2025, 5, 4), lines=(line(1, date_from=date(2025, 5, 4)),))
    assert made(coded).unpriced == {0}
