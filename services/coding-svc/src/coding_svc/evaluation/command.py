"""`coding-svc evaluate GOLD.jsonl`: how right the engine is, and how sure it may be."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from coding_svc.batch.documents import MAX_DIAGNOSES, BadLine, encounter_of
from coding_svc.coding.engine import AUTO_THRESHOLD, CodingEngine
from coding_svc.domain import ClinicalEncounter
from coding_svc.evaluation.gold import Gold, gold_of
from coding_svc.evaluation.report import report, text_lines
from coding_svc.evaluation.scoring import Score, score

DESCRIPTION: Final = (
    "Codes labelled notes and prints precision, recall and F1 (full code, three characters), exact set, first-listed, "
    "E/M, procedures, findings, route, precision and share at the release threshold, and calibration error."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    parser.add_argument("gold", type=Path, help="labelled notes, one JSON object per line")
    parser.add_argument(
        "--notes",
        type=Path,
        help='{"id", "note"} lines, where the labels stand alone (default: …notes.jsonl beside …gold.jsonl)',
    )
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--each", action="store_true", help="list what disagrees, note by note")
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Measure and print; 2 if the files cannot be read."""
    try:
        scores = list(measure(arguments.gold, arguments.notes))
    except (OSError, BadLine, KeyError, ValueError) as error:
        sys.stderr.write(f"evaluate: {_explained(error)}\n")
        return 2
    if not scores:
        sys.stderr.write("evaluate: the file holds no labelled note\n")
        return 2
    if arguments.json:
        print(json.dumps({item.name: asdict(item) for item in report(scores)}, indent=2))
    else:
        print("\n".join(text_lines(scores, AUTO_THRESHOLD)))
    if arguments.each:
        print("\n".join(f"{item.note}: {'; '.join(item.remarks)}" for item in scores if item.remarks))
    return 0


def measure(gold: Path, notes: Path | None = None, engine: CodingEngine | None = None) -> Iterator[Score]:
    """The score of every labelled line. Raises KeyError for a line without labels or without its note."""
    engine = engine or CodingEngine(max_diagnoses=MAX_DIAGNOSES)
    for name, labels, encounter in labelled_notes(gold, notes):
        yield score(name, labels, encounter, engine.code(encounter))


def labelled_notes(gold: Path, notes: Path | None = None) -> Iterator[tuple[str, Gold, ClinicalEncounter]]:
    """Id, labels and encounter of every line. Raises KeyError for a line without labels or without its note."""
    texts = _texts(notes or gold.with_name(gold.name.replace("gold", "notes")), gold)
    for row in _rows(gold):
        known: Mapping[str, Any] = row if "note" in row else {**row, "note": texts[str(row["id"])]}
        yield str(row["id"]), gold_of(row), encounter_of(known)


def _texts(path: Path, gold: Path) -> dict[str, str]:
    if path == gold or not path.is_file():
        return {}
    return {str(row["id"]): row["note"] for row in _rows(path)}


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)


def _explained(error: Exception) -> str:
    if isinstance(error, BadLine):
        return f"{error.code}: {error.hint}"
    if isinstance(error, KeyError):
        return f"a line lacks {error}: its note, or labels that this command knows"
    return str(error)
