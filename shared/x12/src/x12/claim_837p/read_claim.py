"""Reads loop 2300 and what is inside it into a `Claim`."""

from __future__ import annotations

from typing import Any

from x12.claim_837.read import (
    NO_ADDRESS,
    NO_DATE,
    Levels,
    attachments,
    conditions,
    drug,
    facility,
    line_references,
    optional_provider,
    other_coverage,
    provider,
)
from x12.claim_837.segments import CONTRACT, NOTE, REPRICING
from x12.claim_837p.models import (
    NO_CLAIM_DATES,
    NO_LINE_DATES,
    AmbulanceLocation,
    Claim,
    ClaimDates,
    DurableEquipment,
    Form,
    LineAdjudication,
    LineDates,
    Note,
    ServiceLine,
)
from x12.claim_837p.segments import (
    ANSWER,
    CERTIFICATION,
    CLAIM_DATES,
    CLAIM_REFERENCES,
    LINE_DATES,
    LINE_REFERENCES,
    MEASUREMENT,
    PURCHASED,
    REPRICED_LINE_REFERENCES,
    SPINAL,
    read_ambulance,
)
from x12.elements import element
from x12.elements import number as integer
from x12.extracting import (
    ZERO,
    address,
    adjustments,
    amount,
    day,
    days,
    number,
    procedure,
)
from x12.records import read_dates, read_fields
from x12.walking import Node

_CERTIFICATE_CODES = frozenset(["AB", "AD", "AF", "AG", "NS"])


def read_claim(node: Node, component: str, levels: Levels) -> Claim:
    """The claim of a loop 2300; ``levels`` must stand at it."""
    clm = node.segments[0]
    place = [*element(clm, 5).split(component), "", ""]
    causes = [*element(clm, 11).split(component), "", "", "", ""]
    codes = _codes(node, component)
    return Claim(
        billing_provider=levels.provider,
        subscriber=levels.subscriber,
        payer=levels.payer,
        patient_control_number=element(clm, 1),
        charge_cents=amount(clm, 2) or 0,
        place_of_service_code=place[0],
        diagnosis_codes=codes.get("K", ()),
        service_lines=tuple(_line(child, component) for child in node.each("2400")),
        patient=levels.patient,
        frequency_code=place[2],
        provider_signature_on_file=element(clm, 6) == "Y",
        assignment_code=element(clm, 7),
        benefits_assignment=element(clm, 8),
        release_of_information=element(clm, 9),
        patient_signature_source=element(clm, 10),
        related_causes=tuple(code for code in causes[:3] if code),
        accident_state=causes[3],
        accident_country=causes[4],
        special_program_code=element(clm, 12),
        delay_reason_code=element(clm, 20),
        icd_9="9" in codes,
        dates=_claim_dates(node),
        attachments=attachments(node.all("PWK")),
        contract=CONTRACT.read(node.first("CN1")),
        patient_paid_cents=amount(node.first("AMT", "F5"), 2),
        file_information=tuple(element(segment, 1) for segment in node.all("K3")),
        note=NOTE.read(node.first("NTE")),
        ambulance=read_ambulance(node.first("CR1")),
        spinal_manipulation=SPINAL.read(node.first("CR2")),
        conditions=conditions(node),
        anesthesia_procedures=codes.get("P", ()),
        condition_codes=codes.get("BG", ()),
        repricing=REPRICING.read(node.first("HCP")),
        referring_providers=tuple(provider(child) for child in node.each("2310A")),
        rendering_provider=optional_provider(node, "2310B"),
        service_facility=facility(node.child("2310C")),
        supervising_provider=optional_provider(node, "2310D"),
        ambulance_pick_up=_location(node.child("2310E")),
        ambulance_drop_off=_location(node.child("2310F")),
        other_coverages=tuple(other_coverage(child) for child in node.each("2320")),
        **read_fields(node, CLAIM_REFERENCES),
    )


def _codes(node: Node, component: str) -> dict[str, tuple[str, ...]]:
    """HI codes: K diagnoses, P anesthesia procedures, BG conditions; key 9 if the diagnoses are ICD-9."""
    found: dict[str, tuple[str, ...]] = {}
    for segment in node.all("HI"):
        kind = element(segment, 1).split(component)[0]
        key = {"BK": "K", "ABK": "K", "BP": "P"}.get(kind, kind)
        if kind == "BK":
            found["9"] = ()
        parts = (text.split(component) for text in segment[1:] if text)
        found[key] = found.get(key, ()) + tuple(part[1] for part in parts if len(part) > 1)
    return found


def _claim_dates(node: Node) -> ClaimDates:
    found = read_dates(node, CLAIM_DATES)
    for qualifier in ("314", "360", "361"):
        segment = node.first("DTP", qualifier)
        if segment:
            start, end = days(segment)
            found["disability_end" if qualifier == "361" else "disability_start"] = start
            if end is not None:
                found["disability_end"] = end
    return ClaimDates(**found) if found else NO_CLAIM_DATES


def _is_certificate(segment: list[str]) -> bool:
    """PWK*CT with a code that only the DME certificate of medical necessity has."""
    return element(segment, 1) == "CT" and element(segment, 2) in _CERTIFICATE_CODES


def _location(node: Node | None) -> AmbulanceLocation | None:
    if node is None:
        return None
    return AmbulanceLocation(address(node) or NO_ADDRESS, element(node.first("NM1"), 3))


def _line(node: Node, component: str) -> ServiceLine:
    sv1 = node.first("SV1")
    start, end = days(node.first("DTP", "472"))
    pointers = tuple(integer(text) for text in element(sv1, 7).split(component) if text)
    return ServiceLine(
        procedure=procedure(element(sv1, 1), component),
        charge_cents=amount(sv1, 2) or 0,
        units=number(sv1, 4) or ZERO,
        service_date=start or NO_DATE,
        diagnosis_pointers=pointers,
        unit_code=element(sv1, 3),
        service_date_end=end,
        place_of_service_code=element(sv1, 5),
        emergency=element(sv1, 9) == "Y",
        epsdt=element(sv1, 11) == "Y",
        family_planning=element(sv1, 12) == "Y",
        copay_exempt=element(sv1, 15) == "0",
        equipment=_equipment(node.first("SV5"), component),
        attachments=attachments([segment for segment in node.all("PWK") if not _is_certificate(segment)]),
        equipment_certificate_transmission_code=next(
            (element(segment, 2) for segment in node.all("PWK") if _is_certificate(segment)), ""
        ),
        ambulance=read_ambulance(node.first("CR1")),
        equipment_certification=CERTIFICATION.read(node.first("CR3")),
        conditions=conditions(node),
        dates=_line_dates(node),
        ambulance_patient_count=_count(node),
        obstetric_units=number(node.first("QTY", "FL"), 2),
        measurements=tuple(made for segment in node.all("MEA") if (made := MEASUREMENT.read(segment))),
        contract=CONTRACT.read(node.first("CN1")),
        prior_authorizations=line_references(node, "G1", component),
        referrals=line_references(node, "9F", component),
        sales_tax_cents=amount(node.first("AMT", "T"), 2),
        postage_cents=amount(node.first("AMT", "F4"), 2),
        file_information=tuple(element(segment, 1) for segment in node.all("K3")),
        note=_line_note(node),
        third_party_note=element(node.first("NTE", "TPO"), 2),
        purchased_service=PURCHASED.read(node.first("PS1")),
        repricing=REPRICING.read(node.first("HCP")),
        drug=drug(node.child("2410"), component),
        adjudications=tuple(_adjudication(child, component) for child in node.each("2430")),
        forms=tuple(_form(child) for child in node.each("2440")),
        **_line_parties(node),
        **{**read_fields(node, LINE_REFERENCES), **read_fields(node, REPRICED_LINE_REFERENCES)},
    )


def _line_parties(node: Node) -> dict[str, Any]:
    return {
        "rendering_provider": optional_provider(node, "2420A"),
        "purchased_service_provider": optional_provider(node, "2420B"),
        "service_facility": facility(node.child("2420C")),
        "supervising_provider": optional_provider(node, "2420D"),
        "ordering_provider": optional_provider(node, "2420E"),
        "referring_providers": tuple(provider(child) for child in node.each("2420F")),
        "ambulance_pick_up": _location(node.child("2420G")),
        "ambulance_drop_off": _location(node.child("2420H")),
    }


def _equipment(segment: list[str], component: str) -> DurableEquipment | None:
    if not segment:
        return None
    return DurableEquipment(
        procedure(element(segment, 1), component),
        number(segment, 3) or ZERO,
        amount(segment, 4) or 0,
        amount(segment, 5) or 0,
        element(segment, 6),
    )


def _line_dates(node: Node) -> LineDates:
    found = read_dates(node, LINE_DATES)
    return LineDates(**found) if found else NO_LINE_DATES


def _count(node: Node) -> int | None:
    found = number(node.first("QTY", "PT"), 2)
    return None if found is None else int(found)


def _line_note(node: Node) -> Note | None:
    return next((NOTE.read(segment) for segment in node.all("NTE") if element(segment, 1) != "TPO"), None)


def _adjudication(node: Node, component: str) -> LineAdjudication:
    svd = node.first("SVD")
    bundled = element(svd, 6)
    return LineAdjudication(
        element(svd, 1),
        amount(svd, 2) or 0,
        procedure(element(svd, 3), component),
        number(svd, 5) or ZERO,
        day(node.first("DTP", "573"), 3),
        adjustments(node),
        integer(bundled) if bundled else None,
        amount(node.first("AMT", "EAF"), 2),
    )


def _form(node: Node) -> Form:
    lq = node.first("LQ")
    answers = tuple(made for segment in node.all("FRM") if (made := ANSWER.read(segment)))
    return Form(element(lq, 2), element(lq, 1), answers)
