"""Segments of 837P and 837I bound to model fields, for both directions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from x12.checking import parse_date
from x12.claim_837.details import Attachment, Contract, Note, Repricing
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
        8: "revenue_code:text",
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


def write_attachments(writer: SegmentWriter, attachments: Iterable[Attachment]) -> None:
    """PWK; the qualifier AC stands only with a control number."""
    for attachment in attachments:
        (_NUMBERED if attachment.control_number else ATTACHMENT).write(writer, attachment)


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


def read_dates(node: Node, names: Mapping[str, str]) -> dict[str, Any]:
    """The named dates from the DTP segments of a loop."""
    found: dict[str, Any] = {}
    for segment in node.segments:
        if segment[0] == "DTP" and len(segment) > 3 and (name := names.get(segment[1])):
            found.setdefault(name, parse_date(element(segment, 3)))
    return found
