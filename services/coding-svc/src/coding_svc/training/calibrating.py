"""`coding-svc calibrate GOLD.jsonl… --to FILE`: makes the table of confidences from labelled notes."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final

from coding_svc.batch.documents import MAX_DIAGNOSES, BadLine
from coding_svc.coding import lexicon
from coding_svc.coding.confidence import TABLE, UNMEASURED, VISIT_TABLE
from coding_svc.coding.engine import CodingEngine
from coding_svc.evaluation.command import labelled_notes
from coding_svc.training.calibration import Group, calibrate
from coding_svc.training.cross_validation import Coded, cross_validated

FIRST_READINGS: Final = "em_first_readings.tsv"
DESCRIPTION: Final = (
    f"Counts right codes per group on labelled notes and writes {TABLE}: group, codes, right, confidence. With "
    f"--visits it counts visit levels, with {FIRST_READINGS}, and writes {VISIT_TABLE}."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    parser.add_argument("gold", type=Path, nargs="+", help="labelled notes, as for `coding-svc evaluate`")
    parser.add_argument("--to", type=Path, required=True, help="the table to write")
    parser.add_argument("--visits", action="store_true", help="the table of the visit levels instead of the codes'")
    parser.add_argument("--cross-validate", action="store_true", help="also print the error on notes left out")
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Count and write; 2 if a file cannot be read."""
    try:
        files = {str(path): (observed_visits if arguments.visits else observed)(path) for path in arguments.gold}
        if arguments.visits:
            files[FIRST_READINGS] = first_readings()
        groups = calibrate((code.group, code.right) for held in files.values() for note in held for code in note)
    except (OSError, BadLine, KeyError, ValueError) as error:
        sys.stderr.write(f"calibrate: {type(error).__name__}: {error}\n")
        return 2
    write(arguments.to, groups)
    for group in groups:
        print(f"{group.name:<18} {group.right:>5} of {group.codes:<5} {group.confidence:.3f}")
    if arguments.cross_validate:
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


def observed_visits(gold: Path) -> list[list[Coded]]:
    """Every estimated visit level, and whether it is right."""
    engine = CodingEngine(max_diagnoses=MAX_DIAGNOSES)
    coded = ((engine.code(encounter).em, labels.em) for _, labels, encounter in labelled_notes(gold))
    return [
        [Coded(visit.group, visit.code in wanted, UNMEASURED)]
        for visit, wanted in coded
        if visit is not None and visit.by == "mdm" and wanted is not None
    ]


def first_readings() -> list[list[Coded]]:
    """Levels of visits written with their keys before they were run: what notes that nobody tuned for have."""
    return [
        [Coded(group, number < int(right), UNMEASURED)]
        for group, levels, right in lexicon.rows(FIRST_READINGS)
        for number in range(int(levels))
    ]


def write(path: Path, groups: list[Group]) -> None:
    """group, codes, right, confidence."""
    lines = ["group\tcodes\tright\tconfidence", *("\t".join(map(str, group)) for group in groups)]
    path.write_text("\n".join(lines) + "\n", "utf-8")
