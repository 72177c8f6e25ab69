"""Closed treatment of fractures and dislocations in the office: with manipulation, or care of one left as it lies.

A reduction that was done here is manipulation. Without one, fracture care is billed only where the note says in words
that it is given ("closed treatment", "fracture care"): a splint and a referral are no fracture care. The first cast or
splint belongs to it, its material does not. Care that others go on with takes 54, care taken over from others 55.
The bones stand in `lexicon/fractures.tsv`, joints in `lexicon/dislocations.tsv`. (CPT musculoskeletal section
guidelines and appendix A, in our own words; Medicare Claims Processing Manual, chapter 12, section 40.)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Final

from coding_svc.coding import doing, lexicon
from coding_svc.coding.procedure_details import digit_elsewhere, digit_modifier, side_modifier
from coding_svc.coding.procedures import Performed
from coding_svc.coding.reading import Reading
from coding_svc.coding.screened import Screened
from coding_svc.coding.sentences import Sentence
from coding_svc.domain import CodeSystem, Section

_ANY: Final = Screened(r"fractur|\bfx\b|dislocat|sublux")
_BROKEN: Final = re.compile(r"fractur|\bfx\b")
_DISLOCATED: Final = re.compile(r"dislocat\w*")
_MOVED: Final = Screened(
    r"closed reduction|\b(?:was|were|and|then|easily|gently|successfully) reduced\b"
    r"|\breduced (?:with|by|using|under|in|on|here)\b|\bmanipulat(?:ed|ion)\b|relocated"
    r"|popped back|\breduction (?:was )?(?:performed|done|achieved|completed)"
)
_NOT_MOVED: Final = re.compile(
    r"(?:without|no|not) (?:\w+ ){0,2}(?:manipulat|reduc)|reduc\w+ (?:was )?not|non-?manipulat"
    r"|reduced (?:pain|swelling|range|motion|rom|dose|sensation|strength|weight)|(?:swelling|pain)[^.\n]{0,15}reduced"
)
_CARE: Final = Screened(
    r"closed treatment|(?:fracture|global) care (?:was |is )?"
    r"(?:begun|started|initiated|provided|given|assumed|today|global)"
    r"|(?:begin|start|initiat|provid|assum)\w* (?:\w+ ){0,2}(?:global )?fracture care"
    r"|definitive (?:fracture )?(?:care|treatment) (?:provided|given|begun|today)"
)
_OPEN: Final = re.compile(r"open (?:fracture|reduction)|compound fracture|\borif\b|pinn(?:ed|ing)|k-?wires?")
_GIVEN_ON: Final = re.compile(
    r"transfer\w* of care|reduction only|surgical care only|(?:ortho\w*|hand surg\w*|dr\.? \w+)[^.\n]{0,20} will"
    r" (?:assume|take over|provide|do) [^.\n]{0,30}(?:care|follow)"
)
_TAKEN_OVER: Final = re.compile(
    r"(?:assum|tak)\w+ (?:over )?(?:the )?(?:\w+ ){0,2}(?:care|management)[^.\n]{0,40}\b(?:from|after)\b"
)
_TO_OTHERS: Final = re.compile(r"(?:follow[- ]?up|f/u|refer\w*|see)[^.\n]{0,30}(?:ortho|hand surg|podiat|specialist)")
_SEVERAL: Final = re.compile(r"fractures\b|metacarpals|metatarsals|phalanges|malleoli\b|\b(?:both|two|three) ")
"""Each bone is treated for itself; how many were is for a person."""
_NEAR: Final = 3
"""Sentences before the act in which its bone is looked for."""
_APPLIED: Final = ("290", "291", "292", "293", "294", "2950", "2951", "2953", "2954", "2955")
"""Beginnings of codes of casts, splints and strapping: the first one belongs to the treatment."""


@dataclass(frozen=True, slots=True)
class Bone:
    """One line of the lexicons. `still`: code without manipulation, empty for a joint; `kind`: side, digit or empty."""

    still: str
    moved: str
    kind: str
    label: str
    pattern: re.Pattern[str]


def treated(reading: Reading, services: Sequence[Performed]) -> list[Performed]:
    """The services with the treatment of fractures and dislocations; casts and splints that belong to one go."""
    if not _ANY.might(reading.lowered) or any(service.code == "24640" for service in services):
        return list(services)
    found = list({service.code: service for service in reversed(list(_treatments(reading)))}.values())
    if not found:
        return list(services)
    return [*(service for service in services if not service.code.startswith(_APPLIED)), *found]


def _treatments(reading: Reading) -> Iterator[Performed]:
    starts = reading.sentence_starts
    for number in sorted({at for act in (_MOVED, _CARE) for at in act.stretches(reading.lowered, starts)}):
        sentence = reading.sentences[number]
        if sentence.section not in doing.SOURCES:
            continue
        text = reading.lowered[sentence.start : sentence.end]
        moved, care = _MOVED.pattern.search(text), _CARE.pattern.search(text)
        act = care if moved is None or _NOT_MOVED.search(text) else moved
        if act is None or doing.denied(_without(text), act.start(), act.end()) or _told_before(sentence, text):
            continue
        scopes = [text, *(_text(reading, at) for at in range(number - 1, max(-1, number - 1 - _NEAR), -1))]
        scopes.append(" ".join(reading.lowered[part.body : part.end] for part in reading.of(Section.ASSESSMENT)))
        yield from _of_act(reading, sentence, act, act is moved, scopes)


def _without(text: str) -> str:
    """The statement with "without manipulation" blotted out: it denies no treatment."""
    return re.sub(r"(?:without|no) (?=manipulat|reduc)", lambda found: " " * len(found.group()), text)


def _told_before(sentence: Sentence, text: str) -> bool:
    """What a history tells is another's work, unless it names today."""
    return sentence.section is Section.HPI and not doing.today_here(text)


def _text(reading: Reading, at: int) -> str:
    return reading.lowered[reading.sentences[at].start : reading.sentences[at].end]


def _of_act(
    reading: Reading, sentence: Sentence, act: re.Match[str], moved: bool, scopes: Sequence[str]
) -> Iterator[Performed]:
    """The treatment by the bone of the nearest statement that names one; several bones at once are for a person."""
    joint = moved and _DISLOCATED.search(reading.lowered) and not _BROKEN.search(" ".join(scopes))
    if not joint and not any(_BROKEN.search(scope) for scope in scopes):
        return
    bones = _dislocations() if joint else _fractures()
    named = next((found for scope in scopes if (found := [bone for bone in bones if bone.pattern.search(scope)])), [])
    if not named:
        return
    bone, where = named[0], next(scope for scope in scopes if named[0].pattern.search(scope))
    code = bone.moved if moved else bone.still
    if not code:
        return
    modifiers = _modifiers(reading, bone, (where, *scopes))
    missing = "" if modifiers or not bone.kind else "laterality"
    sure = len(named) == 1 and not missing and not _OPEN.search(reading.lowered) and not _SEVERAL.search(where)
    part = _part_of_care(reading.lowered)
    if part or _TO_OTHERS.search(reading.lowered):
        sure = sure and part == "54"
    yield Performed(
        code, CodeSystem.CPT, f"closed treatment, {bone.label}", (*([part] if part else []), *modifiers), Decimal(1),
        doing.CERTAIN if sure else doing.LIKELY,
        (reading.evidence(sentence.start + act.start(), sentence.start + act.end()),), sentence.section, "25", missing,
    )  # fmt: skip


def _modifiers(reading: Reading, bone: Bone, scopes: Sequence[str]) -> tuple[str, ...]:
    """Side or digit of the nearest statement that tells it."""
    if bone.kind == "digit":
        told = next((found for scope in scopes if (found := digit_modifier(scope))), ())
        return told or digit_elsewhere(reading.lowered, scopes[0])
    if bone.kind == "side":
        sides = (side_modifier(scope) for scope in scopes if bone.pattern.search(scope))
        return next((found for found in sides if found in (("RT",), ("LT",))), ()) or _only_side(reading.lowered)
    return ()


def _only_side(note: str) -> tuple[str, ...]:
    found = side_modifier(note)
    return found if found in (("RT",), ("LT",)) else ()


def _part_of_care(note: str) -> str:
    return "54" if _GIVEN_ON.search(note) else "55" if _TAKEN_OVER.search(note) else ""


@lru_cache(maxsize=1)
def _fractures() -> tuple[Bone, ...]:
    rows = lexicon.rows("fractures.tsv")
    return tuple(Bone(still, moved, kind, label, re.compile(pattern)) for still, moved, kind, label, pattern in rows)


@lru_cache(maxsize=1)
def _dislocations() -> tuple[Bone, ...]:
    rows = lexicon.rows("dislocations.tsv")
    return tuple(
        Bone("", code, kind, f"dislocated {label}", re.compile(pattern)) for code, kind, label, pattern in rows
    )
