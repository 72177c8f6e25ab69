"""Wound repair and excision of skin lesions: codes by site, depth, and length or diameter.

Lengths of repairs of one depth and site group add up. An excision's diameter includes the margins; its simple closure
belongs to it, a layered one does not. (CPT section guidelines for the integumentary system, in our own words.)
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from coding_svc.coding.injections import line_at, plain
from coding_svc.coding.procedure_details import wound_length_cm
from coding_svc.coding.procedures import Performed
from coding_svc.coding.reading import Reading
from coding_svc.coding.screened import Screened

_REPAIR: Final = Screened(
    r"(?:closed|repaired|sutured|approximated)[^.\n]{0,80}(?:nylon|prolene|vicryl|suture|stitch|stap|absorbable"
    r"|interrupted|dermabond|glue|in one layer|single layer|in layers|layered)"
    r"|simple closure|laceration repair|layered closure|(?:simple|intermediate) repair"
)
_WOUND: Final = re.compile(r"lacerat|\bcut\b|wound|excis")
_LAYERED: Final = re.compile(
    r"(?:closed|closure|repair\w*|sutur\w+)[^.\n]{0,60}(?:in layers|two layers|deep dermis|layered)"
    r"|layered (?:closure|repair)|intermediate (?:closure|repair)|deep dermis"
)
_FACE: Final = re.compile(
    r"\b(?:face|facial|ears?|eyelids?|nose|nasal|lips?|cheek|forehead|chin|brow|eyebrow|temple)\b"
)
_HANDS: Final = re.compile(
    r"\b(?:neck|hands?|fingers?|thumb|palm|foot|feet|toes?|heel|genital\w*|scrot\w*|penis|vulva)\b"
)
_Table = tuple[tuple[float, str], ...]
_SIMPLE: Final[_Table] = ((2.5, "12001"), (7.5, "12002"), (12.5, "12004"), (20, "12005"), (30, "12006"), (999, "12007"))
_SIMPLE_FACE: Final[_Table] = (
    (2.5, "12011"), (5, "12013"), (7.5, "12014"), (12.5, "12015"), (20, "12016"), (30, "12017"), (999, "12018"),
)  # fmt: skip
_LAYERS: Final[_Table] = ((2.5, "12031"), (7.5, "12032"), (12.5, "12034"), (20, "12035"), (30, "12036"), (999, "12037"))
_LAYERS_HANDS: Final[_Table] = (
    (2.5, "12041"), (7.5, "12042"), (12.5, "12044"), (20, "12045"), (30, "12046"), (999, "12047"),
)  # fmt: skip
_LAYERS_FACE: Final[_Table] = (
    (2.5, "12051"), (5, "12052"), (7.5, "12053"), (12.5, "12054"), (20, "12055"), (30, "12056"), (999, "12057"),
)  # fmt: skip
_CERTAIN, _UNKNOWN = 0.86, 0.3


def _by_size(table: _Table, size: float) -> str:
    return next(code for limit, code in table if size <= limit)


def wound_repair(reading: Reading, services: Sequence[Performed]) -> list[Performed]:
    """Simple or layered repair by site and length; without a length a person is asked."""
    match = _REPAIR.search(reading.lowered)
    if match is None or not _WOUND.search(reading.lowered):
        return list(services)
    layered = _LAYERED.search(reading.lowered) is not None
    if not layered and any(service.code.startswith(("114", "116")) for service in services):
        return list(services)
    length = wound_length_cm(reading.lowered)
    table = _table(_wound_line(reading), layered=layered)
    code = table[0][1] if length is None else _by_size(table, length)
    label = "layered wound repair" if layered else "simple wound repair"
    repair = plain(reading, code, label, match, "25")
    if length is None:
        return [*services, replace(repair, confidence=_UNKNOWN, missing="wound_length")]
    return [*services, replace(repair, confidence=_CERTAIN)]


def _table(line: str, *, layered: bool) -> _Table:
    if _FACE.search(line):
        return _LAYERS_FACE if layered else _SIMPLE_FACE
    if layered:
        return _LAYERS_HANDS if _HANDS.search(line) else _LAYERS
    return _SIMPLE


def _wound_line(reading: Reading) -> str:
    at = re.search(r"lacerat|\bcut\b|excis", reading.lowered)
    start, end = line_at(reading.lowered, at.start()) if at else (0, 0)
    return reading.lowered[start:end]


_EXCISED: Final = Screened(
    r"(?:elliptical|fusiform|full[- ]thickness|wide|re-?|complete)? ?excision (?:of|was|performed|with|down|carried)"
    r"|(?:elliptical|fusiform) excision\b"
    r"|\b(?:lesion|cyst|nevus|mole|melanoma|carcinoma|scc|bcc|lipoma)\b[^.\n]{0,80}\b(?:was |were )?excised"
    r"|\bexcised (?:with|in|diameter|as|elliptically|completely|using|by)"
)
_DIAMETER: Final = re.compile(
    r"(?:excised diameter|diameter[^.\n]{0,40}margins?|lesion (?:and|plus|with) margins?|including margins?"
    r"|total excised|margins? included)[^.\n]{0,40}?(\d{1,2}(?:\.\d)?) ?(cm|mm)"
    r"|(\d{1,2}(?:\.\d)?) ?(cm|mm)[^.\n]{0,25}(?:including|with|plus|incl\.?) (?:the )?margins?"
)
_MALIGNANT: Final = re.compile(r"melanoma|carcinoma|\bscc\b|\bbcc\b|malignan|squamous cell|basal cell")
_STEPS: Final = (0.5, 1.0, 2.0, 3.0, 4.0, 999)
_SITES: Final = {
    ("benign", "trunk"): ("11400", "11401", "11402", "11403", "11404", "11406"),
    ("benign", "hands"): ("11420", "11421", "11422", "11423", "11424", "11426"),
    ("benign", "face"): ("11440", "11441", "11442", "11443", "11444", "11446"),
    ("malignant", "trunk"): ("11600", "11601", "11602", "11603", "11604", "11606"),
    ("malignant", "hands"): ("11620", "11621", "11622", "11623", "11624", "11626"),
    ("malignant", "face"): ("11640", "11641", "11642", "11643", "11644", "11646"),
}
_SCALP_GROUP: Final = re.compile(rf"\bscalp\b|{_HANDS.pattern}")


def excision(reading: Reading, services: Sequence[Performed]) -> list[Performed]:
    """Excision of one skin lesion by behaviour, site group and excised diameter (lesion with its margins)."""
    match = _EXCISED.search(reading.lowered)
    if match is None or any(service.code.startswith(("114", "116")) for service in services):
        return list(services)
    if re.search(r"\b(?:will|plan\w*|schedul\w+|refer\w*|recommend\w*|discuss\w*|if|consider\w*)\b",
                 reading.lowered[max(0, match.start() - 40) : match.start()]):  # fmt: skip
        return list(services)
    line = reading.lowered[slice(*line_at(reading.lowered, match.start()))]
    site = "face" if _FACE.search(line) else "hands" if _SCALP_GROUP.search(line) else "trunk"
    kind = "malignant" if _MALIGNANT.search(reading.lowered) else "benign"
    codes = _SITES[kind, site]
    diameter = _diameter(reading.lowered)
    made = plain(reading, codes[0], f"{kind} skin lesion excised", match, "25")
    if diameter is None:
        return [*services, replace(made, confidence=_UNKNOWN, missing="excised_diameter")]
    at = next(at for at, limit in enumerate(_STEPS) if diameter <= limit)
    return [*services, replace(made, code=codes[at], units=Decimal(1), confidence=_CERTAIN)]


def _diameter(text: str) -> float | None:
    found = _DIAMETER.search(text)
    if found is None:
        return None
    number, unit = (found.group(1), found.group(2)) if found.group(1) else (found.group(3), found.group(4))
    return float(number) / (10 if unit == "mm" else 1)
