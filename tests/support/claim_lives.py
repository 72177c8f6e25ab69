"""Encounters of every shape as the claims that they become: pages, later payers after each decision, corrections."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid5

from claim_builder.building import Turn, build_all, build_next, build_void
from claim_builder.fees import PriceList
from events.phi import (
    ClaimContent,
    ClaimLine,
    CodedEncounter,
    PriorAdjustment,
    PriorLinePayment,
    PriorOutpatient,
    PriorPayment,
)

from tests.support.claim_shapes import SHAPES
from tests.support.encounters import EncounterMaker

NAMESPACE = UUID("00000000-0000-5000-8000-0000000000c1")
NO_PRICES = PriceList(())


Shapes = Mapping[str, Callable[[EncounterMaker], CodedEncounter]]


def claims(count: int, seed: int, shapes: Shapes = SHAPES) -> Iterator[tuple[str, ClaimContent]]:
    """At least so many claims with the shape that each comes from, all shapes in turn."""
    maker, made, turn = EncounterMaker(seed), 0, 0
    names = list(shapes)
    while made < count:
        name = names[turn % len(names)]
        turn += 1
        for content in claims_of(shapes[name](maker), maker):
            made += 1
            yield name, content


def claims_of(encounter: CodedEncounter, maker: EncounterMaker) -> Iterator[ClaimContent]:
    """The claims of one encounter; one original in eight is replaced, one in sixteen voided after it."""
    encounter_id = uuid5(NAMESPACE, f"{maker.serial}|{encounter.external_id}")
    for draft in build_all(encounter_id, encounter, Turn(), NO_PRICES):
        yield draft.content
        yield from _later_turns(encounter_id, draft.content, maker)
    if encounter.coverages[0].filing_indicator != "MB":  # Medicare Part B takes originals only
        yield from _corrected(encounter_id, encounter, maker)


def _corrected(encounter_id: UUID, encounter: CodedEncounter, maker: EncounterMaker) -> Iterator[ClaimContent]:
    fate, number = maker.rng.random(), maker.number("ICN")
    if fate < 1 / 8:
        replaced = build_all(encounter_id, encounter, Turn("P", "7", number), NO_PRICES)
        yield from (_as_other_claim(draft.content, maker) for draft in replaced)
    elif fate < 3 / 16:
        sent = build_all(encounter_id, encounter, Turn(), NO_PRICES)[0]
        yield _as_other_claim(build_void(encounter_id, sent.content, number).content, maker)


def _as_other_claim(content: ClaimContent, maker: EncounterMaker) -> ClaimContent:
    """Under a number of its own: a file names each claim once."""
    return content.model_copy(update={"patient_control_number": "R" + maker.digits(12)})


def _later_turns(encounter_id: UUID, sent: ClaimContent, maker: EncounterMaker) -> Iterator[ClaimContent]:
    page = 1 if sent.lines[0].line_number == 1 else 2
    for _ in sent.other_coverages:
        turn = Turn(prior_payments=(decision(sent, maker),), page=page)
        sent = build_next(encounter_id, sent, turn).content
        yield sent


def decision(sent: ClaimContent, maker: EncounterMaker) -> PriorPayment:
    """What the payer of `sent` decided: by line (paid, denied, split, bundled), or of the whole claim only."""
    told = {
        "coverage": sent.coverage,
        "adjudication_date": max(line.date_to or line.date_from for line in sent.lines) + timedelta(days=9),
        "payer_claim_control_number": maker.maybe(lambda: maker.number("PCCN"), 0.8),
        "outpatient": maker.maybe(lambda: PriorOutpatient(remark_codes=("MA01", "N130")), 0.3),
    }
    if maker.rng.random() < 0.2:
        paid = maker.rng.randint(0, sent.charge_cents)
        whole = _adjustments(sent.charge_cents - paid, maker)
        return PriorPayment.model_validate({**told, "paid_cents": paid, "adjustments": whole})
    lines = [part for line in sent.lines for part in _decided(line, sent, maker)]
    return PriorPayment.model_validate({**told, "paid_cents": sum(part.paid_cents for part in lines), "lines": lines})


def _decided(line: ClaimLine, sent: ClaimContent, maker: EncounterMaker) -> list[PriorLinePayment]:
    fate = maker.rng.random()
    if fate < 0.1 and line.charge_cents > 100:
        part = line.charge_cents // 3
        return [_part(line, part, maker), _part(line, line.charge_cents - part, maker)]
    if fate < 0.2 and len(sent.lines) > 1 and line.line_number != sent.lines[0].line_number:
        into = sent.lines[0]
        denied = (PriorAdjustment(group_code="CO", reason_code="97", amount_cents=line.charge_cents),)
        return [
            _part(line, line.charge_cents, maker).model_copy(
                update={
                    "paid_cents": 0, "code": into.code, "modifiers": (), "adjustments": denied,
                    "bundled_line_number": into.line_number,
                }
            )
        ]  # fmt: skip
    return [_part(line, line.charge_cents, maker)]


def _part(line: ClaimLine, charge_cents: int, maker: EncounterMaker) -> PriorLinePayment:
    paid = maker.pick((0, charge_cents, maker.rng.randint(0, charge_cents)))
    return PriorLinePayment(
        line_item_control_number=line.line_item_control_number,
        paid_cents=paid,
        code=line.code,
        modifiers=line.modifiers,
        units=line.units,
        adjustments=_adjustments(charge_cents - paid, maker),
    )


def _adjustments(cents: int, maker: EncounterMaker) -> tuple[PriorAdjustment, ...]:
    first = maker.rng.randint(0, cents)
    second = maker.rng.randint(0, cents - first)
    parts = (("PR", "1", first), ("CO", "45", second), ("PR", "2", cents - first - second))
    quantity = Decimal(1) if maker.rng.random() < 0.1 else None
    return tuple(
        PriorAdjustment(group_code=group, reason_code=reason, amount_cents=amount, quantity=quantity)
        for group, reason, amount in parts
        if amount
    )
