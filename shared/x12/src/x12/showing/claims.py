"""Professional and institutional claims in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain, islice
from typing import TypeVar

from x12.amounts import decimal_text
from x12.claim_837.read import read_header
from x12.claim_837.sets import ClaimSets
from x12.claim_837i import models as institutional
from x12.claim_837i.read import SETS as INSTITUTIONAL_SETS
from x12.claim_837p.models import Claim, ClaimTransactionSet, ServiceLine
from x12.claim_837p.read import SETS as PROFESSIONAL_SETS
from x12.reading import Frame
from x12.showing.words import Names, dates, money, person

C = TypeVar("C")
S = TypeVar("S", ClaimTransactionSet, institutional.ClaimTransactionSet)


def show_professional(frame: Frame, names: Names) -> Iterator[str]:
    """An 837P."""
    yield from _set("837P", frame, PROFESSIONAL_SETS, lambda claim: _professional(claim, names))


def show_institutional(frame: Frame, names: Names) -> Iterator[str]:
    """An 837I."""
    yield from _set("837I", frame, INSTITUTIONAL_SETS, lambda claim: _institutional(claim, names))


def _set(kind: str, frame: Frame, sets: ClaimSets[C, S], shown: Callable[[C], Iterator[str]]) -> Iterator[str]:
    walker = frame.walker(sets.guide)
    units = walker.walk(frame.pieces(sets.guide))
    first = list(islice(units, 1))  # what stands before the claims is known now
    header = read_header(frame, walker.root)
    submitter, receiver = person(header["submitter"].name), header["receiver"].name
    yield f"{kind} set {frame.control_number}, reference {header['reference']}, from {submitter} to {receiver}"
    make, count = sets.claim_maker(frame.component), 0
    for count, unit in enumerate(chain(first, units), 1):  # noqa: B007 - the last count is told
        yield from shown(make(unit))
    yield f"  {count} claims"


def _professional(claim: Claim, names: Names) -> Iterator[str]:
    yield from _parties(claim, names)
    place = names.show("place-of-service", claim.place_of_service_code)
    yield f"    place of service {place}, diagnoses {names.diagnoses(claim.diagnosis_codes)}"
    for number, line in enumerate(claim.service_lines, 1):
        yield from _line(number, line, names)


def _institutional(claim: institutional.Claim, names: Names) -> Iterator[str]:
    yield from _parties(claim, names)
    period = dates(claim.statement_from, claim.statement_through)
    yield f"    type of bill {claim.type_of_bill}, {period}, patient status {claim.patient_status_code}"
    diagnoses = [claim.principal_diagnosis, *claim.other_diagnoses]
    yield f"    diagnoses {names.diagnoses(found.code for found in diagnoses if found)}"
    yield from _codes(claim, names)
    for number, line in enumerate(claim.service_lines, 1):
        yield from _institutional_line(number, line, names)


def _parties(claim: Claim | institutional.Claim, names: Names) -> Iterator[str]:
    patient = claim.patient.name if claim.patient else claim.subscriber.name
    turn = names.show("responsibility", claim.subscriber.payer_responsibility)
    frequency = names.show("frequency", claim.frequency_code)
    yield f"  claim {claim.patient_control_number}: {money(claim.charge_cents)}, frequency {frequency}"
    yield f"    patient {person(patient)}, payer {claim.payer.name}, {turn}"
    yield f"    billing provider {person(claim.billing_provider.name)}, NPI {claim.billing_provider.npi or '-'}"


def _line(number: int, line: ServiceLine, names: Names) -> Iterator[str]:
    yield (
        f"    line {number}: {dates(line.service_date, line.service_date_end)} {names.procedure(line.procedure)} "
        f"x {decimal_text(line.units)} {line.unit_code}, {money(line.charge_cents)}, "
        f"diagnosis pointers {', '.join(map(str, line.diagnosis_pointers))}"
    )
    for decided in line.adjudications:
        yield _decided(decided.payer_id, decided.paid_cents, names.adjustments(decided.adjustments))


def _decided(payer_id: str, paid_cents: int, adjustments: str) -> str:
    return f"      payer {payer_id} paid {money(paid_cents)}, adjustments {adjustments}"


def _codes(claim: institutional.Claim, names: Names) -> Iterator[str]:
    procedures = [claim.principal_procedure, *claim.other_procedures]
    shown = {
        "procedures": [f"{each.code} on {dates(each.day)}" for each in procedures if each],
        "DRG": [claim.drg_code] if claim.drg_code else [],
        "conditions": [names.show("condition", code) for code in claim.condition_codes],
        "occurrences": [f"{names.show('occurrence', each.code)} on {dates(each.day)}" for each in claim.occurrences],
        "spans": [
            f"{names.show('occurrence', each.code)} {dates(each.start, each.end)}" for each in claim.occurrence_spans
        ],
        "values": [f"{names.show('value', each.code)} {money(each.amount_cents)}" for each in claim.values],
    }
    for kind, found in shown.items():
        if found:
            yield f"    {kind} {', '.join(found)}"


def _institutional_line(number: int, line: institutional.ServiceLine, names: Names) -> Iterator[str]:
    procedure = names.procedure(line.procedure) if line.procedure else "-"
    yield (
        f"    line {number}: {dates(line.service_date, line.service_date_end)} revenue code "
        f"{names.show('revenue', line.revenue_code)}, {procedure} x {decimal_text(line.units)} {line.unit_code}, "
        f"{money(line.charge_cents)}"
    )
    for decided in line.adjudications:
        yield _decided(decided.payer_id, decided.paid_cents, names.adjustments(decided.adjustments))
