"""What a biller may fix on a claim, and how fixes survive a rebuild.

Diagnosis and procedure codes are the coder's: they change by coding again, never here. A fix remembers the value that
it was made for, and is made again on a rebuilt claim only where that value stands there again: a newer and better value
from the EMR is never overwritten by an older fix.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from events.phi import ClaimContent, ClaimDates, ClaimLine, Institutional, PatientDetails, RelatedCauses
from pydantic import ValidationError

from claim_builder import fields
from claim_builder.building import retotal
from claim_builder.errors import FieldNotFixable

PAYER_FIELD: Final = "coverage/payer_id"
"""To whom the claim goes: to be fixed only while no payer can have it."""
_PERSON: Final = ("last_name", "first_name", "middle_name", "suffix", "birth_date", "sex", "phone", "address")
_ADDRESS: Final = ("line1", "line2", "city", "state", "postal_code", "country")
_PROVIDER: Final = (
    "npi",
    "entity",
    "name",
    "first_name",
    "middle_name",
    "taxonomy_code",
    "tax_id",
    "tax_id_type",
    "contact_name",
    "phone",
    "address",
    "secondary_ids",
)
_COVERAGE: Final = (
    "payer_id",
    "payer_name",
    "filing_indicator",
    "member_id",
    "group_number",
    "group_name",
    "relationship",
    "payer_address",
    "insurance_type_code",
    "payer_secondary_ids",
    "billing_provider_number",
)
_LINE: Final = tuple(
    sorted(ClaimLine.model_fields.keys() - {"line_number", "code", "line_item_control_number", "excerpt"})
)
_COVERS: Final = ("coverage", "other_coverages/*", "prior_payments/*/coverage")
_PEOPLE: Final = ("patient", *(f"{cover}/subscriber" for cover in _COVERS))
_PROVIDERS: Final = (
    "billing_provider",
    "rendering_provider",
    "referring_provider",
    "ordering_provider",
    "supervising_provider",
    "service_facility",
    "primary_care_provider",
    "attending_provider",
    "operating_provider",
    "other_operating_provider",
)
_WHOLE: Final = (
    *_PROVIDERS[1:],
    "pay_to_address",
    "pay_to_plan",
    "patient_details",
    "patient_paid_cents",
    "patient_signature_source",
    "special_program_code",
    "delay_reason_code",
    "service_authorization_exception_code",
    "medicare_crossover",
    "mammography_certification_number",
    "investigational_device_number",
    "demonstration_project_id",
    "care_plan_oversight_number",
    "contract",
    "file_information",
    "claim_note_code",
    "ambulance",
    "spinal_manipulation",
    "conditions",
    "condition_codes",
    "provider_signature_on_file",
    "place_of_service",
    "service_date",
    "service_date_to",
    "prior_authorization_number",
    "referral_number",
    "clia_number",
    "medical_record_number",
    "payer_claim_control_number",
    "attachments",
    "claim_note",
    "release_of_information",
    "benefits_assigned",
    "accepts_assignment",
    "prior_payments",
)
_DATES: Final = tuple(ClaimDates.model_fields)
_CAUSES: Final = tuple(RelatedCauses.model_fields)
_CLINICAL: Final = frozenset(
    {
        "admitting_diagnosis_code",
        "reason_for_visit_codes",
        "external_cause_codes",
        "present_on_admission",
        "drg_code",
        "principal_procedure",
        "other_procedures",
    }
)
"""Of the UB-04 data what the record says: a revised encounter brings it, no biller."""
_INSTITUTIONAL: Final = tuple(sorted(Institutional.model_fields.keys() - _CLINICAL - {"revenue_lines"}))

FIXABLE: Final = (
    *_WHOLE,
    *(f"{who}/{part}" for who in _PEOPLE for part in _PERSON),
    *(f"{who}/address/{part}" for who in (*_PEOPLE, *_PROVIDERS) for part in _ADDRESS),
    *(f"{who}/{part}" for who in _PROVIDERS for part in _PROVIDER),
    *(f"{cover}/{part}" for cover in _COVERS for part in _COVERAGE),
    *(f"{cover}/payer_address/{part}" for cover in _COVERS for part in _ADDRESS),
    *(f"pay_to_address/{part}" for part in _ADDRESS),
    *(f"dates/{part}" for part in _DATES),
    *(f"related_causes/{part}" for part in _CAUSES),
    *(f"patient_details/{part}" for part in PatientDetails.model_fields),
    *(f"institutional/{part}" for part in _INSTITUTIONAL),
    *(f"lines/*/{part}" for part in _LINE),
)
"""Patterns of the fields that a biller may change."""


@dataclass(frozen=True, slots=True)
class Fix:
    """One change: the field's path, and its JSON value before and after."""

    field: str
    before: Any
    after: Any


def fix_for(content: ClaimContent, field: str, value: Any) -> Fix:
    """The fix that puts `value` (plain JSON) into `field`.

    Raises FieldNotFixable for a field that is not a biller's or not there, pydantic.ValidationError for a value that
    the field cannot hold.
    """
    if not any(fields.matches(pattern, field) for pattern in FIXABLE):
        raise FieldNotFixable("fix.field-not-allowed")
    try:
        before = fields.read(content.model_dump(mode="json"), field)
    except fields.NoSuchField:
        raise FieldNotFixable("fix.field-not-there") from None
    fix = Fix(field, before, value)
    _applied(content, fix)
    return fix


def apply_fixes(content: ClaimContent, fixes: Sequence[Fix]) -> ClaimContent:
    """The content with every fix made that fits it, in order, and its total summed up again."""
    for fix in fixes:
        content = _try(content, fix)
    return retotal(content)


def fixed_lines(fixes: Sequence[Fix]) -> frozenset[int]:
    """Positions of lines whose charge a biller has set: they have a price now, be it zero."""
    charges = (fix.field.split("/") for fix in fixes if fields.matches("lines/*/charge_cents", fix.field))
    return frozenset(int(pieces[1]) for pieces in charges)


def _try(content: ClaimContent, fix: Fix) -> ClaimContent:
    try:
        if fields.read(content.model_dump(mode="json"), fix.field) == fix.before:
            return _applied(content, fix)
    except (fields.NoSuchField, ValidationError):
        pass  # the claim was rebuilt without this field, or in another shape: the fix has nothing to fix
    return content


def _applied(content: ClaimContent, fix: Fix) -> ClaimContent:
    tree = content.model_dump(mode="json")
    fields.write(tree, fix.field, fix.after)
    fixed = ClaimContent.model_validate_json(json.dumps(tree), strict=True)
    return _beside_decisions(content, fixed) if fix.field.startswith("other_coverages/") else fixed


def _beside_decisions(content: ClaimContent, fixed: ClaimContent) -> ClaimContent:
    """A cover that was fixed stands fixed beside its payer's decision as well: that one is written."""
    covers = list(zip(content.other_coverages, fixed.other_coverages, strict=True))
    payments = tuple(
        payment.model_copy(update={"coverage": next((new for old, new in covers if old == was), was)})
        for payment, was in ((payment, payment.coverage) for payment in fixed.prior_payments)
    )
    return fixed.model_copy(update={"prior_payments": payments})
