"""Regular expressions behind a literal screen: most notes hold none of what a pattern asks for.

One pass of an automaton over a text finds the places of all literals that any pattern needs. A pattern runs only where
it can match: on a text that holds what it needs, and of the sentences of a note on those that its literals stand in.
"""

from __future__ import annotations

import re
import sys
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final

import ahocorasick

from coding_svc.coding.literals import Group, Needs, foreign, needs, plain

_KNOWN: Final[set[str]] = set()

Places = Mapping[str, Sequence[int]]
"""By literal: where its first letter or digit stands in a text, in order."""


@lru_cache(maxsize=1)
def _automaton(_: int) -> ahocorasick.Automaton:
    automaton = ahocorasick.Automaton()
    for literal in _KNOWN:
        automaton.add_word(literal, (literal, len(literal) - literal.startswith(" ")))
    automaton.make_automaton()
    return automaton


@lru_cache(maxsize=8)
def _places(text: str, known: int) -> Places:
    """The literals of all patterns (`known` of them) that a text holds."""
    found: dict[str, list[int]] = {}
    for end, (literal, back) in _automaton(known).iter(f" {plain(text)} "):
        found.setdefault(literal, []).append(end - back)
    return found


def places(text: str) -> Places:
    """What a text holds of all literals."""
    return _places(text, len(_KNOWN))


class Screened:
    """A pattern for lower-case text, run only where the literals stand that its matches hold."""

    __slots__ = ("_foreign", "_needs", "keys", "pattern")

    def __init__(self, pattern: str) -> None:
        self.pattern: Final = re.compile(pattern)
        self._needs: Final = needs(pattern)
        self._foreign: Final = foreign(pattern) if self._needs else ""
        self.keys: Final = _keys(self._needs)
        """Literals of which every match holds one; None if none can be told."""
        for groups in self._needs or ():
            _KNOWN.update(*groups)

    def might(self, text: str, start: int = 0, end: int = sys.maxsize) -> bool:
        """False only if the pattern cannot match between start and end of the text."""
        return self._needs is None or self._may(places(text), start, end, whole=start == 0 and end >= len(text))

    def _may(self, found: Places, start: int, end: int, *, whole: bool = False) -> bool:
        literals = found.keys()
        for groups in self._needs or ():
            for group in groups:
                if literals.isdisjoint(group) or not (whole or _stands(found, group, start, end)):
                    break
            else:
                return True
        return False

    def search(self, text: str, start: int = 0, end: int = sys.maxsize) -> re.Match[str] | None:
        """As `re.Pattern.search`."""
        if not self.might(text, start, end):
            return None
        if not self._foreign:
            return self.pattern.search(text, start, end)
        found = (self.pattern.search(text, *stretch) for stretch in self._stretches(text, start, end))
        return next(filter(None, found), None)

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """As `re.Pattern.finditer`."""
        if not self.might(text):
            return iter(())
        if not self._foreign:
            return self.pattern.finditer(text)
        stretches = self._stretches(text, 0, len(text))
        return (match for stretch in stretches for match in self.pattern.finditer(text, *stretch))

    def _stretches(self, text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
        """The stretches between marks that no match goes beyond, in order: those that hold what the pattern needs."""
        found, last = places(text), min(end, len(text))
        stop = start
        for at in sorted({at for literal in found.keys() & (self.keys or ()) for at in found[literal]}):
            if stop <= at < last:
                begin = max(start, *(text.rfind(mark, start, at) + 1 for mark in self._foreign))
                stop = min(last, *(_find(text, mark, at, last) for mark in self._foreign))
                if self._may(found, begin, stop):
                    yield begin, stop


def _find(text: str, mark: str, start: int, end: int) -> int:
    at = text.find(mark, start, end)
    return at if at >= 0 else end


def _stands(found: Places, group: Group, start: int, end: int) -> bool:
    """Whether a literal of the group stands between start and end."""
    return any(bisect_left(found[each], start) < bisect_left(found[each], end) for each in group & found.keys())


def _keys(alternatives: Needs | None) -> Group | None:
    if alternatives is None:
        return None
    return frozenset(literal for groups in alternatives for literal in groups[0])


class Screens:
    """Many patterns looked for at once: the literals of a text lead to those that might match."""

    def __init__(self, patterns: Sequence[Screened]) -> None:
        self._patterns = patterns
        self._by_literal: dict[str, list[int]] = {}
        self._always = [number for number, pattern in enumerate(patterns) if pattern.keys is None]
        for number, pattern in enumerate(patterns):
            for literal in pattern.keys or ():
                self._by_literal.setdefault(literal, []).append(number)

    def likely(self, text: str) -> list[int]:
        """The numbers of the patterns that might match somewhere in a text, in order."""
        literals = places(text).keys() & self._by_literal.keys()
        named = {number for literal in literals for number in self._by_literal[literal]}
        return sorted([*self._always, *(number for number in named if self._patterns[number].might(text))])

    def by_stretch(self, text: str, starts: Sequence[int]) -> list[tuple[int, list[int]]]:
        """The patterns that might match within the stretches of a text that begin at `starts`: (stretch, patterns)."""
        found: dict[int, set[int]] = {}
        at = places(text)
        for number in self.likely(text):
            keys = self._patterns[number].keys
            where = starts if keys is None else (place for literal in keys & at.keys() for place in at[literal])
            for place in where:
                found.setdefault(bisect_right(starts, place) - 1, set()).add(number)
        return [(stretch, sorted(numbers)) for stretch, numbers in sorted(found.items()) if stretch >= 0]
