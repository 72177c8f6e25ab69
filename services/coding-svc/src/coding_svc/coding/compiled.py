"""The official part of the dictionary, compiled ahead: start-up reads it instead of working it out.

`coding-svc compile` writes the file. It carries a fingerprint of everything that it was made of; if that has changed
since, or the release is another one, the file is left aside and the terms are worked out as before, only slower.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterable, Iterator
from importlib import resources
from pathlib import Path
from sys import intern
from typing import Final

from codesets.icd10cm import Release

Row = tuple[tuple[str, ...], str, str, float]
"""Content words, node, source, weight."""
NAME: Final = "official_terms.tsv.gz"
_MADE_OF: Final = (
    "text.py",
    "terms.py",
    "lexicon/abbreviations.tsv",
    "lexicon/stop_words.txt",
    "lexicon/too_general.txt",
)
_SYNONYMS: Final = "synonyms.tsv.gz"


def fingerprint(release: Release) -> str:
    """What the terms of a release depend on: code, word lists, synonyms, and the release."""
    package = resources.files("coding_svc.coding")
    digest = hashlib.sha256(f"{release.name} {release.billable_count}".encode())
    for name in _MADE_OF:
        digest.update(package.joinpath(name).read_bytes())
    digest.update(resources.files("codesets").joinpath("data", _SYNONYMS).read_bytes())
    return digest.hexdigest()


def read(release: Release) -> Iterator[Row] | None:
    """The compiled rows, None if there are none for this release as it is now."""
    path = resources.files("coding_svc.coding.lexicon").joinpath(NAME)
    if not path.is_file():
        return None
    head, _, body = gzip.decompress(path.read_bytes()).decode("utf-8").partition("\n")
    return _rows(body) if head == fingerprint(release) else None


def _rows(body: str) -> Iterator[Row]:
    """Rows with one string for each word: the words of notes are the same ones, and found by identity."""
    for line in body.splitlines():
        words, node, source, weight = line.split("\t")
        yield tuple(map(intern, words.split(" "))), node, source, float(weight)


def write(release: Release, rows: Iterable[Row], path: Path) -> int:
    """Write rows for a release; how many."""
    lines = [f"{' '.join(words)}\t{node}\t{source}\t{weight:g}" for words, node, source, weight in rows]
    text = "\n".join([fingerprint(release), *lines]) + "\n"
    path.write_bytes(gzip.compress(text.encode("utf-8"), mtime=0))
    return len(lines)
