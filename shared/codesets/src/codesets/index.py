"""The Alphabetic Index of ICD-10-CM from the official XML: which words lead to which code.

Main terms and nested terms become phrases in the order in which people say them ("acute abdomen", "asthma with
status asthmaticus"); nonessential modifiers are left out, as they do not change the code; `see` is followed to the term
that it names. The index is free for everybody (CDC/NCHS) and large, so the practice loads it; its layout is the same
every year.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from itertools import islice, product
from pathlib import Path as FilePath
from typing import Final, NamedTuple
from xml.etree import ElementTree

from codesets import store
from codesets.icd10cm import with_dot
from codesets.store import Load

INDEX: Final = "icd10cm-index"
MOST_PHRASES: Final = 6
"""Ways of saying one entry that are kept; titles give alternatives by commas."""
_CONNECTED: Final = re.compile(
    r"^(?:with|without|due to|in|following|associated with|caused by|complicating|of|from|by|after|secondary to"
    r"|resulting in|involving|affecting|during)\b"
)
_BLANKS: Final = re.compile(r"\s+")
_UNSAID: Final = re.compile(r"\b(?:NEC|NOS)\b")
_CODE: Final = re.compile(r"[A-Z][0-9][0-9A-Z](?:\.[0-9A-Z]{1,4})?")

TermPath = tuple[str, ...]


class IndexTerm(NamedTuple):
    """A phrase of the index; `manifestation` is the second code in brackets, which never stands first (I.A.13)."""

    phrase: str
    code: str
    manifestation: str


class _Entry(NamedTuple):
    path: TermPath
    code: str
    manifestation: str
    see: str


def load_index(path: FilePath, root: FilePath, load: Load) -> int:
    """Compile an index XML; how many phrases. Raises ValueError for anything that is not one."""
    return store.write(root, load, ("phrase", "code", "manifestation"), 2, read_index(path.read_bytes()))


def read_index(xml: bytes) -> Iterator[IndexTerm]:
    """The phrases of an index XML with their codes, `see` followed. Raises ValueError."""
    if b"<!ENTITY" in xml:
        raise ValueError("the index XML declares entities: refused")
    try:
        root = ElementTree.fromstring(xml)  # noqa: S314 entities are refused above
    except ElementTree.ParseError as error:
        raise ValueError(f"not well-formed XML: {error}") from None
    if root.tag != "ICD10CM.index":
        raise ValueError("not an ICD-10-CM index XML: its root element must be ICD10CM.index")
    entries = [entry for main in root.iter("mainTerm") for entry in _entries(main, ())]
    known = {_key(entry.path): entry for entry in entries if entry.code}
    for entry in entries:
        found = entry if entry.code else known.get(entry.see.lower()) if entry.see else None
        if found is not None:
            for phrase in phrases(entry.path):
                yield IndexTerm(phrase, found.code, found.manifestation)


def _entries(element: ElementTree.Element, above: TermPath) -> Iterator[_Entry]:
    path = (*above, _title(element))
    code = element.findtext("code", "").strip().rstrip("-")
    manifestation = element.findtext("manif", "").strip(" []")
    valid = with_dot(code) if _CODE.fullmatch(with_dot(code)) else ""
    yield _Entry(path, valid, with_dot(manifestation) if manifestation else "", element.findtext("see", "").strip())
    for term in element.findall("term"):
        yield from _entries(term, path)


def _title(element: ElementTree.Element) -> str:
    """The title without nonessential modifiers and without NEC and NOS."""
    title = element.find("title")
    if title is None:
        return ""
    parts = [title.text or "", *(child.tail or "" for child in title)]
    return _BLANKS.sub(" ", _UNSAID.sub("", " ".join(parts))).strip(" ,")


def _key(path: TermPath) -> str:
    """How `see` names an entry: its path with commas, which stand inside of titles as well."""
    return ", ".join(part.strip().lower() for part in path)


def phrases(path: TermPath) -> list[str]:
    """How an entry is said: what narrows goes before the main term, what connects ("with", "due to") after it."""
    options = [_alternatives(part) for part in path]
    found = (_phrase(chosen) for chosen in product(*options))
    return list(dict.fromkeys(islice(found, MOST_PHRASES)))


def _alternatives(title: str) -> list[str]:
    """ "Abdomen, abdominal" may be said either way; a connected title is one phrase."""
    if _CONNECTED.match(title):
        return [title]
    return [part.strip() for part in title.split(",") if part.strip()] or [title]


def _phrase(chosen: TermPath) -> str:
    main, *narrower = chosen
    before = [part for part in reversed(narrower) if not _CONNECTED.match(part)]
    after = [part for part in narrower if _CONNECTED.match(part)]
    return " ".join([*before, main, *after]).lower()


def terms(on: date) -> list[IndexTerm]:
    """All phrases of the index that is in force on a day; empty if none is loaded."""
    load = store.in_force(INDEX, on)
    return [IndexTerm(*row) for row in load.rows("SELECT phrase, code, manifestation FROM row")] if load else []
