"""Step 4b, spelling: misspelt words of a problem line, brought to a word of the dictionary.

Only a word that neither the dictionary nor ordinary clinical English knows is touched, only from six letters on, and
only if exactly one word of the dictionary with the same first letter is near: one slip (a letter too many, missing,
wrong, or two exchanged), from nine letters on two. What rests on a mended word is less sure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Final

from coding_svc.coding import lexicon
from coding_svc.coding.text import STOP_WORDS, Token, norm_words

WORDS: Final = "known_words.txt"
SHORTEST: Final = 6
_TWO_SLIPS_FROM: Final = 9
_LONGEST: Final = 30
_COMMON_ENDINGS: Final = ("ing", "ed", "er", "ly", "tion", "sion", "ist", "able", "ful", "ment", "ness", "ally")
_PREFIXES: Final = (
    "hyper", "hypo", "intra", "infra", "inter", "antero", "ante", "anti", "pre", "para", "peri", "post", "macro",
    "micro", "brady", "tachy", "sub", "supra", "super", "endo", "exo", "epi", "poly", "oligo", "mono", "iso", "an",
)  # fmt: skip
_SUFFIXES: Final = (
    "osis", "itis", "ectomy", "ostomy", "otomy", "oscopy", "plasia", "phasia", "phagia", "plegia", "paresis", "algia",
    "emia", "uria", "oma", "opathy", "plasty", "rrhea", "rrhage", "lysis", "stasis", "kinesis", "genesis",
)  # fmt: skip
"""Parts of medical words that change what is meant: a word is never mended across them."""
_DOUBLED: Final = re.compile(r"(.)\1")


class Spelling:
    """Knows the words of one dictionary."""

    def __init__(self, words: Iterable[str]) -> None:
        self._known = frozenset(words) | known_words() | STOP_WORDS
        self._by_start: dict[tuple[str, int], list[str]] = {}
        for word in sorted(set(words)):
            if len(word) >= SHORTEST - 1 and word.isalpha():
                self._by_start.setdefault((word[0], len(word)), []).append(word)
        self._mended = lru_cache(maxsize=20_000)(self._mend)

    def corrected(self, tokens: list[Token]) -> list[Token]:
        """The tokens with misspelt norms replaced; the same list if there are none."""
        wrong = [token for token in tokens if token.norm not in self._known and self._mended(token.norm)]
        if not wrong:
            return tokens
        return [token._replace(norm=self._mended(token.norm) or token.norm) if token in wrong else token
                for token in tokens]  # fmt: skip

    def _mend(self, word: str) -> str | None:
        if not SHORTEST <= len(word) <= _LONGEST or not word.isalpha():
            return None
        limit = 2 if len(word) >= _TWO_SLIPS_FROM else 1
        near: dict[int, list[str]] = {}
        for size in range(len(word) - limit, len(word) + limit + 1):
            for known in self._by_start.get((word[0], size), ()):
                slips = distance(word, known, limit) if _plausible(word, known) else limit + 1
                if slips <= limit:
                    near.setdefault(slips, []).append(known)
        if not near:
            return None
        best = near[min(near)]
        return best[0] if len(best) == 1 else None


def _plausible(word: str, known: str) -> bool:
    """Other endings make other words ("fatigued"), other prefixes opposite ones ("hyper-", "hypo-").

    With common endings only doubled and exchanged letters are slips.
    """
    if _affix(word, _PREFIXES, str.startswith) != _affix(known, _PREFIXES, str.startswith):
        return False
    if _affix(word, _SUFFIXES, str.endswith) != _affix(known, _SUFFIXES, str.endswith):
        return False
    if sorted(word) == sorted(known):
        return True
    if word[-2:] != known[-2:]:
        return False
    if not word.endswith(_COMMON_ENDINGS):
        return True
    return _DOUBLED.sub(r"\1", word) == _DOUBLED.sub(r"\1", known)


def _affix(word: str, affixes: tuple[str, ...], test: Callable[[str, str], bool]) -> str:
    return next((affix for affix in affixes if test(word, affix)), "")


@lru_cache(maxsize=1)
def known_words() -> frozenset[str]:
    """Ordinary words of clinical English (see SOURCES.md): never a misspelling of something else."""
    drugs = (word for row in lexicon.rows("medications.tsv") for word in norm_words(row[0]))
    return frozenset((*lexicon.lines(WORDS), *lexicon.lines("ordinary_words.txt"), *drugs))


def distance(one: str, other: str, limit: int) -> int:
    """Slips between two words (optimal string alignment), or `limit` + 1 as soon as it is more than that."""
    if abs(len(one) - len(other)) > limit:
        return limit + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        before, above, row = row, before, [i] + [0] * len(other)
        for j, known in enumerate(other, start=1):
            row[j] = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != known))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == known:
                row[j] = min(row[j], above[j - 2] + 1)
        if min(row) > limit:
            return limit + 1
    return min(row[-1], limit + 1)
