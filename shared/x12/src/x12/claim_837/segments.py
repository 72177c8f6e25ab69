"""Segments of 837P and 837I bound to model fields, for both directions."""

from __future__ import annotations

from collections.abc import Iterable

from x12.claim_837.details import Attachment, Contract, Note, Repricing
from x12.records import Record
from x12.segments import SegmentWriter

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
