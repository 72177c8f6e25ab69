"""Procedures on several fingers or toes: a line for each, with its digit (FA to F9, TA to T9; CPT appendix A).

Of nail plates that are taken off, the first has one code and each further one another (11730, 11732); nails with their
matrix, drained nails and injected tendon sheaths take the same code for each digit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from coding_svc.coding import doing
from coding_svc.coding.procedures import Performed, procedure_terms
from coding_svc.coding.reading import Reading

_FURTHER: Final = {"11730": "11732", "11750": "11750", "11740": "11740", "20550": "20550"}
"""Code of each further digit."""
_LIDS: Final = "68761"
"""Done on tear duct openings, one line for each lid."""
_SIDE_LID: Final = re.compile(r"\b(right|left|both|bilateral|rt|lt) (?:eye )?(upper|lower)\b")
_LID: Final = re.compile(r"\b(?:upper|lower)\b")
_BOTH_EYES: Final = re.compile(r"\bboth\b|\bou\b")
_LID_SIDE: Final = re.compile(r"\b(upper|lower) (right|left|rt|lt)\b")
_TOES: Final = ("great big first 1st", "second 2nd", "third 3rd", "fourth 4th", "fifth 5th little small")
_FINGERS: Final = ("thumb", "index", "middle long", "ring", "little small pinky")
_PLACE: Final = {
    letter: {name: at for at, names in enumerate(all_names) for name in names.split()}
    for letter, all_names in (("T", _TOES), ("F", _FINGERS))
}
_SIDES: Final = {"right": "R", "rt": "R", "r": "R", "left": "L", "lt": "L", "l": "L", "both": "LR", "bilateral": "LR"}
_WORD: Final = re.compile(r"[a-z0-9]+|[,;.(]")
_NOUNS: Final = {
    **dict.fromkeys(("toe", "toes", "toenail", "toenails"), "T"),
    **dict.fromkeys(("finger", "fingers", "fingernail", "fingernails"), "F"),
}
_BETWEEN: Final = frozenset((",", "and", "to", "the", "or", "trigger"))
_SEVERAL: Final = 2
_REACH: Final = 2
"""Words behind a digit within which its side may follow ("great toe, left")."""


def digits(text: str) -> tuple[str, ...]:
    """The modifiers of all digits that a text (lower case) names with their sides, each once."""
    found: list[str] = []
    words = _WORD.findall(text)
    side, names = "", list[str]()
    for at, word in enumerate(words):
        side = _SIDES.get(word, side)
        if word in _PLACE["T"] or word in _PLACE["F"]:
            names.append(word)
        elif word not in _BETWEEN and word not in _NOUNS:
            names = []
        if word in (".", ";"):
            side = ""
        letter = _NOUNS.get(word) or ("T" if word == "hallux" else "F" if word in ("thumb", "thumbs") else "")
        if not letter:
            continue
        named = ["great"] if word == "hallux" else ["thumb"] if word.startswith("thumb") else names
        own = side or next((_SIDES[near] for near in words[at + 1 : at + 2 + _REACH] if near in _SIDES), "")
        found += [
            _modifier(letter, _PLACE[letter][name], each) for name in named if name in _PLACE[letter] for each in own
        ]
        names = []
    return tuple(dict.fromkeys(found))


def _modifier(letter: str, at: int, side: str) -> str:
    place = at + 5 * (side == "R")
    return f"{letter}{place or 'A'}"


def each(reading: Reading, services: Sequence[Performed]) -> list[Performed]:
    """The services, those done on several digits with a line for each."""
    return [line for service in services for line in _of(reading, service)]


def _of(reading: Reading, service: Performed) -> Iterator[Performed]:
    if service.code == _LIDS:
        told = _told(reading, service, lids)
        yield from (replace(service, modifiers=(lid,)) for lid in told)
        if not told:
            yield replace(service, confidence=doing.LIKELY, missing="lid")
        return
    further = _FURTHER.get(service.code)
    told = _told(reading, service, digits) if further else ()
    if further is None or len(told) < _SEVERAL:
        yield service
        return
    yield replace(service, modifiers=told[:1], confidence=doing.CERTAIN)
    for digit in told[1:]:
        yield replace(service, code=further, modifiers=(digit,), confidence=doing.CERTAIN, em_modifier="")


def lids(text: str) -> tuple[str, ...]:
    """The modifiers of all eyelids that a text names, E1 to E4; both eyes' where it names a lid and no single side."""
    pairs = _SIDE_LID.findall(text) or [(side, lid) for lid, side in _LID_SIDE.findall(text)]
    lid = _LID.search(text)
    if not pairs and lid and _BOTH_EYES.search(text):
        pairs = [("both", lid.group())]
    found = [
        f"E{(1 if each == 'L' else 3) + (lid == 'lower')}" for side, lid in pairs for each in _SIDES.get(side, "LR")
    ]
    return tuple(dict.fromkeys(found))


def _told(reading: Reading, service: Performed, places: Callable[[str], tuple[str, ...]]) -> tuple[str, ...]:
    """The digits, or lids, of all statements that tell of the service as done."""
    found: list[str] = []
    terms = [term for term in procedure_terms() if term.code == service.code]
    for sentence in reading.sentences:
        text = reading.lowered[sentence.start : sentence.end]
        for term in terms:
            match = term.pattern.search(text)
            if match and doing.was_done(
                reading, sentence, sentence.start + match.start(), sentence.start + match.end()
            ):
                found += places(text)
    return tuple(dict.fromkeys(found))
