"""Providers against loaded lists: NUCC's taxonomy and the NPIs that were taken back. The rows are made up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from claim_builder.scrubbing import ScrubContext, scrub, snip5_providers
from codesets import store
from codesets.cli import main as codesets

from tests.unit.claim_builder.claim_examples import CLINICIAN, DAY, PRACTICE, TODAY, changed, clean_claim

OWN = {edit.code for edit in snip5_providers.EDITS.edits}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("CODESETS_DIR", str(tmp_path / "codesets"))
    store.forget()
    yield tmp_path
    store.forget()


def taken(folder: Path, kind: str, rows: str) -> None:
    (folder / kind).write_text(rows)
    assert codesets(["load", f"--{kind}", str(folder / kind)]) == 0


def found(**changes: object) -> set[tuple[str, str]]:
    claim = changed(clean_claim(), {path.replace("__", "/"): value for path, value in changes.items()})
    return {(it.code, it.path) for it in scrub(claim, ScrubContext(TODAY)).findings if it.code in OWN}


def test_without_lists_nothing_is_found() -> None:
    assert found(rendering_provider__taxonomy_code="208D00000X") == set()


def test_a_taxonomy_that_is_not_in_the_list(folder: Path) -> None:
    taken(folder, "taxonomy", "Code,Grouping,Classification\n207Q00000X,a,b\n208D00000X,a,b\n")
    assert found() == set()
    assert found(rendering_provider__taxonomy_code="208D00000X") == set()
    assert found(rendering_provider__taxonomy_code="208D00009X") == {
        ("taxonomy.unknown", "rendering_provider/taxonomy_code")
    }


@pytest.mark.parametrize(("days", "late"), [(-1, True), (0, False), (30, False)])
def test_an_npi_that_was_taken_back_before_the_service(folder: Path, days: int, late: bool) -> None:
    ended = DAY + timedelta(days=days)
    rows = f"NPPES Deactivated Records\nNPI,NPPES Deactivation Date\n{CLINICIAN.npi},{ended:%m/%d/%Y}\n"
    taken(folder, "npi-deactivated", rows)
    assert found() == ({("npi.deactivated", "rendering_provider/npi")} if late else set())


def test_every_provider_of_claim_and_lines_is_looked_at(folder: Path) -> None:
    taken(folder, "npi-deactivated", f"NPI,NPPES Deactivation Date\n{PRACTICE.npi},01/02/2020\n1003000126,1/2/2020\n")
    line = {"npi": "1003000126", "entity": "person", "name": "COLE", "first_name": "ANN"}
    assert found(lines__1__rendering_provider=line) == {
        ("npi.deactivated", "billing_provider/npi"),
        ("npi.deactivated", "lines/1/rendering_provider/npi"),
    }
