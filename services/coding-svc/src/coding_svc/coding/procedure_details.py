"""Sides, digits, counts and lengths that a procedure's code or modifier hangs on."""

from __future__ import annotations

import re
from typing import Final

_WORDS: Final = {
    w: n
    for n, w in enumerate(
        ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"], 1
    )
}
_NUMBER: Final = rf"(\d{{1,2}}|{'|'.join(_WORDS)})"
_SITES: Final = ("knee", "shoulder", "hip")
_FINGERS: Final = ("thumb", "index", "middle|long", "ring", "little|small|pinky")
_TOES: Final = ("great|big", "second|2nd", "third|3rd", "fourth|4th", "fifth|5th|little|small")


def side_modifier(text: str) -> tuple[str, ...]:
    """RT, LT or 50 from lower-case text; empty if no side is said."""
    right = re.search(r"\bright\b|\brt\b|\br (?=[a-z]{3})", text) is not None
    left = re.search(r"\bleft\b|\blt\b|\bl (?=[a-z]{3})", text) is not None
    if re.search(r"\bbilateral|\bboth\b", text) or (right and left):
        return ("50",)
    return ("RT",) if right else ("LT",) if left else ()


def joint_modifiers(note: str, sentence: str) -> tuple[str, ...]:
    """Side of an injected large joint: from its sentence, else from how the whole note names the joint."""
    own = side_modifier(sentence)
    site = next((site for site in _SITES if site in sentence), None)
    if site is None:
        return own
    injected = "|".join(("triamcinolone", "kenalog", "depo", "methylprednisolone", "inject"))
    sides = {
        "RT" if match.group(1)[0] == "r" else "LT"
        for match in re.finditer(rf"\b(right|left|rt|lt|r|l) {site}\b[^\n]{{0,160}}(?:{injected})", note)
    }
    if len(sides) == 2 or re.search(rf"both {site}s|bilateral {site}", note):
        return ("50",)
    return own or tuple(sides)


def digit_modifier(text: str) -> tuple[str, ...]:
    """FA-F9 for fingers, TA-T9 for toes; empty if the digit or its side is not said."""
    side = side_modifier(text)
    if side not in (("RT",), ("LT",)):
        return ()
    right = side == ("RT",)
    for names, letter, site in ((_TOES, "T", r" toe"), (_FINGERS, "F", r"(?: finger)?")):
        for at, name in enumerate(names):
            if re.search(rf"\b(?:{name}){site}\b", text) and (letter == "T" or "toe" not in text):
                place = at + 5 * right
                return (f"{letter}A",) if place == 0 else (f"{letter}{place}",)
    return ()


_VIEWS: Final = re.compile(rf"\b{_NUMBER}[ -]views?\b|\b(ap|pa) and lateral\b")
_BY_VIEWS: Final = {
    "73030": ((1, "73020"), (9, "73030")),
    "73070": ((2, "73070"), (9, "73080")),
    "73110": ((2, "73100"), (9, "73110")),
    "73130": ((2, "73120"), (9, "73130")),
    "73140": ((9, "73140"),),
    "73502": ((1, "73501"), (3, "73502"), (9, "73503")),
    "73562": ((2, "73560"), (3, "73562"), (9, "73564")),
    "73590": ((9, "73590"),),
    "73610": ((2, "73600"), (9, "73610")),
    "73630": ((2, "73620"), (9, "73630")),
    "73660": ((9, "73660"),),
    "71046": ((1, "71045"), (2, "71046"), (3, "71047"), (9, "71048")),
    "72040": ((3, "72040"), (5, "72050"), (9, "72052")),
    "72100": ((3, "72100"), (9, "72110")),
}
"""Code of a film by its number of views: (up to this many, code)."""


def film_by_views(code: str, text: str) -> tuple[str, bool]:
    """The film's code for the number of views written; the usual one, and False, if none is."""
    found = _VIEWS.search(text)
    if found is None:
        return code, False
    count = 2 if found.group(2) else int(found.group(1)) if found.group(1).isdigit() else _WORDS[found.group(1)]
    return next(by for limit, by in _BY_VIEWS[code] if count <= limit or limit == 9), True


def lesion_count(note: str, name: str) -> int | None:
    """How many lesions were treated, where the note counts them."""
    found = re.search(rf"\b{name}\w*[^.\n]{{0,30}}?\b{_NUMBER} (?:counted|treated|lesions?|total)", note) or re.search(
        rf"\b{_NUMBER} (?:\w+ ){{0,2}}{name}", note
    )
    if found is None:
        return None
    return int(found.group(1)) if found.group(1).isdigit() else _WORDS[found.group(1)]
