"""docs/findings.md lists every name that a finding of coding can have."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import coding_svc.coding
import pytest
from coding_svc.batch.documents import encounter_of
from coding_svc.batch.output import names_of
from coding_svc.coding.engine import CodingEngine

DOCS = (Path(__file__).parents[3] / "docs" / "findings.md").read_text()
ROOMS = Path(coding_svc.coding.__file__).parent
KIND = re.compile(r"\"([a-z0-9_]+):\{")
FACT = re.compile(r"missing=\"([a-z_]+)\"|\"(?:missing_fact|conflict):([a-z_]+)[\":]")
NOT_OF_FINDINGS = {"note", "medical_discussion"}
VIGNETTES = sorted((Path(__file__).parent / "vignettes").glob("*s.jsonl"))


def texts() -> Iterator[str]:
    for room in sorted(ROOMS.glob("*.py")):
        yield room.read_text()


def test_every_kind_and_fact_of_the_source_is_listed() -> None:
    kinds = {kind for text in texts() for kind in KIND.findall(text)} - NOT_OF_FINDINGS
    facts = {one or other for text in texts() for one, other in FACT.findall(text)}
    assert {"excludes1", "missing_fact", "ncci", "mue"} <= kinds
    assert {"wound_length", "laterality", "drug_dose"} <= facts
    assert {kind for kind in kinds if f"`{kind}:" not in DOCS} == set()
    assert {fact for fact in facts if f"`{fact}" not in DOCS} == set()


@pytest.mark.parametrize("file", VIGNETTES, ids=[file.stem for file in VIGNETTES])
def test_every_name_that_the_vignettes_have_is_listed(file: Path, engine: CodingEngine) -> None:
    for line in file.read_text().splitlines():
        case = json.loads(line)
        if "note" not in case or not isinstance(case.get("encounter", {}), dict):
            continue
        for name in names_of(engine.code(encounter_of(case)).findings):
            kind, _, rest = name.partition(":")
            assert f"`{kind}" in DOCS
            if kind in ("missing_fact", "conflict"):
                assert f"`{rest.split(':')[0]}" in DOCS
