"""SNIP 4, situations of particular claims: ambulance, Medicare second, casualty, equipment, drugs, shared care."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from claim_builder.scrubbing.edit import EditTable, Place, Snip, Subject
from claim_builder.scrubbing.snip6_services import FROM_TO, is_anesthesia

EDITS = EditTable(Snip.SITUATION)

_AMBULANCE_CODES: Final = frozenset({*(f"A0{number}" for number in range(425, 437)), "A0998", "A0999"})
_MILEAGE_CODES: Final = frozenset({"A0425", "A0435", "A0436"})
_DIED_BEFORE: Final = "QL"
"""The patient died before the transport began."""
_MEDICARE: Final = frozenset({"MA", "MB"})
_CASUALTY: Final = {"WC": "employment", "AM": "auto_accident"}
"""Filing indicators of workers' compensation and automobile medical, and the cause that each must name (CLM11)."""
_AGED_MONTHS: Final = 12 * 65
"""Medicare by age begins with the month of the birthday, or the one before for who was born on the first."""
_ANESTHETISTS: Final = frozenset({"AA", "AD", "QK", "QX", "QY", "QZ"})
_CHIROPRACTIC: Final = frozenset({"98940", "98941", "98942"})
_CONDITION_CODES: Final = {
    "07": frozenset({"01", "04", "05", "06", "07", "08", "09", "12"}),
    "09": frozenset({"38", "ZV"}),
    "70": frozenset({"65"}),
    "75": frozenset({"IH"}),
    "E1": frozenset({"L1", "L2", "L3", "L4", "L5"}),
    "E2": frozenset({"L1", "L2", "L3", "L4", "L5"}),
    "E3": frozenset({"L1", "L2", "L3", "L4", "L5"}),
    "ZZ": frozenset({"AV", "NU", "S2", "ST"}),
}
"""CRC03 to CRC07 for each CRC01."""
_PERIODS: Final = (
    ("disability_start", "disability_end"),
    ("assumed_care", "relinquished_care"),
    ("last_worked", "return_to_work"),
)
_NOBODY_REFERRED: Final = "NU"
_ONE_EARLIER_PAYER: Final = 1


@EDITS.error(
    "ambulance.transport-missing",
    "An ambulance service is billed without transport: reason, miles, where from and where to.",
    do="Add the transport of the run report.",
    source="005010X222A1 loop 2300 CR1, loops 2310E and 2310F",
)
def transport_missing(subject: Subject) -> Iterator[Place]:
    for path, line in subject.lines:
        if line.code in _AMBULANCE_CODES and line.ambulance is None and subject.claim.ambulance is None:
            yield Place(f"{path}/ambulance", "2300", "CR1")


@EDITS.error(
    "ambulance.modifier-missing",
    "Medicare is asked for a transport, and no modifier says from where to where.",
    do="Add two letters, origin and destination, such as RH from home to hospital.",
    source="Medicare Claims Processing Manual chapter 15, 30 A",
    only="medicare",
)
def transport_modifier(subject: Subject) -> Iterator[Place]:
    if subject.claim.coverage.filing_indicator != "MB":
        return
    for path, line in subject.lines:
        if line.code in _AMBULANCE_CODES and not _says_where(line.modifiers):
            yield Place(f"{path}/modifiers", "2400", "SV101-3")


def _says_where(modifiers: tuple[str, ...]) -> bool:
    return _DIED_BEFORE in modifiers or any(map(FROM_TO.fullmatch, modifiers))


@EDITS.error(
    "ambulance.places-missing",
    "A transport does not say where the patient was taken up or brought.",
    do="Add both addresses.",
    source="005010X222A1 loops 2310E and 2310F, 2420G and 2420H",
    only="ambulance",
)
def places_missing(subject: Subject) -> Iterator[Place]:
    for path, loops, ride in subject.rides:
        if ride.pick_up is None:
            yield Place(f"{path}/pick_up", loops[0], "NM1*PW")
        if ride.drop_off is None:
            yield Place(f"{path}/drop_off", loops[1], "NM1*45")


@EDITS.warning(
    "ambulance.condition-missing",
    "A transport does not say why an ambulance was needed.",
    do="Add the conditions of the certification, such as 01 admitted to hospital or 04 moved by stretcher.",
    source="005010X222A1 loop 2300 CRC*07",
    only="ambulance",
)
def ambulance_condition(subject: Subject) -> Iterator[Place]:
    told = any(condition.category == "07" for _, _, condition in subject.conditions)
    if subject.claim.ambulance is not None and not told:
        yield Place("conditions", "2300", "CRC*07")


@EDITS.warning(
    "ambulance.miles",
    "The miles billed are not the miles of the transport.",
    do="Compare with the run report.",
    source="005010X222A1 CR106 and SV104 of a mileage code; Medicare Claims Processing Manual chapter 15",
    only="ambulance",
)
def miles(subject: Subject) -> Iterator[Place]:
    for path, line in subject.lines:
        ride = line.ambulance or subject.claim.ambulance
        if line.code in _MILEAGE_CODES and ride is not None and abs(line.units - ride.distance_miles) > 1:
            yield Place(f"{path}/units", "2400", "SV104")


@EDITS.error(
    "condition.code",
    "A condition code does not belong to its category.",
    do="Use the codes of the category: 07 ambulance, 09 equipment, 70 hospice, 75 homebound, E1-E3 lenses, ZZ EPSDT.",
    source="005010X222A1 loops 2300 and 2400 CRC03",
    only="conditions",
)
def condition_code(subject: Subject) -> Iterator[Place]:
    for path, loop, condition in subject.conditions:
        known = _CONDITION_CODES.get(condition.category, frozenset())
        if not condition.codes or not known.issuperset(condition.codes):
            yield Place(f"{path}/codes", loop, "CRC03")


@EDITS.error(
    "epsdt.referral",
    "An EPSDT referral says both that somebody was referred to and that nobody was.",
    do="Say No with NU, or Yes with AV, S2 or ST.",
    source="005010X222A1 loop 2300 CRC*ZZ: CRC02 and CRC03",
    only="conditions",
)
def epsdt_referral(subject: Subject) -> Iterator[Place]:
    for path, loop, condition in subject.conditions:
        if condition.category == "ZZ" and condition.applies is (_NOBODY_REFERRED in condition.codes):
            yield Place(f"{path}/applies", loop, "CRC02")


@EDITS.error(
    "medicare.insurance-type-missing",
    "Medicare is asked after another payer, and why it pays second is missing.",
    do="Add the insurance type: 12 working aged, 13 ESRD, 14 no-fault, 15 work, 43 disabled, 47 liability.",
    source="005010X222A1 loop 2000B SBR05; Medicare Secondary Payer",
    only="medicare",
)
def insurance_type_missing(subject: Subject) -> Iterator[Place]:
    cover = subject.claim.coverage
    if cover.filing_indicator in _MEDICARE and cover.sequence != "P" and not cover.insurance_type_code:
        yield Place("coverage/insurance_type_code", "2000B", "SBR05")


@EDITS.error(
    "medicare.insurance-type-unexpected",
    "An insurance type says that Medicare pays second, but the payer is not Medicare or is the primary one.",
    do="Remove the insurance type, or correct the payment order.",
    source="005010X222A1 loop 2000B SBR05: only where Medicare is not primary",
)
def insurance_type_unexpected(subject: Subject) -> Iterator[Place]:
    cover = subject.claim.coverage
    if cover.insurance_type_code and (cover.filing_indicator not in _MEDICARE or cover.sequence == "P"):
        yield Place("coverage/insurance_type_code", "2000B", "SBR05")


@EDITS.warning(
    "medicare.insurance-type-age",
    "Medicare is second to an employer's plan of the aged or of the disabled, and the patient's age says otherwise.",
    do="Use 12 from 65 years on, 43 before.",
    source="CMS Medicare Secondary Payer manual chapter 1, 10.1 (working aged) and 10.3 (disabled); SBR05",
    only="medicare",
)
def insurance_type_age(subject: Subject) -> Iterator[Place]:
    cover, born, day = subject.claim.coverage, subject.patient.birth_date, subject.claim.service_date
    if cover.filing_indicator not in _MEDICARE or born is None:
        return
    beyond = 12 * (day.year - born.year) + day.month - born.month - _AGED_MONTHS  # months since that of the birthday
    told = cover.insurance_type_code
    if (told == "12" and beyond < -1) or (told == "43" and beyond > 1):
        yield Place("coverage/insurance_type_code", "2000B", "SBR05")


@EDITS.error(
    "medicare.earlier-payers",
    "Medicare takes no electronic claim that more than one payer has decided before it.",
    do="Bill Medicare on paper with both remittance advices.",
    source="CMS Medicare Secondary Payer manual chapter 3: several primary payers go on paper",
    only="prior_payments",
)
def several_primary_payers(subject: Subject) -> Iterator[Place]:
    decided = len(subject.claim.prior_payments)
    if subject.claim.coverage.filing_indicator in _MEDICARE and decided > _ONE_EARLIER_PAYER:
        yield Place("prior_payments", "2320", "SBR")


@EDITS.warning(
    "casualty.claim-number",
    "A workers' compensation or automobile payer is asked without its own number of the case.",
    do="Add the property and casualty claim number, if it is known.",
    source="005010X222A1 loops 2010BA and 2010CA REF*Y4",
)
def casualty_number(subject: Subject) -> Iterator[Place]:
    known = subject.claim.patient_details.property_casualty_claim_number
    if subject.claim.coverage.filing_indicator in _CASUALTY and not known:
        yield Place("patient_details/property_casualty_claim_number", "2010BA", "REF*Y4")


@EDITS.warning(
    "casualty.cause",
    "A workers' compensation or automobile payer is asked, and the claim names no such cause.",
    do="Mark the claim as related to employment or to an auto accident, or correct the payer.",
    source="005010X222A1 loop 2300 CLM11 beside SBR09",
)
def casualty_cause(subject: Subject) -> Iterator[Place]:
    cause = _CASUALTY.get(subject.claim.coverage.filing_indicator)
    if cause and not getattr(subject.claim.related_causes, cause):
        yield Place(f"related_causes/{cause}", "2300", "CLM11")


@EDITS.error(
    "anesthesia.modifier-missing",
    "Medicare is asked for anesthesia, and no modifier says who gave it.",
    do="Add AA, AD, QK, QX, QY or QZ; the payment follows from it.",
    source="Medicare Claims Processing Manual chapter 12, 50 and 140",
    only="medicare",
)
def anesthesia_modifier(subject: Subject) -> Iterator[Place]:
    if subject.claim.coverage.filing_indicator != "MB":
        return
    for path, line in subject.lines:
        if line.unit_basis == "MJ" and is_anesthesia(line) and not _ANESTHETISTS.intersection(line.modifiers):
            yield Place(f"{path}/modifiers", "2400", "SV101-3")


@EDITS.error(
    "chiropractic.initial-treatment",
    "Medicare is asked for spinal manipulation, and the date of the initial treatment is missing.",
    do="Add the date on which this course of treatment began.",
    source="005010X222A1 loop 2300 DTP*454; Medicare Claims Processing Manual chapter 12, 220",
    only="medicare",
)
def initial_treatment(subject: Subject) -> Iterator[Place]:
    manipulated = any(line.code in _CHIROPRACTIC for line in subject.claim.lines)
    medicare = subject.claim.coverage.filing_indicator == "MB"
    if manipulated and medicare and subject.claim.dates.initial_treatment is None:
        yield Place("dates/initial_treatment", "2300", "DTP*454")


@EDITS.error(
    "purchased-service.incomplete",
    "A service was bought in, and either who gave it or what it cost is missing.",
    do="Name the provider with NPI, and the charge that was paid.",
    source="005010X222A1 loop 2400 PS1 and loop 2420B",
    only=("purchased_service_provider", "purchased_service_cents"),
)
def purchased_service(subject: Subject) -> Iterator[Place]:
    for path, line in subject.lines:
        if (line.purchased_service_provider is None) is not (line.purchased_service_cents is None):
            yield Place(f"{path}/purchased_service_cents", "2400", "PS1")


@EDITS.error(
    "drug.compound-number",
    "A part of a compound has no number that links it to the others.",
    do="Give all parts of the compound the same number.",
    source="005010X222A1 loop 2410 REF*VY",
    only="drug",
)
def compound_number(subject: Subject) -> Iterator[Place]:
    for path, line in subject.lines:
        if line.drug is not None and line.drug.compound and not line.drug.prescription_number:
            yield Place(f"{path}/drug/prescription_number", "2410", "REF*VY")


@EDITS.warning(
    "patient-paid.too-much",
    "The patient is said to have paid more than the claim's charge.",
    do="Check the amount; it is what was paid for these services.",
    source="005010X222A1 loop 2300 AMT*F5",
    only="patient_paid_cents",
)
def patient_paid(subject: Subject) -> Iterator[Place]:
    if (subject.claim.patient_paid_cents or 0) > subject.claim.charge_cents:
        yield Place("patient_paid_cents", "2300", "AMT*F5")


@EDITS.error(
    "date.death-before-service",
    "The patient died before the date of service, or on a day that is still to come.",
    do="Correct the date of death, or the date of service.",
    source="005010X222A1 loops 2000B and 2000C PAT06",
    only="patient_details",
)
def death(subject: Subject) -> Iterator[Place]:
    died, tomorrow = subject.claim.patient_details.death_date, subject.context.today + timedelta(days=1)
    if died is not None and not subject.claim.service_date <= died <= tomorrow:
        yield Place("patient_details/death_date", "2000B", "PAT06")


@EDITS.error(
    "date.period-order",
    "A disability ends before it begins, care is given up before it was taken over, or work resumed before it ended.",
    do="Correct first or last day.",
    source="005010X222A1 loop 2300 DTP*314, *090 and *091, *297 and *296",
    version=2,
    only="dates",
)
def period_order(subject: Subject) -> Iterator[Place]:
    dates = subject.claim.dates
    for first, last in _PERIODS:
        begin, end = getattr(dates, first), getattr(dates, last)
        if begin is not None and end is not None and end < begin:
            yield Place(f"dates/{last}", "2300", "DTP")
