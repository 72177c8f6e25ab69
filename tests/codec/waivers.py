"""Valid shapes that another validator refuses: what, by which release, and why it is valid all the same."""

from dataclasses import replace
from decimal import Decimal
from typing import Any, TypeVar, cast

from x12.claim_837i import models as inst
from x12.claim_837p.models import Claim, ClaimTransactionSet, Provider, ServiceLine
from x12.claim_status_276.models import ClaimStatusRequest
from x12.claim_status_277.models import ClaimStatusResponse
from x12.parties import Procedure
from x12.remittance_835.models import Remittance

Tree = TypeVar("Tree", ClaimStatusRequest, ClaimStatusResponse)

# x12sdk 2.2.0 (its models are narrower than 005010X222A1; pyx12 4.0.0 takes every one of these):
#   DMG03 = U                       its enumeration has F and M only
#   OI03 = W                        its enumeration has N and Y only
#   REF04 (2400 G1, 9F with 2U)     "Error parsing REF segment field 4": it does not split the composite
#   CN1 in 2400                     it takes the contract type codes for the free contract code CN104
#   NM1*82, DQ without an NPI        the guide lets NM108/09 be empty, its model does not
#   two or more 2430 in a 2400      the guide repeats it 15 times, its model keeps the last and miscounts SE01
#   REF in 2310D                    its model reads a REF as an NM1
#   CRC*07 in 2400                  its enumeration has 09 and 70 only
#   two NM1*DN/P3 in 2310A          the guide repeats loop 2310A twice, its model holds one
#   2010AC REF*2U|FY|NF             it takes the billing provider's qualifiers
#   NM103 in 2310E/F, 2330C-G, 2420B, 2420G/H   the guide leaves it empty, its model requires it
#   276, 277: a second 2100C         the guide repeats it twice, its model holds one
#   276, 277: a second 2210 or 2220  its model keeps the last and miscounts SE01
#   276, 277: claims of a subscriber beside dependents, a second provider   its parser loses its place
#   PWK*CT in 2400                   its model knows the other PWK of the loop only (see pyx12_waivers)
#   837I: NTE*ADD                    its enumeration has the claim note codes only
#   837I: DTP*096*TM                 it reads the time and writes the segment without it
#   837I: SVD03 in 2430              the guide lets it be empty, its model does not
#   837I: DTP*472*RD8, OI03 = W      its enumerations have D8 only, N and Y only
#   837I: MIA01 other than 0, 2410 without REF, REF*VY, NM1*72 in 2420A, REF in 2310D, REF*G2 in 2310F,
#         physicians without an NPI  its models are narrower than the guide


# pyx12 4.0.0 (277 005010X212: its map is not in its index, and places loop 2000A and SE where they cannot be found)
_MISPLACED_277 = ("Segment HL*", "Segment SE*", "(2000B) missing", '"Information Source Level" (HL)')
# pyx12 4.0.0
#   two or more PLB segments        "Loop FOOTER exceeded max count": it counts every PLB as a new footer; PLB repeats


def for_pyx12(remittance: Remittance) -> Remittance:
    """The remittance with no more provider adjustments than one PLB holds."""
    return replace(remittance, provider_adjustments=remittance.provider_adjustments[:6])


def for_x12sdk(transaction_set: ClaimTransactionSet) -> ClaimTransactionSet:
    """The transaction set without the shapes listed above."""
    return replace(transaction_set, claims=tuple(_claim(claim) for claim in transaction_set.claims))


def _claim(claim: Claim) -> Claim:
    plan = claim.billing_provider.pay_to_plan
    patient, supervising = claim.patient, claim.supervising_provider
    return replace(
        claim,
        billing_provider=replace(
            claim.billing_provider, pay_to_plan=None if plan is None else replace(plan, secondary_ids=())
        ),
        subscriber=replace(claim.subscriber, sex="F"),
        patient=None if patient is None else replace(patient, sex="M"),
        referring_providers=claim.referring_providers[:1],
        supervising_provider=None if supervising is None else replace(_with_npi(supervising), secondary_ids=()),
        ambulance_pick_up=None,
        ambulance_drop_off=None,
        service_lines=tuple(_line(line) for line in claim.service_lines),
        other_coverages=tuple(replace(each, benefits_assignment="Y", providers=()) for each in claim.other_coverages),
    )


def _with_npi(provider: Provider) -> Provider:
    return provider if provider.npi else replace(provider, npi="1234567893")


def _line(line: ServiceLine) -> ServiceLine:
    rendering, supervising = line.rendering_provider, line.supervising_provider
    return replace(
        line,
        rendering_provider=None if rendering is None else _with_npi(rendering),
        supervising_provider=None if supervising is None else _with_npi(supervising),
        prior_authorizations=tuple(each for each in line.prior_authorizations if not each.payer_id),
        contract=None,
        equipment_certificate_transmission_code="",
        conditions=tuple(each for each in line.conditions if each.category != "07"),
        purchased_service_provider=None,
        adjudications=line.adjudications[:1],
        ambulance_pick_up=None,
        ambulance_drop_off=None,
    )


def institutional_for_x12sdk(transaction_set: inst.ClaimTransactionSet) -> inst.ClaimTransactionSet:
    """The transaction set without the shapes listed above."""
    return replace(transaction_set, claims=tuple(_institutional(claim) for claim in transaction_set.claims))


def _institutional(claim: inst.Claim) -> inst.Claim:
    patient = claim.patient
    return replace(
        claim,
        billing_provider=replace(claim.billing_provider, pay_to_plan=None),
        subscriber=replace(claim.subscriber, sex="F"),
        patient=None if patient is None else replace(patient, sex="M"),
        billing_note="",
        discharge_time="",
        operating_physician=_plain(claim.operating_physician),
        other_operating_physician=_plain(claim.other_operating_physician),
        rendering_provider=_plain(claim.rendering_provider),
        attending_provider=_plain(claim.attending_provider),
        referring_provider=_plain(claim.referring_provider),
        service_lines=tuple(_institutional_line(line) for line in claim.service_lines),
        other_coverages=tuple(_other(each) for each in claim.other_coverages),
    )


def _plain(provider: Provider | None) -> Provider | None:
    return None if provider is None else replace(_with_npi(provider), secondary_ids=())


def _other(coverage: inst.OtherCoverage) -> inst.OtherCoverage:
    inpatient = coverage.inpatient_adjudication
    return replace(
        coverage,
        benefits_assignment="Y",
        inpatient_adjudication=None if inpatient is None else replace(inpatient, covered_days=Decimal(0)),
        providers=(),
    )


def _institutional_line(line: inst.ServiceLine) -> inst.ServiceLine:
    return replace(
        line,
        service_date_end=None,
        operating_physician=None,
        other_operating_physician=None,
        rendering_provider=None,
        referring_provider=None,
        drug=None if line.drug is None else replace(line.drug, prescription_number="1", prescription_qualifier="XZ"),
        adjudications=tuple(
            replace(each, procedure=each.procedure or Procedure("J1885")) for each in line.adjudications[:1]
        ),
    )


def without_misplaced(errors: list[str]) -> list[str]:
    """What pyx12 says about a 277 X212, except where its map cannot be right."""
    return [error for error in errors if not any(text in error for text in _MISPLACED_277)]


def status_for_x12sdk(tree: Tree) -> Tree:
    """The 276 or 277 without the shapes listed above."""
    receiver = tree.receivers[0]
    if not receiver.providers:
        return cast(Tree, replace(tree, receivers=(receiver,)))
    first = receiver.providers[0]
    subscribers = tuple(_one_kind(each) for each in first.subscribers)
    provider = replace(first, providers=first.providers[:1], subscribers=subscribers)
    return cast(Tree, replace(tree, receivers=(replace(receiver, providers=(provider,)),)))


def _one_kind(subscriber: Any) -> Any:
    dependents = tuple(replace(each, claims=_one_line(each.claims)) for each in subscriber.dependents)
    return replace(subscriber, claims=() if dependents else _one_line(subscriber.claims), dependents=dependents)


def _one_line(claims: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(replace(claim, lines=claim.lines[:1]) for claim in claims)
