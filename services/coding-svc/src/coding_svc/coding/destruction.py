"""Malignant lesions destroyed, and lesions removed by shaving: codes by group of sites and diameter of the lesion.

The diameter is the lesion's own, without margins. Without one a person is asked. (CPT section guidelines for the
integumentary system, in our own words.)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from coding_svc.coding import doing
from coding_svc.coding.injections import plain
from coding_svc.coding.procedure_details import SITES
from coding_svc.coding.procedures import Performed
from coding_svc.coding.reading import Reading
from coding_svc.coding.screened import Screened
from coding_svc.coding.skin import site_group

_CERTAIN, _UNKNOWN = 0.86, 0.3
_DIAMETER: Final = re.compile(r"(?<![\d.])(\d{1,2}(?:\.\d{1,2})?)(?: ?x ?\d+(?:\.\d+)?)? ?-?(mm|cm)\b(?! margin)")
_SIX_STEPS, _FOUR_STEPS = (0.5, 1.0, 2.0, 3.0, 4.0, 999), (0.5, 1.0, 2.0, 999)


@dataclass(frozen=True, slots=True)
class Act:
    """A way of removal. `codes`: by group of sites, by the steps of diameter in cm. `only`: what the lesion must be."""

    pattern: Screened
    label: str
    steps: tuple[float, ...]
    codes: dict[str, tuple[str, ...]]
    only: re.Pattern[str] | None = None


_ACTS: Final = (
    Act(
        Screened(
            r"electro-?des?sic\w+|\bed&c\b|\bed & c\b|\bedc\b|curett\w+ and (?:electro|desic|caut)"
            r"|(?:destroyed|destruction)[^.\n]{0,40}(?:cautery|cryo|laser|curett)"
        ),
        "malignant skin lesion destroyed",
        _SIX_STEPS,
        {
            "trunk": ("17260", "17261", "17262", "17263", "17264", "17266"),
            "hands": ("17270", "17271", "17272", "17273", "17274", "17276"),
            "face": ("17280", "17281", "17282", "17283", "17284", "17286"),
        },
        re.compile(r"carcinoma|\bbcc\b|\bscc\b|squamous cell|basal cell|bowen|melanoma in situ"),
    ),
    Act(
        Screened(r"shav(?:e|ed|ing) (?:removal|excision)|removed by shav(?:e|ing)|shave-removed|shaved off"),
        "skin lesion removed by shaving",
        _FOUR_STEPS,
        {
            "trunk": ("11300", "11301", "11302", "11303"),
            "hands": ("11305", "11306", "11307", "11308"),
            "face": ("11310", "11311", "11312", "11313"),
        },
    ),
)


def removals(reading: Reading) -> Iterator[Performed]:
    """Each removal that the note tells of: lesions of one code and size are one, unless their sites differ."""
    for act in _ACTS:
        known: set[tuple[str, str]] = set()
        for match in act.pattern.finditer(reading.lowered):
            sentence = doing.sentence_at(reading, match.start())
            if sentence is None or not doing.was_done(reading, sentence, match.start(), match.end()):
                continue
            near = reading.lowered[max(0, sentence.start - 160) : sentence.end]
            own = _own_stretch(reading.lowered, act, match, sentence.start, sentence.end)
            if act.only is not None and not act.only.search(near):
                continue
            removed = _removed(reading, act, match, own, near if not known else own)
            site = SITES.search(own)
            if known and (removed.missing or site is None or (removed.code, site.group()) in known):
                continue
            again = any(code == removed.code for code, _ in known)
            yield replace(removed, modifiers=("59",)) if again else removed
            known.add((removed.code, site.group() if site else ""))


def _own_stretch(text: str, act: Act, match: re.Match[str], start: int, end: int) -> str:
    """The part of a statement that tells of one removal: up to the next one."""
    after = act.pattern.pattern.search(text, match.end(), end)
    before = [found.end() for found in act.pattern.pattern.finditer(text, start, match.start())]
    return text[match.start() if before else start : after.start() if after else end]


def _removed(reading: Reading, act: Act, match: re.Match[str], sentence: str, near: str) -> Performed:
    size = _DIAMETER.search(sentence) or _DIAMETER.search(near)
    codes = act.codes[site_group(sentence) or site_group(near) or "trunk"]
    service = plain(reading, codes[0], act.label, match, "25")
    if size is None:
        return replace(service, confidence=_UNKNOWN, missing="lesion_size")
    diameter = float(size.group(1)) / (10 if size.group(2) == "mm" else 1)
    at = next(at for at, limit in enumerate(act.steps) if diameter <= limit)
    return replace(service, code=codes[at], confidence=_CERTAIN)
