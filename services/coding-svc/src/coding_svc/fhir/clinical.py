"""What was found and done, as far as it came coded: conditions, procedures, orders."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final

from coding_svc.fhir.bundle import Found
from coding_svc.fhir.reader import Reader
from coding_svc.fhir.values import Json, as_object, as_objects, as_text, codes, codings, concept_text

ICD10CM_SYSTEMS: Final = frozenset({"http://hl7.org/fhir/sid/icd-10-cm", "urn:oid:2.16.840.1.113883.6.90"})
ICD10_SYSTEMS: Final = frozenset(
    {"http://hl7.org/fhir/sid/icd-10", "urn:oid:2.16.840.1.113883.6.3", "icd-10-cm", "icd10cm"}
)
SNOMED_SYSTEMS: Final = frozenset({"http://snomed.info/sct", "urn:oid:2.16.840.1.113883.6.96"})
PROCEDURE_SYSTEMS: Final = frozenset(
    {
        "http://www.ama-assn.org/go/cpt",
        "urn:oid:2.16.840.1.113883.6.12",
        "https://www.cms.gov/medicare/coding/hcpcsreleasecodesets",
        "http://www.cms.gov/medicare/coding/hcpcsreleasecodesets",
        "https://bluebutton.cms.gov/resources/codesystem/hcpcs",
        "urn:oid:2.16.840.1.113883.6.285",
        "urn:oid:2.16.840.1.113883.6.14",
        "http://terminology.hl7.org/codesystem/hcpcs-all-codes",
        "cpt",
        "hcpcs",
    }
)
"""In lower case: senders spell them in many ways."""
_ICD10CM_FORM = re.compile(r"^[A-TV-Z][0-9][0-9A-Z](\.?[0-9A-Z]{1,4})?$", re.IGNORECASE)
_PROCEDURE_FORM = re.compile(r"^(\d{5}|[A-V]\d{4}|\d{4}[FTU])$")
_CHARGE_SYSTEM: Final = re.compile(r"charge|\bcdm\b")
_CHARGE_FORM: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,39}")
_INACTIVE: Final = frozenset({"inactive", "remission", "resolved"})
_UNCONFIRMED: Final = frozenset({"unconfirmed", "provisional", "differential"})


@dataclass(slots=True)
class Diagnoses:
    """The encounter's coded diagnoses in order, and where each came from (pointer or claim sequence)."""

    items: list[Json] = field(default_factory=list)
    position_of: dict[object, int] = field(default_factory=dict)
    """Key of a source → 1-based position."""

    def add(self, item: Json, source: object) -> None:
        """Append, unless the same code is there already; the source then points to that one."""
        for position, known in enumerate(self.items, start=1):
            if known.get("icd10cm") == item.get("icd10cm") and (
                item.get("icd10cm") or known["snomed"] == item["snomed"]
            ):
                known.setdefault("rank", item.get("rank"))
                known["active"] = known["active"] or item["active"]
                self.position_of[source] = position
                return
        self.items.append(item)
        self.position_of[source] = len(self.items)


def diagnosis_codes(reader: Reader, concept: Any, pointer: str) -> Json | None:
    """`icd10cm`, `snomed` and `text` of a concept; None, and named, without a code that is understood."""
    icd10cm = snomed = None
    for system, code, _ in codings(concept):
        lower = system.lower()
        if (lower in ICD10CM_SYSTEMS or lower in ICD10_SYSTEMS or not system) and _ICD10CM_FORM.match(code):
            if lower not in ICD10CM_SYSTEMS:
                reader.notices.add("fhir.code-system-assumed", pointer)
            icd10cm = icd10cm or code
        elif lower in SNOMED_SYSTEMS and re.fullmatch(r"\d{6,18}", code):
            snomed = snomed or code
    if icd10cm is None and snomed is None:
        reader.notices.add("fhir.code-not-understood", pointer)
        return None
    text = concept_text(concept)
    return {"icd10cm": icd10cm, "snomed": snomed, "text": text[:300] if text else None}


def read_condition(reader: Reader, found: Found, *, rank: int | None, addressed: bool) -> Json | None:
    """A Condition as a diagnosis. `addressed` is False for a mere entry of the problem list (guideline IV.J)."""
    clinical = set(codes(found.get("clinicalStatus"))) | _bare_status(found.get("clinicalStatus"))
    verified = set(codes(found.get("verificationStatus"))) | _bare_status(found.get("verificationStatus"))
    if verified & {"entered-in-error", "refuted"}:
        reader.notices.add("fhir.entered-in-error", found.pointer)
        return None
    read = diagnosis_codes(reader, found.get("code"), f"{found.pointer}/code")
    if read is None:
        return None
    return {
        **read,
        "rank": rank,
        "confirmed": not verified & _UNCONFIRMED,
        "active": addressed and not clinical & _INACTIVE,
    }


def _bare_status(value: Any) -> set[str]:
    """DSTU2 and STU3 wrote these states as plain strings."""
    return {value} if isinstance(value, str) else set()


def is_problem_list(found: Found) -> bool:
    """Whether the Condition is a problem-list entry rather than a diagnosis of an encounter."""
    categories = set(codes(found.get("category")))
    return "problem-list-item" in categories and "encounter-diagnosis" not in categories


def procedure_code(concept: Any) -> str | None:
    """The CPT or HCPCS code of a concept; a code without system counts if it has the form of one."""
    for system, code, _ in codings(concept):
        if (system.lower() in PROCEDURE_SYSTEMS or not system) and _PROCEDURE_FORM.match(code.upper()):
            return code.upper()
    return None


def charge_code(concept: Any) -> str | None:
    """The practice's own code: of a coding whose system names a chargemaster ("charge", "cdm")."""
    for system, code, _ in codings(concept):
        if _CHARGE_SYSTEM.search(system.lower()) and _CHARGE_FORM.fullmatch(code):
            return code
    return None


def read_procedure(reader: Reader, found: Found, diagnoses: Diagnoses) -> tuple[Json | None, Json | None]:
    """(service line, order) of a completed Procedure: a line if it has a CPT or HCPCS code, else an order in words."""
    status = as_text(found.get("status"))
    if status == "entered-in-error":
        reader.notices.add("fhir.entered-in-error", found.pointer)
        return None, None
    code = procedure_code(found.get("code"))
    if code is None or status not in (None, "completed"):
        return None, _order(
            reader, found, {None: "completed", "completed": "completed"}.get(status, "active"), done_here=True
        )
    period = as_object(found.get("performedPeriod"))
    when = reader.moment(found.get("performedDateTime") or period.get("start"), f"{found.pointer}/performedDateTime")
    reasons = (reader.bundle.find(reason, found) for reason in as_objects(found.get("reasonReference")))
    refs = [diagnoses.position_of[r.pointer] for r in reasons if r is not None and r.pointer in diagnoses.position_of]
    line = {
        "id": as_text(found.get("id")),
        "code": code,
        "diagnosis_refs": sorted(set(refs))[:4],
        "date_from": when.day.isoformat() if when else None,
    }
    return line, None


_ORDER_STATUS: Final = {
    "completed": "completed",
    "revoked": "cancelled",
    "entered-in-error": "cancelled",
    "cancelled": "cancelled",
    "not-done": "cancelled",
    "stopped": "cancelled",
}


def read_order(reader: Reader, found: Found) -> Json | None:
    """A ServiceRequest as an order; it says nothing of who carried it out."""
    return _order(reader, found, _ORDER_STATUS.get(as_text(found.get("status")) or "", "active"), done_here=False)


def _order(reader: Reader, found: Found, status: str, *, done_here: bool) -> Json | None:
    text = concept_text(found.get("code"))
    code = procedure_code(found.get("code"))
    own = charge_code(found.get("code")) if code is None else None
    if text is None and code is None and own is None:
        reader.notices.add("fhir.code-not-understood", f"{found.pointer}/code")
        return None
    return {
        "id": as_text(found.get("id")),
        "text": (text or code or own or "")[:300],
        "code": code,
        "charge_code": own,
        "status": status,
        "performed_in_practice": done_here,
    }
