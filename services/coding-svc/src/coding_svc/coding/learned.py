"""The learned lexicon: terms and codes that labelled case reports put together, with their counts.

`coding-svc learn` writes both files; every row says in how many documents a term stood affirmed and in how many of
those the label was given, never in fewer than two. They serve texts without an assessment (see `narrative`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

import ahocorasick

from coding_svc.coding import lexicon

TERMS: Final = "learned_terms.tsv"
COUNTS: Final = "term_counts.tsv"


class Learned(NamedTuple):
    """A code that a term was labelled with. `related`: the term shares a word with what the code means."""

    code: str
    documents: int
    right: int
    related: bool

    @property
    def precision(self) -> float:
        """Share of right documents, drawn towards one third by one and a half imagined ones."""
        return (self.right + 0.5) / (self.documents + 1.5)


class LearnedTerms:
    """Finds learned terms as runs of content words."""

    def __init__(self, rows: Sequence[Sequence[str]]) -> None:
        by_term: dict[str, list[Learned]] = {}
        for term, code, documents, right, related in rows:
            by_term.setdefault(term, []).append(Learned(code, int(documents), int(right), related == "1"))
        self._automaton = ahocorasick.Automaton()
        for term, found in by_term.items():
            self._automaton.add_word(f" {term} ", (term.count(" ") + 1, tuple(found)))
        self._automaton.make_automaton()

    def runs(self, words: Sequence[str]) -> Iterator[tuple[int, int, tuple[Learned, ...]]]:
        """(first, last, codes) of every learned term in content words; they may overlap."""
        if not words or not len(self._automaton):
            return
        line = f" {' '.join(words)} "
        ends, at = {}, 0
        for index, word in enumerate(words):
            at += len(word) + 1
            ends[at] = index
        for end, (size, found) in self._automaton.iter(line):
            last = ends[end]
            yield last - size + 1, last, found


@lru_cache(maxsize=1)
def learned_terms() -> LearnedTerms:
    """The packaged learned terms."""
    return LearnedTerms(lexicon.rows(TERMS))


@lru_cache(maxsize=1)
def term_counts() -> dict[tuple[str, str], tuple[int, int]]:
    """By dictionary term (content words) and code: documents, and those where the code was a label."""
    return {(term, code): (int(documents), int(right)) for term, code, documents, right in lexicon.rows(COUNTS)}
