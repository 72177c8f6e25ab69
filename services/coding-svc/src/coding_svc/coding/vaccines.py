"""Vaccines: products given today, and their administration by age, counseling, route and payer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache
from typing import Final

from coding_svc.coding import lexicon
from coding_svc.coding.injections import NOT_GIVEN, plain, statement_at
from coding_svc.coding.procedures import Performed
from coding_svc.coding.reading import Reading
from coding_svc.coding.screened import Screened, Screens
from coding_svc.domain import CodeSystem

_CERTAIN: Final = 0.86
COUNSELED_UNTIL: Final = 18
"""Completed years up to which counseling changes the administration's code."""
_GIVEN: Final = re.compile(
    r"given|administered|received|injected|\bim\b|deltoid|thigh|by mouth|\bpo\b|intranasal|nostril"
)
_ORALLY: Final = re.compile(r"\b(?:by mouth|po|oral(?:ly)?)\b")
_BY_MOUTH_OR_NOSE: Final = frozenset(("90680", "90681", "90660", "90672", "90690"))
_ANTIBODIES: Final = frozenset(("90380", "90381"))
"""Against RSV: no vaccine, with an administration of their own."""
_CONSISTS_OF: Final = {
    "90696": ("90700", "90713"), "90698": ("90700", "90713", "90647", "90648"), "90723": ("90700", "90713", "90744"),
    "90697": ("90700", "90713", "90647", "90744"), "90710": ("90707", "90716"), "90636": ("90632", "90746"),
}  # fmt: skip
"""Combined products: the products of their parts."""
_APART: Final = re.compile(r"[.,;+&\n]|\band\b")
_NEAR: Final = 25
"""Most code points between a combined product's name and those of its parts: "DTaP-IPV (Kinrix)"."""
_CHILDRENS: Final = {"90746": ("90744", 20), "90632": ("90633", 19)}
"""Product for adults: that for children, and the completed years below which it is given."""
_COUNSELED: Final = re.compile(
    r"counsel\w*[^.\n]{0,80}(?:vaccin|immuni|shots?\b|component|each)|(?:vaccin|immuni|shots?\b|each)[^.\n]{0,80}counsel"
    r"|\bi (?:myself |personally )?(?:counsel\w*|discuss\w*|explained|went over)[^.\n]{0,120}(?:vaccin|immuni|shots?\b"
    r"|side effects|tetanus|pertussis)"
    r"|discussed each vaccine|(?:vaccin|immuni)[^.\n]{0,80}(?:benefits|risks) (?:and|discussed)"
    r"|benefits and (?:side effects|risks)|risks and benefits of (?:\w+ ){0,3}(?:vaccin|immuni|shots)"
)
_NOT_COUNSELED: Final = re.compile(
    r"counsel\w*[^.\n]{0,30}\bby (?:the |our )?(?:nurse|ma\b|rn\b|staff)|\b(?:no|without) counsel"
)


def vaccines(reading: Reading, services: Sequence[Performed], age_years: int | None) -> list[Performed]:
    """Vaccine products given today with their administration.

    With counseling by the clinician and an age up to 18: 90460 per vaccine, 90461 per further component. Otherwise by
    route: 90471 for the first that is injected and 90472 for each further one, 90473 and 90474 by mouth or nose.
    COVID-19 vaccines take 90480 each, antibodies against RSV 96380 with counseling and 96381 without.
    """
    found = list(services)
    components: list[int] = []
    spans: list[Performed] = []
    products, screens = _vaccine_table()
    for number in screens.likely(reading.lowered):
        code, count, pattern = products[number]
        for match in pattern.finditer(reading.lowered):
            start, end = statement_at(reading.lowered, match.start())
            line = reading.lowered[start:end]
            if _GIVEN.search(line) and not NOT_GIVEN.search(_ORALLY.sub("", line)):
                code = _for_age(code, age_years)
                product = plain(reading, code, f"vaccine product {code}", match, "")
                spans.append(product)
                components.append(count)
                break
    counted = list(zip(spans, components, strict=True))
    whole = [(product, count) for product, count in counted if not _is_part(reading.lowered, product, spans)]
    spans, components = [product for product, _ in whole], [count for _, count in whole]
    if not spans:
        return found
    return found + spans + _administration(reading, spans, components, age_years)


def _is_part(text: str, part: Performed, products: Sequence[Performed]) -> bool:
    """Whether the name only spells out what a combined product beside it consists of."""
    own = part.evidence[0]
    for product in products:
        if part.code in _CONSISTS_OF.get(product.code, ()):
            other = product.evidence[0]
            gap = text[min(own.end, other.end) : max(own.start, other.start)]
            if len(gap) <= _NEAR and not _APART.search(gap):
                return True
    return False


def _for_age(code: str, age_years: int | None) -> str:
    child = _CHILDRENS.get(code)
    return child[0] if child and age_years is not None and age_years < child[1] else code


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
    given = next((service for service in services if service.code in ("90471", "90473")), None)
    if not own or given is None:
        return list(services)
    others = sum(_plain_vaccine(service.code) for service in services) - len(own)
    kept = [service for service in services if service.code not in ("90471", "90472", "90473", "90474")]
    kept += [replace(given, code=code, system=CodeSystem.HCPCS, label=label, em_modifier="") for code, label in own]
    if others:
        kept.append(given)
    if others > 1:
        kept.append(replace(given, code="90472", label="vaccine given, each further", units=Decimal(others - 1)))
    return kept


def _plain_vaccine(code: str) -> bool:
    """Whether the product's administration has no code of its own."""
    return code.startswith(("906", "907")) or code == "90589"


def _administration(
    reading: Reading, products: Sequence[Performed], components: Sequence[int], age_years: int | None
) -> list[Performed]:
    counseled = _COUNSELED.search(reading.lowered) is not None and _NOT_COUNSELED.search(reading.lowered) is None
    first = products[0]
    counts = [count for product, count in zip(products, components, strict=True) if _plain_vaccine(product.code)]
    by_mouth = sum(product.code in _BY_MOUTH_OR_NOSE for product in products)
    covid = sum(product.code.startswith("913") for product in products)
    antibodies = sum(product.code in _ANTIBODIES for product in products)
    child = counseled and age_years is not None and age_years <= COUNSELED_UNTIL
    injected = len(counts) - by_mouth
    units = {
        "90460": len(counts) if child else 0,
        "90461": sum(counts) - len(counts) if child else 0,
        "90471": min(injected, 1) if not child else 0,
        "90472": max(injected - 1, 0) if not child else 0,
        "90473": min(by_mouth, 1) if not child and not injected else 0,
        "90474": by_mouth - (not injected) if not child and by_mouth else 0,
        "90480": covid,
        "96380": antibodies if counseled else 0,
        "96381": antibodies if not counseled else 0,
    }
    return [
        Performed(
            code, CodeSystem.CPT, _LABELS[code], (), Decimal(count), _CERTAIN, first.evidence, first.section, "25"
        )
        for code, count in units.items()
        if count
    ]


_LABELS: Final = {
    "90460": "vaccine given with counseling, first component",
    "90461": "further vaccine component with counseling",
    "90471": "vaccine given, first",
    "90472": "vaccine given, each further",
    "90473": "vaccine given by mouth or nose, first",
    "90474": "vaccine given by mouth or nose, each further",
    "90480": "COVID-19 vaccine given",
    "96380": "RSV antibody given with counseling",
    "96381": "RSV antibody given",
}


@lru_cache(maxsize=1)
def _vaccine_table() -> tuple[list[tuple[str, int, Screened]], Screens]:
    rows = lexicon.rows("vaccines.tsv")
    products = [(code, int(count), Screened(pattern)) for code, count, pattern in rows]
    return products, Screens([pattern for *_, pattern in products])
