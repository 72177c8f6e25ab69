"""Several joints of one visit: a code for each, of the joint's size, both sides of one joint together.

A joint and the bursa beside it count once a side, as do aspiration and injection of it. Two sides of one joint are one
line with 50; another joint of the same size is a line of its own with 59. The joints stand in `lexicon/joints.tsv`.
(CPT section guidelines for arthrocentesis and appendix A, in our own words; NCCI policy manual, chapter IV.)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from coding_svc.coding import doing, lexicon
from coding_svc.coding.procedures import GUIDED, Performed
from coding_svc.coding.reading import Reading
from coding_svc.coding.sentences import Sentence
from coding_svc.domain import Section

_ACT: Final = re.compile(
    r"\b(?:re-?)?(?:inject(?:ed|ion|ions)|aspirated|aspiration|tapped|arthrocentesis|triamcinolone|kenalog|depo-?medrol"
    r"|methylprednisolone|celestone|betamethasone|synvisc|euflexxa|orthovisc|hyal\w+)\b"
)
_TOLD_DONE: Final = re.compile(
    r"(?:inject|aspirat)ed\b|tapped\b|\b(?:was|were) (?:done|performed)|(?:done|performed|given) (?:today|here)|tolerat"
)
_OTHER_PLACE: Final = re.compile(
    r"carpal tunnel|epicondyl|tendon|trigger|de quervain|plantar fasci|ganglion|\bnerve|fascia\b|ligament|muscle"
)
"""Injections that are not of a joint or bursa."""
_SIDES: Final = re.compile(r"\b(right|left|rt|lt|r|l|both|bilateral)\b")
_CLAUSES: Final = re.compile(r"[;,:]|\bthen\b")


@dataclass(frozen=True, slots=True)
class Act:
    """One joint of one side that was injected or aspirated; `side` is empty where none is told."""

    code: str
    joint: str
    side: str
    sure: bool
    sentence: Sentence


def apart(reading: Reading, services: Sequence[Performed]) -> list[Performed]:
    """The services, those of joints as the acts of the note ask for; where it tells of one joint, only surer."""
    if not any(_code_of(service) for service in services):
        return list(services)
    acts = _each_once(_acts(reading))
    if len({(act.code, act.joint) for act in acts}) < 2:
        sides = {act.side for act in acts if act.sure}
        return [_of_one_joint(service, sides) if _code_of(service) else service for service in services]
    known = next(service for service in services if _code_of(service))
    others = [service for service in services if not _code_of(service)]
    return [*others, *(line for code in sorted({act.code for act in acts}, reverse=True)
                       for line in _lines(reading, known, [act for act in acts if act.code == code]))]  # fmt: skip


def joint_of(text: str) -> tuple[str, str]:
    """The only joint that a text (lower case) names, and its side or 50; empty where it names none or several."""
    found = {joint: {side for _, other, side in _named(text) if other == joint} for _, joint, _ in _named(text)}
    if len(found) != 1:
        return "", ""
    joint, sides = found.popitem()
    return joint, sides.pop() if len(sides) == 1 else "50"


def _of_one_joint(service: Performed, sides: set[str]) -> Performed:
    """Both sides where both are told as done; where only one is, what looked like both is for a person."""
    if service.modifiers != ("50",) or service.missing:
        return service
    if sides == {"RT", "LT"}:
        return replace(service, confidence=doing.CERTAIN)
    told = tuple(sides & {"RT", "LT"})
    return replace(service, modifiers=told, confidence=doing.LIKELY) if told else service


def _code_of(service: Performed) -> str:
    return next((plain for plain, guided in GUIDED.items() if service.code in (plain, guided)), "")


def _acts(reading: Reading) -> Iterator[Act]:
    for sentence in reading.sentences:
        text = reading.lowered[sentence.start : sentence.end]
        if sentence.section in doing.SOURCES and _ACT.search(text):
            yield from _in_sentence(sentence, text)


def _in_sentence(sentence: Sentence, text: str) -> Iterator[Act]:
    """Joints of the clauses that tell an act; of a clause without a joint, the joint named last before it."""
    last: list[tuple[str, str, str]] = []
    start = 0
    for end in (*(cut.start() for cut in _CLAUSES.finditer(text)), len(text)):
        clause = text[start:end]
        named = [] if _OTHER_PLACE.search(clause) else list(_named(clause))
        last = named or last
        act = _ACT.search(clause)
        if act and not doing.denied(text, start + act.start(), start + act.end()) and not _nothing(clause):
            sure = _TOLD_DONE.search(text) is not None or sentence.section is Section.PROCEDURE
            sure = sure and (sentence.section is not Section.HPI or doing.today_here(text))
            for code, joint, side in last if not _OTHER_PLACE.search(clause) else ():
                yield Act(code, joint, side, sure, sentence)
        start = end


def _nothing(clause: str) -> bool:
    return re.search(r"\b(?:nothing|none|not|no) (?:was )?(?:injected|aspirated)", clause) is not None


def _named(clause: str) -> Iterator[tuple[str, str, str]]:
    """Joints of a clause with their sides: a side stands before its joint, else after it; "and" hands it on."""
    found = list(_pattern().finditer(clause))
    before, told = 0, ""
    for at, match in enumerate(found):
        sides = {side[0] for side in _SIDES.findall(clause, before, match.start())}
        if not sides and at + 1 == len(found):
            sides = {side[0] for side in _SIDES.findall(clause, match.end(), match.end() + 12)}
        told = "50" if "b" in sides or len(sides) > 1 else {"r": "RT", "l": "LT"}[sides.pop()] if sides else told
        code, joint = _table()[str(match.lastgroup)]
        if joint == "hip" and any(_table()[str(other.lastgroup)][1] == "trochanter" for other in found):
            continue
        yield code, joint, told
        before = match.end()


def _each_once(acts: Iterator[Act]) -> list[Act]:
    """Each joint of a side once, the surest telling; one without a side is one of those that have it."""
    found: dict[tuple[str, str], Act] = {}
    for act in acts:
        for side in ("RT", "LT") if act.side == "50" else (act.side,):
            known = found.get((act.joint, side))
            if known is None or (act.sure and not known.sure):
                found[act.joint, side] = replace(act, side=side)
    return [act for (joint, side), act in found.items() if side or not any((joint, s) in found for s in ("RT", "LT"))]


def _lines(reading: Reading, known: Performed, acts: Sequence[Act]) -> Iterator[Performed]:
    """One line per joint of a code, the others with 59; a joint without its side is for a person."""
    for at, joint in enumerate(dict.fromkeys(act.joint for act in acts)):
        own = [act for act in acts if act.joint == joint]
        sides = [act.side for act in own]
        side = ("50",) if {"RT", "LT"} <= set(sides) else tuple(sides[:1]) if sides[0] else ()
        code, missing = own[0].code, ""
        if all(doing.ultrasound_guided(reading, act.sentence) for act in own):
            code, missing = GUIDED[code], "" if doing.image_kept(reading) else "image"
        sure = all(act.sure and act.side for act in own) and not missing
        span = own[0].sentence
        yield replace(
            known, code=code, modifiers=("59", *side) if at else side, missing=missing, section=span.section,
            confidence=doing.CERTAIN if sure else doing.LIKELY, evidence=(reading.evidence(span.start, span.end),),
        )  # fmt: skip


@lru_cache(maxsize=1)
def _table() -> dict[str, tuple[str, str]]:
    return {f"j{at}": (code, joint) for at, (code, joint, _) in enumerate(lexicon.rows("joints.tsv"))}


@lru_cache(maxsize=1)
def _pattern() -> re.Pattern[str]:
    rows = lexicon.rows("joints.tsv")
    return re.compile("|".join(rf"(?P<j{at}>\b(?:{pattern})\b)" for at, (*_, pattern) in enumerate(rows)))
