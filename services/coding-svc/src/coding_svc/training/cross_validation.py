"""How far confidences are from what is right on notes that the table was not made of.

Tenfold over the notes of all files together, parted anew twenty times; the error is told for each file by itself.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Final, NamedTuple

from coding_svc.evaluation.report import expected_error
from coding_svc.training.calibration import calibrate

FOLDS: Final = 10
PARTINGS: Final = 20


class Coded(NamedTuple):
    """A code on a labelled note: its group, whether it is right, and the confidence it has where it has no group."""

    group: str
    right: bool
    confidence: float


def cross_validated(files: Mapping[str, Sequence[Sequence[Coded]]]) -> dict[str, float]:
    """The expected calibration error per file, whose notes are each a list of codes."""
    notes = [(name, note) for name, held in files.items() for note in held]
    errors: dict[str, list[float]] = {name: [] for name in files}
    for seed in range(PARTINGS):
        shuffled = random.Random(seed).sample(notes, len(notes))
        sure: dict[str, list[tuple[float, bool]]] = {name: [] for name in files}
        for fold in range(FOLDS):
            seen = [note for at, (_, note) in enumerate(shuffled) if at % FOLDS != fold]
            table = {row.name: row.confidence for row in calibrate((c.group, c.right) for note in seen for c in note)}
            for name, note in shuffled[fold::FOLDS]:
                sure[name] += [(table.get(code.group, code.confidence), code.right) for code in note]
        for name, told in sure.items():
            errors[name].append(expected_error(told) or 0.0)
    return {name: fmean(each) for name, each in errors.items()}
