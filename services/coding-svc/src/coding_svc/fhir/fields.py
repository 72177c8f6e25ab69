"""Which elements of which R4 resource are read, and the JSON type each must have; the rest is named in the answer."""

from __future__ import annotations

from enum import Enum
from typing import Any, Final


class Kind(Enum):
    """JSON types as R4 gives them; a single object is let pass where a list is due."""

    TEXT = "text"
    OBJECT = "object"
    OBJECTS = "objects"
    NUMBER = "number"
    FLAG = "flag"
    ANY = "any"

    def fits(self, value: Any) -> bool:
        """Whether the value has this type."""
        if self is Kind.TEXT:
            return isinstance(value, str)
        if self is Kind.NUMBER:
            return isinstance(value, int | float) and not isinstance(value, bool)
        if self is Kind.FLAG:
            return isinstance(value, bool)
        if self in (Kind.OBJECT, Kind.OBJECTS):
            items = value if isinstance(value, list) else [value]
            return all(isinstance(item, dict) for item in items)
        return True


_T, _O, _L, _N, _F, _A = Kind.TEXT, Kind.OBJECT, Kind.OBJECTS, Kind.NUMBER, Kind.FLAG, Kind.ANY

IGNORED_FIELDS: Final = frozenset(
    {"resourceType", "id", "meta", "implicitRules", "language", "text", "contained", "extension"}
)
"""Of every resource; `text` and `contained` are read where they matter, plain extensions may be ignored (R4 2.4)."""

_PERSON: Final = {
    "identifier": _L,
    "active": _F,
    "name": _L,
    "telecom": _L,
    "gender": _T,
    "birthDate": _T,
    "address": _L,
}

FIELDS_READ: Final[dict[str, dict[str, Kind]]] = {
    "Patient": _PERSON,
    "RelatedPerson": {**_PERSON, "patient": _O, "relationship": _L},
    "Practitioner": {**_PERSON, "qualification": _L},
    "PractitionerRole": {
        "identifier": _L, "active": _F, "practitioner": _O, "organization": _O, "code": _L, "specialty": _L,
        "location": _L, "telecom": _L,
    },
    "Organization": {
        "identifier": _L, "active": _F, "type": _L, "name": _T, "telecom": _L, "address": _L, "partOf": _O,
        "contact": _L,
    },
    "Location": {
        "identifier": _L, "status": _T, "name": _T, "type": _L, "telecom": _L, "address": _O,
        "managingOrganization": _O, "partOf": _O, "physicalType": _O, "mode": _T,
    },
    "Encounter": {
        "identifier": _L, "status": _T, "class": _L, "type": _L, "subject": _O, "participant": _L, "period": _O,
        "diagnosis": _L, "location": _L, "serviceProvider": _O, "reasonReference": _L,
    },
    "Coverage": {
        "identifier": _L, "status": _T, "type": _O, "policyHolder": _O, "subscriber": _O, "subscriberId": _A,
        "beneficiary": _O, "relationship": _O, "period": _O, "payor": _L, "class": _L, "order": _N,
    },
    "Condition": {
        "identifier": _L, "clinicalStatus": _O, "verificationStatus": _O, "category": _L, "code": _O, "subject": _O,
        "encounter": _O, "onsetDateTime": _T, "recordedDate": _T,
    },
    "Procedure": {
        "identifier": _L, "status": _T, "code": _O, "subject": _O, "encounter": _O, "performedDateTime": _T,
        "performedPeriod": _O, "reasonReference": _L,
    },
    "ServiceRequest": {
        "identifier": _L, "status": _T, "intent": _T, "code": _O, "subject": _O, "encounter": _O, "authoredOn": _T,
    },
    "DocumentReference": {
        "identifier": _L, "masterIdentifier": _O, "status": _T, "docStatus": _T, "type": _O, "category": _L,
        "subject": _O, "date": _T, "author": _L, "authenticator": _O, "custodian": _O, "content": _L, "context": _O,
        "description": _T,
    },
    "Composition": {
        "identifier": _O, "status": _T, "type": _O, "category": _L, "subject": _O, "encounter": _O, "date": _T,
        "author": _L, "title": _T, "attester": _L, "custodian": _O, "section": _L, "confidentiality": _T,
    },
    "DiagnosticReport": {
        "identifier": _L, "status": _T, "category": _L, "code": _O, "subject": _O, "encounter": _O,
        "effectiveDateTime": _T, "effectivePeriod": _O, "issued": _T, "performer": _L, "resultsInterpreter": _L,
        "conclusion": _T, "presentedForm": _L,
    },
    "Binary": {"contentType": _T, "data": _T, "securityContext": _O},
    "Claim": {
        "identifier": _L, "status": _T, "type": _O, "use": _T, "patient": _O, "billablePeriod": _O, "created": _T,
        "insurer": _O, "provider": _O, "priority": _O, "careTeam": _L, "diagnosis": _L, "insurance": _L,
        "accident": _O, "facility": _O, "item": _L, "total": _O, "referral": _O,
    },
}  # fmt: skip
