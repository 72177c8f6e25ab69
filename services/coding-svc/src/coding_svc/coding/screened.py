"""Regular expressions behind a literal screen: most notes hold none of a pattern's words, and a substring
test is far cheaper than a search."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

import ahocorasick

_BREAKS: Final = re.compile(r"\\[a-zA-Z]|\[[^\]]*\][?*+]?|\{[^}]*\}|\\(.)|[^\\\[\]{}()][?*]|[.^$+]")
_OPTIONAL: Final = ("?", "*", "{0")
_LOOKAROUND: Final = ("?=", "?!", "?<")
_WHOLE: Final = "\0"
"""Marks a literal that must be a whole word."""
_WHOLE_WORD: Final = re.compile(r"\\b([a-z0-9]{2,4})\\b")
_WORD: Final = re.compile(r"[a-z0-9]+")
_SHORTEST: Final = 2
_GOOD: Final = 4


_WORTH_IT: Final = 300
"""Code points from which one pass for all literals is cheaper than a search for each."""
_KNOWN: Final[set[str]] = set()


@lru_cache(maxsize=1)
def _automaton(_: int) -> ahocorasick.Automaton:
    automaton = ahocorasick.Automaton()
    for literal in _KNOWN:
        automaton.add_word(literal, literal)
    automaton.make_automaton()
    return automaton


@lru_cache(maxsize=8)
def _present(text: str, known: int) -> frozenset[str]:
    """The literals of all patterns (`known` of them) that a text holds."""
    return frozenset(literal for _, literal in _automaton(known).iter(text))


@lru_cache(maxsize=8)
def _words(text: str) -> frozenset[str]:
    """The runs of letters and digits of a text: whatever stands between two word boundaries is one of them."""
    return frozenset(_WORD.findall(text))


class Screened:
    """A pattern for lower-case text with, per alternative, literals of which any match must contain one.

    A short word between word boundaries ("\\bct\\b") must be a word of the text: its letters alone stand everywhere.
    """

    __slots__ = ("_all", "_literals", "_words", "pattern")

    def __init__(self, pattern: str) -> None:
        self.pattern: Final = re.compile(pattern)
        found = required(pattern)
        self._all: Final = None if found is None else tuple(literal.removeprefix(_WHOLE) for literal in found)
        self._literals: Final = frozenset(each for each in found or () if not each.startswith(_WHOLE))
        self._words: Final = frozenset(each.removeprefix(_WHOLE) for each in found or () if each.startswith(_WHOLE))
        _KNOWN.update(self._literals)

    def might(self, text: str, start: int = 0, end: int = sys.maxsize) -> bool:
        """False only if the pattern cannot match between start and end."""
        if self._all is None:
            return True
        if start == 0 and end == sys.maxsize and len(text) > _WORTH_IT:
            if not self._literals.isdisjoint(_present(text, len(_KNOWN))):
                return True
            return bool(self._words) and not self._words.isdisjoint(_words(text))
        return any(text.find(literal, start, end) >= 0 for literal in self._all)

    def search(self, text: str, start: int = 0, end: int = sys.maxsize) -> re.Match[str] | None:
        """As `re.Pattern.search`."""
        return self.pattern.search(text, start, end) if self.might(text, start, end) else None

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """As `re.Pattern.finditer`."""
        return self.pattern.finditer(text) if self.might(text) else iter(())


def required(pattern: str) -> tuple[str, ...] | None:
    """Literals of which every match holds at least one; None if none can be told from the pattern."""
    found: list[str] = []
    for alternative in _alternatives(pattern):
        best = _of_alternative(alternative)
        if best is None:
            return None
        found += best
    return tuple(dict.fromkeys(found))


def _of_alternative(alternative: str) -> tuple[str, ...] | None:
    """The longest plain run, or the literals of a group that must take part; a short whole word is marked as one."""
    whole = _WHOLE_WORD.match(alternative)
    if whole:
        return (_WHOLE + whole.group(1),)
    plain, groups = _pieces(alternative)
    longest = max(_BREAKS.sub("\n", plain).split("\n"), key=len)
    choices: list[tuple[str, ...]] = [(longest,)] if len(longest) >= _SHORTEST else []
    choices += [literals for group in groups if (literals := required(group)) is not None]
    return max(choices, key=lambda literals: (min(map(len, literals)) >= _GOOD, -len(literals)), default=None)


def _alternatives(pattern: str) -> list[str]:
    """Split at the bars outside of any group."""
    parts, depth = [""], 0
    for at, letter in enumerate(pattern):
        escaped = at > 0 and pattern[at - 1] == "\\"
        if not escaped:
            depth += (letter == "(") - (letter == ")")
        if letter == "|" and depth == 0 and not escaped:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


def _pieces(pattern: str) -> tuple[str, list[str]]:
    """What stands outside of groups (each group a break), and the insides of the groups that must match."""
    plain: list[str] = []
    groups: list[str] = []
    depth, opened = 0, 0
    for at, letter in enumerate(pattern):
        escaped = at > 0 and pattern[at - 1] == "\\"
        if letter == "(" and not escaped:
            opened = at + 1 if depth == 0 else opened
            depth += 1
        elif letter == ")" and not escaped:
            depth -= 1
            if depth == 0:
                plain.append("\n")
                inside = pattern[opened:at]
                if not pattern[at + 1 :].startswith(_OPTIONAL) and not inside.startswith(_LOOKAROUND):
                    groups.append(inside.removeprefix("?:"))
        elif depth == 0:
            plain.append(letter)
    return re.sub(r"\n[?*+]", "\n", "".join(plain)), groups
