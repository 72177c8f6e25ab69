"""An encounter version: how it is kept, what the engine is told of it, what goes on to the claim, what it waits for."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final, Literal

from events.envelope import ReasonCode
from events.phi import CodedDiagnosis as ReleasedDiagnosis
from events.phi import CodedEncounter, CodedLine, Coverage, EncounterFacts

from coding_svc.chargemaster import NO_CHARGES, Chargemaster
from coding_svc.domain import (
    ClinicalEncounter,
    ClinicalNote,
    ClinicalOrder,
    CodedDiagnosis,
    MdmElements,
    MdmLevel,
    PayerRules,
    Reason,
    ServiceLine,
    Sex,
)
from coding_svc.payers import Payers, load_payers
from coding_svc.schemas.encounter import EncounterRecord, MdmWord, OrderIn, ServiceLineIn
from coding_svc.sheet import CodeSheet, SheetEvidence, SheetLine

WaitsOn = Literal["coder", "provider", "emr"]
CloseReason = Literal["self_pay", "not_disclosed", "cancelled", "nothing_billable"]

DRAFT: Final = "encounter.draft"
BILLING_PROVIDER_MISSING: Final = "encounter.billing-provider-missing"
COVERAGE_MISSING: Final = "encounter.coverage-missing"
MAX_EXCERPT: Final = 300
MAX_MODIFIERS: Final = 4
"""SV101-3 to -6."""
_SEQUENCES: Final[tuple[Literal["P", "S", "T"], ...]] = ("P", "S", "T")
_MDM_LEVELS: Final[dict[MdmWord, MdmLevel]] = {
    "minimal": MdmLevel.MINIMAL,
    "straightforward": MdmLevel.MINIMAL,
    "low": MdmLevel.LOW,
    "limited": MdmLevel.LOW,
    "moderate": MdmLevel.MODERATE,
    "high": MdmLevel.HIGH,
    "extensive": MdmLevel.HIGH,
}


@dataclass(frozen=True, slots=True)
class Closed:
    """No claim is made of the encounter."""

    reason: CloseReason


@dataclass(frozen=True, slots=True)
class Held:
    """Coding waits for somebody; `reasons` in the order found."""

    waits_on: WaitsOn
    reasons: tuple[ReasonCode, ...]


def content_of(record: EncounterRecord) -> str:
    """The stored form: canonical JSON without defaults, so that equal encounters have equal bytes."""
    return record.model_dump_json(exclude_defaults=True)


def sha256_of(content: str) -> bytes:
    """What tells the same encounter from a changed one."""
    return hashlib.sha256(content.encode()).digest()


def patient_key(record: EncounterRecord) -> bytes:
    """The same for every encounter of a patient of the practice: by medical record number, else name, birth and sex."""
    patient = record.patient
    named: tuple[str, ...] = ("mrn", patient.medical_record_number or "")
    if not patient.medical_record_number:
        named = ("name", patient.last_name, patient.first_name or "", patient.birth_date.isoformat(), patient.sex or "")
    return hashlib.sha256("|".join(part.strip().casefold() for part in named).encode()).digest()


def specialty_of(record: EncounterRecord) -> str | None:
    """Taxonomy code of who rendered the services, or of the practice."""
    for provider in (record.rendering_provider, record.billing_provider):
        if provider is not None and provider.taxonomy_code:
            return provider.taxonomy_code
    return None


def record_of(content: str) -> EncounterRecord:
    """The encounter as it was stored."""
    return EncounterRecord.model_validate_json(content)


def before_coding(record: EncounterRecord) -> Closed | Held | None:
    """What becomes of the encounter without a look at its codes; None: it is coded.

    Cancelled, self-pay, and the patient's wish that the payer is not told (45 CFR 164.522(a)(1)(vi)) make no claim.
    A draft, or a note without its signature or attestation, waits on the provider, whatever else is missing; then the
    EMR is asked for the rest.
    """
    if record.status == "cancelled":
        return Closed("cancelled")
    if record.status == "draft":
        return Held("provider", (DRAFT,))
    if record.withhold_from_payer:
        return Closed("not_disclosed")
    if record.self_pay:
        return Closed("self_pay")
    unsigned = [
        reason.value
        for reason, waits in (
            (Reason.NOTE_UNSIGNED, any(note.signed_at is None for note in record.notes)),
            (Reason.NOTE_UNATTESTED, any(note.signed_at and not note.complete for note in record.notes)),
        )
        if waits
    ]
    missing = [
        code
        for code, lacks in (
            (BILLING_PROVIDER_MISSING, record.billing_provider is None),
            (COVERAGE_MISSING, not record.coverages),
        )
        if lacks
    ]
    if not unsigned and not missing:
        return None
    return Held("provider" if unsigned else "emr", (*unsigned, *missing))


def after_coding(sheet: CodeSheet, *, waiting_for_signature: bool) -> Held | None:
    """Whom the engine's result waits on; None: it releases itself."""
    if waiting_for_signature:
        return Held("provider", (Reason.NOTE_UNSIGNED.value,))
    if sheet.route == "auto":
        return None
    if set(sheet.reasons) == {Reason.NOTE_MISSING.value}:
        return Held("provider", sheet.reasons)
    return Held("coder", sheet.reasons)


# What the engine is told


def clinical_encounter(
    record: EncounterRecord, payers: Payers | None = None, chargemaster: Chargemaster = NO_CHARGES
) -> ClinicalEncounter:
    """The encounter without names, payers and money's owner: what coding may know.

    Of payers only their rules, the packaged ones by default; charge codes in the words of the chargemaster.
    """
    return ClinicalEncounter(
        date_of_service=record.service_date,
        notes=tuple(
            ClinicalNote(
                note_id=note.id or f"note-{position}",
                text=note.text,
                author=note.author or "",
                authored_at=note.authored_at,
                signed=note.complete,
                note_type=note.type,
            )
            for position, note in enumerate(record.notes, start=1)
        ),
        place_of_service=record.place_of_service,
        birth_date=record.patient.birth_date,
        sex=Sex(record.patient.sex or "U"),
        new_patient=record.new_patient,
        visit_type=record.visit_type,
        diagnoses=tuple(_diagnoses(record)),
        service_lines=tuple(
            _service_line(record, line, n, chargemaster) for n, line in enumerate(record.service_lines, start=1)
        ),
        orders=tuple(_order(record, order, chargemaster) for order in record.orders),
        total_minutes=record.total_minutes,
        mdm=_mdm(record),
        payer_rules=_payer_rules(record, payers or load_payers()),
    )


def _payer_rules(record: EncounterRecord, payers: Payers) -> PayerRules:
    """What the first payer says about codes."""
    if not record.coverages:
        return PayerRules()
    first = record.coverages[0]
    return payers.rules_of(first.payer_id, first.filing_indicator, record.service_date)


def _diagnoses(record: EncounterRecord) -> list[CodedDiagnosis]:
    return [
        CodedDiagnosis(
            code=item.icd10cm or item.snomed or "",
            system="ICD-10-CM" if item.icd10cm else "SNOMED CT",
            text=item.text or "",
            snomed=item.snomed,
            rank=item.rank,
            confirmed=item.confirmed,
            active=item.active,
        )
        for item in record.diagnoses
    ]


def _order(record: EncounterRecord, order: OrderIn, chargemaster: Chargemaster) -> ClinicalOrder:
    charge = chargemaster.find(order.charge_code, record.service_date) if order.charge_code else None
    return ClinicalOrder(
        text=order.text,
        code=order.code or (charge.code if charge else None),
        status=order.status,
        performed_in_practice=order.performed_in_practice,
        units=order.units,
        order_id=order.id,
        charge_code="" if order.code else order.charge_code or "",
    )


def _service_line(
    record: EncounterRecord, line: ServiceLineIn, position: int, chargemaster: Chargemaster
) -> ServiceLine:
    """A code that was sent stands; else the chargemaster's, with its modifiers behind those that were sent."""
    charge = None
    if line.code is None and line.charge_code is not None:
        charge = chargemaster.find(line.charge_code, line.date_from or record.service_date)
    return ServiceLine(
        code=line.code or (charge.code if charge else ""),
        modifiers=tuple(dict.fromkeys((*line.modifiers, *(charge.modifiers if charge else ()))))[:MAX_MODIFIERS],
        units=line.units,
        charge_cents=line.charge_cents,
        diagnosis_refs=tuple(ref - 1 for ref in line.diagnosis_refs),
        date_of_service=line.date_from or record.service_date,
        line_id=_line_id(line, position),
        charge_code="" if line.code else line.charge_code or "",
    )


def _line_id(line: ServiceLineIn, position: int) -> str:
    return line.id or f"line-{position}"


def _mdm(record: EncounterRecord) -> MdmElements | None:
    if record.mdm is None:
        return None
    problems, data, risk = record.mdm.problems, record.mdm.data, record.mdm.risk
    return MdmElements(
        problems=_MDM_LEVELS[problems] if problems else None,
        data=_MDM_LEVELS[data] if data else None,
        risk=_MDM_LEVELS[risk] if risk else None,
    )


# What goes on to the claim


def coded_encounter(record: EncounterRecord, sheet: CodeSheet) -> CodedEncounter:
    """The PHI part of EncounterCoded. The billing provider is there: without it the encounter is held before coding."""
    if record.billing_provider is None:
        raise ValueError("an encounter without billing provider cannot be released")
    return CodedEncounter.model_validate(
        {
            **record.model_dump(include=_AS_THEY_ARE),
            "patient": record.patient.model_dump(exclude={"medical_record_number"}),
            "medical_record_number": record.patient.medical_record_number,
            "coverages": tuple(_coverages(record)),
            "diagnoses": tuple(
                ReleasedDiagnosis(code=item.code, confidence=item.confidence, excerpt=_excerpt(item.evidence))
                for item in sheet.diagnoses
            ),
            "lines": tuple(_released_lines(record, sheet)),
        }
    )


_AS_THEY_ARE: Final = (EncounterFacts.model_fields.keys() & EncounterRecord.model_fields.keys()) - {
    "patient",
    "coverages",
}
"""Facts that have the same name and shape where they are posted and where they travel."""
_OF_THE_LINE: Final = (CodedLine.model_fields.keys() & ServiceLineIn.model_fields.keys()) - {
    "code",
    "modifiers",
    "units",
    "date_from",
    "charge_cents",
}
"""The same of a service line; what coding decides is not taken from charge capture."""


def _coverages(record: EncounterRecord) -> list[Coverage]:
    """In payment order; a patient who is the subscriber is given as both."""
    patient = record.patient.model_dump(exclude={"medical_record_number"})
    return [
        Coverage.model_validate(
            {
                **item.model_dump(exclude={"subscriber"}),
                "sequence": _SEQUENCES[position],
                "subscriber": item.subscriber.model_dump()
                if item.subscriber and item.relationship != "self"
                else patient,
            }
        )
        for position, item in enumerate(record.coverages)
    ]


def _released_lines(record: EncounterRecord, sheet: CodeSheet) -> list[CodedLine]:
    by_id = {_line_id(line, n): line for n, line in enumerate(record.service_lines, start=1)}
    by_code = {line.code: line for line in record.service_lines if line.code}
    positions = {item.code: n for n, item in enumerate(sheet.diagnoses, start=1)}
    return [
        _released_line(record, line, n, by_id.get(line.line_id or "") or by_code.get(line.code), positions)
        for n, line in enumerate(sheet.lines, start=1)
    ]


def _released_line(
    record: EncounterRecord, line: SheetLine, number: int, sent: ServiceLineIn | None, positions: dict[str, int]
) -> CodedLine:
    charge_cents = line.charge_cents if line.charge_cents is not None else (sent.charge_cents if sent else None)
    return CodedLine.model_validate(
        {
            **(sent.model_dump(include=_OF_THE_LINE) if sent else {}),
            "line_number": number,
            "code": line.code,
            "modifiers": line.modifiers,
            "units": line.units,
            "pointers": tuple(positions[code] for code in line.diagnosis_codes if code in positions),
            "date_from": (sent.date_from if sent else None) or record.service_date,
            "charge_cents": charge_cents,
            "excerpt": _excerpt(line.evidence),
        }
    )


def _excerpt(evidence: tuple[SheetEvidence, ...]) -> str | None:
    return evidence[0].text[:MAX_EXCERPT] if evidence else None
