"""The sums of claims and remittances: each one fires, and none fires on what is right."""

from dataclasses import replace
from typing import Any

import pytest
from x12 import ack_999, claim_837i, claim_837p, claim_ack_277ca, remittance_835
from x12.ack_999.models import ImplementationAcknowledgement, TransactionSetResponse
from x12.claim_ack_277ca.models import ClaimAcknowledgement, Totals
from x12.examining import examine
from x12.findings import Finding
from x12.parties import Adjustment
from x12.remittance_835.balance import duplicate_traces
from x12.remittance_835.models import ClaimGroup, ClaimPayment, Remittance

from tests.codec.makers import Maker

MAKER = Maker(31)
REMITTANCE = MAKER.remittance(1, 3)


def with_claim(change) -> Remittance:
    group = REMITTANCE.claim_groups[0]
    changed = (change(group.claims[0]), *group.claims[1:])
    return replace(REMITTANCE, claim_groups=(replace(group, claims=changed), *REMITTANCE.claim_groups[1:]))


def first_line(claim: ClaimPayment, **fields: object) -> ClaimPayment:
    line, *others = claim.service_payments
    return replace(claim, service_payments=(replace(line, **fields), *others))


def found(remittance: Remittance) -> list[str]:
    return [finding.code for finding in remittance_835.balance.check(remittance)]


def test_what_is_right_is_silent() -> None:
    assert found(REMITTANCE) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda c: first_line(c, paid_cents=c.service_payments[0].paid_cents + 1), ["BAL-LINE"]),
        (
            lambda c: first_line(c, adjustments=(*c.service_payments[0].adjustments, Adjustment("CO", "45", 1))),
            ["BAL-LINE", "BAL-CLAIM"],
        ),
        (lambda c: replace(c, paid_cents=c.paid_cents + 1), ["BAL-CLAIM", "BAL-TRANSACTION"]),
        (lambda c: replace(c, charge_cents=c.charge_cents + 1), ["BAL-CLAIM", "BAL-CHARGE"]),
        (lambda c: replace(c, adjustments=(Adjustment("CO", "45", 1),)), ["BAL-CLAIM"]),
    ],
)
def test_line_and_claim(change, expected: list[str]) -> None:
    assert found(with_claim(lambda claim: change(replace(claim)))) == expected


def test_transaction() -> None:
    payment = replace(REMITTANCE.payment, amount_cents=REMITTANCE.payment.amount_cents + 1)
    assert found(replace(REMITTANCE, payment=payment)) == ["BAL-TRANSACTION"]


def test_a_positive_provider_adjustment_lowers_the_payment() -> None:
    claim = MAKER.claim_payment()
    adjustment = replace(MAKER.provider_adjustment(), amount_cents=250)
    payment = replace(REMITTANCE.payment, amount_cents=claim.paid_cents - 250)
    made = replace(
        REMITTANCE, payment=payment, claim_groups=(ClaimGroup("1", (claim,)),), provider_adjustments=(adjustment,)
    )
    assert found(made) == []


def test_a_reversal_balances_with_everything_negated() -> None:
    claim = MAKER.claim_payment()
    lines = tuple(
        replace(
            line,
            charge_cents=-line.charge_cents,
            paid_cents=-line.paid_cents,
            adjustments=tuple(replace(a, amount_cents=-a.amount_cents) for a in line.adjustments),
        )
        for line in claim.service_payments
    )
    reversal = replace(
        claim,
        status_code="22",
        charge_cents=-claim.charge_cents,
        paid_cents=-claim.paid_cents,
        adjustments=tuple(replace(a, amount_cents=-a.amount_cents) for a in claim.adjustments),
        service_payments=lines,
    )
    payment = replace(REMITTANCE.payment, amount_cents=0)
    made = replace(
        REMITTANCE, payment=payment, claim_groups=(ClaimGroup("1", (reversal, claim)),), provider_adjustments=()
    )
    assert reversal.is_reversal
    assert found(made) == []


def test_a_repeated_trace_number() -> None:
    other = replace(REMITTANCE, payment=replace(REMITTANCE.payment, trace_number="OTHER"))
    assert [f.code for f in duplicate_traces([REMITTANCE, other, REMITTANCE])] == ["BAL-TRACE"]


def claim_without_coverages():
    maker = Maker(32)
    return maker.claim(maker.billing_provider(), maker.subscriber("P"), maker.payer(), None)


def secondary():
    maker = Maker(33)
    made = maker.claim(maker.billing_provider(), maker.subscriber("S"), maker.payer(), None)
    coverage = replace(made.other_coverages[0], adjustments=())
    paid = sum(a.paid_cents for line in made.service_lines for a in line.adjudications)
    return replace(made, other_coverages=(replace(coverage, paid_cents=paid),))


def claim_codes(claim) -> list[str]:
    return [finding.code for finding in claim_837p.balance.check(claim)]


def test_claims_that_add_up() -> None:
    assert claim_codes(claim_without_coverages()) == []
    assert claim_codes(secondary()) == []


def test_claims_that_do_not() -> None:
    claim = claim_without_coverages()
    assert claim_codes(replace(claim, charge_cents=claim.charge_cents + 1)) == ["BAL-TOTAL"]
    cob = secondary()
    coverage = cob.other_coverages[0]
    wrong = replace(cob, other_coverages=(replace(coverage, paid_cents=(coverage.paid_cents or 0) + 1),))
    assert claim_codes(wrong) == ["BAL-COB-PAID"]
    line = cob.service_lines[0]
    adjudication = replace(line.adjudications[0], adjustments=(Adjustment("CO", "45", 10**9),))
    lines = (replace(line, adjudications=(adjudication,)), *cob.service_lines[1:])
    assert claim_codes(replace(cob, service_lines=lines)) == ["BAL-COB-LINE"]


def acknowledged() -> ClaimAcknowledgement:
    return Maker(34).claim_acknowledgement(1, 6)


def of_provider(answer: ClaimAcknowledgement, totals: Totals) -> ClaimAcknowledgement:
    receiver = answer.receivers[0]
    providers = (replace(receiver.providers[0], totals=totals), *receiver.providers[1:])
    return replace(answer, receivers=(replace(receiver, providers=providers),))


def test_totals_of_a_claim_acknowledgement() -> None:
    answer = acknowledged()
    assert claim_ack_277ca.balance.check(answer) == []
    totals = answer.receivers[0].providers[0].totals
    more = replace(totals, accepted_quantity=(totals.accepted_quantity or 0) + 1)
    dearer = replace(totals, accepted_cents=(totals.accepted_cents or 0) + 1)
    found = [claim_ack_277ca.balance.check(of_provider(answer, each)) for each in (more, dearer)]
    assert [[(f.code, f.loop, f.element) for f in findings] for findings in found] == [
        [("BAL-ACK-QUANTITY", "2200C", "QTY02")],
        [("BAL-ACK-AMOUNT", "2200C", "AMT02")],
    ]


def test_a_batch_that_is_answered_without_its_claims_has_nothing_to_add_up() -> None:
    answer = acknowledged()
    receiver = answer.receivers[0]
    provider = replace(receiver.providers[0], claims=())
    bare = replace(receiver, providers=(provider, *receiver.providers[1:]))
    assert claim_ack_277ca.balance.check(replace(answer, receivers=(bare,))) == []


def test_totals_are_checked_in_files_too() -> None:
    answer = acknowledged()
    receiver = replace(answer.receivers[0], totals=Totals(accepted_quantity=99))
    data = claim_ack_277ca.write(MAKER.envelope(), [replace(answer, receivers=(receiver,))])
    found = [each for each in examine(data) if isinstance(each, Finding)]
    assert [(f.code, f.loop, f.severity) for f in found] == [("BAL-ACK-QUANTITY", "2200B", "warning")]


@pytest.mark.parametrize(
    ("changed", "element"),
    [
        ({"accepted_count": 9}, "AK904"),
        ({"received_count": 0, "included_count": 0, "accepted_count": 0}, "AK903"),
        ({"ack_code": "A"}, "AK901"),
        ({"ack_code": "R"}, "AK901"),
    ],
)
def test_counts_of_an_implementation_acknowledgement(changed: dict[str, Any], element: str) -> None:
    answer = ImplementationAcknowledgement("0001", "HC", "1", "P", 2, 2, 1, responses=(_response("A"), _response("R")))
    assert ack_999.balance.check(answer) == []
    found = ack_999.balance.check(replace(answer, **changed))
    assert ("BAL-ACK-COUNT", element) in [(f.code, f.element) for f in found]


def _response(code: str) -> TransactionSetResponse:
    return TransactionSetResponse("837", "0001", code)


def test_a_group_is_partial_only_if_some_sets_are_taken() -> None:
    none = ImplementationAcknowledgement("0001", "HC", "1", "P", 1, 1, 0, responses=(_response("R"),))
    assert [f.element for f in ack_999.balance.check(none)] == ["AK901"]
    assert ack_999.balance.check(replace(none, ack_code="R")) == []


def test_sums_and_structure_of_an_institutional_claim() -> None:
    maker = Maker(35)
    claim = maker.institutional_claim(maker.institution(), maker.insured("P"), maker.plan(), None)
    assert claim_837i.balance.check(claim) == []
    assert claim_837i.check(claim) == []
    dearer = replace(claim, charge_cents=claim.charge_cents + 1)
    assert [f.code for f in claim_837i.balance.check(dearer)] == ["BAL-TOTAL"]
    without = replace(claim, patient_status_code="")
    assert [(f.code, f.element) for f in claim_837i.check(without)] == [("IK403-1", "CL103")]
    refused = replace(claim, patient_control_number="A*B")
    assert [(f.code, f.element) for f in claim_837i.check(refused)] == [("IK403-6", "CLM01")]
