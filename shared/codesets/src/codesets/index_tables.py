"""The two tables behind the Alphabetic Index: neoplasms by site and behaviour, drugs and chemicals by intent.

`codesets build` makes them from the official XML (CDC/NCHS) once per release; a release without them has empty tables.
A code may end above the billable one: where the table prints a dash, the rest is told by the words of the note.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from importlib.resources.abc import Traversable
from itertools import islice, product
from pathlib import Path
from typing import Final, NamedTuple
from xml.etree import ElementTree

NEOPLASMS: Final = "neoplasms.tsv.gz"
SUBSTANCES: Final = "substances.tsv.gz"
_MOST_PHRASES: Final = 8
_BLANKS: Final = re.compile(r"\s+")
_NOT_SAID: Final = re.compile(r"\b(?:NEC|NOS)\b|\([^()]*\)|\*")
_COLUMNS: Final = range(2, 8)


class Neoplasm(NamedTuple):
    """A site as its words, from the widest to the narrowest, and the code of each behaviour (empty if none)."""

    site: str
    primary: str
    secondary: str
    in_situ: str
    benign: str
    uncertain: str
    unspecified: str


class Substance(NamedTuple):
    """A drug or chemical and its codes; all want a 7th character."""

    name: str
    accidental: str
    self_harm: str
    assault: str
    undetermined: str
    adverse_effect: str
    underdosing: str


def read_table(xml: bytes) -> Iterator[tuple[str, ...]]:
    """(phrase, six codes) of every line of a table that has a code. Raises ValueError for anything that is none."""
    if b"<!ENTITY" in xml:
        raise ValueError("the table XML declares entities: refused")
    try:
        root = ElementTree.fromstring(xml)  # noqa: S314 entities are refused above
    except ElementTree.ParseError as error:
        raise ValueError(f"not well-formed XML: {error}") from None
    if root.tag != "ICD10CM.index" or root.find("indexHeading") is None:
        raise ValueError("not a table of the ICD-10-CM index: it must have an indexHeading")
    found = [line for main in root.iter("mainTerm") for line in _lines(main, ())]
    known: set[str] = set()
    for _, phrase, codes in sorted(found, key=lambda line: line[0]):  # what a title says first is what it means
        if phrase and phrase not in known and any(codes):
            known.add(phrase)
            yield (phrase, *codes)


def _lines(element: ElementTree.Element, above: tuple[list[str], ...]) -> Iterator[tuple[int, str, list[str]]]:
    """(number of the alternative, phrase, codes) of an entry and of all below it."""
    path = (*above, _alternatives(element))
    cells = {int(cell.get("col", 0)): (cell.text or "").strip(" -") for cell in element.findall("cell")}
    codes = [cells.get(column, "") for column in _COLUMNS]
    for number, words in enumerate(islice(product(*path), _MOST_PHRASES)):
        yield number, " ".join(word for word in words if word), codes
    for term in element.findall("term"):
        yield from _lines(term, path)


def _alternatives(element: ElementTree.Element) -> list[str]:
    """The ways of saying a title; that of the neoplasm table's head says nothing about the site."""
    title = element.find("title")
    parts = [title.text or "", *(child.tail or "" for child in title)] if title is not None else []
    said = _BLANKS.sub(" ", _NOT_SAID.sub(" ", " ".join(parts))).strip(" ,").lower()
    if said == "neoplasm, neoplastic":
        return [""]
    return [part.strip() for part in re.split(r",| or ", said) if part.strip()] or [""]


def packed(xml: bytes) -> bytes:
    """A table as it is kept, the same byte for byte from the same XML. Raises ValueError for anything that is none."""
    lines = ["\t".join(row) for row in read_table(xml)]
    return gzip.compress("\n".join(lines).encode("utf-8"), compresslevel=9, mtime=0)


def write_table(path: Path, xml: bytes) -> int:
    """Write a table and return how many phrases it has."""
    path.write_bytes(packed(xml))
    return len(_rows(path))


def neoplasms(folder: Traversable) -> list[Neoplasm]:
    """The neoplasm table of a release's folder; empty if it has none."""
    return [Neoplasm(*row) for row in _rows(folder / NEOPLASMS)]


def substances(folder: Traversable) -> list[Substance]:
    """The table of drugs and chemicals of a release's folder; empty if it has none."""
    return [Substance(*row) for row in _rows(folder / SUBSTANCES)]


def _rows(path: Traversable) -> list[list[str]]:
    if not path.is_file():
        return []
    return [line.split("\t") for line in gzip.decompress(path.read_bytes()).decode("utf-8").splitlines()]
