"""Who pays: Coverage resources, in payment order, as the claim needs them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from coding_svc.fhir import parties
from coding_svc.fhir.bundle import Found, Reference
from coding_svc.fhir.reader import Reader
from coding_svc.fhir.values import (
    NPI_SYSTEMS,
    TAX_SYSTEMS,
    Json,
    as_object,
    as_objects,
    as_text,
    codes,
    codings,
    concept_text,
    identifier_of_type,
)

MAX_COVERAGES: Final = 3
_OUT_OF_FORCE: Final = frozenset({"cancelled", "draft", "entered-in-error"})
_SELF_PAY_CODES: Final = frozenset({"pay", "SELF", "SELFPAY", "81"})
_NO_PAYER_NAMES: Final = frozenset({"NO_INSURANCE", "NO INSURANCE", "SELF PAY", "SELF-PAY", "SELFPAY", "UNINSURED"})
_RELATIONSHIPS: Final = {
    "self": "self", "18": "self", "onself": "self",
    "spouse": "spouse", "01": "spouse", "sps": "spouse", "husb": "spouse", "wife": "spouse",
    "child": "child", "19": "child", "son": "child", "dau": "child", "chldadopt": "child", "stpchld": "child",
    "natural child": "child",
    "common": "life_partner", "53": "life_partner", "domestic partner": "life_partner", "dompart": "life_partner",
    "employee": "employee", "20": "employee",
    "39": "organ_donor", "40": "cadaver_donor",
    "other": "other", "g8": "other", "parent": "other", "injured": "other", "ward": "other", "grandchild": "other",
    "21": "unknown", "unknown": "unknown",
}  # fmt: skip
"""subscriber-relationship, the X12 codes of SBR02 and PAT01, v3 role codes, and their words."""
_FILING_BY_CODE: Final = {
    "EHCPOL": "CI", "HSAPOL": "CI", "HIP": "CI", "PPO": "12", "POS": "13", "EPO": "14", "HMO": "HM",
    "AUTOPOL": "AM", "WCBPOL": "WC", "RETIRE": "CI", "SUBSIDIZ": "OF", "SUBSIDMC": "16", "SUBPRG": "OF",
    "TRICARE": "CH", "CHAMPUS": "CH", "VAPOL": "VA", "MCPOL": "HM",
}  # fmt: skip
"""v3-ActCode coverage types, and words that some senders use as codes, to SBR09."""
_FILING_BY_SOURCE_OF_PAYMENT: Final = (
    ("111", "16"), ("1", "MB"), ("2", "MC"), ("311", "CH"), ("32", "VA"), ("3", "OF"), ("4", "OF"), ("51", "HM"),
    ("52", "CI"), ("5", "CI"), ("6", "BL"), ("95", "WC"), ("96", "AM"),
)  # fmt: skip
"""Source of Payment Typology (NAHDO), longest prefix first, to SBR09."""
_FILING_BY_NAME: Final = (
    (r"\bmedicare\b", "MB"), (r"\bmedicaid\b|\bmedi-cal\b|\bmasshealth\b", "MC"), (r"\btricare\b", "CH"),
    (r"\bblue (cross|shield)\b|\bbcbs\b|\banthem\b", "BL"), (r"\bveterans?\b", "VA"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class CoverageReading:
    """What the coverages say: the usable ones in order, and whether they say that nobody but the patient pays."""

    coverages: list[Json]
    self_pay: bool


def read_coverages(reader: Reader, candidates: list[Found], patient: Found, day: date) -> CoverageReading:
    """Read the candidates in payment order. What is unusable is named; at most three are kept."""
    usable: list[Json] = []
    self_pay = False
    for found in candidates:
        reader.bundle.use(found)
        if not _in_force(reader, found, day):
            reader.notices.add("fhir.coverage-not-in-force", found.pointer)
        elif _is_self_pay(reader, found):
            reader.notices.add("fhir.self-pay-assumed", found.pointer)
            self_pay = True
        elif (built := _coverage(reader, found, patient)) is not None:
            if len(usable) == MAX_COVERAGES:
                reader.notices.add("fhir.coverage-too-many", found.pointer)
            else:
                usable.append(built)
    return CoverageReading(usable, self_pay and not usable)


def by_display(reader: Reader, display: str, pointer: str) -> CoverageReading:
    """A claim's insurance that is only a payer's name: it can say self-pay, but cannot be billed."""
    if display.strip().upper() in _NO_PAYER_NAMES:
        reader.notices.add("fhir.self-pay-assumed", pointer)
        return CoverageReading([], self_pay=True)
    reader.notices.add("fhir.payer-id-missing", pointer)
    reader.notices.add("fhir.member-id-missing", pointer)
    return CoverageReading([], self_pay=False)


def coverages_of(reader: Reader, patient: Found) -> list[Found]:
    """The bundle's coverages of the patient, by `order`, else as they come."""
    found = [item for item in _all_coverages(reader) if _covers(reader, item, patient)]
    return sorted(found, key=lambda item: order if isinstance(order := item.get("order"), int) else 99)


def _all_coverages(reader: Reader) -> Iterator[Found]:
    yield from reader.bundle.of_type("Coverage")
    for holder in reader.bundle.of_type("Claim", "Encounter", "Patient"):
        yield from reader.bundle.contained(holder, "Coverage")


def _covers(reader: Reader, found: Found, patient: Found) -> bool:
    beneficiary = reader.bundle.find(found.get("beneficiary") or found.get("subscriber"), found)
    return beneficiary is patient if beneficiary else len(list(reader.bundle.of_type("Patient"))) == 1


def _in_force(reader: Reader, found: Found, day: date) -> bool:
    if as_text(found.get("status")) in _OUT_OF_FORCE:
        return False
    period = as_object(found.get("period"))
    start = reader.moment(period.get("start"), f"{found.pointer}/period/start")
    end = reader.moment(period.get("end"), f"{found.pointer}/period/end")
    return not (start and start.day > day) and not (end and end.day < day)


def _is_self_pay(reader: Reader, found: Found) -> bool:
    if _SELF_PAY_CODES & set(codes(found.get("type"))):
        return True
    payor = reader.bundle.follow(found.get("payor"), found)
    if payor is None:
        return False
    if payor.found is not None and payor.found.type in {"Patient", "RelatedPerson"}:
        return True
    return (payor.display or "").strip().upper() in _NO_PAYER_NAMES


def _coverage(reader: Reader, found: Found, patient: Found) -> Json | None:
    payor = reader.bundle.follow(found.get("payor"), found)
    payer_id, payer_name = _payer_id(found, payor), _payer_name(found, payor)
    member_id = _member_id(found)
    for value, code in (
        (payer_id, "fhir.payer-id-missing"),
        (payer_name, "fhir.payer-name-missing"),
        (member_id, "fhir.member-id-missing"),
    ):
        if value is None:
            reader.notices.add(code, found.pointer)
    relationship, subscriber = _subscriber(reader, found, patient)
    if payer_id is None or payer_name is None or member_id is None or relationship is None:
        return None
    organization = payor.found if payor else None
    return {
        "payer_id": payer_id,
        "payer_name": payer_name,
        "filing_indicator": _filing_indicator(reader, found, payer_name),
        "member_id": member_id,
        "relationship": relationship,
        "subscriber": subscriber,
        "payer_address": parties.address(reader, organization.get("address"), f"{organization.pointer}/address")
        if organization
        else None,
        **_group(found),
    }


def _payer_id(found: Found, payor: Reference | None) -> str | None:
    if payor is None:
        return None
    identifiers = as_objects(payor.found.get("identifier")) if payor.found else []
    others = [i for i in identifiers if as_text(i.get("system")) not in (*NPI_SYSTEMS, *TAX_SYSTEMS)]
    named = [i for i in others if re.search(r"payer|payor|naic|6\.300", as_text(i.get("system")) or "", re.IGNORECASE)]
    typed = identifier_of_type(others, "PAYERID", "NIIP", "XX")
    values = [as_text(item.get("value")) for item in (*named, *others, payor.identifier)]
    candidates = [value for value in (typed, *values) if value and re.fullmatch(r"[A-Za-z0-9][\w .-]{1,79}", value)]
    # A UUID is a key of the sender's database; no payer is known by one.
    return next((value for value in candidates if not re.fullmatch(r"[0-9a-fA-F-]{36}", value)), None)


def _payer_name(found: Found, payor: Reference | None) -> str | None:
    if payor is None:
        return None
    return (as_text(payor.found.get("name")) if payor.found else None) or payor.display


def _member_id(found: Found) -> str | None:
    subscriber_id = found.get("subscriberId")
    if isinstance(subscriber_id, list | dict):  # R5 made it an Identifier
        subscriber_id = as_object(subscriber_id).get("value")
    first = as_object(found.get("identifier")).get("value")
    return identifier_of_type(found.get("identifier"), "MB") or as_text(subscriber_id) or as_text(first)


def _subscriber(reader: Reader, found: Found, patient: Found) -> tuple[str | None, Json | None]:
    """(relationship, subscriber); relationship None if a dependent's subscriber is not to be found."""
    holder = reader.bundle.follow(found.get("subscriber"), found) or reader.bundle.follow(
        found.get("policyHolder"), found
    )
    relationship = _relationship(reader, found, is_patient=holder is None or holder.found is patient)
    if relationship == "self":
        return relationship, None
    person = parties.person(reader, holder.found) if holder and holder.found else {}
    if holder and not person and holder.display:
        person = parties.human_name(reader, [{"text": holder.display}], f"{found.pointer}/subscriber")
    if not person.get("last_name"):
        reader.notices.add("fhir.subscriber-missing", f"{found.pointer}/subscriber")
        return None, None
    return relationship, person


def _relationship(reader: Reader, found: Found, *, is_patient: bool) -> str:
    concept = found.get("relationship")
    words = [*codes(concept), *([text] if (text := concept_text(concept)) else [])]
    for word in words:
        if (known := _RELATIONSHIPS.get(word.strip().lower())) is not None:
            return known
    if words:
        reader.notices.add("fhir.relationship-not-understood", f"{found.pointer}/relationship")
        return "self" if is_patient else "unknown"
    if is_patient:
        reader.notices.add("fhir.relationship-assumed", found.pointer)
        return "self"
    reader.notices.add("fhir.relationship-not-understood", found.pointer)
    return "unknown"


def _filing_indicator(reader: Reader, found: Found, payer_name: str) -> str:
    for system, code, _ in codings(found.get("type")):
        if (known := _FILING_BY_CODE.get(code.upper())) is not None:
            return known
        if code.isdigit() and ("sopt" in system.lower() or "221.5" in system):
            known = next((filing for prefix, filing in _FILING_BY_SOURCE_OF_PAYMENT if code.startswith(prefix)), None)
            if known is not None:
                return known
    words = f"{concept_text(found.get('type')) or ''} {payer_name}".lower()
    reader.notices.add("fhir.filing-indicator-assumed", f"{found.pointer}/type")
    return next((filing for pattern, filing in _FILING_BY_NAME if re.search(pattern, words)), "ZZ")


def _group(found: Found) -> Json:
    """Group number and name from Coverage.class (type group, else plan)."""
    classes = {code: item for item in as_objects(found.get("class")) for code in codes(item.get("type"))}
    chosen = classes.get("group") or {}
    plan = classes.get("plan") or {}
    value = chosen.get("value")
    number = as_object(value).get("value") if isinstance(value, dict) else value
    return {
        "group_number": as_text(number),
        "group_name": as_text(chosen.get("name")) or as_text(plan.get("name")),
    }
