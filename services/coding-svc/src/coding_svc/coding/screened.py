"""Regular expressions behind a literal screen: most notes hold none of a pattern's words, and a substring
test is far cheaper than a search."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_BREAKS: Final = re.compile(r"\\[a-zA-Z]|\[[^\]]*\][?*+]?|\{[^}]*\}|\\(.)|[^\\\[\]{}()][?*]|[.^$+]")
_SHORTEST: Final = 2


class Screened:
    """A pattern for lower-case text with, per alternative, one literal that any match must contain."""

    __slots__ = ("_literals", "pattern")

    def __init__(self, pattern: str) -> None:
        self.pattern: Final = re.compile(pattern)
        self._literals: Final = _required(pattern)

    def might(self, text: str) -> bool:
        """False only if the pattern cannot match."""
        return self._literals is None or any(literal in text for literal in self._literals)

    def search(self, text: str) -> re.Match[str] | None:
        """As `re.Pattern.search`."""
        return self.pattern.search(text) if self.might(text) else None

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """As `re.Pattern.finditer`."""
        return self.pattern.finditer(text) if self.might(text) else iter(())


def _required(pattern: str) -> tuple[str, ...] | None:
    found: list[str] = []
    for alternative in _alternatives(pattern):
        runs = _BREAKS.sub("\n", _without_groups(alternative)).split("\n")
        longest = max(runs, key=len)
        if len(longest) < _SHORTEST:
            return None
        found.append(longest)
    return tuple(dict.fromkeys(found))


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


def _without_groups(pattern: str) -> str:
    """Every group, with its quantifier, becomes a break."""
    kept, depth = [], 0
    for at, letter in enumerate(pattern):
        escaped = at > 0 and pattern[at - 1] == "\\"
        if letter == "(" and not escaped:
            depth += 1
        elif letter == ")" and not escaped:
            depth -= 1
            kept.append("\n" * (depth == 0))
        elif depth == 0:
            kept.append(letter)
    return re.sub(r"\n[?*+]", "\n", "".join(kept))
