"""Making a release from the publisher's files, and the command line."""

from __future__ import annotations

import zipfile
from datetime import date
from pathlib import Path

import pytest
from codesets import builder, cli, icd10cm

TABULAR = b"""<?xml version="1.0"?><ICD10CM.tabular><chapter><name>9</name>
<desc>Diseases of the circulatory system (I00-I99)</desc>
<section id="I10-I1A"><desc>Hypertensive diseases (I10-I1A)</desc>
<diag><name>I10</name><desc>Essential (primary) hypertension</desc>
<includes><note>high blood pressure</note></includes>
<excludes1><note>neonatal hypertension (P29.2)</note><note>in pregnancy (O10-O11, O13-O16)</note></excludes1>
</diag></section></chapter></ICD10CM.tabular>"""


def order_line(number: int, code: str, billable: int, title: str) -> str:
    return f"{number:05d} {code:<7} {billable} {title[:60]:<60} {title}"


@pytest.fixture
def cms_zip(tmp_path: Path) -> Path:
    path = tmp_path / "release.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("icd10cm_order_2027.txt", order_line(1, "I10", 1, "Essential (primary) hypertension"))
        archive.writestr("icd10cm_tabular_2027.xml", TABULAR)
    return path


def test_a_second_release_is_loaded_and_found_by_its_dates(
    cms_zip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CODESETS_DIR", str(tmp_path / "releases"))
    dates = ["--valid-from", "2026-10-01", "--valid-to", "2027-09-30"]
    assert cli.main(["load", "--icd10cm", str(cms_zip), "--name", "2026-10", *dates]) == 0
    assert cli.main(["show", "I10", "--on", "2026-11-02"]) == 0
    assert cli.main(["show", "E11.9", "--on", "2026-11-02"]) == 1
    assert "high blood pressure" not in capsys.readouterr().err
    release = icd10cm.on(date(2026, 11, 2))
    assert release is not None
    assert release.excludes1("I10")[1].references == ("O10-O11", "O13-O16")
    assert list(release.inclusion_terms()) == [("I10", "high blood pressure")]


NEOPLASMS = b"""<ICD10CM.index><indexHeading><head col="1">Neoplasm</head></indexHeading><letter><mainTerm>
<title>Neoplasm, neoplastic</title><term level="1"><title>lung</title><cell col="2">C34.9-</cell></term>
</mainTerm></letter></ICD10CM.index>"""
DRUGS = b"""<ICD10CM.index><indexHeading><head col="1">Substance</head></indexHeading><letter><mainTerm>
<title>Zorblattin</title><cell col="2">T50.991</cell><cell col="6">T50.995</cell></mainTerm></letter></ICD10CM.index>"""


def test_the_tables_beside_the_tabular_list_come_with_the_release(
    cms_zip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CODESETS_DIR", str(tmp_path / "releases"))
    dates = ["--name", "2026-10", "--valid-from", "2026-10-01", "--valid-to", "2027-09-30"]
    whole = tmp_path / "whole.zip"
    whole.write_bytes(cms_zip.read_bytes())
    with zipfile.ZipFile(whole, "a") as archive:
        archive.writestr("Table and Index/icd10cm_neoplasm_2027.xml", NEOPLASMS)
        archive.writestr("Table and Index/icd10cm_drug_2027.xml", DRUGS)
        archive.writestr("Table and Index/icd10cm_drug_addenda_2027.xml", b"<other/>")
    assert cli.main(["load", "--icd10cm", str(whole), *dates]) == 0
    release = icd10cm.on(date(2026, 11, 2))
    assert release is not None
    assert [(row.site, row.primary) for row in release.neoplasms()] == [("lung", "C34.9")]
    assert [(row.name, row.adverse_effect) for row in release.substances()] == [("zorblattin", "T50.995")]

    assert cli.main(["load", "--icd10cm", str(cms_zip), *dates]) == 0, "the same name without tables"
    again = icd10cm.on(date(2026, 11, 2))
    assert again is not None
    assert (again.neoplasms(), again.substances()) == ([], [])


def test_a_file_that_is_no_table_leaves_no_release(
    cms_zip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CODESETS_DIR", str(tmp_path / "releases"))
    with zipfile.ZipFile(cms_zip, "a") as archive:
        archive.writestr("icd10cm_drug_2027.xml", b"<other/>")
    dates = ["--name", "2026-10", "--valid-from", "2026-10-01", "--valid-to", "2027-09-30"]
    assert cli.main(["load", "--icd10cm", str(cms_zip), *dates]) == 2
    assert "not a table" in capsys.readouterr().err
    assert not (tmp_path / "releases" / "2026-10").exists()


def test_overlapping_dates_are_refused(
    cms_zip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CODESETS_DIR", str(tmp_path / "releases"))
    dates = ["--valid-from", "2026-09-01", "--valid-to", "2026-12-31"]
    assert cli.main(["load", "--icd10cm", str(cms_zip), "--name", "x", *dates]) == 2
    assert "overlaps with release 2026-04" in capsys.readouterr().err
    rows, tabular = builder.read_cms_zip(cms_zip)
    builder.write_release(tmp_path / "releases" / "x", rows, tabular, "x", date(2026, 9, 1), date(2026, 12, 31))
    icd10cm.forget()
    with pytest.raises(ValueError, match="overlaps"):
        icd10cm.on(date(2026, 10, 1))


def test_a_zip_without_the_order_file_says_what_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "empty.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "nothing")
    with pytest.raises(ValueError, match="icd10cm_order"):
        builder.read_cms_zip(path)


@pytest.mark.parametrize("xml", [b"<other/>", b'<!DOCTYPE x [<!ENTITY a "b">]><ICD10CM.tabular/>'])
def test_other_xml_is_refused(xml: bytes) -> None:
    with pytest.raises(ValueError, match=r"root element|entities"):
        builder.read_tabular(xml)


def test_building_again_gives_the_same_bytes(tmp_path: Path, cms_zip: Path) -> None:
    rows, tabular = builder.read_cms_zip(cms_zip)
    for name in ("a", "b"):
        builder.write_release(tmp_path / name, rows, tabular, "n", date(2027, 1, 1), date(2027, 2, 1))
    for file in ("codes.tsv.gz", "notes.json.gz", "structure.json.gz"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_flags_from_editor_answers(tmp_path: Path) -> None:
    header = (
        "code,age_conflict_at(0,5,12,16,40,70),manifestation_pdx,ecode_pdx,unacceptable_pdx,"
        "questionable_admission,invalid,female_only_2023,male_only_2023"
    ).replace("age_conflict_at(0,5,12,16,40,70)", '"age_conflict_at(0,5,12,16,40,70)"')
    assert builder.write_flags(tmp_path, f"{header}\nO80,0;5;70,0,0,0,0,0,1,0\nA00.0,,0,0,0,0,0,0,0\n") == 1


def test_synonyms_take_names_and_leave_identifier_matches(tmp_path: Path) -> None:
    header = "subject_id\tsubject_label\tobject_id\tsubject_match_field\n"
    table = f"{header}M:1\tGood Name\tICD10CM:A00\trdfs:label\nM:2\tother\tICD10CM:A01\toio:hasDbXref\n"
    assert builder.write_synonyms(tmp_path / "s.gz", '{"synonym_to_icd10cm": {"flu": "J11"}}', {"MONDO": table}) == 2


def test_show_outside_every_release_names_the_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["show", "I10", "--on", "2020-01-01"]) == 1
    assert "codeset.not-loaded" in capsys.readouterr().err


def test_releases_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["releases"]) == 0
    assert "2026-04-01 to 2026-09-30" in capsys.readouterr().out
