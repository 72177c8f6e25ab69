"""Injections, vaccines and trigger points: codes that need units or components."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import ROUND_CEILING, Decimal
from functools import lru_cache
from typing import Final

from coding_svc.coding import lexicon
from coding_svc.coding.procedures import Performed
from coding_svc.coding.reading import Reading
from coding_svc.coding.screened import Screened, Screens
from coding_svc.domain import CodeSystem, Section

_GIVEN: Final = re.compile(r"\bgiven\b|administered|injected|\bim\b|\binto\b|received|deltoid|gluteus|thigh|\bused\b")
_NOT_GIVEN: Final = re.compile(
    r"\bno\b|not given|declin|refus|overdue|will |next visit|at (?:the |his |her )?pharmacy|up to date"
    r"|\bdue\b|if |prescri|inhal"
    r"|\boral|tablets?|cream|ointment|in (?:19|20)\d\d|recommend|due\b|years? ago"
)
_DOSE: Final = r"(\d+(?:,\d{3})*(?:\.\d+)?) ?(mg|mcg|units?)\b"
_IM: Final = Screened(r"\b(?:im|intramuscular(?:ly)?|subcutaneous(?:ly)?|subq|sc)\b[^.\n]{0,80}")
_CERTAIN, _LIKELY = 0.86, 0.6


def injections(reading: Reading, services: Sequence[Performed]) -> list[Performed]:
    """Injected drugs by their HCPCS unit, with 96372 where no other procedure carries the injection."""
    found = list(services)
    drugs, screens = _drug_table()
    for number in screens.likely(reading.lowered):
        code, per, unit, pattern = drugs[number]
        drug = _given_drug(reading, code, per, unit, pattern)
        if drug is not None:
            found.append(drug)
    given = [service for service in found if service.code.startswith("J")]
    carried = any(service.code in ("20550", "20552", "20553", "20600", "20605", "20610", "11900") for service in found)
    into_muscle = _IM.search(reading.lowered)
    if given and not carried and into_muscle:
        found.append(plain(reading, "96372", "injection under the skin or into muscle", into_muscle, "25"))
    return found


def _given_drug(reading: Reading, code: str, per: Decimal, unit: str, pattern: Screened) -> Performed | None:
    total = re.search(rf"total (?:{pattern.pattern.pattern})[^.\n]{{0,20}}?{_DOSE}", reading.lowered)
    for match in pattern.finditer(reading.lowered):
        line_start, line_end = line_at(reading.lowered, match.start())
        line = reading.lowered[line_start:line_end]
        dose = re.search(rf"(?:{pattern.pattern.pattern})[^.\n;]{{0,30}}?{_DOSE}", line) or re.search(
            rf"{_DOSE} (?:of )?(?:{pattern.pattern.pattern})", line
        )
        if dose is None or _NOT_GIVEN.search(line) or not _GIVEN.search(line + _procedure_words(reading, line_start)):
            continue
        stated = total or dose
        amount = Decimal(stated.group(1).replace(",", ""))
        if stated.group(2).startswith(unit[:3]):
            units = (amount / per).to_integral_value(ROUND_CEILING)
            evidence = (reading.evidence(line_start + dose.start(), line_start + dose.end()),)
            label = f"{match.group()} per {per} {unit}"
            return Performed(code, CodeSystem.HCPCS, label, (), units, _CERTAIN, evidence, Section.PROCEDURE)
    return None


def _procedure_words(reading: Reading, at: int) -> str:
    part = next((part for part in reading.parts if part.start <= at < part.end), None)
    return " injected" if part is not None and part.section is Section.PROCEDURE else ""


def vaccines(reading: Reading, services: Sequence[Performed], age_years: int | None) -> list[Performed]:
    """Vaccine products given today with their administration.

    With counseling by the clinician and an age up to 18: 90460 per vaccine, 90461 per further component.
    Otherwise 90471 for the first and 90472 for each further one.
    """
    found = list(services)
    components: list[int] = []
    spans: list[Performed] = []
    products, screens = _vaccine_table()
    for number in screens.likely(reading.lowered):
        code, count, pattern = products[number]
        for match in pattern.finditer(reading.lowered):
            start, end = line_at(reading.lowered, match.start())
            line = reading.lowered[start:end]
            if re.search(r"given|administered|received|injected|\bim\b|deltoid|thigh", line) and not _NOT_GIVEN.search(
                line
            ):
                product = plain(reading, code, f"vaccine product {code}", match, "")
                spans.append(product)
                components.append(count)
                break
    if not spans:
        return found
    return found + spans + _administration(reading, spans, components, age_years)


_MEDICARE_ADMINISTRATION: Final = (
    ("G0008", "influenza vaccine given", ("90630", "90653", "90656", "90658", "90661", "90662", "90672", "90674",
                                           "90682", "90685", "90686", "90687", "90688", "90694", "90756")),
    ("G0009", "pneumococcal vaccine given", ("90670", "90671", "90677", "90684", "90732")),
    ("G0010", "hepatitis B vaccine given", ("90739", "90740", "90743", "90744", "90746", "90747", "90759")),
)  # fmt: skip


def medicare_administration(services: Sequence[Performed]) -> list[Performed]:
    """Medicare's own codes for giving influenza, pneumococcal and hepatitis B vaccine (Claims Manual, 18)."""
    products = {service.code for service in services}
    own = [(code, label) for code, label, vaccines in _MEDICARE_ADMINISTRATION if products.intersection(vaccines)]
    given = next((service for service in services if service.code == "90471"), None)
    if not own or given is None:
        return list(services)
    others = sum(service.code.startswith(("906", "907")) for service in services) - len(own)
    kept = [service for service in services if service.code not in ("90471", "90472")]
    kept += [replace(given, code=code, system=CodeSystem.HCPCS, label=label, em_modifier="") for code, label in own]
    if others:
        kept.append(given)
    if others > 1:
        kept.append(replace(given, code="90472", label="vaccine given, each further", units=Decimal(others - 1)))
    return kept


def _administration(
    reading: Reading, products: Sequence[Performed], components: Sequence[int], age_years: int | None
) -> list[Performed]:
    counseled = re.search(r"counsel|discussed each vaccine|benefits and (?:side effects|risks)", reading.lowered)
    first = products[0]

    def line(code: str, label: str, units: int) -> Performed:
        return Performed(code, CodeSystem.CPT, label, (), Decimal(units), _CERTAIN, first.evidence, first.section, "25")

    if counseled and age_years is not None and age_years <= 18:
        found = [line("90460", "vaccine given with counseling, first component", len(products))]
        further = sum(components) - len(components)
        return found + ([line("90461", "further vaccine component with counseling", further)] if further else [])
    found = [line("90471", "vaccine given, first", 1)]
    return found + ([line("90472", "vaccine given, each further", len(products) - 1)] if len(products) > 1 else [])


_TRIGGER: Final = Screened(r"trigger point inject|trigger points? (?:were |was )?inject")
_MUSCLES: Final = re.compile(
    r"\b(?:right |left )?(?:upper |lower |middle )?(?:trapezius|levator scapulae|splenius|rhomboid"
    r"|gluteus|piriformis|quadratus|"
    r"paraspinal|supraspinatus|infraspinatus|masseter|temporalis|sternocleidomastoid|multifidus)\b"
)


def trigger_points(reading: Reading, services: Sequence[Performed]) -> list[Performed]:
    """20552 for one or two muscles, 20553 for three and more; one unit whatever the number of injections."""
    match = _TRIGGER.search(reading.lowered)
    if match is None:
        return list(services)
    muscles = {" ".join(found.split()) for found in _MUSCLES.findall(reading.lowered)}
    code = "20553" if len(muscles) >= 3 else "20552"
    service = plain(reading, code, "trigger points injected", match, "25")
    if muscles:
        return [*services, service]
    return [*services, Performed(
        code, service.system, service.label, (), Decimal(1), 0.3, service.evidence, service.section, "25", "muscles",
    )]  # fmt: skip


def plain(reading: Reading, code: str, label: str, match: re.Match[str], beside: str) -> Performed:
    part = next((part for part in reading.parts if part.start <= match.start() < part.end), reading.parts[0])
    evidence = (reading.evidence(*match.span()),)
    return Performed(code, CodeSystem.CPT, label, (), Decimal(1), _CERTAIN, evidence, part.section, beside)


def line_at(text: str, at: int) -> tuple[int, int]:
    start = max(text.rfind("\n", 0, at), text.rfind(". ", 0, at)) + 1
    ends = [end for end in (text.find("\n", at), text.find(". ", at)) if end != -1]
    return start, min(ends, default=len(text))


@lru_cache(maxsize=1)
def _drug_table() -> tuple[list[tuple[str, Decimal, str, Screened]], Screens]:
    rows = lexicon.rows("injected_drugs.tsv")
    drugs = [(code, Decimal(per), unit, Screened(pattern)) for code, per, unit, pattern in rows]
    return drugs, Screens([pattern for *_, pattern in drugs])


@lru_cache(maxsize=1)
def _vaccine_table() -> tuple[list[tuple[str, int, Screened]], Screens]:
    rows = lexicon.rows("vaccines.tsv")
    products = [(code, int(count), Screened(pattern)) for code, count, pattern in rows]
    return products, Screens([pattern for *_, pattern in products])
