"""Tabulate a claim: coded encounter, payer turn and prices in; `events.phi.ClaimContent` out.

Building asks nothing and judges nothing: whatever is wrong with the result is scrubbing's to say. The one thing that
scrubbing could not see afterwards, a line without a price, is handed on in `Draft.unpriced`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, TypeVar
from uuid import UUID

from events.envelope import Charge, Part
from events.phi import (
    ClaimContent,
    ClaimLine,
    CodedEncounter,
    CodedLine,
    Coverage,
    Person,
    PriorPayment,
)
from pydantic import TypeAdapter

from claim_builder.domain import (
    ORIGINAL,
    VOID,
    FrequencyCode,
    PayerSequence,
    claim_id,
    line_item_control_number,
    next_sequence,
    patient_control_number,
)
from claim_builder.fees import PriceList
from claim_builder.paging import Page, pages

P = TypeVar("P", bound=Part)
_CHARGE: Final = TypeAdapter[int](Charge)
_PAYMENT_ORDER: Final[dict[PayerSequence, int]] = {"P": 0, "S": 1, "T": 2}


class NoCoverage(LookupError):
    """The encounter names no payer for this turn: there is nobody to ask."""


class NoPage(LookupError):
    """The encounter needs fewer claims than that."""


@dataclass(frozen=True, slots=True)
class Turn:
    """Whose turn it is to be asked, and how: a first request, a replacement or a void of one."""

    sequence: PayerSequence = "P"
    frequency_code: FrequencyCode = ORIGINAL
    payer_claim_control_number: str | None = None
    prior_payments: tuple[PriorPayment, ...] = ()
    part: int = 1
    """Counts the payers that were asked in this turn, one after the other."""
    primary_part: int = 1
    """The same of the primary turn, whose claim numbers the lines."""
    page: int = 1
    """Which of the claims that the encounter needs, see `paging`."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A claim as built, before scrubbing. `unpriced` holds positions (from 0) of lines that no price was found for."""

    claim_id: UUID
    content: ClaimContent
    unpriced: frozenset[int] = frozenset()


def build(encounter_id: UUID, encounter: CodedEncounter, turn: Turn, prices: PriceList) -> Draft:
    """The claim for one payer's turn. Raises NoCoverage, NoPage."""
    made = _pages(encounter)
    if turn.page > len(made):
        raise NoPage
    return _build(encounter_id, encounter, turn, prices, made[turn.page - 1], turn.page)


def build_all(encounter_id: UUID, encounter: CodedEncounter, turn: Turn, prices: PriceList) -> tuple[Draft, ...]:
    """Every claim that the encounter needs for one payer's turn. Raises NoCoverage."""
    numbered = enumerate(_pages(encounter), start=1)
    return tuple(_build(encounter_id, encounter, turn, prices, page, number) for number, page in numbered)


def page_count(encounter: CodedEncounter) -> int:
    """How many claims the encounter needs in each payer's turn."""
    return len(_pages(encounter))


def _pages(encounter: CodedEncounter) -> list[Page]:
    """An institutional claim holds whatever a stay brings: scrubbing says where it does not."""
    if encounter.institutional is not None:
        return [Page(list(range(len(encounter.lines))), list(range(1, len(encounter.diagnoses) + 1)))]
    return pages(len(encounter.diagnoses), [line.pointers for line in encounter.lines])


def _build(
    encounter_id: UUID, encounter: CodedEncounter, turn: Turn, prices: PriceList, page: Page, page_number: int
) -> Draft:
    coverage = coverage_of(encounter.coverages, turn.sequence)
    claim = claim_id(encounter_id, turn.sequence, turn.part, page_number)
    control_number = patient_control_number(claim)
    # A later payer's claim keeps the line numbers of the first: they join its lines with what was decided on them.
    number = control_number
    if turn.sequence != "P":
        number = patient_control_number(claim_id(encounter_id, "P", turn.primary_part, page_number))
    lines = _lines(encounter, page, number, prices)
    lines += _revenue_lines(encounter, number, first=max((line.line_number for line, _ in lines), default=0) + 1)
    institutional = encounter.institutional
    if institutional is not None:  # the revenue lines are lines now
        institutional = institutional.model_copy(update={"revenue_lines": ()})
    content = _recast(
        ClaimContent,
        encounter,
        patient_paid_cents=encounter.patient_paid_cents if page_number == 1 else None,  # it is told once
        institutional=institutional,
        patient_control_number=control_number,
        frequency_code=turn.frequency_code,
        payer_claim_control_number=None if turn.frequency_code == ORIGINAL else turn.payer_claim_control_number,
        coverage=_with_patient(coverage, encounter.patient),
        other_coverages=tuple(other for other in encounter.coverages if other is not coverage),
        prior_payments=turn.prior_payments,
        diagnosis_codes=tuple(encounter.diagnoses[position - 1].code.replace(".", "") for position in page.diagnoses),
        lines=tuple(line for line, _ in lines),
        charge_cents=_CHARGE.validate_python(sum(line.charge_cents for line, _ in lines)),
    )
    unpriced = frozenset(position for position, (_, priced) in enumerate(lines) if not priced)
    return Draft(claim, content, unpriced)


def _recast(kind: type[P], part: Part, **answers: Any) -> P:
    """A `kind` with the fields that it shares with `part`, and `answers` for the others; what is frozen is shared.

    Nothing is validated: `part` was, and `answers` are of their types. For the dozens of fields of a claim this takes
    a tenth of the time. The order is that of `kind`, which its JSON keeps. Raises TypeError if `answers` leave one of
    its own fields open, or answer to none.
    """
    fields, new, surplus = _differences(kind, type(part))
    values = {**fields, **part.__dict__, **answers}
    for name in surplus:
        del values[name]
    if not answers.keys() >= new or len(values) != len(fields):
        raise TypeError(f"the fields of {kind.__name__} are {', '.join(fields)}; those of its own must be answered")
    made = kind.__new__(kind)
    object.__setattr__(made, "__dict__", values)
    object.__setattr__(made, "__pydantic_fields_set__", set(values))
    object.__setattr__(made, "__pydantic_extra__", None)
    object.__setattr__(made, "__pydantic_private__", None)
    return made


@cache
def _differences(kind: type[Part], other: type[Part]) -> tuple[dict[str, None], frozenset[str], tuple[str, ...]]:
    """The fields of `kind` in their order, those that `other` has not, and those that `kind` has not."""
    fields, others = kind.__pydantic_fields__, other.__pydantic_fields__
    return dict.fromkeys(fields), frozenset(fields.keys() - others), tuple(others.keys() - fields)


def build_void(claim: UUID, sent: ClaimContent, payer_claim_control_number: str | None) -> Draft:
    """Take back a claim: the same request as it was sent, under frequency code 8 and the payer's number for it."""
    update = {"frequency_code": VOID, "payer_claim_control_number": payer_claim_control_number}
    return Draft(claim, sent.model_copy(update=update))


def next_coverage(sent: ClaimContent) -> Coverage:
    """The coverage of the payer after the one that `sent` went to. Raises NoCoverage."""
    sequence = next_sequence(sent.coverage.sequence)
    if sequence is None:
        raise NoCoverage("nobody comes after the tertiary payer")
    return coverage_of((sent.coverage, *sent.other_coverages), sequence)


def build_next(encounter_id: UUID, sent: ClaimContent, turn: Turn) -> Draft:
    """The claim for the payer after the one that `sent` went to, with what the earlier ones decided (COB).

    The lines are those that were adjudicated, charges and line item control numbers included; a payer that decided
    on an earlier such claim gets a replacement (`turn`). Raises NoCoverage.
    """
    coverage = next_coverage(sent)
    everybody = (sent.coverage, *sent.other_coverages)
    claim = claim_id(encounter_id, coverage.sequence, turn.part, turn.page)
    content = sent.model_copy(
        update={
            "patient_control_number": patient_control_number(claim),
            "frequency_code": turn.frequency_code,
            "payer_claim_control_number": None if turn.frequency_code == ORIGINAL else turn.payer_claim_control_number,
            "coverage": _with_patient(coverage, sent.patient),
            "other_coverages": tuple(other for other in everybody if other is not coverage),
            "prior_payments": _merged(sent.prior_payments, turn.prior_payments),
        }
    )
    return Draft(claim, content)


def retotal(content: ClaimContent) -> ClaimContent:
    """Sum the claim up again after a line was changed."""
    total = sum(line.charge_cents for line in content.lines)
    return content if total == content.charge_cents else content.model_copy(update={"charge_cents": total})


def coverage_of(coverages: Sequence[Coverage], sequence: PayerSequence) -> Coverage:
    """The coverage whose turn it is. The first in payment order stands for a primary that is not named as one.

    Raises NoCoverage.
    """
    in_order = sorted(coverages, key=lambda coverage: _PAYMENT_ORDER[coverage.sequence])
    named = next((coverage for coverage in in_order if coverage.sequence == sequence), None)
    if named is None and sequence == "P" and in_order:
        return in_order[0]
    if named is None:
        raise NoCoverage(f"the encounter has no coverage in the turn {sequence}")
    return named


def _merged(known: Sequence[PriorPayment], new: Sequence[PriorPayment]) -> tuple[PriorPayment, ...]:
    """One decision for each earlier payer, the newer one where there are two, in payment order."""
    by_payer = {payment.coverage.payer_id: payment for payment in (*known, *new)}
    return tuple(sorted(by_payer.values(), key=lambda payment: _PAYMENT_ORDER[payment.coverage.sequence]))


def _with_patient(coverage: Coverage, patient: Person) -> Coverage:
    """A subscriber who is the patient is known as well as the patient: fill what the coverage left open."""
    if coverage.relationship != "self":
        return coverage
    subscriber = coverage.subscriber
    missing = {
        name: getattr(patient, name)
        for name in ("first_name", "birth_date", "sex", "address")
        if getattr(subscriber, name) is None and getattr(patient, name) is not None
    }
    if not missing:
        return coverage
    return coverage.model_copy(update={"subscriber": subscriber.model_copy(update=missing)})


def _lines(
    encounter: CodedEncounter, page: Page, control_number: str, prices: PriceList
) -> list[tuple[ClaimLine, bool]]:
    """The page's lines under the encounter's line numbers, which are made unique where they are not."""
    numbers = [line.line_number for line in encounter.lines]
    if len(set(numbers)) < len(numbers):
        numbers = list(range(1, len(numbers) + 1))
    positions = {old: new for new, old in enumerate(page.diagnoses, start=1)}
    return [
        _line(encounter.lines[at], numbers[at], positions, encounter.place_of_service, control_number, prices)
        for at in page.lines
    ]


def _revenue_lines(encounter: CodedEncounter, control_number: str, first: int) -> list[tuple[ClaimLine, bool]]:
    """Charges of an institutional claim that have a revenue code and no procedure."""
    source = encounter.institutional.revenue_lines if encounter.institutional else ()
    return [
        (
            ClaimLine(
                line_number=number,
                code="",
                units=line.units,
                unit_basis=line.unit_basis,
                pointers=(),
                date_from=line.date_from or encounter.service_date,
                charge_cents=line.charge_cents,
                non_covered_cents=line.non_covered_cents,
                revenue_code=line.revenue_code,
                line_item_control_number=line_item_control_number(control_number, number),
            ),
            True,
        )
        for number, line in enumerate(source, start=first)
    ]


def _line(
    line: CodedLine,
    number: int,
    positions: dict[int, int],
    place: str,
    control_number: str,
    prices: PriceList,
) -> tuple[ClaimLine, bool]:
    """The line as billed, and whether it has a price. The practice's own charge goes before the fee schedule."""
    charge = line.charge_cents
    if charge is None and line.unit_basis == "UN":  # minutes are priced by the practice, not by a unit price
        charge = prices.charge(line.code, line.modifiers, line.units, line.date_from)
    billed = _recast(
        ClaimLine,
        line,
        line_number=number,
        pointers=tuple(positions.get(pointer, pointer) for pointer in line.pointers),
        place_of_service=None if line.place_of_service == place else line.place_of_service,
        charge_cents=charge or 0,
        excerpt=None,  # the evidence stays behind
        line_item_control_number=line_item_control_number(control_number, number),
    )
    return billed, charge is not None
