"""Reads loop 2300 of an 837I and what is inside it into a `Claim`."""

from __future__ import annotations

from datetime import date
from typing import Any

from x12.checking import parse_range
from x12.claim_837.read import (
    NO_DATE,
    Levels,
    attachments,
    conditions,
    drug,
    facility,
    optional_provider,
    other_coverage,
)
from x12.claim_837.segments import CONTRACT, NOTE, REPRICING
from x12.claim_837i.models import (
    Claim,
    DatedCode,
    Diagnosis,
    LineAdjudication,
    Note,
    OccurrenceSpan,
    ServiceLine,
    Value,
)
from x12.claim_837i.segments import CLAIM_REFERENCES, ICD_9, LINE_REFERENCES
from x12.elements import element
from x12.elements import number as integer
from x12.extracting import ZERO, adjustments, amount, day, days, number, optional_procedure
from x12.records import read_fields
from x12.walking import Node

_FROM_ICD_9 = {old: new for new, old in ICD_9.items()}
_PRESENT_ON_ADMISSION = 8


def read_claim(node: Node, component: str, levels: Levels) -> Claim:
    """The claim of a loop 2300; ``levels`` must stand at it."""
    clm, cl1 = node.segments[0], node.first("CL1")
    bill = [*element(clm, 5).split(component), "", ""]
    start, end = days(node.first("DTP", "434"))
    admitted = element(node.first("DTP", "435"), 3)
    referral = conditions(node)
    return Claim(
        billing_provider=levels.provider,
        subscriber=levels.subscriber,
        payer=levels.payer,
        patient_control_number=element(clm, 1),
        charge_cents=amount(clm, 2) or 0,
        facility_type_code=bill[0],
        statement_from=start or NO_DATE,
        statement_through=end or start or NO_DATE,
        patient_status_code=element(cl1, 3),
        service_lines=tuple(_line(child, component) for child in node.each("2400")),
        patient=levels.patient,
        frequency_code=bill[2],
        assignment_code=element(clm, 7),
        benefits_assignment=element(clm, 8),
        release_of_information=element(clm, 9),
        delay_reason_code=element(clm, 20),
        discharge_time=element(node.first("DTP", "096"), 3),
        admission_date=day(["", admitted[:8]], 1),
        admission_time=admitted[8:],
        repricer_received=day(node.first("DTP", "050"), 3),
        admission_type_code=element(cl1, 1),
        admission_source_code=element(cl1, 2),
        attachments=attachments(node.all("PWK")),
        contract=CONTRACT.read(node.first("CN1")),
        patient_estimated_due_cents=amount(node.first("AMT", "F3"), 2),
        investigational_device_numbers=tuple(element(s, 2) for s in node.all("REF") if element(s, 1) == "LX"),
        file_information=tuple(element(segment, 1) for segment in node.all("K3")),
        notes=_notes(node),
        billing_note=element(node.first("NTE", "ADD"), 2),
        epsdt_referral=referral[0] if referral else None,
        repricing=REPRICING.read(node.first("HCP")),
        other_coverages=tuple(other_coverage(child) for child in node.each("2320")),
        **_Codes(node, component).fields(),
        **_providers(node),
        **read_fields(node, CLAIM_REFERENCES),
    )


def _providers(node: Node) -> dict[str, Any]:
    return {
        "attending_provider": optional_provider(node, "2310A"),
        "operating_physician": optional_provider(node, "2310B"),
        "other_operating_physician": optional_provider(node, "2310C"),
        "rendering_provider": optional_provider(node, "2310D"),
        "service_facility": facility(node.child("2310E")),
        "referring_provider": optional_provider(node, "2310F"),
    }


def _notes(node: Node) -> tuple[Note, ...]:
    found = (NOTE.read(segment) for segment in node.all("NTE") if element(segment, 1) != "ADD")
    return tuple(note for note in found if note is not None)


class _Codes:
    """The composites of all HI segments of a claim by their ICD-10 qualifier."""

    def __init__(self, node: Node, component: str) -> None:
        self.icd_9 = False
        self._found: dict[str, list[list[str]]] = {}
        for segment in node.all("HI"):
            for text in filter(None, segment[1:]):
                parts = text.split(component)
                self.icd_9 = self.icd_9 or parts[0] == "BK"
                self._found.setdefault(_FROM_ICD_9.get(parts[0], parts[0]), []).append(parts)

    def fields(self) -> dict[str, Any]:
        """All of them, by the field names of the claim."""
        return {
            "icd_9": self.icd_9,
            "principal_diagnosis": self.diagnosis("ABK"),
            "admitting_diagnosis_code": self.first("ABJ"),
            "reasons_for_visit": self.plain("APR"),
            "external_causes": self.diagnoses("ABN"),
            "drg_code": self.first("DR"),
            "other_diagnoses": self.diagnoses("ABF"),
            "principal_procedure": next(iter(self.dated("BBR") or self.dated("CAH")), None),
            "other_procedures": self.dated("BBQ"),
            "occurrence_spans": self.spans(),
            "occurrences": self.dated("BH"),
            "values": self.values(),
            "condition_codes": self.plain("BG"),
            "treatment_codes": self.plain("TC"),
        }

    def plain(self, qualifier: str) -> tuple[str, ...]:
        """The codes."""
        return tuple(element(parts, 1) for parts in self._found.get(qualifier, ()))

    def first(self, qualifier: str) -> str:
        """The first code."""
        return next(iter(self.plain(qualifier)), "")

    def diagnoses(self, qualifier: str) -> tuple[Diagnosis, ...]:
        """The codes with their present on admission indicators."""
        found = self._found.get(qualifier, ())
        return tuple(Diagnosis(element(parts, 1), element(parts, _PRESENT_ON_ADMISSION)) for parts in found)

    def diagnosis(self, qualifier: str) -> Diagnosis | None:
        """The first of them."""
        return next(iter(self.diagnoses(qualifier)), None)

    def dated(self, qualifier: str) -> tuple[DatedCode, ...]:
        """The codes with their days."""
        own = qualifier if qualifier == "CAH" else ""
        return tuple(DatedCode(element(parts, 1), day(parts, 3), own) for parts in self._found.get(qualifier, ()))

    def spans(self) -> tuple[OccurrenceSpan, ...]:
        """The occurrence spans."""
        return tuple(
            OccurrenceSpan(element(parts, 1), *_range(element(parts, 3))) for parts in self._found.get("BI", ())
        )

    def values(self) -> tuple[Value, ...]:
        """The value codes with their amounts."""
        return tuple(Value(element(parts, 1), amount(parts, 4) or 0) for parts in self._found.get("BE", ()))


def _range(text: str) -> tuple[date | None, date | None]:
    return parse_range(text) or (day(["", text[:8]], 1), None)


def _line(node: Node, component: str) -> ServiceLine:
    sv2 = node.first("SV2")
    start, end = days(node.first("DTP", "472"))
    return ServiceLine(
        revenue_code=element(sv2, 1),
        charge_cents=amount(sv2, 3) or 0,
        units=number(sv2, 5) or ZERO,
        procedure=optional_procedure(element(sv2, 2), component),
        unit_code=element(sv2, 4),
        non_covered_cents=amount(sv2, 7),
        service_date=start,
        service_date_end=end,
        attachments=attachments(node.all("PWK")),
        service_tax_cents=amount(node.first("AMT", "GT"), 2),
        facility_tax_cents=amount(node.first("AMT", "N8"), 2),
        third_party_note=element(node.first("NTE", "TPO"), 2),
        repricing=REPRICING.read(node.first("HCP")),
        drug=drug(node.child("2410"), component),
        operating_physician=optional_provider(node, "2420A"),
        other_operating_physician=optional_provider(node, "2420B"),
        rendering_provider=optional_provider(node, "2420C"),
        referring_provider=optional_provider(node, "2420D"),
        adjudications=tuple(_adjudication(child, component) for child in node.each("2430")),
        **read_fields(node, LINE_REFERENCES),
    )


def _adjudication(node: Node, component: str) -> LineAdjudication:
    svd = node.first("SVD")
    bundled = element(svd, 6)
    return LineAdjudication(
        payer_id=element(svd, 1),
        paid_cents=amount(svd, 2) or 0,
        revenue_code=element(svd, 4),
        units=number(svd, 5) or ZERO,
        adjudication_date=day(node.first("DTP", "573"), 3),
        procedure=optional_procedure(element(svd, 3), component),
        adjustments=adjustments(node),
        bundled_line_number=integer(bundled) if bundled else None,
        remaining_patient_liability_cents=amount(node.first("AMT", "EAF"), 2),
    )
