"""What tests of coding share: keyed notes, a visit of the office, a practice's NCCI files, lines in short."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from codesets import store
from codesets.cli import main as codesets
from coding_svc.batch.documents import encounter_of
from coding_svc.domain import ClinicalEncounter, CodingResult

_VIGNETTES: Final = Path(__file__).parents[1] / "unit" / "coding" / "vignettes"


def keyed(name: str) -> list[dict[str, Any]]:
    """The cases of a file of vignettes, one JSON object a line."""
    return [json.loads(line) for line in (_VIGNETTES / f"{name}.jsonl").read_text().splitlines()]


def office_visit(note: str, patient: dict[str, Any]) -> ClinicalEncounter:
    """A visit of 2026-06-10 at the office that has nothing but its note."""
    encounter = {"date_of_service": "2026-06-10", "place_of_service": "11", "patient": patient, "visit_type": "office"}
    return encounter_of({"id": "visit", "note": note, "encounter": encounter})


@contextmanager
def ncci(folder: Path, pairs: Iterable[tuple[str, str, int]], units: Iterable[tuple[str, int]]) -> Iterator[None]:
    """The practice has loaded these PTP pairs (with their indicator) and MUE values, in the layouts of CMS."""
    rows = "".join(f"{one}\t{two}\t \t20150101\t*\t{indicator}\n" for one, two, indicator in pairs)
    (folder / "ptp.txt").write_text("Column 1\tColumn 2\t*\tEffective\tDeletion\tModifier\n" + rows)
    (folder / "mue.csv").write_text("".join(f"{code},{most},3 Clinical,x\n" for code, most in units))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CODESETS_DIR", str(folder / "sets"))
        store.forget()
        assert codesets(["load", "--ncci-ptp", str(folder / "ptp.txt")]) == 0
        assert codesets(["load", "--ncci-mue", str(folder / "mue.csv")]) == 0
        yield
    store.forget()


def short_lines(result: CodingResult) -> list[str]:
    """The lines as CODE-MODIFIER*UNITS, 25 aside; those for a person with a question mark."""
    return sorted(
        "-".join((line.code, *(m for m in line.modifiers if m != "25")))
        + (f"*{line.units:f}" if line.units != 1 else "")
        + ("" if line.auto else "?")
        for line in result.procedures
    )
