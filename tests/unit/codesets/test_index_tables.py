"""The neoplasm table and the table of drugs and chemicals, from XML in the official layout and as packaged."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from codesets import icd10cm, index_tables
from codesets.cli import main

HEADING = "<indexHeading><head col='1'>x</head></indexHeading>"
TABLE = f"""<ICD10CM.index>{HEADING}<letter><mainTerm><title>Neoplasm, neoplastic</title><cell col='2'>C80.1</cell>
<term level='1'><title>calf, leg<nemod>(any)</nemod> NEC</title><cell col='2'>C76.5-</cell><cell col='5'>-</cell></term>
<term level='1'><title>leg</title><cell col='2'>C76.9</cell>
<term level='2'><title>nothing</title><cell col='2'>-</cell></term></term></mainTerm></letter></ICD10CM.index>"""


def test_a_line_has_its_path_its_alternatives_and_its_codes() -> None:
    rows = {row[0]: row[1:] for row in index_tables.read_table(TABLE.encode())}
    assert rows["calf"] == ("C76.5", "", "", "", "", "")
    assert rows["leg"][0] == "C76.9"  # its own entry, not the other name of the calf
    assert "leg nothing" not in rows


@pytest.mark.parametrize(
    "xml", [b"<ICD10CM.index/>", b"<x", b'<!DOCTYPE x [<!ENTITY a "b">]><ICD10CM.index/>', b"<other/>"]
)
def test_what_is_no_table_is_refused(xml: bytes) -> None:
    with pytest.raises(ValueError, match=r"table|well-formed|entities"):
        list(index_tables.read_table(xml))


def test_the_packaged_tables_name_codes_of_their_release() -> None:
    release = icd10cm.on(date(2026, 6, 1))
    assert release is not None
    neoplasms = {row.site: row for row in release.neoplasms()}
    assert neoplasms["lung"].primary == "C34.9" and neoplasms["lung"].secondary == "C78.0"
    substances = {row.name: row for row in release.substances()}
    assert substances["amoxicillin"].adverse_effect == "T36.0X5"
    assert all(release.is_valid(row.primary) for row in neoplasms.values() if row.primary)
    assert all(release.is_valid(row.accidental) for row in substances.values() if row.accidental)


def test_a_release_without_tables_has_empty_ones(tmp_path: Path) -> None:
    assert index_tables.neoplasms(tmp_path) == []
    assert index_tables.substances(tmp_path) == []


def test_building_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        assert index_tables.write_table(tmp_path / name, TABLE.encode()) == 2
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_the_command_offers_the_tables(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["build", "--help"])
    assert "--neoplasms" in capsys.readouterr().out
