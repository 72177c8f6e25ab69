"""The rare segments and the long REF and DTP lists of an 837P, bound to model fields for both directions."""

from __future__ import annotations

from collections.abc import Mapping

from x12.claim_837p.models import (
    AmbulanceTransport,
    ClaimDates,
    EquipmentCertification,
    FormAnswer,
    LineDates,
    Measurement,
    PurchasedService,
    SpinalManipulation,
)
from x12.records import Record
from x12.segments import SegmentWriter

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
_AMBULANCE_FIELDS = {
    2: "weight_pounds:decimal",
    4: "reason_code:text",
    6: "distance_miles:decimal",
    9: "round_trip_purpose:text",
    10: "stretcher_purpose:text",
}
_WEIGHED = Record("CR1", AmbulanceTransport, _AMBULANCE_FIELDS, {1: "LB", 5: "DH"}, ("distance_miles",))
_NOT_WEIGHED = Record("CR1", AmbulanceTransport, _AMBULANCE_FIELDS, {5: "DH"}, ("distance_miles",))


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


def write_dates(writer: SegmentWriter, dates: ClaimDates | LineDates, names: Mapping[str, str]) -> None:
    """A DTP for every named date."""
    for qualifier, name in names.items():
        found = getattr(dates, name)
        if found is not None:
            writer.add("DTP", qualifier, "D8", found)


def write_disability(writer: SegmentWriter, dates: ClaimDates) -> None:
    """DTP*314 with both dates, *360 with the start only, *361 with the end only."""
    start, end = dates.disability_start, dates.disability_end
    if start is not None and end is not None:
        writer.add("DTP", "314", "RD8", f"{start:%Y%m%d}-{end:%Y%m%d}")
    elif start is not None:
        writer.add("DTP", "360", "D8", start)
    elif end is not None:
        writer.add("DTP", "361", "D8", end)
