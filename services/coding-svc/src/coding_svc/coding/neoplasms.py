"""Step 4b, neoplasms: a word of behaviour and a site beside it, put together as the official neoplasm table does.

The index says "see Neoplasm, by site, malignant" under carcinoma, adenocarcinoma and the like; so no list of names
could be complete, and the table is read at the place where such a word stands. Behaviour is never guessed: a tumor or
neoplasm of which nothing more is said is one of unspecified behaviour (column 7; note at D49).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from codesets.icd10cm import Release
from codesets.index_tables import Neoplasm

from coding_svc.coding.specificity import LIMB_OF, SIDES
from coding_svc.coding.terms import Term
from coding_svc.coding.text import STOP_WORDS, Token, norm_words

SOURCE: Final = "table"
SOURCE_UNSPECIFIED: Final = "table-unspecified"
_WEIGHT: Final = 0.9
_REACH: Final = 6
"""Content words between the word of behaviour and the site, in a line that names a problem."""
_REACH_IN_TALK: Final = 3
_PRIMARY, _SECONDARY, _IN_SITU, _BENIGN, _UNCERTAIN, _UNSPECIFIED = Neoplasm._fields[1:]
_KINDS: Final = {
    tuple(phrase.split()): column
    for column, phrases in (
        (_PRIMARY, ("cancer", "carcinoma", "adenocarcinoma", "malignancy", "malignant neoplasm", "malignant tumor",
                    "malignant neoplasia", "malignant mass", "basal cell carcinoma", "squamous cell carcinoma")),
        (_SECONDARY, ("metastasis", "metastase", "secondary malignant neoplasm", "metastatic disease")),
        (_IN_SITU, ("carcinoma situ", "adenocarcinoma situ", "squamous cell carcinoma situ")),
        (_BENIGN, ("benign neoplasm", "benign tumor", "adenoma", "papilloma")),
        (_UNCERTAIN, ("neoplasm uncertain behavior", "tumor uncertain behavior")),
        (_UNSPECIFIED, ("neoplasm", "tumor", "neoplasia")),
    )
    for phrase in phrases
}  # fmt: skip
"""Words of behaviour, in the words that a note is compared by, and the column of the table that the index names."""
_LONGEST: Final = max(map(len, _KINDS))
_LAST_WORDS: Final = frozenset(kind[-1] for kind in _KINDS)
_HISTOLOGY: Final[dict[tuple[str, ...], str]] = {
    ("basal", "cell", "carcinoma"): "1",
    ("squamous", "cell", "carcinoma"): "2",
}
"""Fifth character of C44 for the two common carcinomas of the skin; the table prints that of an unspecified one."""
_NOT_A_SITE: Final = frozenset(norm_words("primary overlapping lesion unknown multiple type sites tumor benign"))


class _Site(NamedTuple):
    words: frozenset[str]
    row: Neoplasm


class NeoplasmTable:
    """The sites of a release's neoplasm table, by their rarest word."""

    def __init__(self, release: Release) -> None:
        sites = [_Site(_site_words(row.site), row) for row in release.neoplasms()]
        sites = [site for site in sites if site.words and not site.words & _NOT_A_SITE and len(site.words) <= _REACH]
        frequency = Counter(word for site in sites for word in site.words)
        self._release = release
        self._by_word: dict[str, list[_Site]] = {}
        for site in sites:
            self._by_word.setdefault(min(site.words, key=lambda word: (frequency[word], word)), []).append(site)

    def find(self, content: Sequence[Token], head: bool) -> Iterator[tuple[Term, list[Token]]]:
        """Neoplasms named in the content words of a sentence: (term, the words it rests on).

        `head`: the sentence names a problem, so site and behaviour may stand apart; in talk they must touch.
        """
        words = [token.norm for token in content]
        if _LAST_WORDS.isdisjoint(words):
            return
        for first, last, kind in _kinds(words):
            found = self._beside(words, (first, last), kind, head)
            if found is not None:
                code, places = found
                tokens = [content[place] for place in sorted({*places, *range(first, last + 1)})]
                source = SOURCE_UNSPECIFIED if _KINDS[kind] == _UNSPECIFIED else SOURCE
                yield Term(code, source, _WEIGHT, len(tokens)), tokens

    def _beside(
        self, words: Sequence[str], span: tuple[int, int], kind: tuple[str, ...], head: bool
    ) -> tuple[str, frozenset[int]] | None:
        """The code and the site's places: of the sites near the kind the one with more words, then the nearer one."""
        places = _places(words, *span, _REACH if head else _REACH_IN_TALK)
        skin = _HISTOLOGY.get(kind)
        best: tuple[tuple[int, int], str, frozenset[int]] | None = None
        for word in places:
            for site in self._by_word.get(word, ()):
                said = site.words - {"skin"} if skin else site.words
                if not said or not said <= places.keys():
                    continue
                code = _code(site.row, kind, skin)
                if not code or not self._release.is_valid(code):
                    continue
                named = {"skin"} & places.keys() if skin else set()
                at = frozenset(places[each] for each in (*said, *named))
                if not head and not _touch(words, at, span):
                    continue
                standing = len(said), -min(abs(place - span[place > span[0]]) for place in at)
                if best is None or standing > best[0]:
                    best = standing, code, at
        return best[1:] if best else None


def _site_words(site: str) -> frozenset[str]:
    return frozenset(word for word in norm_words(site) if word not in STOP_WORDS)


def _kinds(words: Sequence[str]) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """(first, last, phrase) of the words of behaviour, the longest at each place."""
    at = 0
    while at < len(words):
        sizes = range(min(_LONGEST, len(words) - at), 0, -1)
        size = next((size for size in sizes if tuple(words[at : at + size]) in _KINDS), 0)
        if size:
            yield at, at + size - 1, tuple(words[at : at + size])
        at += size or 1


def _touch(words: Sequence[str], at: frozenset[int], span: tuple[int, int]) -> bool:
    """Whether nothing but a side stands between and among the words of site and kind."""
    whole = range(min(*at, span[0]), max(*at, span[1]) + 1)
    return all(place in at or span[0] <= place <= span[1] or words[place] in SIDES for place in whole)


def _places(words: Sequence[str], first: int, last: int, reach: int) -> dict[str, int]:
    """By word: where it stands within reach of the kind; a limb's part stands for the limb as well."""
    near = [at for at in range(max(0, first - reach), min(len(words), last + 1 + reach)) if not first <= at <= last]
    found = {words[at]: at for at in sorted(near, key=lambda at: -abs(at - first))}
    for part, at in list(found.items()):
        for limb in LIMB_OF.get(part, ()):
            found.setdefault(limb, at)
    return found


def _code(row: Neoplasm, kind: tuple[str, ...], skin: str | None) -> str:
    code: str = getattr(row, _KINDS[kind])
    if skin is None:
        return code
    return f"{code[:5]}{skin}{code[6:]}" if code.startswith("C44.") and len(code) > 5 and code[5] == "0" else ""
