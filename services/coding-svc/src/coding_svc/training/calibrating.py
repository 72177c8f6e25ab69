"""`coding-svc calibrate GOLD.jsonl… --to FILE`: makes the table of confidences from labelled notes."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from coding_svc.batch.documents import MAX_DIAGNOSES, BadLine
from coding_svc.coding.confidence import TABLE, VISIT_TABLE
from coding_svc.coding.engine import CodingEngine
from coding_svc.evaluation.command import labelled_notes
from coding_svc.training.calibration import Group, calibrate
from coding_svc.training.cross_validation import Coded, cross_validated

DESCRIPTION: Final = (
    f"Counts right codes per group on labelled notes and writes {TABLE}: group, codes, right, confidence. With "
    f"--visits it counts visit levels and writes {VISIT_TABLE}."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    parser.add_argument("gold", type=Path, nargs="+", help="labelled notes, as for `coding-svc evaluate`")
    parser.add_argument("--to", type=Path, required=True, help="the table to write")
    parser.add_argument("--visits", action="store_true", help="the table of the visit levels instead of the codes'")
    parser.add_argument(
        "--cross-validate", action="store_true", help="also print the error on notes left out (codes only)"
    )
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Count and write; 2 if a file cannot be read."""
    try:
        if arguments.visits:
            groups = calibrate(item for path in arguments.gold for item in observed_visits(path))
        else:
            files = {str(path): observed(path) for path in arguments.gold}
            groups = calibrate((code.group, code.right) for held in files.values() for note in held for code in note)
    except (OSError, BadLine, KeyError, ValueError) as error:
        sys.stderr.write(f"calibrate: {type(error).__name__}: {error}\n")
        return 2
    write(arguments.to, groups)
    for group in groups:
        print(f"{group.name:<18} {group.right:>5} of {group.codes:<5} {group.confidence:.3f}")
    if arguments.cross_validate and not arguments.visits:
        for name, apart in cross_validated(files).items():
            print(f"cross-validated error {apart:.3f}  {name}")
    return 0


def observed(gold: Path) -> list[list[Coded]]:
    """Every code of every note, and whether it is right; disputed and neutral codes are left out."""
    engine = CodingEngine(max_diagnoses=MAX_DIAGNOSES)
    return [
        [
            Coded(item.group, item.code in labels.wanted, item.confidence)
            for item in engine.code(encounter).diagnoses
            if item.code in labels.wanted or not labels.is_neutral(item.code)
        ]
        for _, labels, encounter in labelled_notes(gold)
    ]


def observed_visits(gold: Path) -> Iterator[tuple[str, bool]]:
    """The group of every estimated visit level, and whether the level is right."""
    engine = CodingEngine(max_diagnoses=MAX_DIAGNOSES)
    for _, labels, encounter in labelled_notes(gold):
        visit = engine.code(encounter).em
        if visit is not None and visit.by == "mdm" and labels.em is not None:
            yield visit.group, visit.code in labels.em


def write(path: Path, groups: list[Group]) -> None:
    """group, codes, right, confidence."""
    lines = ["group\tcodes\tright\tconfidence", *("\t".join(map(str, group)) for group in groups)]
    path.write_text("\n".join(lines) + "\n", "utf-8")
