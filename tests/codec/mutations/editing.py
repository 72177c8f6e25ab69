"""Builds files from lists of segments, and changes one thing in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

Segments = list[str]
Change = Callable[[Segments], Segments]


@dataclass(frozen=True)
class Mutation:
    """One defect: its name, SNIP type, the valid file, the change, and where an error must be found.

    ``places`` are ``loop/segment``; any of them will do. ``sealed`` counts SE01 again after the change.
    """

    name: str
    snip: int
    base: str
    change: Change
    places: tuple[str, ...]
    sealed: bool = True


def npi(stem: str) -> str:
    """The NPI of nine digits, with its check digit."""
    total = 24
    for position, digit in enumerate(map(int, reversed(stem))):
        doubled = digit * 2 if position % 2 == 0 else digit
        total += doubled - 9 if doubled > 9 else doubled
    return stem + str(-total % 10)


def in_envelope(body: str, functional_id: str, version: str) -> Segments:
    """The segments of a whole file around those of one or more transaction sets (without ST and SE)."""
    sets = [part.split() if "\n" not in part else part.strip().splitlines() for part in body.split("---\n")]
    set_id = "837" if functional_id == "HC" else "835"
    segments = [
        "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *260615*1200*^*00501*000000101*0*P*:",
        f"GS*{functional_id}*SENDER*RECEIVER*20260615*1200*101*X*{version}",
    ]
    for number, lines in enumerate(sets, 1):
        own = f"ST*{set_id}*{number:04d}*{version}" if set_id == "837" else f"ST*{set_id}*{number:04d}"
        segments += [own, *(line.strip() for line in lines), f"SE*0*{number:04d}"]
    return [*segments, f"GE*{len(sets)}*101", "IEA*1*000000101"]


def sealed(segments: Segments) -> Segments:
    """The same with SE01 counted."""
    made: Segments = []
    start = 0
    for segment in segments:
        if segment.startswith("ST*"):
            start = len(made)
        if segment.startswith("SE*"):
            control = segment.split("*")[2:]
            segment = "*".join(["SE", str(len(made) - start + 1), *control])  # noqa: PLW2901
        made.append(segment)
    return made


def text_of(segments: Segments) -> bytes:
    """The bytes of a file."""
    return ("~\n".join(segments) + "~\n").encode()


def _find(segments: Segments, prefix: str, nth: int) -> int:
    found = [at for at, segment in enumerate(segments) if segment == prefix or segment.startswith(prefix)]
    if len(found) < nth:
        raise LookupError(f"no segment {nth} begins with {prefix}")
    return found[nth - 1]


def put(prefix: str, element: int, value: str, nth: int = 1) -> Change:
    """Another value in an element of the nth segment with this beginning."""

    def change(segments: Segments) -> Segments:
        at = _find(segments, prefix, nth)
        parts = segments[at].split("*")
        parts += [""] * (element + 1 - len(parts))
        parts[element] = value
        made = "*".join(parts)
        return [
            *segments[:at],
            made if value == "" and element < len(parts) - 1 else made.rstrip("*"),
            *segments[at + 1 :],
        ]

    return change


def swap(prefix: str, new: str, nth: int = 1) -> Change:
    """Another segment in place of the nth with this beginning."""

    def change(segments: Segments) -> Segments:
        at = _find(segments, prefix, nth)
        return [*segments[:at], new, *segments[at + 1 :]]

    return change


def drop(prefix: str, nth: int = 1, count: int = 1) -> Change:
    """Without the nth segment with this beginning (and those behind it)."""

    def change(segments: Segments) -> Segments:
        at = _find(segments, prefix, nth)
        return [*segments[:at], *segments[at + count :]]

    return change


def add(prefix: str, *new: str, nth: int = 1) -> Change:
    """Further segments behind the nth with this beginning."""

    def change(segments: Segments) -> Segments:
        at = _find(segments, prefix, nth)
        return [*segments[: at + 1], *new, *segments[at + 1 :]]

    return change


def before(prefix: str, *new: str, nth: int = 1) -> Change:
    """Further segments before the nth with this beginning."""

    def change(segments: Segments) -> Segments:
        at = _find(segments, prefix, nth)
        return [*segments[:at], *new, *segments[at:]]

    return change


def move(prefix: str, behind: str, nth: int = 1) -> Change:
    """The segment stands behind another."""

    def change(segments: Segments) -> Segments:
        at = _find(segments, prefix, nth)
        moved = segments[at]
        rest = [*segments[:at], *segments[at + 1 :]]
        return add(behind, moved)(rest)

    return change


def both(*changes: Change) -> Change:
    """Several changes that make one defect."""

    def change(segments: Segments) -> Segments:
        for each in changes:
            segments = each(segments)
        return segments

    return change


def mutated(mutation: Mutation, bases: dict[str, Segments]) -> bytes:
    """The file with its defect."""
    changed = mutation.change(list(bases[mutation.base]))
    return text_of(sealed(changed) if mutation.sealed else changed)


def values(count: int, form: str, first: int = 1) -> Sequence[str]:
    """``form`` with a number in it, ``count`` times."""
    return [form.format(number) for number in range(first, first + count)]
