"""The shapes of professional claims, each as a function that makes an encounter of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from events.phi import (
    Ambulance,
    Attachment,
    ClaimDates,
    CodedDiagnosis,
    CodedEncounter,
    Condition,
    Contract,
    Drug,
    DurableEquipment,
    EquipmentCertification,
    Form,
    FormAnswer,
    LineDates,
    Measurement,
    PatientDetails,
    PayToPlan,
    RelatedCauses,
    SecondaryId,
    SpinalManipulation,
)

from tests.support.encounters import DIAGNOSES, PROCEDURES, TESTS, VISITS, EncounterMaker

SHAPES: dict[str, Callable[[EncounterMaker], CodedEncounter]] = {}


def shape(make: Callable[[EncounterMaker], CodedEncounter]) -> Callable[[EncounterMaker], CodedEncounter]:
    """Register a shape under its function's name."""
    SHAPES[make.__name__] = make
    return make


@shape
def plain(m: EncounterMaker) -> CodedEncounter:
    return m.visit()


@shape
def dependent(m: EncounterMaker) -> CodedEncounter:
    made = m.visit()
    relation = m.pick(("spouse", "child", "other", "life_partner", "unknown", "organ_donor", "cadaver_donor"))
    return made.model_copy(update={"coverages": (m.coverage(m.person(), relationship=relation),)})


@shape
def medicare(m: EncounterMaker) -> CodedEncounter:
    told = {"filing_indicator": "MB", "payer_id": "MED01", "payer_name": "MEDICARE B", "group_number": None}
    return m.covered(**told, member_id=m.beneficiary())


@shape
def medicaid(m: EncounterMaker) -> CodedEncounter:
    return m.covered(filing_indicator="MC", billing_provider_number=m.number("MC"))


@shape
def workers_compensation(m: EncounterMaker) -> CodedEncounter:
    made = m.visit()
    employer = m.person().model_copy(
        update={"last_name": "ACME STEEL", "first_name": None, "middle_name": None, "suffix": None,
                "birth_date": None, "sex": None, "organization": True}
    )  # fmt: skip
    cover = m.coverage(employer, relationship="employee", filing_indicator="WC")
    accident = made.service_date - timedelta(days=m.rng.randint(0, 9))
    return made.model_copy(
        update={
            "coverages": (cover,),
            "related_causes": RelatedCauses(employment=True, accident_date=accident),
            "patient_details": PatientDetails(property_casualty_claim_number=m.number("WC")),
            "dates": ClaimDates(
                last_worked=accident, return_to_work=accident + timedelta(days=30), first_contact=made.service_date
            ),
        }
    )


@shape
def auto_accident(m: EncounterMaker) -> CodedEncounter:
    made = m.covered(filing_indicator="AM")
    causes = RelatedCauses(
        auto_accident=True, other_accident=m.rng.random() < 0.3, accident_date=made.service_date, accident_state="NY"
    )
    details = PatientDetails(property_casualty_claim_number=m.number("PC"))
    return made.model_copy(update={"related_causes": causes, "patient_details": details})


@shape
def medicare_secondary_payer_candidate(m: EncounterMaker) -> CodedEncounter:
    """A group plan first, Medicare second with the reason why (SBR05)."""
    made = m.visit()
    second = m.coverage(
        made.patient, "S", filing_indicator="MB", payer_id="MED02", group_number=None, member_id=m.beneficiary(),
        insurance_type_code=m.pick(("12", "13", "43", "47")),
    )  # fmt: skip
    return made.model_copy(update={"coverages": (*made.coverages, second)})


@shape
def two_payers(m: EncounterMaker) -> CodedEncounter:
    made = m.visit()
    return made.model_copy(update={"coverages": (*made.coverages, m.coverage(made.patient, "S"))})


@shape
def three_payers(m: EncounterMaker) -> CodedEncounter:
    made = m.visit()
    later = (m.coverage(made.patient, "S"), m.coverage(m.person(), "T", relationship="spouse"))
    return made.model_copy(update={"coverages": (*made.coverages, *later)})


@shape
def many_diagnoses(m: EncounterMaker) -> CodedEncounter:
    """More than twelve diagnoses; lines point to few enough."""
    made = m.visit()
    codes = tuple(CodedDiagnosis(code=code, confidence=1) for code in m.rng.sample(DIAGNOSES, m.rng.randint(13, 20)))
    return made.model_copy(update={"diagnoses": codes})


@shape
def many_pointed_diagnoses(m: EncounterMaker) -> CodedEncounter:
    """Lines point to more than twelve: two claims."""
    codes = m.rng.sample(DIAGNOSES, m.rng.randint(14, 24))
    tests = tuple((code, {"pointers": (n,)}) for n, code in enumerate(TESTS[: len(codes) - 4], start=1))
    diagnoses = tuple(CodedDiagnosis(code=code, confidence=1) for code in codes)
    return m.with_lines(*tests, diagnoses=diagnoses)


@shape
def many_lines(m: EncounterMaker) -> CodedEncounter:
    """More than fifty lines: two claims."""
    made = m.visit()
    days = [made.service_date + timedelta(days=n) for n in range(4)]
    pairs = [(code, day) for day in days for code in TESTS][: m.rng.randint(51, 75)]
    lines = tuple(m.line(n, code, day) for n, (code, day) in enumerate(pairs, start=1))
    return made.model_copy(update={"lines": lines, "service_date_to": days[-1]})


@shape
def drugs(m: EncounterMaker) -> CodedEncounter:
    unit = m.pick(("F2", "GR", "ME", "ML", "UN"))
    number = m.maybe(lambda: m.number("RX"), 0.3)
    drug = Drug(
        ndc=m.digits(11), quantity=Decimal(m.rng.randint(1, 900)) / 10, unit=unit,
        prescription_number=number, compound=number is not None and m.rng.random() < 0.3,
    )  # fmt: skip
    return m.with_lines(
        ("96372", {}), (m.pick(("J1100", "J3301", "J1885", "J0696")), {"drug": drug, "units": Decimal(4)})
    )


@shape
def vaccine(m: EncounterMaker) -> CodedEncounter:
    drug = Drug(ndc=m.digits(11), quantity=Decimal(1), unit="UN")
    return m.with_lines(
        ("90471", {}), (m.pick(("90715", "90686", "90732")), {"drug": drug, "immunization_batch_number": "LOT7"})
    )


@shape
def anesthesia(m: EncounterMaker) -> CodedEncounter:
    facility = m.organization("ALBANY SURGERY CENTER")
    minutes = Decimal(m.rng.randint(10, 300))
    code = m.pick(("00400", "00810", "01400", "00567"))
    line = (code, {"units": minutes, "unit_basis": "MJ", "modifiers": (m.pick(("AA", "QZ", "QK")), "P3")})
    return m.with_lines(line, place_of_service="24", service_facility=facility, anesthesia_procedures=("33960",))


@shape
def ambulance(m: EncounterMaker) -> CodedEncounter:
    transport = Ambulance(
        reason_code=m.pick(("A", "B", "C", "D", "E")), distance_miles=Decimal(m.rng.randint(1, 600)) / 10,
        weight_pounds=m.maybe(lambda: Decimal(m.rng.randint(90, 300))), patient_count=m.pick((None, 1, 2)),
        stretcher_purpose=m.maybe(lambda: "UNABLE TO SIT"), round_trip_purpose=m.maybe(lambda: "DIALYSIS", 0.2),
        pick_up=m.address(), drop_off=m.address(), drop_off_name=m.maybe(lambda: "TROY GENERAL HOSPITAL"),
    )  # fmt: skip
    conditions = (Condition(category="07", applies=True, codes=m.pick((("01",), ("04", "09"), ("06",)))),)
    services = (("A0429", {"modifiers": ("RH",)}), ("A0425", {"modifiers": ("RH",), "units": Decimal(12)}))
    return m.with_lines(
        *services, ambulance=transport, conditions=conditions, place_of_service="41", rendering_provider=None
    )


@shape
def ambulance_on_the_line(m: EncounterMaker) -> CodedEncounter:
    made = ambulance(m)
    second = Ambulance(
        reason_code="D", distance_miles=Decimal(3), pick_up=m.address(), drop_off=m.address(), patient_count=2
    )
    lines = (
        made.lines[0],
        made.lines[1].model_copy(
            update={"ambulance": second, "conditions": (Condition(category="07", codes=("05",)),)}
        ),
    )
    return made.model_copy(update={"lines": lines})


@shape
def attachments(m: EncounterMaker) -> CodedEncounter:
    made = m.visit()
    sent = tuple(
        Attachment(
            report_type_code=m.pick(("OZ", "B3", "03", "RR")), transmission_code=m.pick(("EL", "FX", "BM", "EM", "FT")),
            control_number=m.number("ATT"),
        )
        for _ in range(m.rng.randint(1, 4))
    )  # fmt: skip
    on_line = (Attachment(report_type_code="OZ", transmission_code="EL", control_number=m.number("ATT")),)
    first = made.lines[0].model_copy(update={"attachments": on_line})
    request = Attachment(report_type_code="OZ", transmission_code="AA")
    return made.model_copy(update={"attachments": (*sent, request), "lines": (first, *made.lines[1:])})


@shape
def notes(m: EncounterMaker) -> CodedEncounter:
    made = m.visit()
    first = made.lines[0].model_copy(
        update={"note": "SEE THE LETTER, PAGE 2", "note_code": m.pick(("ADD", "DCP")), "third_party_note": "REPRICED"}
    )
    code = m.pick(("ADD", "CER", "DCP", "DGN", "TPO"))
    update = {"claim_note": "SECOND OPINION", "claim_note_code": code, "file_information": ("STATE DATA 1", "2")}
    return made.model_copy(update={**update, "lines": (first, *made.lines[1:])})


@shape
def every_provider(m: EncounterMaker) -> CodedEncounter:
    """Referring, primary care, supervising, ordering; other ones on the line."""
    made = m.visit()
    own = {
        "rendering_provider": m.clinician(), "supervising_provider": m.clinician(), "referring_provider": m.clinician(),
        "ordering_provider": m.clinician(address=m.address(), phone="5185550111", contact_name="ORDERS"),
        "prior_authorization_number": m.number("PA"), "referral_number": m.number("RF"),
    }  # fmt: skip
    first = made.lines[0].model_copy(update=own)
    return made.model_copy(
        update={
            "lines": (first, *made.lines[1:]),
            "referring_provider": m.clinician(),
            "primary_care_provider": m.maybe(m.clinician),
            "supervising_provider": m.clinician(secondary_ids=(SecondaryId(qualifier="0B", value="LIC1"),)),
            "ordering_provider": m.clinician(),
            "prior_authorization_number": m.number("PA"),
            "referral_number": m.number("RF"),
        }
    )


@shape
def facility(m: EncounterMaker) -> CodedEncounter:
    made = m.visit()
    elsewhere = made.lines[0].model_copy(
        update={"service_facility": m.organization("TROY IMAGING"), "place_of_service": "22"}
    )
    number = (SecondaryId(qualifier="LU", value=m.number("LOC")),)
    return made.model_copy(
        update={
            "lines": (elsewhere, *made.lines[1:]),
            "service_facility": m.organization("ALBANY GENERAL", secondary_ids=number),
            "place_of_service": m.pick(("22", "19", "23")),
        }
    )


@shape
def inpatient(m: EncounterMaker) -> CodedEncounter:
    made = m.with_lines((m.pick(("99221", "99222", "99232", "99239")), {}))
    admitted = made.service_date - timedelta(days=m.rng.randint(0, 3))
    discharged = m.maybe(lambda: made.service_date + timedelta(days=1))
    return made.model_copy(
        update={
            "place_of_service": "21",
            "service_facility": m.organization("ALBANY GENERAL"),
            "dates": ClaimDates(admission=admitted, discharge=discharged),
        }
    )


@shape
def pay_to(m: EncounterMaker) -> CodedEncounter:
    made = m.visit()
    box = m.address().model_copy(update={"line1": "PO BOX 12", "line2": None})
    plan = PayToPlan(name="STATE PLAN", payer_id="PLAN1", tax_id="14" + m.digits(7), address=m.address())
    return made.model_copy(update={"pay_to_address": box, "pay_to_plan": m.maybe(lambda: plan)})


@shape
def mammography(m: EncounterMaker) -> CodedEncounter:
    line = ("77067", {"mammography_certification_number": m.maybe(lambda: m.digits(6))})
    screening = (CodedDiagnosis(code="Z12.31", confidence=1),)
    return m.with_lines(line, diagnoses=screening, mammography_certification_number=m.digits(6))


@shape
def laboratory(m: EncounterMaker) -> CodedEncounter:
    lab = m.organization("REFERENCE LAB", address=None)
    own = {"clia_number": "33D" + m.digits(7), "referring_clia_number": "33D" + m.digits(7), "modifiers": ("90",)}
    bought = {"purchased_service_provider": lab, "purchased_service_cents": 900, "modifiers": ("TC",)}
    return m.with_lines(
        ("80053", own), ("93000", bought), ("83036", {"modifiers": ("QW",)}), referring_provider=m.clinician()
    )


@shape
def epsdt(m: EncounterMaker) -> CodedEncounter:
    made = m.covered(filing_indicator="MC")
    first = made.lines[0].model_copy(update={"epsdt": True, "family_planning": m.rng.random() < 0.5})
    referral = Condition(category="ZZ", applies=True, codes=(m.pick(("AV", "S2", "ST")),))
    none = Condition(category="ZZ", applies=False, codes=("NU",))
    return made.model_copy(
        update={
            "lines": (first, *made.lines[1:]),
            "conditions": (m.pick((referral, none)),),
            "special_program_code": m.pick(("03", "02")),
        }
    )


@shape
def emergency(m: EncounterMaker) -> CodedEncounter:
    return m.with_lines(
        (m.pick(("99283", "99284", "99285")), {"emergency": True, "copay_exempt": m.rng.random() < 0.3}),
        place_of_service="23",
        service_facility=m.organization("ALBANY GENERAL"),
        delay_reason_code=m.pick(("1", "7", "11", "15")),
    )


@shape
def spinal_manipulation(m: EncounterMaker) -> CodedEncounter:
    made = m.with_lines((m.pick(("98940", "98941", "98942")), {"modifiers": ("AT",)}))
    spine = SpinalManipulation(
        condition_code=m.pick(("A", "C", "D", "E", "F", "G", "M")), description="LOW BACK", description2="ACUTE"
    )
    day = made.service_date
    return made.model_copy(
        update={
            "spinal_manipulation": spine,
            "dates": ClaimDates(
                initial_treatment=day - timedelta(days=20),
                last_x_ray=day - timedelta(days=30),
                acute_manifestation=day - timedelta(days=25),
            ),
        }
    )


@shape
def homebound_and_hospice(m: EncounterMaker) -> CodedEncounter:
    hospice = (Condition(category="70", applies=m.rng.random() < 0.5, codes=("65",)),)
    return m.with_lines(
        ("99349", {"conditions": hospice}),
        place_of_service="12",
        conditions=(Condition(category="75", codes=("IH",)),),
        care_plan_oversight_number=m.maybe(lambda: m.number("CPO")),
    )


@shape
def vision(m: EncounterMaker) -> CodedEncounter:
    made = m.with_lines(("92014", {}), ("V2100", {"units": Decimal(2)}))
    lenses = Condition(category=m.pick(("E1", "E2", "E3")), codes=(m.pick(("L1", "L2", "L3", "L4", "L5")),))
    prescribed = ClaimDates(hearing_vision_prescription=made.service_date - timedelta(days=4))
    return made.model_copy(update={"conditions": (lenses,), "dates": prescribed})


@shape
def equipment(m: EncounterMaker) -> CodedEncounter:
    made = m.visit()
    day = made.service_date
    piece = DurableEquipment(
        code="E0570", days=Decimal(30), rental_cents=2_000, purchase_cents=15_000,
        rental_frequency=m.pick(("1", "4", "6")),
    )  # fmt: skip
    certificate = EquipmentCertification(
        type_code=m.pick(("I", "R", "S")), months=Decimal(12), transmission_code=m.pick(("AB", "AF", "AG", "NS"))
    )
    answers = (FormAnswer(question="1A", text="J0234"), FormAnswer(question="4", yes_no="Y"))
    line = m.line(
        1, "E0570", day, modifiers=("RR",), equipment=piece, equipment_certification=certificate,
        conditions=(Condition(category="09", codes=("38",)),),
        dates=LineDates(begin_therapy=day, last_certification=day, prescription=day - timedelta(days=2)),
        forms=(Form(code="04.04", answers=answers),),
    )  # fmt: skip
    return made.model_copy(update={"lines": (line,), "place_of_service": "12"})


@shape
def measured(m: EncounterMaker) -> CodedEncounter:
    made = m.with_lines(
        (
            "J0885",
            {
                "measurements": (Measurement(reference_code="TR", qualifier="R1", value=Decimal("11.3")),),
                "units": Decimal(10),
                "drug": Drug(ndc="55513012601", quantity=Decimal(1), unit="UN"),
            },
        )
    )
    day = made.service_date
    dates = LineDates(hemoglobin_test=day - timedelta(days=3), creatinine_test=day - timedelta(days=3))
    return made.model_copy(update={"lines": (made.lines[0].model_copy(update={"dates": dates}),)})


@shape
def maternity(m: EncounterMaker) -> CodedEncounter:
    made = m.with_lines(
        ("59400", {"obstetric_units": m.maybe(lambda: Decimal(2))}),
        diagnoses=(CodedDiagnosis(code="O80", confidence=1), CodedDiagnosis(code="Z37.0", confidence=1)),
        patient_details=PatientDetails(pregnant=True),
    )
    mother = made.patient.model_copy(update={"sex": "F", "birth_date": made.service_date.replace(year=1995)})
    last = ClaimDates(last_menstrual_period=made.service_date - timedelta(days=270))
    cover = m.coverage(mother)
    return made.model_copy(update={"patient": mother, "coverages": (cover,), "dates": last})


@shape
def contract_and_amounts(m: EncounterMaker) -> CodedEncounter:
    made = m.visit()
    contract = Contract(type_code=m.pick(("02", "03", "09")), amount_cents=5_000, percentage=Decimal("10.5"), code="C1")
    first = made.lines[0].model_copy(
        update={"contract": contract, "sales_tax_cents": m.maybe(lambda: 125), "postage_cents": m.maybe(lambda: 80)}
    )
    return made.model_copy(
        update={
            "contract": contract,
            "lines": (first, *made.lines[1:]),
            "patient_paid_cents": 2_000,
            "patient_signature_source": m.maybe(lambda: "P"),
        }
    )


@shape
def research(m: EncounterMaker) -> CodedEncounter:
    made = m.visit()
    return made.model_copy(
        update={
            "investigational_device_number": "G" + m.digits(6),
            "demonstration_project_id": m.number("DEMO"),
            "service_authorization_exception_code": m.pick(("1", "5", "7")),
            "medicare_crossover": m.maybe(lambda: "Y"),
            "condition_codes": ("AA", "AB"),
        }
    )


@shape
def shared_care(m: EncounterMaker) -> CodedEncounter:
    made = m.with_lines(("66984", {"modifiers": (m.pick(("54", "55")), "RT")}))
    day = made.service_date
    dates = ClaimDates(assumed_care=day + timedelta(days=1), relinquished_care=day + timedelta(days=20))
    return made.model_copy(update={"dates": dates})


@shape
def disability(m: EncounterMaker) -> CodedEncounter:
    made = m.visit()
    start, end = made.service_date - timedelta(days=5), made.service_date + timedelta(days=20)
    told = m.pick(({"disability_start": start, "disability_end": end}, {"disability_start": start}))
    return made.model_copy(update={"dates": ClaimDates(**told, onset=start)})


@shape
def unlisted(m: EncounterMaker) -> CodedEncounter:
    return m.with_lines((m.pick(("64999", "J3490")), {"description": "NERVE STIMULATION, LEFT HAND"}))


@shape
def telehealth(m: EncounterMaker) -> CodedEncounter:
    return m.with_lines(
        (m.pick(VISITS), {"modifiers": ("95",)}), ("99417", {"modifiers": ("95",)}), place_of_service="10"
    )


@shape
def date_range(m: EncounterMaker) -> CodedEncounter:
    made = m.with_lines((m.pick(PROCEDURES), {}), (m.pick(TESTS), {}))
    last = made.service_date + timedelta(days=m.rng.randint(0, 4))
    return made.model_copy(
        update={"service_date_to": last, "lines": tuple(it.model_copy(update={"date_to": last}) for it in made.lines)}
    )


@shape
def bilateral(m: EncounterMaker) -> CodedEncounter:
    return m.with_lines(
        ("99213", {"modifiers": ("25",)}),
        ("20610", {"modifiers": ("50",)}),
        ("17110", {"modifiers": ("59", "XS", "LT", "76")}),
    )


@shape
def payer_numbers(m: EncounterMaker) -> CodedEncounter:
    office = (SecondaryId(qualifier="FY", value=m.number("OFF")),)
    return m.covered(payer_secondary_ids=office, billing_provider_number=m.number("PRV"), filing_indicator="BL")


@shape
def death_and_weight(m: EncounterMaker) -> CodedEncounter:
    made = m.visit()
    details = PatientDetails(death_date=made.service_date + timedelta(days=1), weight_pounds=Decimal("160.5"))
    return made.model_copy(update={"patient_details": details})
