"""Our encounter as an R4 bundle, the way EMRs send it: four kinds of bundle, four kinds of reference."""

from __future__ import annotations

import base64
import uuid
from decimal import Decimal
from typing import Any, Final

Json = dict[str, Any]

_ICD: Final = "http://hl7.org/fhir/sid/icd-10-cm"
_CPT: Final = "http://www.ama-assn.org/go/cpt"
_NPI: Final = "http://hl7.org/fhir/sid/us-npi"
_EIN: Final = "urn:oid:2.16.840.1.113883.4.4"
_NUCC: Final = "http://nucc.org/provider-taxonomy"
_TERMINOLOGY: Final = "http://terminology.hl7.org/CodeSystem"
_BASE: Final = "https://emr.example.org/fhir"
_GENDER: Final = {"F": "female", "M": "male"}
_COVERAGE_TYPES: Final = {"MB": "1", "MC": "2", "BL": "6", "CI": "5", "12": "5"}
"""Source of Payment Typology codes for SBR09."""


def bundle_of(record: Json, kind: str) -> Json:
    """A Bundle of this kind (collection, transaction, message, document) with the whole encounter in it."""
    builder = _Builder(record["external_id"], kind)
    entries = builder.build(record)
    bundle: Json = {"resourceType": "Bundle", "type": kind, "entry": entries}
    if kind in ("message", "document"):
        bundle |= {
            "identifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{builder.uuid('bundle')}"},
            "timestamp": f"{record['service_date']}T18:00:00-04:00",
        }
    return bundle


class _Builder:
    """Resources of one encounter; how they refer to each other depends on the kind of bundle."""

    def __init__(self, key: str, kind: str) -> None:
        self._key, self._kind = key, kind

    def uuid(self, what: str) -> str:
        """An id that follows from the encounter."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self._key}|{what}"))

    def full_url(self, kind: str, what: str) -> str:
        """urn:uuid in a transaction and a document, an absolute address elsewhere."""
        if self._kind in ("transaction", "document"):
            return f"urn:uuid:{self.uuid(what)}"
        return f"{_BASE}/{kind}/{self.uuid(what)}"

    def ref(self, kind: str, what: str) -> Json:
        """urn:uuid, absolute (message) or relative (collection)."""
        if self._kind == "collection":
            return {"reference": f"{kind}/{self.uuid(what)}"}
        return {"reference": self.full_url(kind, what)}

    def entry(self, resource: Json, what: str) -> Json:
        """An entry, with its request in a transaction."""
        kind = resource["resourceType"]
        found: Json = {"fullUrl": self.full_url(kind, what), "resource": {**resource, "id": self.uuid(what)}}
        if self._kind == "transaction":
            found["request"] = {"method": "POST", "url": kind}
        return found

    def build(self, record: Json) -> list[Json]:
        """All entries, the bundle's own first one (Composition, MessageHeader) included."""
        entries = self._opening(record)
        entries += [
            self.entry(_patient(record["patient"]), "patient"),
            self.entry(_practitioner(record["rendering_provider"]), "practitioner"),
            self.entry(_organization(record["billing_provider"]), "practice"),
            self.entry(self._encounter(record), "encounter"),
            self.entry(self._document(record), "note"),
        ]
        for n, cover in enumerate(record.get("coverages", [])):
            entries += self._coverage(cover, n)
        for n, diagnosis in enumerate(record.get("diagnoses", [])):
            entries.append(self.entry(self._condition(diagnosis["icd10cm"]), f"condition{n}"))
        if record.get("service_lines"):
            entries.append(self.entry(self._claim(record), "claim"))
        return entries

    def _opening(self, record: Json) -> list[Json]:
        if self._kind == "message":
            header = {
                "resourceType": "MessageHeader",
                "eventCoding": {"system": "https://emr.example.org/events", "code": "encounter-closed"},
                "source": {"endpoint": _BASE},
                "focus": [self.ref("Encounter", "encounter")],
            }
            return [self.entry(header, "header")]
        if self._kind == "document":
            return [self.entry(self._composition(record), "composition")]
        return []

    def _composition(self, record: Json) -> Json:
        return {
            "resourceType": "Composition",
            "status": "final",
            "type": {"coding": [{"system": "http://loinc.org", "code": "34133-9"}]},
            "subject": self.ref("Patient", "patient"),
            "encounter": self.ref("Encounter", "encounter"),
            "date": record["notes"][0]["authored_at"],
            "author": [self.ref("Practitioner", "practitioner")],
            "title": "Encounter summary",
            "section": [{"title": "Note", "entry": [self.ref("DocumentReference", "note")]}],
        }

    def _encounter(self, record: Json) -> Json:
        words = "new patient" if record.get("new_patient") else "established patient"
        day = record["service_date"]
        return {
            "resourceType": "Encounter",
            "identifier": [{"system": f"{_BASE}/encounter-number", "value": record["external_id"]}],
            "status": "finished",
            "class": {"system": f"{_TERMINOLOGY}/v3-ActCode", "code": "AMB"},
            "type": [{"text": f"Office visit, {words}"}],
            "subject": self.ref("Patient", "patient"),
            "participant": [
                {
                    "type": [{"coding": [{"system": f"{_TERMINOLOGY}/v3-ParticipationType", "code": "PPRF"}]}],
                    "individual": self.ref("Practitioner", "practitioner"),
                }
            ],
            "period": {"start": f"{day}T14:40:00-04:00", "end": f"{day}T15:10:00-04:00"},
            "serviceProvider": self.ref("Organization", "practice"),
        }

    def _document(self, record: Json) -> Json:
        note = record["notes"][0]
        data = base64.b64encode(note["text"].encode()).decode()
        return {
            "resourceType": "DocumentReference",
            "status": "current",
            "docStatus": "final",
            "type": {"coding": [{"system": "http://loinc.org", "code": "11506-3"}]},
            "subject": self.ref("Patient", "patient"),
            "date": note["authored_at"],
            "author": [self.ref("Practitioner", "practitioner")],
            "authenticator": self.ref("Practitioner", "practitioner"),
            "content": [{"attachment": {"contentType": "text/plain; charset=utf-8", "data": data}}],
            "context": {"encounter": [self.ref("Encounter", "encounter")]},
        }

    def _condition(self, code: str) -> Json:
        return {
            "resourceType": "Condition",
            "clinicalStatus": {"coding": [{"system": f"{_TERMINOLOGY}/condition-clinical", "code": "active"}]},
            "verificationStatus": {"coding": [{"system": f"{_TERMINOLOGY}/condition-ver-status", "code": "confirmed"}]},
            "category": [{"coding": [{"system": f"{_TERMINOLOGY}/condition-category", "code": "encounter-diagnosis"}]}],
            "code": {"coding": [{"system": _ICD, "code": code}]},
            "subject": self.ref("Patient", "patient"),
            "encounter": self.ref("Encounter", "encounter"),
        }

    def _coverage(self, cover: Json, number: int) -> list[Json]:
        """The coverage with its payer contained, and the subscriber where that is not the patient."""
        payer = {
            "resourceType": "Organization",
            "id": "payer",
            "identifier": [{"system": "https://emr.example.org/payer-id", "value": cover["payer_id"]}],
            "name": cover["payer_name"],
        }
        kind = _COVERAGE_TYPES[cover["filing_indicator"]]
        resource: Json = {
            "resourceType": "Coverage",
            "contained": [payer],
            "status": "active",
            "type": {"coding": [{"system": "https://nahdo.org/sopt", "code": kind}]},
            "subscriberId": cover["member_id"],
            "beneficiary": self.ref("Patient", "patient"),
            "relationship": {
                "coding": [{"system": f"{_TERMINOLOGY}/subscriber-relationship", "code": cover["relationship"]}]
            },
            "payor": [{"reference": "#payer"}],
            "order": number + 1,
        }
        if "group_number" in cover:
            group = {"coding": [{"system": f"{_TERMINOLOGY}/coverage-class", "code": "group"}]}
            resource["class"] = [{"type": group, "value": cover["group_number"]}]
        entries = [self.entry(resource, f"coverage{number}")]
        if "subscriber" in cover:
            resource["subscriber"] = self.ref("RelatedPerson", f"subscriber{number}")
            person = {**_person(cover["subscriber"]), "resourceType": "RelatedPerson"}
            person["patient"] = self.ref("Patient", "patient")
            entries = [self.entry(resource, f"coverage{number}"), self.entry(person, f"subscriber{number}")]
        return entries

    def _claim(self, record: Json) -> Json:
        items = [self._item(line, record) for line in record["service_lines"]]
        return {
            "resourceType": "Claim",
            "status": "active",
            "type": {"coding": [{"system": f"{_TERMINOLOGY}/claim-type", "code": "professional"}]},
            "use": "claim",
            "patient": self.ref("Patient", "patient"),
            "created": record["service_date"],
            "provider": self.ref("Organization", "practice"),
            "priority": {"coding": [{"code": "normal"}]},
            "diagnosis": [
                {"sequence": n + 1, "diagnosisReference": self.ref("Condition", f"condition{n}")}
                for n in range(len(record.get("diagnoses", [])))
            ],
            "insurance": [
                {"sequence": n + 1, "focal": n == 0, "coverage": self.ref("Coverage", f"coverage{n}")}
                for n in range(len(record.get("coverages", [])))
            ],
            "item": items,
        }

    def _item(self, line: Json, record: Json) -> Json:
        item: Json = {
            "sequence": int(line["id"]),
            "productOrService": {"coding": [{"system": _CPT, "code": line["code"]}]},
            "servicedDate": record["service_date"],
            "locationCodeableConcept": {"coding": [{"code": record["place_of_service"]}]},
            "quantity": {"value": float(line["units"])},
            "net": {"value": float(Decimal(line["charge_cents"]) / 100), "currency": "USD"},
            "encounter": [self.ref("Encounter", "encounter")],
        }
        if line["modifiers"]:
            item["modifier"] = [{"coding": [{"system": _CPT, "code": code}]} for code in line["modifiers"]]
        if line["diagnosis_refs"]:
            item["diagnosisSequence"] = line["diagnosis_refs"]
        return item


def _person(person: Json) -> Json:
    found: Json = {
        "name": [{"use": "official", "family": person["last_name"], "given": [person["first_name"]]}],
        "gender": _GENDER[person["sex"]],
        "birthDate": person["birth_date"],
    }
    if "address" in person:
        found["address"] = [_address(person["address"])]
    return found


def _patient(person: Json) -> Json:
    mrn = {"coding": [{"system": f"{_TERMINOLOGY}/v2-0203", "code": "MR"}]}
    return {
        **_person(person),
        "resourceType": "Patient",
        "identifier": [{"type": mrn, "system": f"{_BASE}/mrn", "value": person["medical_record_number"]}],
        "telecom": [{"system": "phone", "value": person["phone"]}],
    }


def _practitioner(provider: Json) -> Json:
    return {
        "resourceType": "Practitioner",
        "identifier": [{"system": _NPI, "value": provider["npi"]}],
        "name": [{"family": provider["name"], "given": [provider["first_name"]]}],
        "qualification": [{"code": {"coding": [{"system": _NUCC, "code": provider["taxonomy_code"]}]}}],
    }


def _organization(provider: Json) -> Json:
    return {
        "resourceType": "Organization",
        "identifier": [
            {"system": _NPI, "value": provider["npi"]},
            {"system": _EIN, "value": provider["tax_id"]},
        ],
        "type": [{"coding": [{"system": _NUCC, "code": provider["taxonomy_code"]}]}],
        "name": provider["name"],
        "telecom": [{"system": "phone", "value": provider["phone"]}],
        "address": [_address(provider["address"])],
    }


def _address(address: Json) -> Json:
    return {
        "line": [address["line1"]],
        "city": address["city"],
        "state": address["state"],
        "postalCode": address["postal_code"],
    }
