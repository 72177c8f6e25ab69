"""Disease names that are not in the tabular list, with the ICD-10-CM code they stand for.

From the Disease Ontology (CC0) and Mondo's lexical matches (CC BY 4.0, credit: Mondo Disease Ontology);
see data/SOURCES.md. They propose a code; they do not say that it is the most specific one.
"""

from __future__ import annotations

import gzip
from functools import lru_cache
from importlib import resources
from typing import NamedTuple


class Synonym(NamedTuple):
    """A lower-case name, the code (perhaps a category), and `DO` or `MONDO-EXACT` or `MONDO-CLOSE`."""

    term: str
    code: str
    source: str


@lru_cache(maxsize=1)
def synonyms() -> tuple[Synonym, ...]:
    """All synonyms, sorted by term."""
    packed = (resources.files("codesets") / "data" / "synonyms.tsv.gz").read_bytes()
    lines = gzip.decompress(packed).decode("utf-8").splitlines()
    return tuple(Synonym(*line.split("\t")) for line in lines)
