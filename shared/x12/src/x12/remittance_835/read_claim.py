"""Reads loop 2100 and the loops 2110 inside it into a `ClaimPayment`."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

from x12.elements import element
from x12.extracting import (
    ZERO,
    add_adjustments,
    amount,
    contact,
    day,
    inpatient,
    name,
    number,
    outpatient,
    procedure,
)
from x12.parties import Adjustment, Reference
from x12.remittance_835.models import Amount, ClaimPayment, Party, Quantity, RemarkCode, ServicePayment


def claim_payment(segments: list[list[str]], component: str) -> ClaimPayment:
    """The claim payment of a loop 2100: its segments, then those of each loop 2110, which begins with SVC."""
    starts = [at for at, segment in enumerate(segments) if segment[0] == "SVC"]
    clp = segments[0]
    found = _by_id(segments[: starts[0]] if starts else segments).get
    party = {element(segment, 1): _party(segment) for segment in reversed(found("NM1", _NONE))}.get
    dates = _dates(found("DTM", _NONE)).get
    return ClaimPayment(
        element(clp, 1),
        element(clp, 2),
        amount(clp, 3) or 0,
        amount(clp, 4) or 0,
        element(clp, 6),
        element(clp, 7),
        party("QC") or _NOBODY,
        amount(clp, 5),
        element(clp, 8),
        element(clp, 9),
        element(clp, 11),
        number(clp, 12),
        number(clp, 13),
        _adjustments(found("CAS", _NONE)),
        party("IL"),
        party("74"),
        party("82"),
        party("TT"),
        party("PR"),
        party("GB"),
        inpatient(found("MIA", _ONE_EMPTY)[0]),
        outpatient(found("MOA", _ONE_EMPTY)[0]),
        tuple([_reference(segment) for segment in found("REF", _NONE)]),
        dates("232"),
        dates("233"),
        dates("036"),
        dates("050"),
        tuple([made for segment in found("PER", _NONE) if (made := contact(segment))]),
        tuple([_amount(segment) for segment in found("AMT", _NONE)]),
        tuple([_quantity(segment) for segment in found("QTY", _NONE)]),
        tuple([_service(segments[start:end], component) for start, end in pairwise([*starts, len(segments)])]),
    )


_NONE: list[list[str]] = []
_ONE_EMPTY: list[list[str]] = [[]]


def _by_id(segments: list[list[str]]) -> dict[str, list[list[str]]]:
    found: dict[str, list[list[str]]] = {}
    for segment in segments:
        found.setdefault(segment[0], []).append(segment)
    return found


def _adjustments(segments: list[list[str]]) -> tuple[Adjustment, ...]:
    made: list[Adjustment] = []
    for segment in segments:
        add_adjustments(segment, made)
    return tuple(made)


def _dates(segments: list[list[str]]) -> dict[str, date | None]:
    return {element(segment, 1): day(segment, 2) for segment in segments}


def _reference(segment: list[str]) -> Reference:
    return Reference(element(segment, 1), element(segment, 2))


def _party(segment: list[str]) -> Party:
    return Party(name(segment), element(segment, 8), element(segment, 9))


_NOBODY = _party(["NM1", "QC", "1"])


def _amount(segment: list[str]) -> Amount:
    return Amount(element(segment, 1), amount(segment, 2) or 0)


def _quantity(segment: list[str]) -> Quantity:
    return Quantity(element(segment, 1), number(segment, 2) or ZERO)


def _service(segments: list[list[str]], component: str) -> ServicePayment:
    svc = segments[0]
    found = _by_id(segments).get
    submitted = element(svc, 6)
    control_number, references = _set_apart([_reference(segment) for segment in found("REF", _NONE)])
    allowed, amounts = _allowed([_amount(segment) for segment in found("AMT", _NONE)])
    dates = _dates(found("DTM", _NONE))
    return ServicePayment(
        procedure(element(svc, 1), component),
        amount(svc, 2) or 0,
        amount(svc, 3) or 0,
        number(svc, 5),
        procedure(submitted, component) if submitted else None,
        number(svc, 7),
        element(svc, 4),
        dates.get("472") or dates.get("150"),
        dates.get("151"),
        _adjustments(found("CAS", _NONE)),
        control_number,
        references,
        allowed,
        amounts,
        tuple([_quantity(segment) for segment in found("QTY", _NONE)]),
        tuple([RemarkCode(element(segment, 2), element(segment, 1)) for segment in found("LQ", _NONE)]),
    )


def _set_apart(references: list[Reference]) -> tuple[str, tuple[Reference, ...]]:
    """The line item control number, and the other references."""
    number = next((each.value for each in references if each.qualifier == "6R"), "")
    return number, tuple([each for each in references if each.qualifier != "6R"])


def _allowed(amounts: list[Amount]) -> tuple[int | None, tuple[Amount, ...]]:
    """The allowed amount, and the other amounts."""
    allowed = next((each.amount_cents for each in amounts if each.qualifier == "B6"), None)
    return allowed, tuple([each for each in amounts if each.qualifier != "B6"])
