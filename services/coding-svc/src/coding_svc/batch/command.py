"""`coding-svc code < notes.jsonl > codes.jsonl`: streams, and never stops at a bad line."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final, TextIO

from kit import memory
from kit.profiles import BadProfile

from coding_svc.batch.documents import DEFAULT_DATE, MAX_DIAGNOSES, BadLine, document_of, encounter_of
from coding_svc.batch.output import line_of
from coding_svc.coding.engine import CodingEngine
from coding_svc.payers import Payers, load_payers

DESCRIPTION: Final = (
    'Codes notes. One JSON object per line on standard input, {"id", "note", "encounter"?}; one per line on standard '
    f'output. Without a date of service {DEFAULT_DATE} counts. A line that cannot be read gives {{"id", "error"}}.'
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """A filter: what it reads beside standard input is the practice's payer data."""
    parser.add_argument("--payers", type=Path, help="payer data (docs/payers.md) for documents of POST /v1/encounters")
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Filter standard input to standard output; 0 unless the output breaks, 2 if the payer data cannot be read."""
    try:
        payers = load_payers(arguments.payers)
    except BadProfile as error:
        sys.stderr.write(f"code: {error}\n")
        return 2
    engine = CodingEngine(max_diagnoses=MAX_DIAGNOSES, warm_for=DEFAULT_DATE)
    memory.settle()
    bad = filter_lines(engine, sys.stdin.buffer, sys.stdout, payers)
    if bad:
        sys.stderr.write(f'{bad} lines could not be read: see "error" in their output lines.\n')
    return 0


def filter_lines(engine: CodingEngine, source: BinaryIO, target: TextIO, payers: Payers | None = None) -> int:
    """Write one output line per non-empty input line, as soon as it is coded; how many could not be read."""
    bad = 0
    for answer in answers(engine, source, payers):
        bad += "error" in answer
        target.write(json.dumps(answer, separators=(",", ":")))
        target.write("\n")
        target.flush()
    return bad


def answers(engine: CodingEngine, lines: Iterable[bytes], payers: Payers | None = None) -> Iterator[dict[str, Any]]:
    """The output object of each non-empty line, in order."""
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield _answer(engine, line, number, payers)


def _answer(engine: CodingEngine, line: bytes, number: int, payers: Payers | None) -> dict[str, Any]:
    line_id: object = None
    try:
        document = document_of(line)
        line_id = document["id"]
        encounter = encounter_of(document, payers)
        return line_of(document["id"], engine.code(encounter), [note.note_id for note in encounter.notes])
    except BadLine as error:
        return _failed(line_id, error.code, error.hint, number)
    except Exception as error:  # noqa: BLE001  # process edge: what breaks here must not cost the lines after it
        return _failed(line_id, "coding.failed", f"The engine failed ({type(error).__name__}); report it.", number)


def _failed(line_id: object, code: str, hint: str, number: int) -> dict[str, Any]:
    return {"id": line_id, "error": {"code": code, "hint": hint, "line": number}}
