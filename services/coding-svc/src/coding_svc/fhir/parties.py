"""People and organizations: patients, subscribers, practitioners, organizations and places."""

from __future__ import annotations

import re
from typing import Any, Final

from coding_svc.fhir.bundle import Found, Reference
from coding_svc.fhir.reader import Reader
from coding_svc.fhir.states import state_code
from coding_svc.fhir.values import (
    NPI_SYSTEMS,
    NUCC_SYSTEMS,
    Json,
    as_object,
    as_objects,
    as_text,
    as_texts,
    codings,
    identifier_of_type,
    npi_of,
    phone_of,
    tax_id_of,
)

_SEX: Final = {"male": "M", "female": "F", "other": "U", "unknown": "U"}
_COUNTRIES: Final = {"USA": "US", "UNITED STATES": "US", "UNITED STATES OF AMERICA": "US", "U.S.": "US", "CANADA": "CA"}
_NAME_USE_ORDER: Final = ("official", "usual", None, "nickname", "maiden", "temp", "anonymous", "old")
_ADDRESS_USE_ORDER: Final = ("home", "work", "billing", None, "temp", "old")
MAX_PART_OF: Final = 5


def _by_use(items: Any, order: tuple[str | None, ...]) -> tuple[int, Json] | None:
    """The element whose `use` comes first in `order`, and its position."""
    ranked = [
        (order.index(use) if (use := as_text(item.get("use"))) in order else len(order), position, item)
        for position, item in enumerate(as_objects(items))
    ]
    best = min(ranked, key=lambda entry: entry[:2], default=None)
    return (best[1], best[2]) if best else None


def human_name(reader: Reader, names: Any, pointer: str) -> Json:
    """`last_name`, `first_name`, `middle_name`, `suffix`, as far as given."""
    chosen = _by_use(names, _NAME_USE_ORDER)
    if chosen is None:
        return {}
    position, name = chosen
    given = as_texts(name.get("given"))
    if (family := as_text(name.get("family"))) is None:
        return _split_name(reader, as_text(name.get("text")), given, f"{pointer}/{position}")
    return {
        "last_name": family,
        "first_name": given[0] if given else None,
        "middle_name": " ".join(given[1:]) or None,
        "suffix": " ".join(as_texts(name.get("suffix"))) or None,
    }


def _split_name(reader: Reader, text: str | None, given: list[str], pointer: str) -> Json:
    if text is None:
        return {}
    reader.notices.add("fhir.name-split", pointer)
    if "," in text:
        last, _, first = (part.strip() for part in text.partition(","))
    else:
        first, _, last = text.rpartition(" ")
    return {"last_name": last, "first_name": (given[0] if given else first) or None}


def address(reader: Reader, addresses: Any, pointer: str) -> Json | None:
    """The address to use, or None; an incomplete one is named."""
    chosen = _by_use(addresses, _ADDRESS_USE_ORDER)
    if chosen is None:
        return None
    item = chosen[1]
    lines = [part for line in as_texts(item.get("line")) for part in line.splitlines()]
    country = (as_text(item.get("country")) or "US").upper()
    state = as_text(item.get("state"))
    built = {
        "line1": lines[0] if lines else None,
        "line2": " ".join(lines[1:]) or None,
        "city": as_text(item.get("city")),
        "state": state_code(state) if state else None,
        "postal_code": _postal_code(item.get("postalCode")),
        "country": _COUNTRIES.get(country, country),
    }
    if any(built[name] is None for name in ("line1", "city", "state", "postal_code")):
        reader.notices.add("fhir.address-incomplete", pointer)
        return None
    return built


def _postal_code(value: Any) -> str | None:
    text = as_text(value)
    return re.sub(r"[^0-9A-Z]", "", text.upper()) or None if text else None


def person(reader: Reader, found: Found) -> Json:
    """A Patient or RelatedPerson as the payer knows them; without `last_name` if no name is given."""
    born = reader.moment(found.get("birthDate"), f"{found.pointer}/birthDate")
    gender = as_text(found.get("gender"))
    return {
        **human_name(reader, found.get("name"), f"{found.pointer}/name"),
        "birth_date": born.day.isoformat() if born else None,
        "sex": _SEX.get(gender.lower(), "U") if gender else None,
        "address": address(reader, found.get("address"), f"{found.pointer}/address"),
        "phone": phone_of(found.get("telecom")),
    }


def patient(reader: Reader, found: Found) -> Json:
    """The patient with the medical record number (identifier of type MR)."""
    return {**person(reader, found), "medical_record_number": identifier_of_type(found.get("identifier"), "MR")}


def provider(reader: Reader, reference: Reference | None, pointer: str) -> Json | None:
    """The provider that a reference names, from the bundle or from the reference's own display and NPI."""
    if reference is None:
        return None
    if reference.found is None:
        return _provider_by_reference(reader, reference, pointer)
    built = _READERS.get(reference.found.type, _unknown)(reader, reference.found)
    if built.get("name") is None:
        built["name"] = reference.display
    return _named(reader, built, reference.found.pointer)


def _provider_by_reference(reader: Reader, reference: Reference, pointer: str) -> Json | None:
    system, value = as_text(reference.identifier.get("system")), as_text(reference.identifier.get("value"))
    npi = value if system in NPI_SYSTEMS and value and re.fullmatch(r"\d{10}", value) else None
    if reference.display is None and npi is None:
        reader.notices.add("fhir.reference-not-found", pointer)
        return None
    reader.notices.add("fhir.provider-by-reference", pointer)
    words = re.sub(r"^(Dr|Mr|Mrs|Ms)\.?\s+", "", reference.display or "")
    # A display does not say whether it names a person; a title, a comma or a credential does.
    is_person = bool(reference.display) and (
        words != reference.display or re.search(r",?\s(MD|DO|NP|PA|RN|PA-C|DPM|DC|PhD)\b", words) is not None
    )
    if is_person:
        plain = re.sub(r",?\s+(MD|DO|NP|PA|RN|PA-C|DPM|DC|PhD)\b\.?.*$", "", words)
        first, _, last = plain.rpartition(" ")
        return _named(reader, {"entity": "person", "name": last, "first_name": first or None, "npi": npi}, pointer)
    return _named(reader, {"entity": "organization", "name": words or None, "npi": npi}, pointer)


def _named(reader: Reader, built: Json, pointer: str) -> Json | None:
    if built.get("name") is None:
        reader.notices.add("fhir.provider-incomplete", pointer)
        return None
    if built.get("npi") is None:
        reader.notices.add("fhir.provider-npi-missing", pointer)
    return built


def _practitioner(reader: Reader, found: Found) -> Json:
    name = human_name(reader, found.get("name"), f"{found.pointer}/name")
    taxonomy = _taxonomy([item.get("code") for item in as_objects(found.get("qualification"))])
    return {
        "entity": "person",
        "name": name.get("last_name"),
        "first_name": name.get("first_name"),
        "middle_name": name.get("middle_name"),
        "npi": npi_of(found.get("identifier")),
        "taxonomy_code": taxonomy,
        "tax_id": tax_id_of(found.get("identifier")),
        "address": address(reader, found.get("address"), f"{found.pointer}/address"),
        "phone": phone_of(found.get("telecom")),
    }


def _practitioner_role(reader: Reader, found: Found) -> Json:
    held = reader.bundle.follow(found.get("practitioner"), found)
    base = _practitioner(reader, held.found) if held and held.found else {"entity": "person"}
    if base.get("name") is None and held is not None:
        base = _provider_by_reference(reader, held, f"{found.pointer}/practitioner") or base
    return {
        **base,
        "taxonomy_code": _taxonomy(found.get("specialty")) or _taxonomy(found.get("code")) or base.get("taxonomy_code"),
        "npi": base.get("npi") or npi_of(found.get("identifier")),
        "phone": base.get("phone") or phone_of(found.get("telecom")),
    }


def _organization(reader: Reader, found: Found) -> Json:
    contact = as_object(found.get("contact"))
    contact_name = human_name(reader, contact.get("name"), f"{found.pointer}/contact/0/name")
    words = " ".join(filter(None, (contact_name.get("first_name"), contact_name.get("last_name"))))
    return {
        "entity": "organization",
        "name": as_text(found.get("name")),
        "npi": npi_of(found.get("identifier")),
        "tax_id": tax_id_of(found.get("identifier")),
        "taxonomy_code": _taxonomy(found.get("type")),
        "address": address(reader, found.get("address"), f"{found.pointer}/address"),
        "contact_name": words or None,
        "phone": phone_of(found.get("telecom")) or phone_of(contact.get("telecom")),
    }


def _location(reader: Reader, found: Found) -> Json:
    """A place; its address and NPI may stand on the place that it is part of, or on the organization that runs it."""
    built: Json = {"entity": "organization", "name": as_text(found.get("name"))}
    place: Found | None = found
    for _ in range(MAX_PART_OF):
        if place is None:
            break
        built.setdefault("name", as_text(place.get("name")))
        built["npi"] = built.get("npi") or npi_of(place.get("identifier"))
        own = address(reader, place.get("address"), f"{place.pointer}/address")
        built["address"] = built.get("address") or own
        if built["address"] and built["npi"]:
            break
        parent = place.get("partOf") or place.get("managingOrganization")
        place = reader.bundle.find(parent, place) if parent else None
    return built


def _unknown(reader: Reader, found: Found) -> Json:
    return {"entity": "organization"}


_READERS: Final = {
    "Practitioner": _practitioner,
    "PractitionerRole": _practitioner_role,
    "Organization": _organization,
    "Location": _location,
}


def _taxonomy(concept: Any) -> str | None:
    """A NUCC taxonomy code among the codings."""
    for system, code, _ in codings(concept):
        if system in NUCC_SYSTEMS or (not system and re.fullmatch(r"\d{3}[A-Z0-9]{6}X", code)):
            return code
    return None
