"""ClaimContent to 837P: complete, exact, and accepted by independent validators."""

from __future__ import annotations

from datetime import date

import pytest
from events import phi
from kit.tenancy import GatewayAccount, Tenant
from submission_svc.batching import EncodableClaim, Former
from submission_svc.claim_837p import claim
from submission_svc.errors import IncompleteClaim
from submission_svc.repository.interchanges import ControlNumbers, PendingClaim
from x12 import claim_837p

from tests.codec.validators import pyx12_errors, x12sdk_parses
from tests.unit.submission_svc import samples

ACCOUNT = GatewayAccount.model_validate(
    {
        "id": "prairie-gw", "url": "http://127.0.0.1:1/gateways/prairie-gw", "api_key": "k",
        "webhook_secrets": ["whsec_AAAA"], "submitter_id": "SUB123", "submitter_name": "SPRINGFIELD FAMILY CARE",
        "submitter_phone": "217-555-0100", "receiver_id": "PRAIRIEGW", "receiver_name": "PRAIRIE GATEWAY",
    }
)  # fmt: skip
CHILD = samples.coverage(relationship="child")
TENANT = Tenant(id="valley", name="Valley", time_zone="America/Chicago", gateways=(ACCOUNT,))


def former(claims_per_set: int = 50) -> Former:
    return Former(TENANT, ACCOUNT, ControlNumbers(12, 34, 56), claims_per_set, samples.NOW)


def pending(n: int, content: phi.ClaimContent) -> EncodableClaim:
    model = claim(content)
    return EncodableClaim(
        PendingClaim(samples.claim_id(n), 1, samples.encounter_id(n), content.patient_control_number, ""), model
    )


def test_every_field_of_the_content_reaches_the_claim() -> None:
    """What is written and read back holds each situational value that claim-builder gave."""
    record, refused = former().form([pending(1, samples.everything())])
    assert record is not None
    assert refused == []
    text = record.content.decode()
    for segment in (
        "NM1*85*2*SPRINGFIELD FAMILY CARE*****XX*" + samples.npi(1),
        "PRV*BI*PXC*207Q00000X",
        "REF*EI*371234567",
        "PER*IC*BILLING OFFICE*TE*2175550100",
        "NM1*87*2~N3*PO BOX 9",
        "SBR*P*18**ACME CO*****CI",
        "CLM*CC0000000001*849.5***11:B:7*Y*A*Y*Y**AA:::IL",
        "DTP*431*D8*20260801",
        "DTP*454*D8*20260802",
        "DTP*304*D8*20260803",
        "DTP*439*D8*20260801",
        "DTP*484*D8*20260720",
        "DTP*435*D8*20260810",
        "DTP*096*D8*20260816",
        "PWK*OZ*EL***AC*ATT1",
        "REF*9F*RF456",
        "REF*G1*PA123",
        "REF*F8*PAYER123",
        "REF*X4*14D0000001",
        "REF*EA*MRN77",
        "NTE*ADD*SEE ATTACHED REPORT",
        "HI*ABK:S134XXA*ABF:M542*ABF:E119*ABF:I10*ABF:Z794*ABF:E785",
        "NM1*DN*1*NGUYEN*THI****XX*" + samples.npi(3),
        "NM1*82*1*OKAFOR*CHIDI****XX*" + samples.npi(2),
        "NM1*77*2*LAKESIDE CLINIC*****XX*" + samples.npi(6),
        "NM1*DQ*1*COLE*SAM****XX*" + samples.npi(5),
        "SBR*S*18*******CI",
        "SV1*HC:99213:25:95*125*UN*1*10**1:2:3:4",
        "SV1*HC:01996*600*MJ*45***1",
        "DTP*472*RD8*20260814-20260815",
        "REF*6R*L0002",
        "NTE*ADD*LEFT DELTOID",
        "LIN**N4*63323016501",
        "CTP****2.5*ML",
        "NM1*DK*1*HAAS*EVA****XX*" + samples.npi(4),
    ):
        assert segment in text, segment


def test_a_dependent_stands_below_the_subscriber() -> None:
    model = claim(samples.dependent())
    assert model.patient is not None
    assert (model.patient.relationship_code, model.patient.name.suffix) == ("19", "JR")
    assert model.subscriber.name.first == "LUIS"
    assert model.subscriber.birth_date == date(1979, 1, 5)


@pytest.mark.parametrize(
    ("relationship", "code"),
    [("spouse", "01"), ("child", "19"), ("employee", "20"), ("unknown", "21"), ("organ_donor", "39"),
     ("cadaver_donor", "40"), ("life_partner", "53"), ("other", "G8")],
)  # fmt: skip
def test_relationship_codes(relationship: str, code: str) -> None:
    model = claim(samples.dependent(relationship=relationship))
    assert model.patient is not None
    assert model.patient.relationship_code == code


def test_self_is_the_subscriber_described_by_either_record() -> None:
    bare = samples.coverage(subscriber=phi.Person(last_name="RIVERA", first_name="ANA"))
    model = claim(samples.content(coverage=bare))
    assert model.patient is None
    assert (model.subscriber.sex, model.subscriber.birth_date) == ("F", date(1980, 2, 29))
    assert model.subscriber.address is not None
    assert model.subscriber.address.postal_code == "627021234"


def test_prior_payment_by_line_dates_each_line_and_not_the_claim() -> None:
    model = claim(samples.secondary())
    (other,) = model.other_coverages
    (decided,) = model.service_lines[0].adjudications
    assert (other.paid_cents, other.adjudication_date, other.adjustments) == (8_000, None, ())
    assert (decided.payer_id, decided.paid_cents, decided.adjudication_date) == ("00431", 8_000, date(2026, 8, 25))
    assert decided.remaining_patient_liability_cents == 2_000
    assert [(a.group_code, a.reason_code, a.amount_cents) for a in decided.adjustments] == [
        ("CO", "45", 2_500),
        ("PR", "2", 2_000),
    ]


def test_prior_payment_of_the_claim_only_is_dated_once() -> None:
    model = claim(samples.secondary(by_line=False))
    (other,) = model.other_coverages
    assert (other.adjudication_date, other.remaining_patient_liability_cents) == (date(2026, 8, 25), 2_000)
    assert [a.reason_code for a in other.adjustments] == ["45", "2"]
    assert model.service_lines[0].adjudications == ()


def test_a_payer_that_decided_is_not_told_twice() -> None:
    paid = samples.secondary().prior_payments[0].coverage
    tertiary = samples.coverage(sequence="T", payer_id="T1")
    model = claim(samples.secondary(other_coverages=(tertiary, paid)))
    assert [(o.payer_responsibility, o.payer_id) for o in model.other_coverages] == [("P", "00431"), ("T", "T1")]


@pytest.mark.parametrize(("frequency", "sent"), [("1", ""), ("7", "P1"), ("8", "P1")])
def test_only_a_correction_names_the_payers_claim(frequency: str, sent: str) -> None:
    model = claim(samples.content(frequency_code=frequency, payer_claim_control_number="P1"))
    assert model.payer_claim_control_number == sent


def test_providers_equal_to_the_billing_provider_are_left_out() -> None:
    billing = samples.content().billing_provider
    model = claim(samples.content(rendering_provider=billing, ordering_provider=billing, service_facility=billing))
    assert model.rendering_provider is None
    assert model.service_facility is None
    assert model.service_lines[0].ordering_provider is None


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"billing_provider": phi.Provider(entity="organization", name="X")}, "/billing_provider/address"),
        ({"service_facility": phi.Provider(entity="organization", name="X")}, "/service_facility/address"),
        ({"coverage": CHILD, "patient": phi.Person(last_name="X")}, "/patient/address"),
        ({"coverage": CHILD, "patient": phi.Person(last_name="X", address=samples.HOME)}, "/patient/birth_date"),
    ],
)  # fmt: skip
def test_what_an_837p_cannot_do_without_is_named(change: dict[str, object], pointer: str) -> None:
    with pytest.raises(IncompleteClaim) as caught:
        claim(samples.content(**change))
    assert caught.value.pointer == pointer


def test_a_large_mixed_file_is_clean_for_independent_validators() -> None:
    """300 claims of ten kinds in one interchange: zero errors in pyx12, readable by x12sdk, and by our own reader."""
    contents = samples.mixed(300)
    record, refused = former().form([pending(n, c) for n, c in enumerate(contents, start=1)])
    assert record is not None
    assert refused == []
    assert pyx12_errors(record.content) == []
    assert x12sdk_parses(record.content)
    parsed = claim_837p.read(record.content)
    assert parsed.errors == ()
    numbers = [c.patient_control_number for st in parsed.transaction_sets for c in st.claims]
    assert sorted(numbers) == sorted(c.patient_control_number for c in contents)
    assert sum(c.charge_cents for st in parsed.transaction_sets for c in st.claims) == sum(
        c.charge_cents for c in contents
    )


def test_reading_back_gives_the_same_claims() -> None:
    """No value is lost or changed on the way, for every kind of claim."""
    wanted = {c.patient_control_number: claim(c) for c in samples.mixed(9)}
    record, _ = former().form([pending(n, c) for n, c in enumerate(samples.mixed(9), start=1)])
    assert record is not None
    found = {c.patient_control_number: c for st in claim_837p.read(record.content).transaction_sets for c in st.claims}
    assert found == wanted


def test_sets_control_numbers_and_references_are_as_recorded() -> None:
    record, _ = former(2).form([pending(n, samples.content(n)) for n in range(1, 6)])
    assert record is not None
    parsed = claim_837p.read(record.content)
    (group,) = parsed.groups
    assert (group.envelope.interchange_control_number, group.envelope.group_control_number) == (12, 34)
    assert group.envelope.acknowledgement_requested
    # The practice's own clock: 15:30 UTC is 10:30 in Chicago.
    assert group.envelope.created.strftime("%Y%m%d%H%M") == "202609011030"
    told = [(st.control_number, st.reference, len(st.claims)) for st in group.transaction_sets]
    assert told == [("0056", "0000000120056", 2), ("0057", "0000000120057", 2), ("0058", "0000000120058", 1)]
    assert told == [(s.control_number, s.reference, len(s.claims)) for s in record.sets]


def test_one_claim_that_cannot_be_written_does_not_hold_up_the_others() -> None:
    bad = samples.content(2, lines=(samples.line(code="9921~3"),))
    record, refused = former().form([pending(1, samples.content(1)), pending(2, bad), pending(3, samples.content(3))])
    assert record is not None
    assert [p.claim_id for p in refused] == [samples.claim_id(2)]
    assert [c.claim_id for s in record.sets for c in s.claims] == [samples.claim_id(1), samples.claim_id(3)]


def test_an_outpatient_decision_that_says_nothing_is_not_written() -> None:
    """MOA without an element would be no segment."""
    paid = samples.secondary().prior_payments[0].model_copy(update={"outpatient": phi.PriorOutpatient()})
    silent = claim(samples.secondary().model_copy(update={"prior_payments": (paid,)}))
    assert [cover.outpatient_adjudication for cover in silent.other_coverages] == [None]
    said = paid.model_copy(update={"outpatient": phi.PriorOutpatient(remark_codes=("N130",))})
    (cover,) = claim(samples.secondary().model_copy(update={"prior_payments": (said,)})).other_coverages
    assert cover.outpatient_adjudication is not None and cover.outpatient_adjudication.remark_codes == ("N130",)
