"""The dictionary: which words name which node of ICD-10-CM, compiled once per release.

A node may be a category; `specificity` goes on from there to a billable code. Sources, the most trusted
first: our own terms, official titles, inclusion terms, the Alphabetic Index if it is loaded, includes notes, Disease
Ontology, Mondo.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Final, NamedTuple

from codesets import index
from codesets.icd10cm import Release
from codesets.synonyms import synonyms

from coding_svc.coding import compiled, lexicon
from coding_svc.coding.text import STOP_WORDS, norm_words

STATUS: Final = "status"
"""Source of a procedure's name: once it is past, it leaves a status to code."""
_WEIGHT: Final = {
    "own": 0.97, STATUS: 0.96, "title": 0.95, "inclusion": 0.92, "index": 0.9, "includes": 0.85,
    "DO": 0.8, "MONDO-EXACT": 0.78, "MONDO-CLOSE": 0.7,
}  # fmt: skip
_RANK: Final = {source: rank for rank, source in enumerate(_WEIGHT)}
_NEC: Final = re.compile(r",? (?:not elsewhere classified|nec|nos|so stated|in diseases classified elsewhere)\b", re.I)
_OUTER: Final = re.compile(r"\s*[(\[][^()\[\]]*[)\]]")
_INVERTED: Final = re.compile(r"^(?P<what>[^,]+?) (?:of|in) (?:the )?(?P<where>[^,]+)$")
_ALIAS_AT_END: Final = re.compile(r"\s\[([A-Za-z][\w \-]{4,})\]$")
_OF_A_TEST: Final = re.compile(r"(?:elevated|abnormal|deficiency|elevation)\b", re.IGNORECASE)
"""A title whose alias is what was measured ("Elevated cancer antigen 125 [CA 125]"): the test alone is no finding."""
_NEOPLASM: Final = re.compile(
    r"^(?P<secondary>secondary )?malignant neoplasm of (?!overlapping|other|ill-defined)(?P<site>.+)$", re.IGNORECASE
)
_OPEN_BITE: Final = re.compile(r"^open bite of (?P<site>.+)$", re.IGNORECASE)
_BITERS: Final = ("dog", "cat", "human", "animal")
"""A bite is coded as an open one by its site, whoever bit (index: bite, animal, human; see Bite, by site)."""
_NO_PART: Final = re.compile(r",? unspecified$|^unspecified part of (?:the )?|^the ", re.IGNORECASE)
MAX_TERM_WORDS: Final = 14
_END: Final = ""
"""Stands for the second word of a term that has one word."""
MIN_BAG_WORDS: Final = 2
"""A single word is found as a run."""
NEGATORS: Final = frozenset({"without", "no", "not"})


class Term(NamedTuple):
    """What a run of words stands for."""

    node: str
    source: str
    weight: float
    words: int


class BagEntry(NamedTuple):
    """A term as a set of words, for problem lines that order their words in another way."""

    affirmed: frozenset[str]
    negated: frozenset[str]
    term: Term


class TermTable:
    """Two views of one dictionary: first words with lengths for runs of words, buckets by rarest word for sets."""

    def __init__(self, release: Release) -> None:
        rows = compiled.read(release)
        chosen = official(release) if rows is None else _of_rows(rows)
        _choose(_loaded_terms(release), chosen)
        self.size = len(chosen)
        self.words = frozenset(word for key in chosen for word in key)
        """Every content word of the dictionary."""
        self._terms = chosen
        self._lengths = _lengths(chosen)
        self._buckets = _Buckets(chosen)

    def runs(self, words: list[str]) -> list[tuple[int, int, Term]]:
        """Terms that stand as a run in content words: (first, last, term), longest kept, none inside another."""
        kept: list[tuple[int, int, Term]] = []
        reach, count = 0, len(words)
        for first, word in enumerate(words):
            beginning = self._lengths.get(word)
            if beginning is None:
                continue
            following = words[first + 1] if first + 1 < count else _END
            for size in beginning.get(following) or beginning.get(_END, ()):
                end = first + size
                term = self._terms.get(tuple(words[first:end])) if reach < end <= count else None
                if term is not None:
                    kept.append((first, end - 1, term))
                    reach = end
                    break
        return kept

    def bags(self, affirmed: dict[str, int], negated: frozenset[str]) -> list[BagEntry]:
        """Terms all of whose words are in a clause, except those that another one contains."""
        found: list[BagEntry] = []
        for word in affirmed:
            for entry in self._buckets.of(word):
                if entry.affirmed <= affirmed.keys() and entry.negated <= negated and _near(entry, affirmed):
                    found.append(entry)
        return [entry for entry in found if not any(_contained(entry, other) for other in found)]


def official(release: Release) -> dict[tuple[str, ...], Term]:
    """The terms that come with the release and the packaged synonyms: what `coding-svc compile` writes."""
    chosen: dict[tuple[str, ...], Term] = {}
    _choose(_official_terms(release), chosen)
    return chosen


def _of_rows(rows: Iterable[compiled.Row]) -> dict[tuple[str, ...], Term]:
    return {words: Term(node, source, weight, len(words)) for words, node, source, weight in rows}


def _choose(terms: Iterable[tuple[list[str], str, str]], chosen: dict[tuple[str, ...], Term]) -> None:
    """Add terms, keeping for each run of words the most trusted one."""
    for words, node, source in terms:
        key = tuple([word for word in words if word not in STOP_WORDS])
        if not key or len(key) > MAX_TERM_WORDS or (source not in ("own", STATUS) and _too_general(key)):
            continue
        chosen[key] = _better(chosen.get(key), Term(node, source, _WEIGHT[source], len(key)))


def content(words: Iterable[str]) -> tuple[str, ...]:
    """Words that count in a comparison."""
    return tuple(word for word in words if word not in STOP_WORDS)


def split_negated(words: Iterable[str]) -> tuple[list[str], list[str]]:
    """Affirmed and negated content words; a negator reaches to the next comma (given as `,`) or the end."""
    affirmed: list[str] = []
    negated: list[str] = []
    reach = False
    for word in words:
        if word in NEGATORS:
            reach = True
        elif word in {",", "with"}:
            reach = False
        elif word not in STOP_WORDS:
            (negated if reach else affirmed).append(word)
    return affirmed, negated


def _loaded_terms(release: Release) -> Iterator[tuple[list[str], str, str]]:
    """Our own terms, and those of an index that the user has loaded."""
    for term, code in own_terms():
        yield norm_words(term), code, "own"
    for procedure, code in lexicon.rows("surgical_status.tsv"):
        yield norm_words(procedure), code, STATUS
    for entry in index.terms(release.valid_from):
        if _worth(entry.code) and release.is_valid(entry.code):
            yield norm_words(entry.phrase), entry.code, "index"


def _official_terms(release: Release) -> Iterator[tuple[list[str], str, str]]:
    for code in release.codes():
        if _worth(code):
            for variant in _variants(release.title(code)):
                yield norm_words(variant), code, "title"
    for code, text in release.inclusion_terms():
        if _worth(code):
            source = "includes" if len(code) == 3 else "inclusion"
            for variant in _variants(re.sub(r"\[[^\[\]]*\]", "", text)):
                yield norm_words(variant), code, source
    for term, code, source in synonyms():
        if _worth(code) and release.is_valid(code):
            yield norm_words(term), code, source


def own_terms() -> list[tuple[str, str]]:
    """The project's own clinical vocabulary: (term, node)."""
    return [(term, code) for term, code in lexicon.rows("diagnosis_terms.tsv")]


def _junk() -> frozenset[tuple[str, ...]]:
    return frozenset(content(norm_words(line)) for line in lexicon.lines("too_general.txt"))


_JUNK: Final = _junk()


def _too_general(key: tuple[str, ...]) -> bool:
    return key in _JUNK or (len(key) == 1 and len(key[0]) < 4)


def _worth(code: str) -> bool:
    """External causes name circumstances, and 7th characters are added later: neither is a term here."""
    return code[0] not in "VWXY" and len(code) < 8


def _variants(text: str) -> Iterator[str]:
    """A title in the ways clinicians write it."""
    if text.lower().startswith(("other ", "personal history of other", "family history of other")):
        return
    plain = _NEC.sub("", text)
    bare = _OUTER.sub("", plain)
    forms = dict.fromkeys((bare, re.sub(r"[()\[\]]", " ", plain)))
    for form in forms:
        yield form
        inverted = _INVERTED.match(form)
        if inverted:
            yield f"{inverted['where']} {inverted['what']}"
    yield from _neoplasms(bare)
    bitten = _OPEN_BITE.match(bare)
    if bitten:
        yield from (f"{biter} bite of {bitten['site']}" for biter in _BITERS)
    alias = _ALIAS_AT_END.search(plain)
    if alias and not _OF_A_TEST.match(plain):
        yield alias[1]


def _neoplasms(title: str) -> Iterator[str]:
    """Malignant neoplasms by their everyday names, as the neoplasm table leads to them."""
    found = _NEOPLASM.match(title)
    if found is None:
        return
    site = _NO_PART.sub("", found["site"])
    if found["secondary"]:
        yield from (f"{site} metastasis", f"metastasis to {site}", f"metastatic disease to {site}")
        return
    for kind in ("cancer", "carcinoma", "adenocarcinoma", "malignancy"):
        yield f"{site} {kind}"
        yield f"{kind} of {site}"


def _better(old: Term | None, new: Term) -> Term:
    if old is None:
        return new
    if _RANK[old.source] != _RANK[new.source]:
        return old if _RANK[old.source] < _RANK[new.source] else new
    if old.node.startswith(new.node) or new.node.startswith(old.node):
        return old if len(old.node) <= len(new.node) else new
    return old._replace(weight=min(old.weight, 0.7 * _WEIGHT[old.source]))


def _lengths(chosen: Iterable[tuple[str, ...]]) -> dict[str, dict[str, tuple[int, ...]]]:
    """By a term's first word, then by its second: the lengths of the terms that may follow, the longest first."""
    found: dict[str, dict[str, set[int]]] = {}
    for key in chosen:
        found.setdefault(key[0], {}).setdefault(key[1] if len(key) > 1 else _END, set()).add(len(key))
    return {
        first: {second: _falling(frozenset(sizes | below.get(_END, set()))) for second, sizes in below.items()}
        for first, below in found.items()
    }


@cache
def _falling(sizes: frozenset[int]) -> tuple[int, ...]:
    return tuple(sorted(sizes, reverse=True))


class _Buckets:
    """Terms by their rarest word; a word's entries are built when it is first asked for."""

    def __init__(self, chosen: dict[tuple[str, ...], Term]) -> None:
        frequency = Counter(word for key in chosen for word in key)
        self._keys: dict[str, list[tuple[tuple[str, ...], Term]]] = {}
        self._entries: dict[str, tuple[BagEntry, ...]] = {}
        for key, term in chosen.items():
            affirmed = key if NEGATORS.isdisjoint(key) else split_negated(key)[0]
            if len(affirmed) >= MIN_BAG_WORDS:
                rarest = min(affirmed, key=lambda word: (frequency[word], word))
                self._keys.setdefault(rarest, []).append((key, term))

    def of(self, word: str) -> tuple[BagEntry, ...]:
        """The entries whose rarest word this is."""
        known = self._entries.get(word)
        if known is None:
            known = self._entries[word] = tuple(_entries(self._keys.get(word, ())))
        return known


def _entries(keys: Iterable[tuple[tuple[str, ...], Term]]) -> Iterable[BagEntry]:
    found: dict[tuple[frozenset[str], frozenset[str]], BagEntry] = {}
    for key, term in keys:
        affirmed, negated = split_negated(key)
        entry = BagEntry(frozenset(affirmed), frozenset(negated), term)
        if len(entry.affirmed) >= MIN_BAG_WORDS:
            known = found.get(entry[:2])
            found[entry[:2]] = entry._replace(term=_better(known.term if known else None, term))
    return found.values()


def _near(entry: BagEntry, places: dict[str, int]) -> bool:
    """The words stand close together, within twice their number and three; a number touches its neighbour."""
    at = {places[word] for word in entry.affirmed}
    numbers = {places[word] for word in entry.affirmed if word[0].isdigit()}
    return max(at) - min(at) <= 2 * len(at) + 3 and all({n - 1, n + 1} & at for n in numbers)


def _contained(entry: BagEntry, other: BagEntry) -> bool:
    return entry.affirmed < other.affirmed or (entry.affirmed == other.affirmed and entry.negated < other.negated)
