"""Makes the data files of a release from the publisher's own files. Run by `codesets build` and `codesets load`.

Two sources give the code list: the PyPI package simple-icd-10-cm (its XML and list; development only),
or the CMS zip with the order file and the tabular XML. The output is byte-for-byte reproducible.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

from codesets import index_tables
from codesets.icd10cm import with_dot

_NOTE_TAGS: Final = {
    "includes": "includes",
    "inclusionTerm": "inclusion_terms",
    "excludes1": "excludes1",
    "excludes2": "excludes2",
    "codeFirst": "code_first",
    "useAdditionalCode": "use_additional",
    "codeAlso": "code_also",
}
_TABLES: Final = {
    index_tables.NEOPLASMS: re.compile(r"neoplasm[^/]*\.xml$", re.IGNORECASE),
    index_tables.SUBSTANCES: re.compile(r"drug[^/]*\.xml$", re.IGNORECASE),
}
"""By packaged name: what a table's file is called in the publisher's zip."""
_CODE: Final = r"[A-Z]\d[0-9A-Z](?:\.[0-9A-Z]{1,4})?"
_REFERENCE: Final = re.compile(rf"({_CODE})(?:\s*(?:-|to|through)\s*({_CODE}))?")
_AGE_GROUPS: Final = {
    "5;12;16;40;70": "newborn",
    "40;70": "pediatric",
    "0;5;70": "maternity",
    "0;5;12": "adult",
}
Notes = dict[str, dict[str, list[tuple[str, list[str]]]]]


@dataclass(frozen=True, slots=True)
class CodeRow:
    """One line of the code list."""

    code: str
    billable: bool
    title: str


def references(text: str) -> list[str]:
    """Codes and inclusive ranges that a tabular note names in parentheses."""
    found: list[str] = []
    for inside in re.findall(r"\(([^()]*)\)", text):
        for first, last in _REFERENCE.findall(inside):
            found.append(f"{first}-{last}" if last else first)
    return found


def read_tabular(xml: bytes) -> tuple[Notes, dict[str, dict[str, str]]]:
    """Notes and the frame (blocks, chapters, their titles) from the official tabular XML.

    Raises ValueError if it is not the tabular list.
    """
    if b"<!ENTITY" in xml:
        raise ValueError("the tabular XML declares entities: refused")
    root = ElementTree.fromstring(xml)  # noqa: S314 entities are refused above
    if root.tag != "ICD10CM.tabular":
        raise ValueError("not the ICD-10-CM tabular XML: its root element must be ICD10CM.tabular")
    notes: Notes = {}
    frame: dict[str, dict[str, str]] = {"blocks": {}, "chapters": {}, "chapter_titles": {}}
    for chapter in root.iter("chapter"):
        number = chapter.findtext("name", "").strip()
        frame["chapter_titles"][number] = re.sub(r"\s*\([^()]*\)$", "", chapter.findtext("desc", "").strip())
        _collect(notes, f"chapter {number}", chapter)
        for section in chapter.iter("section"):
            block = section.attrib["id"]
            _collect(notes, block, section)
            for diag in section.findall("diag"):
                name = diag.findtext("name", "").strip()
                frame["blocks"][name], frame["chapters"][name] = block, number
            for diag in section.iter("diag"):
                _collect(notes, diag.findtext("name", "").strip(), diag)
    return notes, frame


def _collect(notes: Notes, holder: str, element: ElementTree.Element) -> None:
    for tag, kind in _NOTE_TAGS.items():
        for group in element.findall(tag):
            lines = [text for note in group.findall("note") if (text := " ".join("".join(note.itertext()).split()))]
            for line in lines:
                notes.setdefault(holder, {}).setdefault(kind, []).append((line, references(line)))


def rows_from_order_file(text: str) -> list[CodeRow]:
    """Read `icd10cm_order_YYYY.txt`: columns 7-13 code, 15 billable, from 78 the long title."""
    return [
        CodeRow(with_dot(line[6:13].strip()), line[14] == "1", " ".join(line[77:].split()))
        for line in text.splitlines()
        if len(line) > 77
    ]


def rows_from_simple_icd() -> list[CodeRow]:
    """The list inside the development package simple-icd-10-cm. Raises ImportError if it is not installed."""
    import simple_icd_10_cm

    return [
        CodeRow(code, simple_icd_10_cm.is_leaf(code), " ".join(simple_icd_10_cm.get_description(code).split()))
        for code in dict.fromkeys(simple_icd_10_cm.get_all_codes(with_dots=True))
        if not code.isdigit() and "-" not in code
    ]


def tabular_from_simple_icd() -> bytes:
    """The tabular XML inside the development package simple-icd-10-cm."""
    import simple_icd_10_cm

    folder = Path(str(simple_icd_10_cm.__file__)).parent / "data"
    return next(folder.glob("icd10c-tabular-*.xml")).read_bytes()


def read_cms_zip(path: Path) -> tuple[list[CodeRow], bytes]:
    """Code rows and tabular XML from one zip that holds the order file and the tabular XML.

    Raises ValueError, naming what is missing.
    """
    with zipfile.ZipFile(path) as archive:
        order = [n for n in archive.namelist() if re.search(r"order.*\.txt$", n, re.IGNORECASE)]
        order = [n for n in order if "addenda" not in n.lower()]
        tabular = [n for n in archive.namelist() if re.search(r"tabular.*\.xml$", n, re.IGNORECASE)]
        if not order or not tabular:
            raise ValueError("the zip must hold icd10cm_order_YYYY.txt and icd10cm_tabular_YYYY.xml from CMS")
        return rows_from_order_file(archive.read(order[0]).decode("utf-8")), archive.read(tabular[0])


def read_index_tables(path: Path) -> dict[str, bytes]:
    """The neoplasm table and the table of drugs that a CMS zip holds beside the tabular list, by their packaged name.

    They come in the zip of code tables and index; a zip without them gives none. Raises ValueError for one that is
    no table.
    """
    found: dict[str, bytes] = {}
    with zipfile.ZipFile(path) as archive:
        for name, pattern in _TABLES.items():
            held = [n for n in archive.namelist() if pattern.search(n) and "addenda" not in n.lower()]
            if held:
                found[name] = index_tables.packed(archive.read(held[0]))
    return found


def write_release(
    into: Path, rows: Iterable[CodeRow], tabular_xml: bytes, name: str, valid_from: date, valid_to: date
) -> None:
    """Write one release folder: release.json, codes.tsv.gz, structure.json.gz, notes.json.gz."""
    notes, frame = read_tabular(tabular_xml)
    listed = list(rows)
    into.mkdir(parents=True, exist_ok=True)
    table = "\n".join(f"{row.code}\t{int(row.billable)}\t{row.title}" for row in listed)
    _write_gz(into / "codes.tsv.gz", table)
    _write_gz(into / "structure.json.gz", json.dumps(frame, sort_keys=True))
    _write_gz(into / "notes.json.gz", json.dumps(notes, sort_keys=True))
    facts = {
        "name": name,
        "valid_from": valid_from.isoformat(),
        "valid_to": valid_to.isoformat(),
        "billable_count": sum(row.billable for row in listed),
        "code_count": len(listed),
        "tabular_xml_sha256": hashlib.sha256(tabular_xml).hexdigest(),
    }
    (into / "release.json").write_text(json.dumps(facts, indent=2) + "\n", "utf-8")


def write_flags(into: Path, mce_csv: str) -> int:
    """Write flags.tsv.gz from a table of Medicare Code Editor answers per code; returns the rows kept."""
    lines = [line for row in csv.DictReader(io.StringIO(mce_csv)) if (line := _flag_line(row))]
    _write_gz(into / "flags.tsv.gz", "\n".join(lines))
    return len(lines)


def _flag_line(row: Mapping[str, str]) -> str:
    age = _AGE_GROUPS.get(row["age_conflict_at(0,5,12,16,40,70)"], "")
    sex = "F" * (row["female_only_2023"] == "1") or "M" * (row["male_only_2023"] == "1")
    marks = (row["manifestation_pdx"], row["ecode_pdx"], row["unacceptable_pdx"])
    if not age and not sex and "1" not in marks:
        return ""
    return "\t".join((row["code"], age, *marks, sex))


def write_synonyms(path: Path, disease_ontology: str, mondo_tables: Mapping[str, str]) -> int:
    """Write the disease-name synonyms (term, code, source) and return their number.

    `disease_ontology` is JSON with `synonym_to_icd10cm`; each Mondo table is a lexical match in SSSOM TSV:
    only matches of a name to a name are taken, never those by another database's identifier.
    """
    found: dict[tuple[str, str], str] = {}
    for term, code in json.loads(disease_ontology)["synonym_to_icd10cm"].items():
        found[" ".join(term.lower().split()), code] = "DO"
    for source, table in mondo_tables.items():
        for row in csv.DictReader(io.StringIO(table), delimiter="\t"):
            if "hasDbXref" in row["subject_match_field"] or row["object_id"].count(":") != 1:
                continue
            key = " ".join(row["subject_label"].lower().split()), row["object_id"].partition(":")[2]
            found.setdefault(key, source)
    _write_gz(path, "\n".join(f"{term}\t{code}\t{source}" for (term, code), source in sorted(found.items())))
    return len(found)


def _write_gz(path: Path, text: str) -> None:
    path.write_bytes(gzip.compress(text.encode("utf-8"), compresslevel=9, mtime=0))
