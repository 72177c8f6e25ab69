"""What an institutional claim (837I, UB-04) says beyond a professional one."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import Field

from events.envelope import Charge, Part


class Occurrence(Part):
    """An occurrence code with its date (HI*BH)."""

    code: str
    on: date


class OccurrenceSpan(Part):
    """An occurrence span code with its dates (HI*BI)."""

    code: str
    date_from: date
    date_to: date


class CodedValue(Part):
    """A value code with its amount (HI*BE): dollars or a count, as the code means it."""

    code: str
    amount: Decimal


class InpatientProcedure(Part):
    """An ICD-10-PCS procedure with its date (HI*BBR, HI*BBQ)."""

    code: str
    on: date


class RevenueLine(Part):
    """A charge that has a revenue code and no procedure code, e.g. room and board. `DA` counts days."""

    revenue_code: str
    units: Decimal
    unit_basis: Literal["UN", "DA"] = "UN"
    charge_cents: Charge
    non_covered_cents: Charge | None = None
    date_from: date | None = None


class Institutional(Part):
    """UB-04 data. `type_of_bill` is facility and care (two digits, e.g. 13); the frequency code is the claim's own.

    `present_on_admission` runs beside the diagnosis list (Y, N, U, W; empty where exempt or outpatient).
    """

    type_of_bill: str
    admission_type_code: str | None = None
    admission_source_code: str | None = None
    patient_status_code: str | None = None
    admission_time: str | None = Field(default=None, description="HHMM, with the admission date (DTP*435).")
    discharge_time: str | None = Field(default=None, description="HHMM (DTP*096).")
    admitting_diagnosis_code: str | None = None
    reason_for_visit_codes: tuple[str, ...] = ()
    external_cause_codes: tuple[str, ...] = ()
    present_on_admission: tuple[str, ...] = ()
    drg_code: str | None = None
    principal_procedure: InpatientProcedure | None = None
    other_procedures: tuple[InpatientProcedure, ...] = ()
    occurrences: tuple[Occurrence, ...] = ()
    occurrence_spans: tuple[OccurrenceSpan, ...] = ()
    values: tuple[CodedValue, ...] = ()
    revenue_lines: tuple[RevenueLine, ...] = ()
