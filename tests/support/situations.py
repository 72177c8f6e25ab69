"""Every situational field of an encounter filled: what some claims need and most do not, as an EMR would post it."""

from __future__ import annotations

from typing import Any

ADDRESS = {"line1": "9 RIVER RD", "city": "TROY", "state": "NY", "postal_code": "121801234"}
HOSPITAL = {**ADDRESS, "line1": "1 HOSPITAL DR"}
SURGEON = {"entity": "person", "name": "COLE", "first_name": "SAM", "npi": "1003000126"}
NURSE = {"entity": "person", "name": "BAKER", "first_name": "ELI", "npi": "1245319599"}
LAB = {"entity": "organization", "name": "TROY LAB", "npi": "1679576722", "address": ADDRESS}
AMBULANCE = {
    "reason_code": "A", "distance_miles": "12.5", "weight_pounds": "160", "stretcher_purpose": "UNABLE TO SIT",
    "round_trip_purpose": "DIALYSIS", "patient_count": 2, "pick_up": ADDRESS, "drop_off": HOSPITAL,
    "drop_off_name": "TROY GENERAL",
}  # fmt: skip
CONTRACT = {
    "type_code": "09", "amount_cents": 5000, "percentage": "10", "code": "C1", "terms_discount_percentage": "2",
    "version": "V1",
}  # fmt: skip

OF_CLAIM: dict[str, Any] = {
    "referring_provider": SURGEON,
    "ordering_provider": NURSE,
    "supervising_provider": SURGEON,
    "primary_care_provider": NURSE,
    "service_facility": {**LAB, "secondary_ids": [{"qualifier": "LU", "value": "LOC1"}]},
    "pay_to_address": {**ADDRESS, "line1": "PO BOX 12"},
    "pay_to_plan": {"name": "STATE PLAN", "payer_id": "PLAN1", "tax_id": "141234567", "address": ADDRESS},
    "prior_authorization_number": "PA1",
    "referral_number": "RF1",
    "clia_number": "33D1234567",
    "related_causes": {"auto_accident": True, "accident_date": "2026-05-01", "accident_state": "NY"},
    "dates": {
        "onset": "2026-05-01", "initial_treatment": "2026-05-02", "last_seen": "2026-04-20",
        "acute_manifestation": "2026-05-01", "last_menstrual_period": "2026-04-10", "last_x_ray": "2026-05-02",
        "hearing_vision_prescription": "2026-04-02", "disability_start": "2026-05-01", "disability_end": "2026-05-20",
        "last_worked": "2026-04-30", "return_to_work": "2026-05-21", "admission": "2026-05-03",
        "discharge": "2026-05-05", "assumed_care": "2026-05-02", "relinquished_care": "2026-05-09",
        "first_contact": "2026-05-01",
    },
    "attachments": [{"report_type_code": "OZ", "transmission_code": "EL", "control_number": "ATT1"}],
    "claim_note": "SEE REPORT", "claim_note_code": "CER",
    "release_of_information": "I", "benefits_assigned": "W", "accepts_assignment": "C",
    "provider_signature_on_file": False,
    "patient_details": {
        "death_date": "2026-05-20", "weight_pounds": "160", "pregnant": True,
        "property_casualty_claim_number": "PC1",
    },
    "patient_paid_cents": 1500,
    "patient_signature_source": "P",
    "special_program_code": "03",
    "delay_reason_code": "11",
    "service_authorization_exception_code": "1",
    "medicare_crossover": "Y",
    "mammography_certification_number": "M1",
    "investigational_device_number": "G12345",
    "demonstration_project_id": "D1",
    "care_plan_oversight_number": "CPO1",
    "contract": CONTRACT,
    "file_information": ["STATE DATA"],
    "ambulance": AMBULANCE,
    "spinal_manipulation": {"condition_code": "A", "description": "LOW BACK", "description2": "ACUTE"},
    "conditions": [{"category": "07", "codes": ["01", "09"]}, {"category": "ZZ", "applies": False, "codes": ["NU"]}],
    "anesthesia_procedures": ["33960", "33961"],
    "condition_codes": ["AA"],
}  # fmt: skip
"""Of the encounter, without what makes it institutional."""

OF_LINE: dict[str, Any] = {
    "units": "45", "unit_basis": "MJ", "date_from": "2026-05-04", "date_to": "2026-05-05", "place_of_service": "22",
    "drug": {"ndc": "63323016501", "quantity": "2.5", "unit": "ML", "prescription_number": "RX1", "compound": True},
    "note": "LEFT", "note_code": "DCP", "third_party_note": "TPO TEXT", "description": "UNLISTED PROCEDURE",
    "emergency": True, "epsdt": True, "family_planning": True, "copay_exempt": True,
    "prior_authorization_number": "PA2", "referral_number": "RF2", "clia_number": "33D7654321",
    "referring_clia_number": "33D1111111", "mammography_certification_number": "M2",
    "immunization_batch_number": "LOT1",
    "rendering_provider": SURGEON, "ordering_provider": {**NURSE, "npi": "1932102084", "address": ADDRESS},
    "supervising_provider": {**SURGEON, "npi": "1932102084"}, "referring_provider": {**SURGEON, "npi": "1932102084"},
    "purchased_service_provider": LAB, "purchased_service_cents": 900,
    "service_facility": {**LAB, "address": HOSPITAL},
    "attachments": [{"report_type_code": "03", "transmission_code": "FX", "control_number": "ATT2"}],
    "dates": {
        "prescription": "2026-05-01", "certification_revision": "2026-05-02", "begin_therapy": "2026-05-01",
        "last_certification": "2026-05-01", "last_seen": "2026-04-21", "hemoglobin_test": "2026-05-03",
        "creatinine_test": "2026-05-03", "shipped": "2026-05-04", "last_x_ray": "2026-05-02",
        "initial_treatment": "2026-05-02",
    },
    "conditions": [{"category": "70", "codes": ["65"]}],
    "ambulance": {**AMBULANCE, "reason_code": "B"},
    "obstetric_units": "3",
    "equipment": {"code": "E0570", "days": "30", "rental_cents": 2000, "purchase_cents": 9000, "rental_frequency": "4"},
    "equipment_certification": {"type_code": "I", "months": "12", "transmission_code": "AD"},
    "forms": [{"code": "04.03", "answers": [{"question": "1", "yes_no": "Y"}, {"question": "2", "text": "A"}]}],
    "measurements": [{"reference_code": "TR", "qualifier": "R1", "value": "11.3"}],
    "contract": CONTRACT,
    "sales_tax_cents": 100, "postage_cents": 200,
    "file_information": ["LINE DATA"],
}  # fmt: skip
"""Of a service line, without its code and what makes it institutional."""

INSTITUTIONAL: dict[str, Any] = {
    "type_of_bill": "11", "admission_type_code": "1", "admission_source_code": "7", "patient_status_code": "01",
    "admission_time": "0930", "discharge_time": "1400", "admitting_diagnosis_code": "R07.9",
    "external_cause_codes": ["W01.0XXA"], "present_on_admission": ["Y", "N"], "drg_code": "313",
    "principal_procedure": {"code": "4A023N7", "on": "2026-05-04"},
    "other_procedures": [{"code": "B2111ZZ", "on": "2026-05-04"}],
    "occurrences": [{"code": "11", "on": "2026-05-01"}],
    "occurrence_spans": [{"code": "74", "date_from": "2026-05-04", "date_to": "2026-05-05"}],
    "values": [{"code": "80", "amount": "2"}],
    "revenue_lines": [
        {"revenue_code": "0120", "units": "2", "unit_basis": "DA", "charge_cents": 200000, "date_from": "2026-05-03"}
    ],
}  # fmt: skip
"""A stay in hospital; `attending_provider` and the lines' revenue codes belong to it."""
