"""Where each field of the CMS-1500 (02/12) is printed: line and column at 10 characters an inch and 6 lines an inch.

Lines count from 1 at the first printable line of the form, columns from 1 at the left edge of box 1. Lengths are those
that the NUCC's reference instruction manual gives. docs/cms1500.md says with what the positions were compared. Forms
lie differently in every printer: `Offset` moves the whole.
"""

from __future__ import annotations

from typing import Final, NamedTuple

LINES_PER_FORM: Final = 66
COLUMNS: Final = 80
LINES_PER_CLAIM_PAGE: Final = 6
"""Service lines on one form."""


class Field(NamedTuple):
    """One place to print. `box` is the number on the form; `name` our own word for what stands there."""

    box: str
    name: str
    line: int
    column: int
    length: int
    right: bool = False
    """Whether it is printed flush right: amounts and units."""


FIELDS: Final[dict[str, Field]] = {
    "payer_name": Field("", "payer", 2, 41, 38),
    "payer_street": Field("", "payer, street", 3, 41, 38),
    "payer_street2": Field("", "payer, second line", 4, 41, 38),
    "payer_city": Field("", "payer, city, state, ZIP", 5, 41, 38),
    "medicare": Field("1", "Medicare", 8, 1, 1),
    "medicaid": Field("1", "Medicaid", 8, 8, 1),
    "tricare": Field("1", "TRICARE", 8, 15, 1),
    "champva": Field("1", "CHAMPVA", 8, 24, 1),
    "group_plan": Field("1", "group health plan", 8, 31, 1),
    "feca": Field("1", "FECA black lung", 8, 39, 1),
    "other_plan": Field("1", "other", 8, 45, 1),
    "insured_id": Field("1a", "insured's id", 8, 50, 29),
    "patient_name": Field("2", "patient", 10, 1, 28),
    "patient_birth_month": Field("3", "patient's birth, month", 10, 31, 2),
    "patient_birth_day": Field("3", "day", 10, 34, 2),
    "patient_birth_year": Field("3", "year", 10, 37, 4),
    "patient_male": Field("3", "male", 10, 42, 1),
    "patient_female": Field("3", "female", 10, 47, 1),
    "insured_name": Field("4", "insured", 10, 50, 29),
    "patient_street": Field("5", "patient's street", 12, 1, 28),
    "patient_city": Field("5", "patient's city", 14, 1, 24),
    "patient_state": Field("5", "patient's state", 14, 26, 3),
    "patient_zip": Field("5", "patient's ZIP", 16, 1, 12),
    "patient_area": Field("5", "patient's telephone, area", 16, 15, 3),
    "patient_phone": Field("5", "patient's telephone", 16, 19, 10),
    "related_self": Field("6", "self", 12, 33, 1),
    "related_spouse": Field("6", "spouse", 12, 38, 1),
    "related_child": Field("6", "child", 12, 42, 1),
    "related_other": Field("6", "other", 12, 47, 1),
    "insured_street": Field("7", "insured's street", 12, 50, 29),
    "insured_city": Field("7", "insured's city", 14, 50, 23),
    "insured_state": Field("7", "insured's state", 14, 74, 4),
    "insured_zip": Field("7", "insured's ZIP", 16, 50, 12),
    "insured_area": Field("7", "insured's telephone, area", 16, 65, 3),
    "insured_phone": Field("7", "insured's telephone", 16, 69, 10),
    "other_insured_name": Field("9", "other insured", 18, 1, 28),
    "other_insured_policy": Field("9a", "other insured's policy", 20, 1, 28),
    "other_insured_plan": Field("9d", "other insured's plan", 26, 1, 28),
    "employment_yes": Field("10a", "employment: yes", 20, 35, 1),
    "employment_no": Field("10a", "employment: no", 20, 41, 1),
    "auto_yes": Field("10b", "auto accident: yes", 22, 35, 1),
    "auto_no": Field("10b", "auto accident: no", 22, 41, 1),
    "auto_state": Field("10b", "state of the accident", 22, 45, 2),
    "accident_yes": Field("10c", "other accident: yes", 24, 35, 1),
    "accident_no": Field("10c", "other accident: no", 24, 41, 1),
    "condition_codes": Field("10d", "condition codes", 26, 31, 19),
    "group_number": Field("11", "insured's group", 18, 50, 29),
    "insured_birth_month": Field("11a", "insured's birth, month", 20, 53, 2),
    "insured_birth_day": Field("11a", "day", 20, 56, 2),
    "insured_birth_year": Field("11a", "year", 20, 59, 4),
    "insured_male": Field("11a", "insured male", 20, 68, 1),
    "insured_female": Field("11a", "insured female", 20, 75, 1),
    "other_claim_qualifier": Field("11b", "other claim id, kind", 22, 50, 2),
    "other_claim_id": Field("11b", "other claim id", 22, 53, 26),
    "plan_name": Field("11c", "insured's plan", 24, 50, 29),
    "another_plan_yes": Field("11d", "another plan: yes", 26, 52, 1),
    "another_plan_no": Field("11d", "another plan: no", 26, 57, 1),
    "patient_signature": Field("12", "patient's signature", 30, 7, 22),
    "insured_signature": Field("13", "insured's signature", 30, 57, 20),
    "onset_month": Field("14", "onset, month", 32, 2, 2),
    "onset_day": Field("14", "day", 32, 5, 2),
    "onset_year": Field("14", "year", 32, 8, 4),
    "onset_qualifier": Field("14", "kind of date", 32, 16, 3),
    "other_date_qualifier": Field("15", "other date, kind", 32, 31, 3),
    "other_date_month": Field("15", "other date, month", 32, 37, 2),
    "other_date_day": Field("15", "day", 32, 40, 2),
    "other_date_year": Field("15", "year", 32, 43, 4),
    "unable_from_month": Field("16", "unable to work from, month", 32, 54, 2),
    "unable_from_day": Field("16", "day", 32, 57, 2),
    "unable_from_year": Field("16", "year", 32, 60, 4),
    "unable_to_month": Field("16", "unable to work to, month", 32, 68, 2),
    "unable_to_day": Field("16", "day", 32, 71, 2),
    "unable_to_year": Field("16", "year", 32, 74, 4),
    "referring_qualifier": Field("17", "referring, ordering or supervising: which", 34, 1, 2),
    "referring_name": Field("17", "referring, ordering or supervising provider", 34, 4, 24),
    "referring_npi": Field("17b", "its NPI", 34, 33, 10),
    "admitted_month": Field("18", "admitted, month", 34, 54, 2),
    "admitted_day": Field("18", "day", 34, 57, 2),
    "admitted_year": Field("18", "year", 34, 60, 4),
    "discharged_month": Field("18", "discharged, month", 34, 68, 2),
    "discharged_day": Field("18", "day", 34, 71, 2),
    "discharged_year": Field("18", "year", 34, 74, 4),
    "additional": Field("19", "additional information", 36, 1, 47),
    "outside_lab_yes": Field("20", "outside laboratory: yes", 36, 52, 1),
    "outside_lab_no": Field("20", "outside laboratory: no", 36, 57, 1),
    "outside_lab_charge": Field("20", "its charge", 36, 62, 8, True),
    "icd_indicator": Field("21", "ICD version", 37, 42, 1),
    **{
        f"diagnosis_{letter}": Field("21", f"diagnosis {letter}", 38 + at // 4, 3 + 13 * (at % 4), 7)
        for at, letter in enumerate("ABCDEFGHIJKL")
    },
    "resubmission_code": Field("22", "resubmission code", 38, 50, 11),
    "original_reference": Field("22", "payer's number of the claim", 38, 62, 18),
    "prior_authorization": Field("23", "authorization, referral, CLIA or mammography number", 40, 50, 29),
    "tax_id": Field("25", "tax id", 56, 1, 15),
    "tax_id_ssn": Field("25", "SSN", 56, 17, 1),
    "tax_id_ein": Field("25", "EIN", 56, 19, 1),
    "account_number": Field("26", "patient control number", 56, 23, 14),
    "assignment_yes": Field("27", "accepts assignment: yes", 56, 38, 1),
    "assignment_no": Field("27", "accepts assignment: no", 56, 43, 1),
    "total_charge": Field("28", "total charge", 56, 51, 9, True),
    "amount_paid": Field("29", "paid", 56, 62, 8, True),
    "signature": Field("31", "signature of the provider", 60, 1, 21),
    "facility_name": Field("32", "place of service", 58, 23, 26),
    "facility_street": Field("32", "its street", 59, 23, 26),
    "facility_city": Field("32", "its city, state, ZIP", 60, 23, 26),
    "facility_npi": Field("32a", "its NPI", 61, 24, 10),
    "billing_area": Field("33", "billing provider's telephone, area", 57, 66, 3),
    "billing_phone": Field("33", "billing provider's telephone", 57, 70, 9),
    "billing_name": Field("33", "billing provider", 58, 50, 29),
    "billing_street": Field("33", "its street", 59, 50, 29),
    "billing_city": Field("33", "its city, state, ZIP", 60, 50, 29),
    "billing_npi": Field("33a", "its NPI", 61, 51, 10),
    "billing_other_id": Field("33b", "its taxonomy", 61, 63, 17),
}
"""Everything but box 24."""

FIRST_SERVICE_LINE: Final = 43
"""Shaded half of the first of six service lines; each takes two lines."""
LINE_FIELDS: Final[dict[str, Field]] = {
    "supplement": Field("24", "drug, note, anesthesia time", 0, 1, 61),
    "from_month": Field("24A", "from, month", 1, 1, 2),
    "from_day": Field("24A", "day", 1, 4, 2),
    "from_year": Field("24A", "year", 1, 7, 2),
    "to_month": Field("24A", "to, month", 1, 10, 2),
    "to_day": Field("24A", "day", 1, 13, 2),
    "to_year": Field("24A", "year", 1, 16, 2),
    "place": Field("24B", "place of service", 1, 19, 2),
    "emergency": Field("24C", "emergency", 1, 22, 2),
    "code": Field("24D", "procedure", 1, 25, 6),
    "modifier1": Field("24D", "modifier", 1, 33, 2),
    "modifier2": Field("24D", "modifier", 1, 36, 2),
    "modifier3": Field("24D", "modifier", 1, 39, 2),
    "modifier4": Field("24D", "modifier", 1, 42, 2),
    "pointers": Field("24E", "diagnosis pointers", 1, 45, 4),
    "charge": Field("24F", "charge", 1, 50, 8, True),
    "units": Field("24G", "units", 1, 59, 4, True),
    "family_plan": Field("24H", "EPSDT, family planning", 1, 63, 2),
    "rendering_npi": Field("24J", "rendering provider's NPI", 1, 68, 10),
}
"""One service line; `line` 0 is the shaded half, 1 the unshaded one."""
