"""Regular expressions behind a literal screen: most notes hold none of what a pattern asks for.

One pass of an automaton over a text finds the places of all literals that any pattern needs. A pattern runs only where
it can match: on a text that holds what it needs, and of the sentences of a note on those that its literals stand in.
"""

from __future__ import annotations

import re
import sys
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import Final, NamedTuple

import ahocorasick

from coding_svc.coding.literals import Group, Needs, foreign, needs, plain

_KNOWN: Final[set[str]] = set()
_NONE: Final[Group] = frozenset()


class Held(NamedTuple):
    """What a text holds of the literals of all patterns."""

    literals: frozenset[str]
    places: dict[str, list[int]]
    """By literal: where its first letter or digit stands, in order."""


@lru_cache(maxsize=1)
def _automaton() -> ahocorasick.Automaton:
    automaton = ahocorasick.Automaton()
    for literal in _KNOWN:
        automaton.add_word(literal, (literal, len(literal) - literal.startswith(" ")))
    automaton.make_automaton()
    return automaton


@lru_cache(maxsize=8)
def held(text: str) -> Held:
    """What a text holds of all literals."""
    found: dict[str, list[int]] = {}
    for end, (literal, back) in _automaton().iter(f" {plain(text)} "):
        found.setdefault(literal, []).append(end - back)
    return Held(frozenset(found), found)


def _make_known(alternatives: Needs) -> None:
    """New literals are looked for from now on: what was found without them is forgotten."""
    known = len(_KNOWN)
    for groups in alternatives:
        _KNOWN.update(*groups)
    if len(_KNOWN) > known:
        _automaton.cache_clear()
        held.cache_clear()


class Screened:
    """A pattern for lower-case text, run only where the literals stand that its matches hold."""

    __slots__ = ("_foreign", "_needs", "keys", "pattern")

    def __init__(self, pattern: str) -> None:
        self.pattern: Final = re.compile(pattern)
        self._needs: Final = needs(pattern)
        self._foreign: Final = foreign(pattern) if self._needs else ""
        self.keys: Final = _keys(self._needs)
        """Literals of which every match holds one; None if none can be told."""
        _make_known(self._needs or ())

    def might(self, text: str, start: int = 0, end: int = sys.maxsize) -> bool:
        """False only if the pattern cannot match between start and end of the text."""
        if self.keys is None:
            return True
        found = held(text)
        if found.literals.isdisjoint(self.keys):
            return False
        return self._may(found, start, end, whole=start == 0 and end >= len(text))

    def _may(self, found: Held, start: int, end: int, *, whole: bool = False) -> bool:
        for groups in self._needs or ():
            for group in groups:
                if found.literals.isdisjoint(group) or not (whole or _stands(found, group, start, end)):
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
        found, last = held(text), min(end, len(text))
        stop = start
        for at in sorted({at for literal in found.literals & (self.keys or _NONE) for at in found.places[literal]}):
            if stop <= at < last:
                begin = max(start, *(text.rfind(mark, start, at) + 1 for mark in self._foreign))
                stop = min(last, *(_find(text, mark, at, last) for mark in self._foreign))
                if self._may(found, begin, stop):
                    yield begin, stop

    def stretches(self, text: str, starts: Sequence[int]) -> list[int]:
        """Which of the stretches of a text that begin at `starts` might hold a match, in order."""
        if self.keys is None:
            return list(range(len(starts)))
        there = held(text)
        found = {bisect_right(starts, at) - 1 for each in self.keys & there.literals for at in there.places[each]}
        return sorted(found - {-1})


def _find(text: str, mark: str, start: int, end: int) -> int:
    at = text.find(mark, start, end)
    return at if at >= 0 else end


def _stands(found: Held, group: Group, start: int, end: int) -> bool:
    """Whether a literal of the group stands between start and end."""
    places = [found.places[literal] for literal in group & found.literals]
    return any(bisect_left(at, start) < bisect_left(at, end) for at in places)


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
        self._literals = frozenset(self._by_literal)

    def likely(self, text: str) -> list[int]:
        """The numbers of the patterns that might match somewhere in a text, in order."""
        named = {*chain.from_iterable(self._by_literal[each] for each in held(text).literals & self._literals)}
        return sorted([*self._always, *(number for number in named if self._patterns[number].might(text))])

    def by_stretch(self, text: str, starts: Sequence[int]) -> list[tuple[int, list[int]]]:
        """The patterns that might match within the stretches of a text that begin at `starts`: (stretch, patterns)."""
        found: dict[int, set[int]] = {}
        there = held(text)
        for number in self.likely(text):
            keys = self._patterns[number].keys
            where = starts if keys is None else chain(*(there.places[each] for each in keys & there.literals))
            for place in where:
                found.setdefault(bisect_right(starts, place) - 1, set()).add(number)
        return [(stretch, sorted(numbers)) for stretch, numbers in sorted(found.items()) if stretch >= 0]
