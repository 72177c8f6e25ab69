"""Step 1, normalise: a note becomes tokens that keep their place in it.

A token's `norm` is what terms are compared by: lower case, singular, abbreviations written out. One
abbreviation gives several tokens that share its span, so that evidence stays a verbatim slice.
"""

from __future__ import annotations

import re
from functools import lru_cache
from sys import intern
from typing import Final, NamedTuple

from coding_svc.coding import lexicon

_JOINED_PREFIXES: Final = frozenset(
    "gastro non post pre peri intra inter sub extra co micro macro neuro cardio anti multi hyper hypo".split()  # noqa: SIM905
)
_TOKEN: Final = re.compile(r"[^\W_]+(?:[-'’/][^\W\d_]+)*")
_WORD: Final = re.compile(f"({_TOKEN.pattern})")
_ASCII_WORD: Final = re.compile(r"([A-Za-z0-9]+(?:[-'/][A-Za-z]+)*)")
"""The same for a text of nothing but ASCII, where it is found faster. Splitting is faster than searching."""
_COMPOUND: Final = re.compile(r"[-/]")
_NUMERALS: Final = {
    "ii": "2", "iii": "3", "iv": "4", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5",
    "iiia": "3a", "iiib": "3b",
}  # fmt: skip
_EQUAL: Final = {
    "both": "bilateral", "bilaterally": "bilateral", "disk": "disc", "tumour": "tumor", "oedema": "edema",
    "anaemia": "anemia", "diarrhoea": "diarrhea", "haemorrhoid": "hemorrhoid", "oesophageal": "esophageal",
    "tendonitis": "tendinitis", "mellitu": "mellitus", "metastase": "metastatic", "crohn": "crohn",
    "bell": "bell", "exacerbated": "exacerbation", "flaring": "flare", "kidney": "kidney",
    "sacrum": "sacral", "feet": "foot", "teeth": "tooth", "vertebrae": "vertebra", "diagnose": "diagnosis",
}  # fmt: skip
_SPINE_LEVEL: Final = re.compile(r"[lL][1-5]|[cC][2-7]")
_SIDE_LETTERS: Final = {"L": "left", "R": "right"}
_SPINE: Final = {"l": "lumbar", "c": "cervical"}
STOP_WORDS: Final = frozenset(lexicon.lines("stop_words.txt"))
"""Left out when terms are compared; `without`, `no` and `not` are kept since they turn the meaning."""


class Token(NamedTuple):
    """One word or number; `start` and `end` are code points in the note."""

    norm: str
    start: int
    end: int


def tokenise(text: str, offset: int = 0) -> list[Token]:
    """All tokens of a text; `offset` is added to their places."""
    found: list[Token] = []
    add, make, at = found.append, tuple.__new__, offset
    pieces = (_ASCII_WORD if text.isascii() else _WORD).split(text)
    for gap, word in zip(pieces[::2], pieces[1::2], strict=False):
        start = at + len(gap)
        at = start + len(word)
        for norm in _norms(word):
            add(make(Token, (norm, start, at)))
    return found


def norm_words(text: str) -> list[str]:
    """The norms only, for terms of a dictionary."""
    return [norm for match in _TOKEN.finditer(text) for norm in _norms(match.group())]


def content_words(text: str) -> list[str]:
    """The norms without stop words."""
    return [norm for norm in norm_words(text) if norm not in STOP_WORDS]


@lru_cache(maxsize=65_536)
def _norms(word: str) -> tuple[str, ...]:
    expansion = _abbreviations().get(word) or _abbreviations().get(word.lower())
    if expansion and expansion != word:
        return tuple(_norm(part) for part in expansion.split())
    if word in _SIDE_LETTERS:
        return (_SIDE_LETTERS[word],)
    if _SPINE_LEVEL.fullmatch(word):
        return (_SPINE[word[0].lower()],)
    first, *rest = _COMPOUND.split(word)
    if not rest:
        return (_norm(word),)
    if first.lower() in _JOINED_PREFIXES and len(rest) == 1 and "-" in word:
        return (_norm(first + rest[0]),)
    return tuple(norm for part in (first, *rest) for norm in _norms(part))


def _norm(word: str) -> str:
    plain = re.sub(r"['’]s?$|['’](?=[a-z])", "", word.lower().replace("-", ""))
    plain = _NUMERALS.get(plain, plain)
    singular = _singular(plain)
    return intern(_EQUAL.get(plain) or _EQUAL.get(singular) or _word_forms().get(singular, singular))


def _singular(word: str) -> str:
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 5:
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "xes", "sses")) and not word.endswith("aches"):
        return word[:-2]
    if word.endswith("oses"):
        return word[:-2] + "is"
    return word[:-1]


@lru_cache(maxsize=1)
def _word_forms() -> dict[str, str]:
    """Adjectives to their nouns: "renal cyst" and "cyst of the kidney" are one, as are "gouty" and "gout"."""
    return dict(lexicon.rows("word_forms.tsv"))


@lru_cache(maxsize=1)
def _abbreviations() -> dict[str, str]:
    """Abbreviation to its words. Those in capitals are case-sensitive if their lower case is a word."""
    found: dict[str, str] = {}
    for short, words in lexicon.rows("abbreviations.tsv"):
        found[short] = words
        if short.lower() not in _WORDS_IN_LOWER_CASE:
            found.setdefault(short.lower(), words)
    return found


_WORDS_IN_LOWER_CASE: Final = frozenset(
    [
        "add",
        "ed",
        "ar",
        "ra",
        "le",
        "ue",
        "mi",
        "hf",
        "af",
        "ak",
        "sk",
        "cap",
        "uc",
        "oa",
        "dm",
        "rul",
        "le",
        "pad",
        "pat",
        "aks",
        "bv",
        "mr",
        "tr",
        "ph",
        "si",
        "ic",
        "als",
        "pid",
        "dcm",
        "pots",
        "gca",
        "ttp",
        "hz",
        "chr",
    ]
)
