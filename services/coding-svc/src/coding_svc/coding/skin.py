"""Excision of skin lesions: codes by behaviour, site and excised diameter, which includes the margins.

(CPT section guidelines for the integumentary system, in our own words.)
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from coding_svc.coding.injections import line_at, plain
from coding_svc.coding.procedures import Performed
from coding_svc.coding.reading import Reading
from coding_svc.coding.screened import Screened

_FACE: Final = re.compile(
    r"\b(?:face|facial|ears?|eyelids?|nose|nasal|lips?|cheek|forehead|chin|brow|eyebrow|temple)\b"
)
_HANDS: Final = re.compile(
    r"\b(?:neck|hands?|fingers?|thumb|palm|foot|feet|toes?|heel|genital\w*|scrot\w*|penis|vulva)\b"
)
_CERTAIN, _UNKNOWN = 0.86, 0.3
_UNTOLD: Final = 0.6
"""Where no place is named near the excision, or several lesions are measured: a person looks."""
_BEFORE: Final = 160
"""Code points before an excision in which its place is looked for."""

_EXCISED: Final = Screened(
    r"(?:elliptical|fusiform|full[- ]thickness|wide|re-?|complete)? ?excision (?:of|was|performed|with|down|carried)"
    r"|(?:elliptical|fusiform) excision\b"
    r"|\b(?:lesion|cyst|nevus|mole|melanoma|carcinoma|scc|bcc|lipoma)\b(?:[^.\n]|\.\d){0,80}\b(?:was |were )?excised"
    r"|\bexcised (?:to|down|with|in|diameter|as|elliptically|completely|using|by)"
)
_DIAMETER: Final = re.compile(
    r"(?:excised diameter|diameter[^.\n]{0,40}margins?"
    r"|(?:lesion|scar|tumor) (?:and|plus|with) (?:\d[\d.]* ?[cm]m )?margins?"
    r"|including margins?"
    r"|total excised|margins? included)[^.\n]{0,40}?(\d{1,2}(?:\.\d)?) ?(cm|mm)"
    r"|(\d{1,2}(?:\.\d)?) ?(cm|mm)(?:(?!diameter)[^.\n\d]){0,25}(?:including|with|plus|incl\.?) (?:the )?margins?"
)
_SPOKEN_OF: Final = re.compile(
    r"\b(?:will|plan\w*|schedul\w+|refer\w*|recommend\w*|discuss\w*|if|consider\w*"
    r"|(?:the|her|his|my) first|earlier|previous)\b"
)
"""Before an excision: it is of another day."""
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


_TRUNK: Final = re.compile(
    r"\b(?:back|chest|abdomen|trunk|flank|arms?|forearms?|shoulders?|legs?|thighs?|shins?|calf)\b"
)


def site_group(text: str) -> str:
    """Group of the first kind of site that a text names: face; scalp, neck, hands, feet; the rest. Empty for none."""
    if _FACE.search(text):
        return "face"
    return "hands" if _SCALP_GROUP.search(text) else "trunk" if _TRUNK.search(text) else ""


def excision(reading: Reading, services: Sequence[Performed]) -> list[Performed]:
    """Excision of one skin lesion by behaviour, site group and excised diameter (lesion with its margins)."""
    match = next((found for found in _EXCISED.finditer(reading.lowered) if not _only_spoken_of(reading, found)), None)
    if match is None or any(service.code.startswith(("114", "116")) for service in services):
        return list(services)
    line = reading.lowered[slice(*line_at(reading.lowered, match.start()))]
    told = site_group(line) or site_group(reading.lowered[max(0, match.start() - _BEFORE) : match.start()])
    site = told or "trunk"
    kind = "malignant" if _MALIGNANT.search(reading.lowered) else "benign"
    codes = _SITES[kind, site]
    diameter = next(iter(_diameters(reading.lowered)), None)
    made = plain(reading, codes[0], f"{kind} skin lesion excised", match, "25")
    if diameter is None:
        return [*services, replace(made, confidence=_UNKNOWN, missing="lesion_size")]
    at = next(at for at, limit in enumerate(_STEPS) if diameter <= limit)
    sure = _CERTAIN if told and len(_diameters(reading.lowered)) == 1 else _UNTOLD
    return [*services, replace(made, code=codes[at], units=Decimal(1), confidence=sure)]


def _only_spoken_of(reading: Reading, match: re.Match[str]) -> bool:
    begin = max(0, match.start() - 40, *(reading.lowered.rfind(mark, 0, match.start()) for mark in (":", ";")))
    return _SPOKEN_OF.search(reading.lowered, begin, match.start()) is not None


def _diameters(text: str) -> list[float]:
    """The different excised diameters of a text in cm, in order; several are several lesions, of which one is read."""
    found = (match.groups() for match in _DIAMETER.finditer(text))
    told = [(one or other, unit or its) for one, unit, other, its in found]
    return list(dict.fromkeys(float(number) / (10 if unit == "mm" else 1) for number, unit in told))
