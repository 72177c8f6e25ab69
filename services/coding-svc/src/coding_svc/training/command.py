"""`coding-svc learn LABELLED.jsonl… --to FOLDER`: makes the learned lexicon from labelled texts."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from codesets import icd10cm

from coding_svc.batch.documents import DEFAULT_DATE
from coding_svc.coding.engine import tables_of
from coding_svc.coding.learned import COUNTS, TERMS
from coding_svc.coding.reading import Reading, read_note
from coding_svc.coding.spelling import WORDS
from coding_svc.domain import ClinicalNote
from coding_svc.training.terms import Row, count_pairs, labelled, learn, words_of

DESCRIPTION: Final = (
    'Learns terms from texts with labels, {"note", "icd10cm_affirmed": [codes]} per line, and writes them with their '
    f"counts as {TERMS} and {COUNTS}, and {WORDS}. A term that stands in one document only is never taken."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    parser.add_argument("texts", type=Path, nargs="+", help="labelled texts, one JSON object per line")
    parser.add_argument("--to", type=Path, required=True, help="folder for the files")
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Learn and write; 2 if a file cannot be read."""
    release = icd10cm.on(DEFAULT_DATE)
    if release is None:
        sys.stderr.write(f"learn: no ICD-10-CM release is loaded for {DEFAULT_DATE}\n")
        return 2
    try:
        pairs = list(_read(arguments.texts))
        texts = labelled(pairs, release)
    except (OSError, KeyError, ValueError) as error:
        sys.stderr.write(f"learn: {type(error).__name__}: {error}\n")
        return 2
    rows = learn(texts, release)
    counts = count_pairs(texts)
    write_terms(arguments.to / TERMS, rows)
    write_counts(arguments.to / COUNTS, counts)
    words = words_of(reading for reading, _ in pairs)
    (arguments.to / WORDS).write_text("\n".join(words) + "\n", "utf-8")
    print(f"{len(texts)} texts, {len(rows)} learned terms, {len(counts)} counted dictionary terms")
    return 0


def write_terms(path: Path, rows: Iterable[Row]) -> None:
    """term, code, documents, right, related (0 or 1)."""
    _write(path, "term code documents right related", [(*row[:4], int(row.related)) for row in rows])


def write_counts(path: Path, counts: dict[tuple[str, str], tuple[int, int]]) -> None:
    """term, code, documents, right."""
    _write(path, "term code documents right", [(*pair, *numbers) for pair, numbers in sorted(counts.items())])


def _write(path: Path, header: str, rows: Sequence[tuple[object, ...]]) -> None:
    lines = [header.replace(" ", "\t"), *("\t".join(map(str, row)) for row in rows)]
    path.write_text("\n".join(lines) + "\n", "utf-8")


def _read(paths: Sequence[Path]) -> Iterator[tuple[Reading, list[str]]]:
    release = icd10cm.on(DEFAULT_DATE)
    assert release is not None
    finder = tables_of(release).finder
    for path in paths:
        for line in path.read_text("utf-8").splitlines():
            row = json.loads(line)
            yield read_note(0, ClinicalNote("1", row["note"]), finder), row["icd10cm_affirmed"]
