"""Step 3, sentences: the units in which a statement holds, and what kind of statement it is.

In an assessment a short nominal line names a problem ("Essential hypertension, above goal."); a sentence
with a subject and a verb talks about it. The first is a head, the second is body: only heads are read
as diagnoses without further proof.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Final, NamedTuple

from coding_svc.coding import lexicon
from coding_svc.coding.assertion import find_cues
from coding_svc.coding.sections import Part
from coding_svc.coding.text import Token, norm_words
from coding_svc.domain import Section

MAX_SENTENCE: Final = 1_000
"""Code points; a longer run without punctuation is cut, so that work stays linear."""

_BREAK: Final = re.compile(
    r"[.!?;\n•*#(\d\[☐□☑☒]"
    r"(?:(?<=\n)\n*|(?<=[.!?;])(?<![\s,(:?]\?)[ \t]+(?=\S)|(?<=[a-z\])][.;])(?=[A-Z][a-z])"
    r"|(?<=\s[•*])(?=\s)|(?<=\s#)(?=\s?[A-Za-z])|(?P<number>(?<=\s\()\d{1,2}|(?<=\s\d)\d?)(?=\)\s+[A-Za-z])"
    r"|(?P<box>(?<=\[)[ _xX✓]?\](?=[ \t]*\w)|(?<=[☐□☑☒])(?=[ \t]*\w)))"
)
"""A statement ends behind a match, or before the number or the box of a list. Every match begins with a mark, which
the engine finds far faster than a place between two characters."""
_NO_BREAK_BEFORE: Final = re.compile(
    r"(?:\b(?:dr|mr|mrs|ms|vs|approx|st|no|e\.g|i\.e|inc|incl|min|hr|appt|poss|prob|susp)"
    r"|(?<=[a-z] )(?-i:d)|^\s*\d{1,2})\.\s*$",
    re.I,
)
_BULLET: Final = re.compile(
    r"[\s\-–—•*#>]*(?:\[[ _xX✓]?\]|[☐□☑☒])?[\s\-–—•*#>]*(?:\(?\d{1,2}[.):](?!\d)[\s]*)?[\s\-–•*]*(?:\.\s)?"
)
_LABEL: Final = re.compile(r"([A-Z][A-Za-z/&]*(?:[ ][A-Za-z/&]+){0,4}):\s")
_NAMED_UNTIL: Final = re.compile(r"(?<=\w):\s+(?=\w)(?!yes\b)|(?<=[a-z]{4}) [–-] (?=\w)")
_FOLLOWS: Final = re.compile(r"follow[- ]?up (?:examination|exam|visit) (?:of|for|after)\b", re.IGNORECASE)
_LATER: Final = re.compile(r"\bin (?:\w+ )?(?:\w+ )?(?:day|week|month|year)s?\b", re.IGNORECASE)
"""A follow-up of today names a problem, one "in three months" an appointment."""
_CLAUSE: Final = re.compile(r"[^,;]+(?:[,;]|$)|[,;]")
_VERBAL: Final = frozenset(norm_words(" ".join(lexicon.lines("verbal_words.txt"))))
_ORDERS: Final = frozenset(
    [
        "mg",
        "mcg",
        "ml",
        "daily",
        "week",
        "month",
        "day",
        "hour",
        "tablet",
        "vaccine",
        "referral",
        "refer",
        "lab",
        "xray",
        "prn",
        "bid",
        "tid",
    ]
)
"""Words of orders: a line of a plan with one of them names no problem."""
_FIRST_WORDS: Final = 3
"""Index of the last word that a list opens with: what comes later stands behind a problem's name."""
_ADDS: Final = frozenset(["with", "without", "no"])
_NAMING: Final = (Section.ASSESSMENT, Section.PLAN)
"""Sections whose lines may name a problem."""
_BODY_LABELS: Final = frozenset(lexicon.lines("body_labels.txt"))


class Sentence(NamedTuple):
    """A statement with its tokens. `head`: it names a problem. `item`: number of its problem in the part.

    `mended`: a misspelt word was brought to one of the dictionary.
    """

    section: Section
    start: int
    end: int
    tokens: list[Token]
    head: bool
    item: int
    mended: bool = False


def split_sentences(text: str, parts: Iterable[Part], tokens: list[Token]) -> list[Sentence]:
    """The sentences of the parts, in order, without empty ones; `tokens` are those of the whole note."""
    starts = [token.start for token in tokens]
    return [sentence for part in parts for sentence in _of_part(text, part, tokens, starts)]


def _of_part(text: str, part: Part, note_tokens: list[Token], starts: list[int]) -> Iterator[Sentence]:
    item = -1
    last = bisect_left(starts, part.body)
    for start, end in _spans(text, part.body, part.end):
        bullet = None if text[start].isalpha() else _BULLET.match(text, start, end)
        begin = bullet.end() if bullet else start
        first = bisect_left(starts, begin, last)
        last = bisect_left(starts, end, first)
        if first == last:
            continue
        tokens = note_tokens[first:last]
        named = _named_until(text, begin, end, part, tokens) if part.section in _NAMING else begin
        item += named > begin
        yield from _cut_at(named, Sentence(part.section, begin, end, tokens, named > begin, max(item, 0)))


def _cut_at(named: int, whole: Sentence) -> list[Sentence]:
    """A problem line is cut after the problem's name; what follows talks about it."""
    if not whole.head or named >= whole.end:
        return [whole]
    name = [token for token in whole.tokens if token.start < named]
    rest = whole.tokens[len(name) :]
    cut = [whole._replace(end=named, tokens=name)] if name else []
    return cut + ([whole._replace(start=named, tokens=rest, head=False)] if rest else [])


def _spans(text: str, start: int, end: int) -> list[tuple[int, int]]:
    cuts = [start]
    for match in _BREAK.finditer(text, start, end):
        at, stop = match.span()
        at += text[at] in ".!?;"
        if text[at] != "\n" and _goes_on(text[max(cuts[-1], at - 8) : at]):
            continue
        cuts.append(stop if match.lastgroup is None else at)
    cuts.append(end)
    spans: list[tuple[int, int]] = []
    for first, last in pairwise(cuts):
        spans += [(at, min(at + MAX_SENTENCE, last)) for at in range(first, last, MAX_SENTENCE)]
    return spans


def _goes_on(before: str) -> bool:
    """Whether a point belongs to the word or number before it."""
    return "." in before and _NO_BREAK_BEFORE.search(before) is not None


def _named_until(text: str, begin: int, end: int, part: Part, tokens: list[Token]) -> int:
    """Where the name of a problem ends that a sentence of an assessment begins with; `begin` if it names none.

    The name is the leading clauses without a subject or verb ("Hypothyroidism, stable" before ", levothyroxine
    renewed"). Where plan and assessment stand apart, one verb in a short line is allowed.
    """
    if part.section is Section.PLAN:
        return end if _is_heading(text, begin, end, part, tokens) else begin
    label = _LABEL.match(text, begin, end)
    if label and label.group(1).lower() in _BODY_LABELS:
        return begin
    colon = _NAMED_UNTIL.search(text, begin, end)
    limit = colon.start() if colon else end
    named = [token for token in tokens if token.start < limit]
    words = [token.norm for token in named]
    if not words or {"year", "old"} <= set(words) or _opens_list(named, colon.group() if colon else ""):
        return begin
    if _FOLLOWS.match(text, begin, limit) and not _LATER.search(text, begin, limit):
        words = words[2:]
    verbs = sum(word in _VERBAL for word in words)
    if len(words) <= 40 and (verbs == 0 or (not part.mixed and verbs == 1 and len(words) <= 25)):
        return limit
    return _first_verbal_clause(text, begin, limit, tokens)


def _opens_list(named: list[Token], mark: str) -> bool:
    """ "Not addressed today: gout" and "Side effects such as myalgia, rarely hepatitis" name no problem.

    `mark`: what ends the name. "Possible complications: stroke" is the head of a list, "Diabetes without complications:
    stable" and "Breast cancer screening - ordered" are problems.
    """
    lists = [cue for cue in find_cues(named) if cue.listing and cue.before]
    if not mark:
        return any(not cue.colon and cue.first <= _FIRST_WORDS for cue in lists)
    heads = [cue for cue in lists if cue.colon and cue.last == len(named) - 1 and cue.first <= 1 and ":" in mark]
    return any(not cue.colon for cue in lists) or any(named[0].norm not in _ADDS for cue in heads)


def _is_heading(text: str, begin: int, end: int, part: Part, tokens: list[Token]) -> bool:
    """A short nominal line of a plan that stands alone above its orders: plans are often sorted by problem."""
    line_start = text.rfind("\n", part.start, begin) + 1
    if text[line_start:begin].strip(" \t0123456789.)#") or len(tokens) > 8:
        return False
    if "\n" not in text[end - 1 : end + 2] or text[begin:end].rstrip().endswith((",", ";")):
        return False
    below = text[end : part.end].lstrip(" \t\n.:")
    if not below or any(token.norm in _VERBAL or token.norm in _ORDERS for token in tokens):
        return False
    return below[0] in "-–—•*" or not text[line_start:begin].strip()


def _first_verbal_clause(text: str, begin: int, limit: int, tokens: list[Token]) -> int:
    named = begin
    for clause in _CLAUSE.finditer(text, begin, limit):
        words = {token.norm for token in tokens if clause.start() <= token.start < clause.end()}
        if words & _VERBAL or len(words) > 20:
            break
        named = clause.end()
    return named
