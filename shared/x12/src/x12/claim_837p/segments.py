"""The rare segments and the long REF and DTP lists of an 837P, bound to model fields for both directions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from x12.checking import parse_date
from x12.claim_837p.models import (
    AmbulanceTransport,
    Attachment,
    ClaimDates,
    Contract,
    EquipmentCertification,
    FormAnswer,
    LineDates,
    Measurement,
    Note,
    PurchasedService,
    Repricing,
    SpinalManipulation,
)
from x12.reading import element
from x12.records import Record
from x12.segments import SegmentWriter
from x12.walking import Node

_ATTACHMENT_FIELDS = {1: "report_type_code:text", 2: "transmission_code:text", 6: "control_number:text"}
ATTACHMENT = Record("PWK", Attachment, _ATTACHMENT_FIELDS)
_NUMBERED = Record("PWK", Attachment, _ATTACHMENT_FIELDS, {5: "AC"})
CONTRACT = Record(
    "CN1",
    Contract,
    {
        1: "type_code:text",
        2: "amount_cents:money",
        3: "percentage:decimal",
        4: "code:text",
        5: "terms_discount_percentage:decimal",
        6: "version:text",
    },
)
NOTE = Record("NTE", Note, {1: "reference_code:text", 2: "text:text"})
SPINAL = Record("CR2", SpinalManipulation, {8: "condition_code:text", 10: "description:text", 11: "description_2:text"})
CERTIFICATION = Record(
    "CR3", EquipmentCertification, {1: "type_code:text", 3: "months:decimal"}, {2: "MO"}, ("months",)
)
MEASUREMENT = Record(
    "MEA", Measurement, {1: "reference_code:text", 2: "qualifier:text", 3: "value:decimal"}, None, ("value",)
)
PURCHASED = Record("PS1", PurchasedService, {1: "provider_id:text", 2: "charge_cents:money"}, None, ("charge_cents",))
ANSWER = Record(
    "FRM",
    FormAnswer,
    {1: "question:text", 2: "yes_no:text", 3: "text:text", 4: "answer_date:date", 5: "percentage:decimal"},
)
REPRICING = Record(
    "HCP",
    Repricing,
    {
        1: "methodology_code:text",
        2: "allowed_cents:money",
        3: "saving_cents:money",
        4: "organization_id:text",
        5: "rate:decimal",
        6: "ambulatory_group_code:text",
        7: "ambulatory_group_cents:money",
        9: "procedure_qualifier:text",
        10: "procedure_code:text",
        11: "unit_code:text",
        12: "units:decimal",
        13: "reject_reason_code:text",
        14: "compliance_code:text",
        15: "exception_code:text",
    },
    None,
    ("allowed_cents",),
)
_AMBULANCE_FIELDS = {
    2: "weight_pounds:decimal",
    4: "reason_code:text",
    6: "distance_miles:decimal",
    9: "round_trip_purpose:text",
    10: "stretcher_purpose:text",
}
_WEIGHED = Record("CR1", AmbulanceTransport, _AMBULANCE_FIELDS, {1: "LB", 5: "DH"}, ("distance_miles",))
_NOT_WEIGHED = Record("CR1", AmbulanceTransport, _AMBULANCE_FIELDS, {5: "DH"}, ("distance_miles",))


def write_attachments(writer: SegmentWriter, attachments: Iterable[Attachment]) -> None:
    """PWK; the qualifier AC stands only with a control number."""
    for attachment in attachments:
        (_NUMBERED if attachment.control_number else ATTACHMENT).write(writer, attachment)


def write_ambulance(writer: SegmentWriter, value: AmbulanceTransport | None) -> None:
    """CR1; the unit of weight stands only with a weight."""
    if value is not None:
        (_NOT_WEIGHED if value.weight_pounds is None else _WEIGHED).write(writer, value)


def read_ambulance(segment: list[str]) -> AmbulanceTransport | None:
    """CR1."""
    return _WEIGHED.read(segment)


CLAIM_DATES = {
    "431": "onset",
    "454": "initial_treatment",
    "304": "last_seen",
    "453": "acute_manifestation",
    "439": "accident",
    "484": "last_menstrual_period",
    "455": "last_x_ray",
    "471": "hearing_vision_prescription",
    "297": "last_worked",
    "296": "return_to_work",
    "435": "admission",
    "096": "discharge",
    "090": "assumed_care",
    "091": "relinquished_care",
    "444": "first_contact",
    "050": "repricer_received",
}
LINE_DATES = {
    "471": "prescription",
    "607": "certification_revision",
    "463": "begin_therapy",
    "461": "last_certification",
    "304": "last_seen",
    "738": "hemoglobin_test",
    "739": "creatinine_test",
    "011": "shipped",
    "455": "last_x_ray",
    "454": "initial_treatment",
}
CLAIM_REFERENCES = {
    "4N": "service_authorization_exception_code",
    "F5": "medicare_crossover",
    "EW": "mammography_certification_number",
    "9F": "referral_number",
    "G1": "prior_authorization_number",
    "F8": "payer_claim_control_number",
    "X4": "clia_number",
    "9A": "repriced_claim_number",
    "9C": "adjusted_repriced_claim_number",
    "LX": "investigational_device_number",
    "D9": "clearinghouse_claim_number",
    "EA": "medical_record_number",
    "P4": "demonstration_project_id",
    "1J": "care_plan_oversight_number",
}
LINE_REFERENCES = {
    "6R": "line_item_control_number",
    "EW": "mammography_certification_number",
    "X4": "clia_number",
    "F4": "referring_clia_number",
    "BT": "immunization_batch_number",
}
REPRICED_LINE_REFERENCES = {"9B": "repriced_reference", "9D": "adjusted_repriced_reference"}
OTHER_PAYER_REFERENCES = {
    "G1": "prior_authorization_number",
    "9F": "referral_number",
    "T4": "claim_adjustment_indicator",
    "F8": "payer_claim_control_number",
}


def write_fields(writer: SegmentWriter, value: object, names: Mapping[str, str]) -> None:
    """A REF for every named field that is filled."""
    for qualifier, name in names.items():
        text = getattr(value, name)
        if text:
            writer.add("REF", qualifier, text)


def read_fields(node: Node, names: Mapping[str, str]) -> dict[str, Any]:
    """The named fields from the REF segments of a loop; the first of each qualifier counts."""
    found: dict[str, Any] = {}
    for segment in node.segments:
        if segment[0] == "REF" and len(segment) > 2 and (name := names.get(segment[1])):
            found.setdefault(name, segment[2])
    return found


def write_dates(writer: SegmentWriter, dates: ClaimDates | LineDates, names: Mapping[str, str]) -> None:
    """A DTP for every named date."""
    for qualifier, name in names.items():
        found = getattr(dates, name)
        if found is not None:
            writer.add("DTP", qualifier, "D8", found)


def read_dates(node: Node, names: Mapping[str, str]) -> dict[str, Any]:
    """The named dates from the DTP segments of a loop."""
    found: dict[str, Any] = {}
    for segment in node.segments:
        if segment[0] == "DTP" and len(segment) > 3 and (name := names.get(segment[1])):
            found.setdefault(name, parse_date(element(segment, 3)))
    return found


def write_disability(writer: SegmentWriter, dates: ClaimDates) -> None:
    """DTP*314 with both dates, *360 with the start only, *361 with the end only."""
    start, end = dates.disability_start, dates.disability_end
    if start is not None and end is not None:
        writer.add("DTP", "314", "RD8", f"{start:%Y%m%d}-{end:%Y%m%d}")
    elif start is not None:
        writer.add("DTP", "360", "D8", start)
    elif end is not None:
        writer.add("DTP", "361", "D8", end)
