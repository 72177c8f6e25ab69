"""Bundles of many shapes, built small: each function gives one shape that senders really use."""

from __future__ import annotations

import base64
from typing import Any

Json = dict[str, Any]
NPI = "http://hl7.org/fhir/sid/us-npi"
ICD = "http://hl7.org/fhir/sid/icd-10-cm"
SCT = "http://snomed.info/sct"
CPT = "http://www.ama-assn.org/go/cpt"
NOTE = "Assessment and plan: type 2 diabetes mellitus, continue metformin."
ADDRESS = {"use": "home", "line": ["12 Elm St", "Apt 4"], "city": "Boston", "state": "MA", "postalCode": "02139-1234"}


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def entry(resource: Json, full_url: str | None = None, method: str | None = None) -> Json:
    made: Json = {"resource": resource}
    if full_url:
        made["fullUrl"] = full_url
    if method:
        made["request"] = {"method": method, "url": resource["resourceType"]}
    return made


def bundle(*entries: Json, kind: str = "collection") -> Json:
    return {"resourceType": "Bundle", "type": kind, "entry": list(entries)}


def patient(**extra: Any) -> Json:
    return {
        "resourceType": "Patient",
        "id": "pat-1",
        "identifier": [{"type": {"coding": [{"code": "MR"}]}, "value": "MRN-77"}],
        "name": [
            {"use": "old", "family": "Before"},
            {"use": "official", "family": "Rivera", "given": ["Ana", "Maria"], "suffix": ["Jr"]},
        ],
        "birthDate": "1961-02-03",
        "gender": "female",
        "telecom": [{"system": "email", "value": "a@example.org"}, {"system": "phone", "value": "+1 (617) 555-0100"}],
        "address": [ADDRESS],
        **extra,
    }


def practice(**extra: Any) -> Json:
    return {
        "resourceType": "Organization",
        "id": "org-1",
        "name": "Elm Street Family Medicine",
        "identifier": [
            {"system": NPI, "value": "1234567893"},
            {"system": "urn:oid:2.16.840.1.113883.4.4", "value": "12-3456789"},
        ],
        "address": [{"line": ["1 Main St"], "city": "Boston", "state": "Massachusetts", "postalCode": "02110"}],
        "telecom": [{"system": "phone", "value": "617-555-0199"}],
        **extra,
    }


def payer(**extra: Any) -> Json:
    return {
        "resourceType": "Organization",
        "id": "payer-1",
        "name": "Harbor Health Plan",
        "identifier": [{"system": "urn:payer-id", "value": "HARB1"}],
        **extra,
    }


def doctor(**extra: Any) -> Json:
    return {
        "resourceType": "Practitioner",
        "id": "doc-1",
        "identifier": [{"system": NPI, "value": "1245319599"}],
        "name": [{"family": "Okafor", "given": ["Ngozi"], "prefix": ["Dr."]}],
        **extra,
    }


def coverage(**extra: Any) -> Json:
    return {
        "resourceType": "Coverage",
        "id": "cov-1",
        "status": "active",
        "type": {"coding": [{"code": "EHCPOL"}]},
        "subscriberId": "HH0012345",
        "beneficiary": {"reference": "Patient/pat-1"},
        "relationship": {"coding": [{"code": "self"}]},
        "payor": [{"reference": "Organization/payer-1"}],
        "class": [{"type": {"coding": [{"code": "group"}]}, "value": "GRP9", "name": "Harbor Works"}],
        **extra,
    }


def encounter(**extra: Any) -> Json:
    return {
        "resourceType": "Encounter",
        "id": "enc-1",
        "identifier": [{"system": "urn:emr", "value": "V-1001"}],
        "status": "finished",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
        "subject": {"reference": "Patient/pat-1"},
        "participant": [
            {"type": [{"coding": [{"code": "PPRF"}]}], "individual": {"reference": "Practitioner/doc-1"}},
        ],
        "period": {"start": "2026-05-04T09:00:00-04:00", "end": "2026-05-04T09:25:00-04:00"},
        "serviceProvider": {"reference": "Organization/org-1"},
        **extra,
    }


def condition(**extra: Any) -> Json:
    return {
        "resourceType": "Condition",
        "id": "con-1",
        "clinicalStatus": {"coding": [{"code": "active"}]},
        "verificationStatus": {"coding": [{"code": "confirmed"}]},
        "category": [{"coding": [{"code": "encounter-diagnosis"}]}],
        "code": {
            "coding": [{"system": SCT, "code": "44054006"}, {"system": ICD, "code": "E11.9"}],
            "text": "Type 2 diabetes",
        },
        "subject": {"reference": "Patient/pat-1"},
        "encounter": {"reference": "Encounter/enc-1"},
        **extra,
    }


def document(**extra: Any) -> Json:
    return {
        "resourceType": "DocumentReference",
        "id": "note-1",
        "status": "current",
        "docStatus": "final",
        "type": {"text": "Progress note"},
        "subject": {"reference": "Patient/pat-1"},
        "date": "2026-05-04T09:40:00-04:00",
        "author": [{"reference": "Practitioner/doc-1"}],
        "content": [{"attachment": {"contentType": "text/plain; charset=utf-8", "data": b64(NOTE)}}],
        "context": {"encounter": [{"reference": "Encounter/enc-1"}]},
        **extra,
    }


def claim(**extra: Any) -> Json:
    return {
        "resourceType": "Claim",
        "id": "clm-1",
        "status": "active",
        "type": {"coding": [{"code": "professional"}]},
        "use": "claim",
        "patient": {"reference": "Patient/pat-1"},
        "billablePeriod": {"start": "2026-05-04", "end": "2026-05-04"},
        "provider": {"reference": "Organization/org-1"},
        "careTeam": [
            {"sequence": 1, "provider": {"reference": "Practitioner/doc-1"}, "role": {"coding": [{"code": "primary"}]}}
        ],
        "diagnosis": [
            {
                "sequence": 2,
                "diagnosisCodeableConcept": {"coding": [{"system": ICD, "code": "I10"}]},
            },
            {"sequence": 1, "diagnosisReference": {"reference": "Condition/con-1"}},
        ],
        "insurance": [
            {
                "sequence": 1,
                "focal": True,
                "coverage": {"reference": "Coverage/cov-1"},
                "preAuthRef": ["PA-55"],
            }
        ],
        "item": [
            {
                "sequence": 1,
                "diagnosisSequence": [1, 2],
                "productOrService": {"coding": [{"system": CPT, "code": "99213"}]},
                "modifier": [{"coding": [{"code": "25"}]}],
                "servicedDate": "2026-05-04",
                "locationCodeableConcept": {"coding": [{"code": "22"}]},
                "quantity": {"value": 1},
                "net": {"value": 148.50, "currency": "USD"},
                "encounter": [{"reference": "Encounter/enc-1"}],
            }
        ],
        **extra,
    }


def plain() -> Json:
    """A collection with relative references: the shape of the simplest EMR export."""
    return bundle(
        *map(entry, (patient(), practice(), payer(), doctor(), coverage(), encounter(), condition(), document()))
    )
