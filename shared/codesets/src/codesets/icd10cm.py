"""ICD-10-CM by date of service: several releases side by side, each valid from its first to its last day.

`on(date)` gives the release in force or None: a caller that gets None must send the encounter to a
person (`codeset.not-loaded`), never guess from a neighbouring release. A release reads its files on
first use: which codes there are; titles, the tabular notes and the Medicare Code Editor flags only when
asked for.
"""

from __future__ import annotations

import gzip
import json
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property, lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

from codesets import index_tables, store
from codesets.index_tables import Neoplasm, Substance

NoteKind = Literal["includes", "inclusion_terms", "excludes1", "excludes2", "code_first", "use_additional", "code_also"]

AGE_RANGES: Final[Mapping[str, tuple[int, int]]] = {
    "newborn": (0, 0),
    "pediatric": (0, 17),
    "maternity": (9, 64),
    "adult": (15, 124),
}
"""Completed years for which the Medicare Code Editor accepts a code of that age group (MCE v43)."""


class TabularNote(NamedTuple):
    """One line of a tabular instruction with the codes and ranges it names."""

    holder: str
    """The code, block (`A00-A09`) or chapter (`chapter 9`) that carries the note."""
    text: str
    references: tuple[str, ...]
    """Codes (`E10`), or inclusive ranges (`O10-O11`), without trailing dashes."""


@dataclass(frozen=True, slots=True)
class Flags:
    """Medicare Code Editor facts of one code."""

    age_group: str = ""
    """newborn | pediatric | maternity | adult, or empty"""
    manifestation: bool = False
    """True: never first-listed (the etiology goes first)."""
    external_cause: bool = False
    """True: V00-Y99, never first-listed."""
    unacceptable_principal: bool = False
    """An inpatient edit; information only on professional claims."""
    sex: str = ""
    """F, M or empty. CMS switched the sex edit off; warn, never reject."""


NO_FLAGS: Final = Flags()
"""Of most codes the editor says nothing."""


class Release:
    """One dated ICD-10-CM release. Codes are written with their dot; look-ups accept them without."""

    def __init__(self, folder: Traversable) -> None:
        facts = json.loads((folder / "release.json").read_text("utf-8"))
        self._folder = folder
        self.name: str = facts["name"]
        self.valid_from: date = date.fromisoformat(facts["valid_from"])
        self.valid_to: date = date.fromisoformat(facts["valid_to"])
        self.billable_count: int = facts["billable_count"]
        self._noted = lru_cache(maxsize=4_096)(self._all_notes)
        self._found = lru_cache(maxsize=8_192)(self._look_up)
        """Whether a code may be reported; None if there is no such code."""

    def covers(self, day: date) -> bool:
        """Whether this release is in force on that date of service."""
        return self.valid_from <= day <= self.valid_to

    def overlaps(self, first: date, last: date) -> bool:
        """Whether it is in force on any day from first to last."""
        return self.valid_from <= last and first <= self.valid_to

    def is_valid(self, code: str) -> bool:
        """Whether the code stands in the tabular list, billable or not."""
        return self._found(code) is not None

    def is_billable(self, code: str) -> bool:
        """Whether the code may stand on a claim: full length, 7th character included."""
        return bool(self._found(code))

    def title(self, code: str) -> str:
        """Official title. Raises KeyError for a code that this release does not have."""
        return self._titles[self.normalise(code)]

    def codes(self) -> Iterator[str]:
        """Every code and category, in tabular order."""
        return iter(self._titles)

    def parent(self, code: str) -> str | None:
        """The next shorter code in the list, None above a category."""
        return self._parents.get(self.normalise(code))

    def ancestors(self, code: str) -> tuple[str, ...]:
        """Parents from the nearest to the category."""
        found: list[str] = []
        above = self.parent(code)
        while above is not None:
            found.append(above)
            above = self.parent(above)
        return tuple(found)

    def children(self, code: str) -> tuple[str, ...]:
        """Direct children in tabular order."""
        return self._children.get(self.normalise(code), ())

    def block(self, code: str) -> str:
        """The block, e.g. `I10-I1A`. Raises KeyError for an unknown category."""
        return self._structure["blocks"][category(code)]

    def chapter(self, code: str) -> int:
        """Chapter number, 1 to 22. Raises KeyError for an unknown category."""
        return int(self._structure["chapters"][category(code)])

    def chapter_title(self, number: int) -> str:
        """Official chapter title. Raises KeyError for a number outside 1 to 22."""
        return self._structure["chapter_titles"][str(number)]

    def notes(self, code: str, kind: NoteKind) -> tuple[TabularNote, ...]:
        """Notes of that kind on the code and on everything above it, chapter and block included."""
        return self._noted(code, kind)

    def _all_notes(self, code: str, kind: NoteKind) -> tuple[TabularNote, ...]:
        dotted = self.normalise(code)
        holders = [dotted, *self.ancestors(dotted)]
        if category(dotted) in self._structure["blocks"]:
            holders += [self.block(dotted), f"chapter {self.chapter(dotted)}"]
        return tuple(note for holder in holders for note in self.own_notes(holder, kind))

    def own_notes(self, holder: str, kind: NoteKind) -> tuple[TabularNote, ...]:
        """Notes printed directly at this code, block or chapter."""
        lines = self._notes.get(holder, {}).get(kind, ())
        return tuple(TabularNote(holder, text, tuple(references)) for text, references in lines)

    def excludes1(self, code: str) -> tuple[TabularNote, ...]:
        """Excludes1 notes that bear on this code: must not be coded together (guideline I.A.12.a)."""
        return self.notes(code, "excludes1")

    def inclusion_terms(self) -> Iterator[tuple[str, str]]:
        """Every (code, inclusion or includes term) below a chapter."""
        for holder, kinds in self._notes.items():
            if holder in self._titles:
                for kind in ("inclusion_terms", "includes"):
                    for text, _ in kinds.get(kind, ()):
                        yield holder, text

    def neoplasms(self) -> list[Neoplasm]:
        """The neoplasm table, read anew; empty for a release that came without it."""
        return index_tables.neoplasms(self._folder)

    def substances(self) -> list[Substance]:
        """The table of drugs and chemicals, read anew; empty for a release that came without it."""
        return index_tables.substances(self._folder)

    def flags(self, code: str) -> Flags:
        """Medicare Code Editor facts; all false for a code without any."""
        return self._flags.get(self.normalise(code), NO_FLAGS)

    def normalise(self, code: str) -> str:
        """Upper case with the dot after the category: `e1122` gives `E11.22`."""
        return with_dot(code)

    def _rows(self) -> Iterator[list[str]]:
        with (self._folder / "codes.tsv.gz").open("rb") as packed, gzip.open(packed, "rt", encoding="utf-8") as lines:
            for line in lines:
                yield line.rstrip("\n").split("\t")

    @cached_property
    def _titles(self) -> dict[str, str]:
        return {code: title for code, _, title in self._rows()}

    @cached_property
    def _packed(self) -> array[int]:
        """Every code as a number, and in its last bit whether it may be reported, in order.

        A validator needs no more, and these are eight bytes a code, where a dictionary takes a hundred.
        """
        return array("Q", sorted(_number(code) << 1 | (billable == "1") for code, billable, _ in self._rows()))

    def _look_up(self, code: str) -> bool | None:
        number = _number(code)
        at = bisect_left(self._packed, number << 1)
        if at == len(self._packed) or self._packed[at] >> 1 != number:
            return None
        return self._packed[at] & 1 == 1

    @cached_property
    def _parents(self) -> dict[str, str]:
        titles = self._titles
        return {code: above for code in titles if (above := _nearest_above(code, titles)) is not None}

    @cached_property
    def _children(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {}
        for code, above in self._parents.items():
            found.setdefault(above, []).append(code)
        return {code: tuple(below) for code, below in found.items()}

    @cached_property
    def _structure(self) -> dict[str, dict[str, str]]:
        structure: dict[str, dict[str, str]] = _read_json(self._folder / "structure.json.gz")
        return structure

    @cached_property
    def _notes(self) -> dict[str, dict[str, list[tuple[str, list[str]]]]]:
        notes: dict[str, dict[str, list[tuple[str, list[str]]]]] = _read_json(self._folder / "notes.json.gz")
        return notes

    @cached_property
    def _flags(self) -> dict[str, Flags]:
        path = self._folder / "flags.tsv.gz"
        if not path.is_file():
            return {}
        lines = gzip.decompress(path.read_bytes()).decode("utf-8").splitlines()
        rows = (line.partition("\t") for line in lines)
        return {code: _flags_of(facts) for code, _, facts in rows}


@cache
def _flags_of(facts: str) -> Flags:
    """The flags of a line; thousands of codes share a few dozen of them."""
    age, manifestation, external, unacceptable, sex = facts.split("\t")
    return Flags(age, manifestation == "1", external == "1", unacceptable == "1", sex)


_LONGEST: Final = 7


def _number(code: str) -> int:
    """A code of up to seven characters as a number, in the order of the codes; -1 for what is longer."""
    bare = code.strip().upper().replace(".", "").encode()
    return int.from_bytes(bare.ljust(_LONGEST), "big") if len(bare) <= _LONGEST else -1


@lru_cache(maxsize=16_384)
def with_dot(code: str) -> str:
    """Canonical writing of an ICD-10-CM code: upper case, dot after the third character."""
    bare = code.strip().upper().replace(".", "")
    return bare if len(bare) <= 3 else f"{bare[:3]}.{bare[3:]}"


def category(code: str) -> str:
    """The three-character category of a code."""
    return code.strip().upper()[:3]


@lru_cache(maxsize=262_144)
def matches(code: str, reference: str) -> bool:
    """Whether a tabular reference names this code: `E10` takes in `E10.9`, `N18.1-N18.6` its inside."""
    bare = code.replace(".", "")
    first, dash, last = reference.replace(".", "").partition("-")
    if not dash:
        return bare.startswith(first)
    return first <= bare and (bare <= last or bare.startswith(last))


class Codes:
    """Codes and ranges as tabular references name them: `code in codes` asks whether one of them `matches`."""

    __slots__ = ("_has", "_ranges", "_starts", "references")

    def __init__(self, *references: str) -> None:
        self.references: Final = references
        self._starts: Final = tuple(each.replace(".", "") for each in references if "-" not in each)
        self._ranges: Final = tuple(each for each in references if "-" in each)
        self._has: Final = lru_cache(maxsize=8_192)(self._look_up)

    def __contains__(self, code: str) -> bool:
        return self._has(code)

    def _look_up(self, code: str) -> bool:
        if code.replace(".", "").startswith(self._starts):
            return True
        return any(matches(code, each) for each in self._ranges)

    def __or__(self, other: Codes) -> Codes:
        """The codes of both."""
        return Codes(*self.references, *other.references)


def _nearest_above(code: str, titles: Mapping[str, str]) -> str | None:
    above = code[:-1]
    while len(above) >= 3:
        if above in titles:
            return above
        above = above[:-1]
    return None


def _read_json(path: Traversable) -> Any:
    return json.loads(gzip.decompress(path.read_bytes()))


def releases() -> tuple[Release, ...]:
    """All releases at hand, packaged and of $CODESETS_DIR, the oldest first. Raises ValueError if two overlap."""
    return _all(store.directory())


def forget() -> None:
    """Look at $CODESETS_DIR anew; for a process that has just loaded a release."""
    _all.cache_clear()


@lru_cache(maxsize=8)
def _all(root: Path | None) -> tuple[Release, ...]:
    folders = [folder for folder in _folders(root) if (folder / "release.json").is_file()]
    known = sorted((*_packaged(), *map(Release, folders)), key=lambda release: release.valid_from)
    for earlier, later in pairwise(known):
        if later.overlaps(earlier.valid_from, earlier.valid_to):
            raise ValueError(f"release {later.name} overlaps with {earlier.name}: give it other dates")
    return tuple(known)


def _folders(root: Path | None) -> list[Path]:
    return sorted(root.iterdir()) if root is not None and root.is_dir() else []


def on(day: date) -> Release | None:
    """The release in force on a date of service, or None if none is loaded for it."""
    return next((release for release in releases() if release.covers(day)), None)


@lru_cache(maxsize=1)
def _packaged() -> tuple[Release, ...]:
    root = resources.files("codesets") / "data" / "icd10cm"
    return tuple(Release(folder) for folder in root.iterdir() if (folder / "release.json").is_file())
