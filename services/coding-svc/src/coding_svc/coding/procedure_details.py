"""Sides, digits, counts and lengths that a procedure's code or modifier hangs on."""

from __future__ import annotations

import re
from typing import Final

_COUNTING: Final = (
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
    "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty",
)  # fmt: skip
NUMBER_WORDS: Final = {word: number for number, word in enumerate(_COUNTING, 1)}
_NUMBER: Final = rf"(\d{{1,2}}|{'|'.join(NUMBER_WORDS)})"
SKIN_SITES: Final = (
    "scalp|scapula|forehead|temple|cheek|nose|nasal|ear|lip|chin|jaw|face|neck|shoulder|clavicle|chest|breast|back|flank"
    "|abdomen|groin|buttock|hip|thigh|knee|shin|calf|leg|ankle|foot|heel|toe|arm|elbow|forearm|wrist|hand|palm|thumb"
    "|finger|eyelid|brow"
)
"""Names of places on the body, alternatives of a pattern."""
SITES: Final = re.compile(
    rf"\b(?:(left|right|upper|lower|mid|anterior|posterior|dorsal|volar|lateral|medial) )*({SKIN_SITES})s?\b"
)
_SITES: Final = ("knee", "shoulder", "hip")
_FINGERS: Final = ("thumb", "index", "middle|long", "ring", "little|small|pinky")
_TOES: Final = ("great|big", "second|2nd", "third|3rd", "fourth|4th", "fifth|5th|little|small")


_OTHER_SIDE: Final = re.compile(r"compar\w+|contralateral|opposite side|other side|unaffected side")


def side_modifier(text: str) -> tuple[str, ...]:
    """RT, LT or 50 from lower-case text; empty if no side is said, or both only to compare them."""
    right = re.search(r"\bright\b|\brt\b|\br (?=[a-z]{3})", text) is not None
    left = re.search(r"\bleft\b|\blt\b|\bl (?=[a-z]{3})", text) is not None
    if right and left and _OTHER_SIDE.search(text):
        return ()
    if re.search(r"\bbilateral|\bboth\b", text) or (right and left):
        return ("50",)
    return ("RT",) if right else ("LT",) if left else ()


def side_stretch(text: str, start: int, end: int) -> str:
    """What stands close to a match in its statement, up to the next comma or semicolon that follows a side."""
    first = max(text.rfind(mark, 0, start) for mark in (";", ". ")) + 1
    stop = min((at for mark in (";", ". ") if (at := text.find(mark, end)) >= 0), default=len(text))
    return text[first:stop]


_REGIONS: Final = (
    ("290[68]|2907|291|292|7307|731[0-3]|2052|2055|2060|20612|24640",
     "shoulder|arm|elbow|forearm|wrist|hand|thumb|finger|radius|ulna|scaphoid|colles|metacarpal|humerus|carpal"),
    ("293|294|295|735|736|2055|2060",
     "hip|thigh|knee|leg|shin|calf|ankle|foot|heel|toe|tibia|fibula|malleol|metatars|achilles|plantar"),
    ("2061", "knee|shoulder|hip|trochanter|subacromial"),
    ("692|693", "ear|canal|tympanic|cerumen"),
    ("652", "eye|cornea|conjunctiva|eyelid"),
    ("309|303", "nostril|nose|nasal|naris|nares|septum|epistaxis|nosebleed"),
    ("64405", "occipital|neck"),
)  # fmt: skip
"""Beginnings of codes, and the words for the part of the body that they are done on."""


_DEVICE: Final = re.compile(r"\b(?:short|long) (?:arm|leg)\b|thumb spica|(?:ulnar|radial) gutter")
"""Names of splints and casts: they say how long one is, not where the injury lies."""


def side_elsewhere(note: str, code: str, statement: str) -> tuple[str, ...]:
    """The side that the note gives to the part of the body a procedure was done on; empty unless it gives only one.

    The part is the one that the statement names, else any that the code is done on.
    """
    families = [words.split("|") for codes, words in _REGIONS if re.match(codes, code)]
    family = [word for words in families for word in words]
    plain = _DEVICE.sub(" ", statement)
    named = [word for word in family if word in plain] or family
    sides = {
        side[0]
        for match in re.finditer(rf"\b(right|left|rt|lt|r|l)\b[ -](?:\w+ ){{0,2}}?(?:{'|'.join(named)})", note)
        if (side := match.group(1))
    } if named else set()  # fmt: skip
    if len(sides) == 1:
        return ("RT",) if sides == {"r"} else ("LT",)
    return ()


def digit_elsewhere(note: str, statement: str) -> tuple[str, ...]:
    """The digit that the whole note names, where it names one with its side; empty otherwise."""
    kind = (
        "toe" if "toe" in statement else "finger|thumb" if re.search(r"finger|thumb", statement) else "toe|finger|thumb"
    )
    found = {
        digit_modifier(match.group())
        for match in re.finditer(rf"\b(?:right|left|rt|lt)\b[ \w]{{0,20}}?\b(?:{kind})\b", note)
    } - {()}
    return found.pop() if len(found) == 1 else ()


def joint_modifiers(note: str, sentence: str) -> tuple[str, ...]:
    """Side of an injected large joint: from its sentence, else from how the whole note names the joint."""
    own = side_modifier(sentence)
    site = next((site for site in _SITES if site in sentence), None)
    if site is None:
        return own
    injected = "|".join(("triamcinolone", "kenalog", "depo", "methylprednisolone", "inject"))
    sides = {
        "RT" if match.group(1)[0] == "r" else "LT"
        for match in re.finditer(rf"\b(right|left|rt|lt|r|l) {site}\b[^\n]{{0,160}}?(?:{injected})", note)
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
    "73000": ((9, "73000"),),
    "73060": ((9, "73060"),),
    "73090": ((9, "73090"),),
    "73552": ((1, "73551"), (9, "73552")),
    "73650": ((9, "73650"),),
    "72170": ((2, "72170"), (9, "72190")),
    "72070": ((2, "72070"), (3, "72072"), (9, "72074")),
    "72220": ((9, "72220"),),
    "74018": ((1, "74018"), (2, "74019"), (9, "74021")),
    "70160": ((9, "70160"),),
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
    count = 2 if found.group(2) else int(found.group(1)) if found.group(1).isdigit() else NUMBER_WORDS[found.group(1)]
    return next(by for limit, by in _BY_VIEWS[code] if count <= limit or limit == 9), True
