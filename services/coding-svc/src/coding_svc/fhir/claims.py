"""The Claim resource: charge capture, insurance order, authorization, accident, and the care team."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final

from coding_svc.fhir import clinical, parties
from coding_svc.fhir.bundle import Found
from coding_svc.fhir.clinical import Diagnoses
from coding_svc.fhir.reader import Reader
from coding_svc.fhir.states import state_code
from coding_svc.fhir.values import Json, as_object, as_objects, as_text, cents, codes, codings, decimal

_CARE_TEAM: Final = {
    "primary": "rendering_provider", "performing": "rendering_provider", "rendering": "rendering_provider",
    "attending": "rendering_provider", "operating": "rendering_provider",
    "supervisor": "supervising_provider", "supervising": "supervising_provider",
    "referring": "referring_provider", "refer": "referring_provider",
    "ordering": "ordering_provider", "prescribing": "ordering_provider",
}  # fmt: skip
_ACCIDENTS: Final = {"MVA": "auto_accident", "WPA": "employment"}
"""v3-ActIncidentCode; every other accident is `other_accident`."""
_UNUSED_TYPES: Final = frozenset({"institutional", "oral", "pharmacy", "vision"})
_NDC_SYSTEMS: Final = frozenset({"http://hl7.org/fhir/sid/ndc", "urn:oid:2.16.840.1.113883.6.69"})
_NDC_UNITS: Final = {"ml": "ML", "gr": "GR", "g": "GR", "me": "ME", "mg": "ME", "un": "UN", "[iu]": "F2", "f2": "F2"}


@dataclass(slots=True)
class ClaimReading:
    """What one claim adds to its encounter; `coverages` are the insurance's, in sequence."""

    fields: Json = field(default_factory=dict)
    lines: list[Json] = field(default_factory=list)
    coverages: list[Found] = field(default_factory=list)
    displays: list[tuple[str, str]] = field(default_factory=list)
    """(display, pointer) of insurance that is only named."""


def is_usable(reader: Reader, found: Found) -> bool:
    """Whether the claim's lines belong on a professional claim; the reason against it is named."""
    reader.bundle.use(found)
    if as_text(found.get("status")) in {"entered-in-error", "cancelled"}:
        reader.notices.add("fhir.entered-in-error", found.pointer)
        return False
    if _UNUSED_TYPES & set(codes(found.get("type"))):
        reader.notices.add("fhir.claim-type-not-used", found.pointer)
        return False
    return True


def read_diagnoses(reader: Reader, claim: Found, diagnoses: Diagnoses) -> None:
    """Claim.diagnosis in sequence order: these lead the encounter's list."""
    ordered = sorted(enumerate(as_objects(claim.get("diagnosis"))), key=lambda pair: _sequence(pair[1], pair[0]))
    for rank, (position, item) in enumerate(ordered, start=1):
        pointer = f"{claim.pointer}/diagnosis/{position}"
        source = (claim.pointer, str(_sequence(item, position)))
        condition = reader.bundle.find(item.get("diagnosisReference"), claim)
        if condition is not None:
            read = clinical.read_condition(reader, condition, rank=rank, addressed=True)
        else:
            read = clinical.diagnosis_codes(reader, item.get("diagnosisCodeableConcept"), pointer)
            read = {**read, "rank": rank, "confirmed": True, "active": True} if read else None
        if read is not None:
            diagnoses.add(read, source)
            if condition is not None:
                diagnoses.position_of[condition.pointer] = diagnoses.position_of[source]


def read_claim(reader: Reader, claim: Found, diagnoses: Diagnoses) -> ClaimReading:
    """Lines, insurance and situational facts; call after `read_diagnoses`."""
    reading = ClaimReading()
    _read_insurance(reader, claim, reading)
    for position, item in enumerate(as_objects(claim.get("item"))):
        line = _line(reader, claim, item, f"{claim.pointer}/item/{position}", diagnoses)
        if line is not None:
            reading.lines.append(line)
    reading.fields.update(_care_team(reader, claim))
    if (accident := as_object(claim.get("accident"))) != {}:
        reading.fields["related_causes"] = _accident(reader, accident, f"{claim.pointer}/accident")
    if (place := _place_of_service(claim)) is not None:
        reading.fields["place_of_service"] = place
    referral = reader.bundle.follow(claim.get("referral"), claim)
    if referral is not None and (number := as_text(referral.identifier.get("value"))) is not None:
        reading.fields["referral_number"] = number
    return reading


def _sequence(item: Json, position: int) -> int:
    sequence = item.get("sequence")
    return sequence if isinstance(sequence, int) and not isinstance(sequence, bool) else position + 1


def _read_insurance(reader: Reader, claim: Found, reading: ClaimReading) -> None:
    ordered = sorted(enumerate(as_objects(claim.get("insurance"))), key=lambda pair: _sequence(pair[1], pair[0]))
    for position, item in ordered:
        pointer = f"{claim.pointer}/insurance/{position}"
        reference = reader.bundle.follow(item.get("coverage"), claim)
        if reference is not None and reference.found is not None and reference.found.type == "Coverage":
            reading.coverages.append(reference.found)
        elif reference is not None and reference.display is not None:
            reading.displays.append((reference.display, f"{pointer}/coverage"))
        else:
            reader.notices.add("fhir.claim-coverage-not-found", f"{pointer}/coverage")
        authorization = item.get("preAuthRef")
        number = as_text(authorization[0] if isinstance(authorization, list) and authorization else authorization)
        if number is not None:
            reading.fields.setdefault("prior_authorization_number", number)


def _line(reader: Reader, claim: Found, item: Json, pointer: str, diagnoses: Diagnoses) -> Json | None:
    code = clinical.procedure_code(item.get("productOrService"))
    charge_code = clinical.charge_code(item.get("productOrService")) if code is None else None
    if code is None and charge_code is None:
        reader.notices.add("fhir.line-code-not-understood", f"{pointer}/productOrService")
        return None
    units = decimal(as_object(item.get("quantity")).get("value"))
    period = as_object(item.get("servicedPeriod"))
    start = reader.moment(item.get("servicedDate") or period.get("start"), f"{pointer}/servicedDate")
    end = reader.moment(period.get("end"), f"{pointer}/servicedPeriod/end")
    if start is None:
        reader.notices.add("fhir.line-date-assumed", pointer)
    return {
        "id": f"{_sequence(item, 0)}",
        "code": code,
        "charge_code": charge_code,
        "modifiers": [modifier.upper() for modifier in codes(item.get("modifier"))][:4],
        "units": str(units) if units is not None and units > 0 else "1",
        "charge_cents": _charge(reader, item, units, pointer),
        "diagnosis_refs": _refs(reader, claim, item, pointer, diagnoses),
        "date_from": start.day.isoformat() if start else None,
        "date_to": end.day.isoformat() if start and end and end.day > start.day else None,
        "drug": _drug(item),
    }


def _charge(reader: Reader, item: Json, units: Any, pointer: str) -> int | None:
    """Item.net, else unitPrice times quantity, in cents."""
    for name, factor in (("net", 1), ("unitPrice", units or 1)):
        if item.get(name) is None:
            continue
        amount = cents(item[name])
        if amount is None:
            reader.notices.add("fhir.amount-not-usable", f"{pointer}/{name}")
        else:
            return int(amount * factor)
    return None


def _refs(reader: Reader, claim: Found, item: Json, pointer: str, diagnoses: Diagnoses) -> list[int]:
    wanted = item.get("diagnosisSequence")
    refs: list[int] = []
    for sequence in wanted if isinstance(wanted, list) else []:
        position = diagnoses.position_of.get((claim.pointer, str(sequence)))
        if position is None:
            reader.notices.add("fhir.pointer-not-found", f"{pointer}/diagnosisSequence")
        elif position not in refs:
            refs.append(position)
    return refs[:4]


def _drug(item: Json) -> Json | None:
    """NDC in productOrService or in the first detail, with its quantity."""
    for source in (item, as_object(item.get("detail"))):
        for system, code, _ in codings(source.get("productOrService")):
            digits = re.sub(r"\D", "", code)
            quantity = as_object(source.get("quantity"))
            unit = _NDC_UNITS.get(
                (as_text(quantity.get("code")) or as_text(quantity.get("unit")) or "un").lower(), "UN"
            )
            if system in _NDC_SYSTEMS and len(digits) == 11:
                amount = decimal(quantity.get("value"))
                return {"ndc": digits, "quantity": str(amount) if amount else "1", "unit": unit}
    return None


def _care_team(reader: Reader, claim: Found) -> Json:
    team: Json = {}
    for position, member in enumerate(as_objects(claim.get("careTeam"))):
        pointer = f"{claim.pointer}/careTeam/{position}"
        roles = codes(member.get("role")) or ["primary"]
        slot = next((_CARE_TEAM[role] for role in roles if role in _CARE_TEAM), None)
        if slot is None:
            reader.notices.add("fhir.role-not-understood", f"{pointer}/role")
        elif slot not in team:
            read = parties.provider(reader, reader.bundle.follow(member.get("provider"), claim), pointer)
            if read is not None:
                team[slot] = read
    return team


def _accident(reader: Reader, accident: Json, pointer: str) -> Json:
    happened = reader.moment(accident.get("date"), f"{pointer}/date")
    kinds = {_ACCIDENTS.get(code, "other_accident") for code in codes(accident.get("type"))} or {"other_accident"}
    where = state_code(state) if (state := as_text(as_object(accident.get("locationAddress")).get("state"))) else None
    return {
        **dict.fromkeys(kinds, True),
        "accident_date": happened.day.isoformat() if happened else None,
        "accident_state": where,
    }


def _place_of_service(claim: Found) -> str | None:
    for item in as_objects(claim.get("item")):
        for code in codes(item.get("locationCodeableConcept")):
            if re.fullmatch(r"\d{2}", code):
                return code
    return None
