"""The words in which an implementation guide is declared: elements, segments and loops, as data.

A guide is a text, one segment a line, nested by indentation (a line that begins with ``+`` goes on from the last)::

    loop 2110 S 999 @700                                   id, usage R or S, repeat (0 without limit), @order
      SVC R 1 @700 !(!ID2-2=HC|NU !AN1-48) !R1-18 ?R1-15   id, usage, maximum use, @order, elements
      PER S 2 @800 !ID2-2=CX ?ID2-2=TE ?AN1-256 / P0203    behind the slash the relations between elements
      use 2300                                             a loop that was declared before, here again

Segments and loops with the same order may come in any order. Elements, left to right::

    !AN1-60     required text, 1 to 60 characters            ?R1-18      situational decimal number
    ?ID2-2=A|B  situational code out of A and B              -           not used
    !(...)      required composite of the tokens inside      !^10(...)   may repeat ten times

Types: AN text, ID code, R decimal number, N0 integer, N2 with two implied decimals, DT date, DR two
dates (CCYYMMDD-CCYYMMDD), TM time,
B binary.
Relations: P paired, R at least one, E at most one, C and L conditional on the first; positions in two digits.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

REQUIRED = "R"
SITUATIONAL = "S"
NOT_USED = "N"

_TOKEN = re.compile(
    r"([!?])(?:\^(\d*))?(?:(\()|(AN|ID|R|N[02]|D[TR]|TM|B)(\d+)-(\d+)(?:=([^\s)]+))?)|(-)(?=[\s)]|$)|(\))"
)
_NOTATIONS = {
    "$N3": "!AN1-55 ?AN1-55",
    "$N4": "!AN2-30 ?ID2-2 ?ID3-15 ?ID2-3 - - ?ID1-3 / E0207 C0704",
    "$TRIPLETS": "!ID1-5 !R1-18 ?R1-15"
    + " ?ID1-5 ?R1-18 ?R1-15" * 5
    + " / L050607 C0605 C0705 L080910 C0908 C1008 L111213 C1211 C1311 L141516 C1514 C1614 L171819 C1817 C1917",
    "$NAME": "!AN1-60 ?AN1-35 ?AN1-25 - ?AN1-10",
}


@dataclass(frozen=True, slots=True, eq=False)
class Element:
    """One data element or composite (then ``components`` is not empty). ``repeat`` 0 means without limit."""

    usage: str
    kind: str = "AN"
    minimum: int = 0
    maximum: int = 0
    codes: frozenset[str] = frozenset()
    components: tuple[Element, ...] = ()
    repeat: int = 1


NOT_USED_ELEMENT = Element(NOT_USED)


def elements(notation: str) -> tuple[Element, ...]:
    """The elements of a notation (see the module's text)."""
    position = 0
    levels: list[list[Element]] = [[]]
    opened: list[tuple[str, int]] = []
    while position < len(notation):
        match = _TOKEN.match(notation, position)
        if match is None:
            raise ValueError(f"bad element notation at {notation[position : position + 12]!r}")
        _take(match, levels, opened)
        position = match.end()
        while notation[position : position + 1] == " ":
            position += 1
    return tuple(levels[0])


def _take(match: re.Match[str], levels: list[list[Element]], opened: list[tuple[str, int]]) -> None:
    mark, repeat, composite, kind, low, high, codes, unused, closed = match.groups()
    usage = REQUIRED if mark == "!" else SITUATIONAL
    times = 1 if repeat is None else int(repeat or 0)
    if unused:
        levels[-1].append(NOT_USED_ELEMENT)
    elif closed:
        parts = tuple(levels.pop())
        usage, times = opened.pop()
        levels[-1].append(Element(usage, "", components=parts, repeat=times))
    elif composite:
        opened.append((usage, times))
        levels.append([])
    else:
        allowed = frozenset(codes.split("|")) if codes else frozenset()
        levels[-1].append(Element(usage, kind, int(low), int(high), allowed, repeat=times))


@dataclass(frozen=True, slots=True)
class Syntax:
    """A relation between elements: P paired, R at least one, E at most one, C and L conditional; 1-based positions."""

    kind: str
    positions: tuple[int, ...]

    begin: int = 0
    """A segment that ends before this element satisfies the relation."""

    @classmethod
    def parse(cls, text: str) -> Syntax:
        """``P0304`` -> paired 3 and 4."""
        positions = tuple(int(text[i : i + 2]) for i in range(1, len(text), 2))
        return cls(text[0], positions, 0 if text[0] == "R" else min(positions))

    def violated(self, segment: list[str]) -> int:
        """The element at fault (1-based), 0 if the relation holds. ``segment`` has its id at index 0."""
        length = len(segment)
        if self.kind == "P" and len(self.positions) == 2:
            first, second = self.positions
            one, other = first < length and segment[first] != "", second < length and segment[second] != ""
            return 0 if one == other else second if one else first
        here = [position < length and segment[position] != "" for position in self.positions]
        if self.kind == "E":
            return self.positions[1] if sum(here) > 1 else 0
        return self.positions[here.index(False)] if _BROKEN[self.kind](here) else 0


_BROKEN: dict[str, Callable[[list[bool]], bool]] = {
    "P": lambda here: any(here) and not all(here),
    "R": lambda here: not any(here),
    "C": lambda here: here[0] and not all(here[1:]),
    "L": lambda here: here[0] and not any(here[1:]),
}


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """A segment at one place of a guide.

    ``order`` sorts the segments of a loop; equal numbers may come in any order. ``qualifier`` is the element
    (1-based) whose code tells this segment from others of its id, 0 if none.
    """

    id: str
    usage: str
    max_use: int
    order: int
    elements: tuple[Element, ...]
    syntax: tuple[Syntax, ...] = ()
    qualifier: int = 0
    qualifier_codes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, eq=False)
class Loop:
    """A loop: its segments in order (the first one opens it) and the loops inside it."""

    id: str
    usage: str
    repeat: int
    order: int
    segments: tuple[Segment, ...]
    loops: tuple[Loop, ...] = ()

    @property
    def opener(self) -> Segment:
        """The segment that opens the loop."""
        return self.segments[0]


@dataclass(frozen=True, slots=True, eq=False)
class Guide:
    """A transaction set of one version. ``units`` are the loops that a reader hands out one by one.

    ``families`` are the guide numbers (``X222``; ``X098`` before) whose files are read along this guide.
    """

    transaction_set_id: str
    version: str
    functional_id: str
    root: Loop
    units: frozenset[str] = field(default=frozenset())
    families: frozenset[str] = field(default=frozenset())


_QUALIFIED = frozenset(
    ["NM1", "N1", "REF", "DTP", "DTM", "AMT", "QTY", "LQ", "HI", "PWK", "CRC", "NTE", "PRV", "PER", "HL"]
)


def parse_guide(
    transaction_set_id: str,
    version: str,
    functional_id: str,
    units: Iterable[str],
    text: str,
    notations: Mapping[str, str] | None = None,
    predecessors: Iterable[str] = (),
) -> Guide:
    """A guide from its text (see the module's text). ``units`` are the loops that a reader hands out one by one.

    ``notations`` are further ``$NAME`` abbreviations, for long code lists; ``predecessors`` are the numbers
    of the guides of earlier releases that can be read along this one.
    """
    known: dict[str, Loop] = {}
    own = sorted((notations or {}).items(), key=lambda item: -len(item[0]))  # $PROCEDURES before $PROCEDURE
    for name, notation in (*own, *_NOTATIONS.items()):
        text = text.replace(name, notation)
    segments, loops, rest = _block(_lines(text), 0, known)
    root = Loop(transaction_set_id, REQUIRED, 1, 0, segments, loops)
    if rest:
        raise ValueError(f"bad indentation at {rest[0][1]!r}")
    return Guide(
        transaction_set_id, version, functional_id, root, frozenset(units), frozenset([version[6:10], *predecessors])
    )


_Lines = list[tuple[int, str]]


def _lines(text: str) -> _Lines:
    joined = re.sub(r"\n\s*\+\s*", " ", text)
    lines = [line for line in joined.splitlines() if line.strip()]
    return [(len(line) - len(line.lstrip()), line.strip()) for line in lines]


def _block(lines: _Lines, indent: int, known: dict[str, Loop]) -> tuple[tuple[Segment, ...], tuple[Loop, ...], _Lines]:
    segments: list[Segment] = []
    loops: list[Loop] = []
    while lines and lines[0][0] >= indent:
        (depth, line), lines = lines[0], lines[1:]
        if line.startswith("use "):
            loops.append(known[line.split()[1]])
        elif line.startswith("loop "):
            inner, nested, lines = _block(lines, depth + 1, known)
            loops.append(_loop(line, inner, nested))
            known[loops[-1].id] = loops[-1]
        else:
            segments.append(_segment(line))
    return tuple(segments), tuple(loops), lines


def _loop(line: str, segments: tuple[Segment, ...], loops: tuple[Loop, ...]) -> Loop:
    _, id, usage, repeat, order = line.split()
    return Loop(id, usage, int(repeat), int(order[1:]), segments, loops)


def _segment(line: str) -> Segment:
    body, _, relations = line.partition(" / ")
    id, usage, max_use, order, *notation_parts = body.split(" ", 4)
    parts = elements(" ".join(notation_parts))
    position = (3 if id == "HL" else 1) if id in _QUALIFIED else 0
    codes = _codes(parts[position - 1]) if position else frozenset()
    syntax = tuple(Syntax.parse(text) for text in relations.split())
    return Segment(id, usage, int(max_use), int(order[1:]), parts, syntax, position if codes else 0, codes)


def _codes(element: Element) -> frozenset[str]:
    return element.components[0].codes if element.components else element.codes
