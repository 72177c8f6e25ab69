"""Learning terms from labelled texts: which runs of words stand for which code.

For every code, the runs of one to five content words are ordered by how often the label comes with them. A run is
taken if it shares a word with the code's own vocabulary (twice or more, in most of its documents), or else if it
comes often and nearly always; and only if it finds documents that the dictionary and earlier runs did not.
Nothing rests on a single document.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from codesets.icd10cm import Release
from codesets.synonyms import synonyms

from coding_svc.coding.assertion import assert_mention, find_cues
from coding_svc.coding.narrative import content_of
from coding_svc.coding.reading import Reading
from coding_svc.coding.sentences import Sentence
from coding_svc.coding.specificity import Context, Specificity
from coding_svc.coding.terms import own_terms
from coding_svc.coding.text import STOP_WORDS, content_words
from coding_svc.domain import Assertion

MAX_WORDS: Final = 5
MIN_DOCUMENTS: Final = 2
_AFFIRMED: Final = frozenset({Assertion.PRESENT, Assertion.HISTORICAL})
_HALF: Final = 0.5
"""Taken off each count of right documents: a rare run has to do better than a frequent one."""
_RELATED_FROM, _UNRELATED_FROM, _UNRELATED_DOCUMENTS = 0.3, 0.6, 5
_COMMON_LABEL: Final = 0.25
"""A label of more than this share of documents goes with anything: unrelated runs prove nothing for it."""
_NEW_FROM: Final = 0.45
"""Share of right ones among the documents that a run newly finds."""
_COVERS_FROM: Final = 0.4
"""Share of right documents below which a dictionary term does not count as finding a code already."""
_ORDINARY: Final = 3
_STEM: Final = 5
_GENERAL: Final = frozenset(
    word[:_STEM]
    for word in content_words(
        "other specified unspecified disease disorder left right without acute chronic due type elsewhere classified "
        "site system part condition organ patient level result year day month normal"
    )
)


@dataclass(frozen=True, slots=True)
class Labelled:
    """One text: its affirmed runs of words, the dictionary's (term, code) pairs, and its labels in today's codes."""

    runs: frozenset[str]
    pairs: frozenset[tuple[str, str]]
    labels: frozenset[str]


class Row(NamedTuple):
    """A learned term as the file has it."""

    term: str
    code: str
    documents: int
    right: int
    related: bool


def labelled(readings: Iterable[tuple[Reading, Sequence[str]]], release: Release) -> list[Labelled]:
    """Texts with their labels brought to the release: a code that has been divided since means its default."""
    specificity = Specificity(release)

    def current(code: str) -> str:
        if release.is_billable(code) or not release.is_valid(code):
            return code
        return specificity.resolve(code, Context(frozenset(), frozenset())).code or code

    return [Labelled(_runs(reading), _pairs(reading), frozenset(map(current, codes))) for reading, codes in readings]


def _runs(reading: Reading) -> frozenset[str]:
    return frozenset(run for sentence in reading.sentences for run in _runs_of(sentence, reading.note.text))


def _runs_of(sentence: Sentence, text: str) -> Iterator[str]:
    tokens = sentence.tokens
    content = [index for index, token in enumerate(tokens) if token.norm not in STOP_WORDS]
    cues = find_cues(tokens)
    for first in range(len(content)):
        for last in range(first, min(len(content), first + MAX_WORDS)):
            run = " ".join(tokens[index].norm for index in content[first : last + 1])
            assertion, _ = assert_mention(tokens, cues, content[first], content[last], sentence.section, text)
            if assertion in _AFFIRMED and len(run) > 2:
                yield run


def _pairs(reading: Reading) -> frozenset[tuple[str, str]]:
    return frozenset((content_of(m), m.code) for m in reading.mentions if m.code and m.assertion in _AFFIRMED)


def count_pairs(texts: Sequence[Labelled]) -> dict[tuple[str, str], tuple[int, int]]:
    """By dictionary term and code: documents where it stands affirmed, and those with the label."""
    seen: Counter[tuple[str, str]] = Counter()
    right: Counter[tuple[str, str]] = Counter()
    for text in texts:
        seen.update(text.pairs)
        right.update(pair for pair in text.pairs if pair[1] in text.labels)
    return {pair: (count, right[pair]) for pair, count in seen.items() if count >= MIN_DOCUMENTS}


def words_of(readings: Iterable[Reading]) -> list[str]:
    """Words that stand in three texts or more: ordinary ones, which are no misspellings."""
    seen = Counter(word for reading in readings for word in {token.norm for token in reading.tokens})
    return sorted(word for word, count in seen.items() if count >= _ORDINARY and word.isalpha() and len(word) > 4)


def learn(texts: Sequence[Labelled], release: Release) -> list[Row]:
    """Learned terms, by code and then by worth."""
    where: dict[str, list[int]] = {}
    for number, text in enumerate(texts):
        for run in text.runs:
            where.setdefault(run, []).append(number)
    where = {run: numbers for run, numbers in where.items() if len(numbers) >= MIN_DOCUMENTS}
    candidates = _candidates(texts, where, Vocabulary(release))
    doubtful = {pair for pair, (count, right) in count_pairs(texts).items() if right / count < _COVERS_FROM}
    found: list[Row] = []
    for code in sorted(candidates):
        labels = {number for number, text in enumerate(texts) if code in text.labels}
        covered = {n for n, text in enumerate(texts) if any(p[1] == code and p not in doubtful for p in text.pairs)}
        for row in sorted(candidates[code], key=_worth):
            new = [number for number in where[row.term] if number not in covered]
            if new and sum(number in labels for number in new) / len(new) >= _NEW_FROM:
                found.append(row)
                covered.update(new)
    return found


def _candidates(texts: Sequence[Labelled], where: dict[str, list[int]], vocabulary: Vocabulary) -> dict[str, list[Row]]:
    frequency = Counter(code for text in texts for code in text.labels)
    found: dict[str, list[Row]] = {}
    for run, numbers in where.items():
        together = Counter(code for number in numbers for code in texts[number].labels)
        for code, right in together.items():
            row = Row(run, code, len(numbers), right, vocabulary.related(run, code))
            if right >= MIN_DOCUMENTS and _convinces(row, frequency[code] / len(texts)):
                found.setdefault(code, []).append(row)
    return found


def _convinces(row: Row, share: float) -> bool:
    precision = (row.right - _HALF) / row.documents
    if row.related:
        return precision >= _RELATED_FROM
    return precision >= _UNRELATED_FROM and row.right >= _UNRELATED_DOCUMENTS and share < _COMMON_LABEL


def _worth(row: Row) -> tuple[float, int, int, str]:
    precision = (row.right - _HALF) / row.documents + 0.15 * row.related
    return -precision, -row.right, row.term.count(" "), row.term


class Vocabulary:
    """The stems with which the classification and the dictionary speak of a code and of what is above it."""

    def __init__(self, release: Release) -> None:
        self._release = release
        self._own: dict[str, set[str]] = {}
        self._all: dict[str, frozenset[str]] = {}
        texts = [(code, release.title(code)) for code in release.codes()]
        texts += release.inclusion_terms()
        texts += [(code, term) for term, code, _ in synonyms()]
        texts += [(code, term) for term, code in own_terms()]
        for code, text in texts:
            self._own.setdefault(code, set()).update(_stems(content_words(text)))

    def related(self, run: str, code: str) -> bool:
        """Whether a run of words shares a stem with the code's vocabulary."""
        if code not in self._all:
            above = self._release.ancestors(code) if self._release.is_valid(code) else ()
            self._all[code] = frozenset(stem for each in (code, *above) for stem in self._own.get(each, ()))
        return not self._all[code].isdisjoint(word[:_STEM] for word in run.split())


def _stems(words: Iterable[str]) -> Iterator[str]:
    return (word[:_STEM] for word in words if len(word) >= 4 and word[:_STEM] not in _GENERAL)
