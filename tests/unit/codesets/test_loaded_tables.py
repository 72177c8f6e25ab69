"""Code sets of the user's own: taken in from their owners' layouts by the command, looked up by date of service.

The rows are made up; only the layouts are real.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from codesets import coverage, ncci, procedures, providers, store
from codesets.cli import main
from codesets.x12_code_sets import CODE_SETS
from x12.code_sets import Standing

DAY = date(2026, 6, 1)
PTP = (
    '"CPT only copyright of its owner."\n'
    "Column 1\tColumn 2\t*=in existence\tEffective\tDeletion\tModifier\tPTP Edit Rationale\n"
    "\t\tprior to 1996\tDate\tDate\t0=not allowed\t\n"
    "20610\t96372\t \t20150101\t*\t1\tMisuse of column two code with column one code\n"
    "11104\t11102\t*\t19960101\t*\t0\tMore extensive procedure\n"
    "17000\t11900\t \t20100101\t20251231\t1\tStandards of practice\n"
    "17000\t11900\t \t20260701\t*\t0\tStandards of practice\n"
    "93000\t93005\t \t20100101\t*\t9\tNot active\n"
)
MUE = (
    '"HCPCS/CPT Code","Practitioner Services MUE Values","MUE Adjudication Indicator","MUE Rationale"\n'
    '20610,2,"3 Date of Service Edit: Clinical","Clinical: Data"\n'
    'J1885,8,"2 Date of Service Edit: Policy","Prescribing Information"\n'
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    root = tmp_path / "codesets"
    monkeypatch.setenv("CODESETS_DIR", str(root))
    store.forget()
    yield root
    store.forget()


def taken(tmp_path: Path, kind: str, content: str, *options: str, name: str = "file.txt") -> None:
    """Load a file by the command, as a user would."""
    path = tmp_path / name
    path.write_text(content, "utf-8")
    assert main(["load", f"--{kind}", str(path), *options]) == 0


def test_pairs_are_found_by_date_and_indicator(tmp_path: Path) -> None:
    assert ncci.ptp("20610", "96372", DAY) is None and not ncci.is_loaded(DAY)
    taken(tmp_path, "ncci-ptp", PTP)
    assert ncci.ptp("20610", "96372", DAY) == ("20610", "96372", 1)
    assert ncci.ptp("96372", "20610", DAY) is None
    assert ncci.ptp("20610", "96372", date(2014, 12, 31)) is None
    assert ncci.ptp("93000", "93005", DAY) is None, "indicator 9: not active"
    assert ncci.ptp("17000", "11900", date(2025, 12, 31)) == ("17000", "11900", 1)
    assert ncci.ptp("17000", "11900", DAY) is None, "deleted, and not yet again in force"
    assert ncci.ptp("17000", "11900", date(2026, 7, 1)) == ("17000", "11900", 0)
    assert ncci.pairs(["11102", "20610", "96372", "11104"], DAY) == (("11104", "11102", 0), ("20610", "96372", 1))


def test_the_zip_as_published_and_csv_read_the_same(tmp_path: Path) -> None:
    comma = "\n".join(line.replace("\t", ",") for line in PTP.splitlines()) + "\n"
    with zipfile.ZipFile(tmp_path / "q3.zip", "w") as packed:
        packed.writestr("ccipra_v1.txt", PTP.encode("cp1252"))
        packed.writestr("readme.pdf", b"x")
    for option, path in (("a", tmp_path / "q3.zip"), ("b", tmp_path / "q3.csv")):
        if option == "b":
            path.write_text(comma)
        assert main(["load", "--ncci-ptp", str(path), "--name", option]) == 0
    one, other = (load.rows("SELECT * FROM row") for load in store.loaded(ncci.PTP))
    assert one == other and len(one) == 5


def test_unit_limits(tmp_path: Path) -> None:
    taken(tmp_path, "ncci-mue", MUE)
    assert ncci.mue("J1885", DAY) == ("J1885", 8, 2)
    assert ncci.mue("99213", DAY) is None


def test_settings_and_programs_do_not_mix(tmp_path: Path) -> None:
    taken(tmp_path, "ncci-mue", "20610,9,3 Clinical,x\n", "--setting", "outpatient", "--name", "out")
    assert ncci.mue("20610", DAY) is None
    taken(tmp_path, "ncci-mue", MUE, "--name", "pra")
    taken(tmp_path, "ncci-mue", "20610,1,3 Clinical,x\n", "--program", "medicaid", "--name", "medicaid")
    assert [ncci.mue("20610", DAY, setting) for setting in ("practitioner", "outpatient")] == [
        ("20610", 2, 3),
        ("20610", 9, 3),
    ]
    assert ncci.mue("20610", DAY, program="medicaid") == ("20610", 1, 3)
    assert ncci.mue("20610", DAY, program="medicare") == ("20610", 2, 3)


def test_the_release_that_began_last_counts(tmp_path: Path) -> None:
    taken(tmp_path, "ncci-mue", MUE, "--name", "q2", "--valid-from", "2026-04-01")
    taken(tmp_path, "ncci-mue", "20610,4,3 Clinical,x\n", "--name", "q3", "--valid-from", "2026-07-01")
    assert ncci.mue("20610", date(2026, 6, 30)) == ("20610", 2, 3)
    assert ncci.mue("20610", date(2026, 7, 1)) == ("20610", 4, 3)
    assert ncci.mue("20610", date(2026, 3, 31)) is None


def test_add_on_codes_name_their_primaries(tmp_path: Path) -> None:
    taken(tmp_path, "ncci-add-on", "Add-on Code,Type,Primary\n11103,1,11102\n11103,1,11104\n99417,2,\n")
    assert ncci.primaries("11103", DAY) == {"11102", "11104"}
    assert ncci.primaries("99417", DAY) == frozenset()
    assert ncci.primaries("11102", DAY) is None


def fixed(code: str, label: str, added: str = "20020101", ended: str = "        ", record: str = "3") -> str:
    line = f"{code}00100{record}{'a longer label':<80}{label:<28}".ljust(268)
    return f"{line}{added}20260101{ended}N".ljust(320) + "\n"


def test_hcpcs_as_fixed_width_and_as_csv(tmp_path: Path) -> None:
    lines = fixed("J9999", "a drug") + fixed("J9999", "", record="4") + fixed("G9998", "gone", ended="20251231")
    taken(tmp_path, "hcpcs", lines, "--name", "fixed")
    assert procedures.lookup("J9999", DAY) == ("J9999", "a drug", 20020101, 99_999_999)
    assert procedures.lookup("G9998", DAY) is None
    assert procedures.lookup("G9998", date(2025, 12, 31)) is not None
    taken(tmp_path, "hcpcs", "HCPC,SEQNUM,LONG DESCRIPTION,SHORT DESCRIPTION,ADD DT,TERM DT\nQ9997,1,l,s,20260401,\n")
    assert procedures.is_loaded("Q9997", DAY) and not procedures.is_loaded("99213", DAY)


def test_cpt_under_the_users_licence(tmp_path: Path) -> None:
    taken(tmp_path, "cpt", "0001 not a code\n99997 own words\n", "--name", "plain")
    assert procedures.lookup("99997", DAY) == ("99997", "own words", 0, 99_999_999)
    heads = "Concept Id\tCPT Code\tLong\tMedium\tShort\n77\t99996\tlong\tmedium\tshort\n"
    taken(tmp_path, "cpt", heads, "--name", "heads", "--valid-from", "2026-01-01")
    assert procedures.lookup("99996", DAY) == ("99996", "short", 0, 99_999_999)


def test_the_fee_schedule_says_how_a_procedure_is_treated(tmp_path: Path) -> None:
    head = "2026 relative values\n,,,,,,,,,,,,,PCTC,GLOB,PRE,INTRA,POST,MULT,BILAT,ASST,CO-,TEAM\n"
    row = "20610,,own words,A,,0.79,0.90,,0.42,,0.11,1.80,1.32,0,000,0,0,0,2,1,1,0,0,,33.4\n"
    part = "93000,26,own words,A,,0.17,0.06,,0.06,,0.01,0.24,0.24,6,XXX,0,0,0,0,0,0,0,0,,33.4\n"
    taken(tmp_path, "mpfs", head + row + part)
    assert procedures.fee_schedule_row("20610", DAY) == ("20610", "A", "0", "000", "2", "1", "1")
    assert procedures.fee_schedule_row("93000", DAY) is None


def test_a_policy_supports_codes_ranges_and_headings(tmp_path: Path) -> None:
    rows = "policy,procedure,diagnosis\nP1,82306,E55.9\nP1,82306,N18\nP1,82306,M80-M81\n"
    taken(tmp_path, "coverage", rows, "--payer", "PAYER1")
    (policy,) = coverage.policies("82306", DAY, payer="PAYER1")
    assert [policy.supports(code) for code in ("E55.9", "N18.31", "M81.0", "Z00.00")] == [True, True, True, False]
    assert coverage.policies("82306", DAY, payer="PAYER2") == ()


def test_frequency_limits(tmp_path: Path) -> None:
    taken(tmp_path, "frequency", "policy,procedure,units,days\nOnce a year,G0439,1,365\n")
    assert coverage.limits("G0439", DAY) == (("Once a year", "G0439", 1, 365),)


def test_modifiers_that_a_policy_wants(tmp_path: Path) -> None:
    taken(tmp_path, "modifiers", "policy,procedure,modifiers\nwaived,87880,QW\nsingle dose,J9035,JW JZ\n")
    assert coverage.needed_modifiers("J9035", DAY) == (("single dose", "J9035", ("JW", "JZ")),)
    assert coverage.needed_modifiers("99213", DAY) == ()


@pytest.mark.parametrize(
    ("kind", "content", "said"),
    [("ncci-ptp", "nothing,here\n", "no row of ncci-ptp"), ("hcpcs", "\n", "no row of hcpcs")],
)
def test_another_layout_is_refused_and_leaves_nothing(
    tmp_path: Path, folder: Path, capsys: pytest.CaptureFixture[str], kind: str, content: str, said: str
) -> None:
    (tmp_path / "x.txt").write_text(content)
    assert main(["load", f"--{kind}", str(tmp_path / "x.txt")]) == 2
    assert said in capsys.readouterr().err
    assert not list((folder / kind).iterdir())


def test_dates_the_wrong_way_round_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.csv").write_text(MUE)
    dates = ["--valid-from", "2026-07-01", "--valid-to", "2026-04-01"]
    assert main(["load", "--ncci-mue", str(tmp_path / "x.csv"), *dates]) == 2
    assert "ends" in capsys.readouterr().err


def test_what_is_loaded_is_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    taken(tmp_path, "ncci-mue", MUE, "--name", "2026q3", "--valid-from", "2026-07-01", "--program", "medicare")
    assert main(["releases"]) == 0
    listed = capsys.readouterr().out
    assert "ncci-mue 2026q3  2026-07-01 to 9999-12-31  setting practitioner  program medicare" in listed


def test_a_new_load_under_the_same_name_replaces_the_old(tmp_path: Path) -> None:
    taken(tmp_path, "ncci-mue", MUE, "--name", "now")
    taken(tmp_path, "ncci-mue", "20610,5,3 Clinical,x\n", "--name", "now")
    assert ncci.mue("20610", DAY) == ("20610", 5, 3)
    assert ncci.mue("J1885", DAY) is None


SUBSET = Path(__file__).parents[4] / "shared" / "data" / "ncci_2024q3" / "ptp_mue_subset.json"


@pytest.mark.skipif(not SUBSET.is_file(), reason="CMS data is not part of the repository")
def test_cms_rows_go_in_as_a_user_would_give_them(tmp_path: Path) -> None:
    known = json.loads(SUBSET.read_text())
    pairs = "".join(f"{one}\t{two}\t \t20240701\t*\t{flag}\tx\n" for one, two, flag in known["ptp"])
    taken(tmp_path, "ncci-ptp", "Column 1\tColumn 2\n" + pairs)
    for one, two, flag in known["ptp"]:
        found = ncci.ptp(one, two, DAY)
        assert found is not None and found.modifier_indicator == flag


def test_taxonomies_with_and_without_dates(tmp_path: Path) -> None:
    assert not providers.is_taxonomy_unknown("208D00000X", DAY), "nothing is loaded: nothing is known"
    assert CODE_SETS.taxonomy("208D00000X", DAY) is Standing.NOT_LOADED
    taken(
        tmp_path, "taxonomy", "\ufeffCode,Grouping,Classification,Display Name\n207Q00000X,a,b,c\n", "--name", "plain"
    )
    assert not providers.is_taxonomy_unknown("207Q00000X", DAY)
    assert providers.is_taxonomy_unknown("208D00000X", DAY)
    assert CODE_SETS.taxonomy("207Q00000X", DAY) is Standing.VALID
    assert CODE_SETS.taxonomy("208D00000X", DAY) is Standing.UNKNOWN
    dated = (
        "Code,Grouping,Classification,Specialization,Definition,Effective Date,Deactivation Date,Notes\n"
        "207Q00000X,a,b,,,1/1/2005,,\n208D00000X,a,b,,,7/1/2026,,\n208G00000X,a,b,,,1/1/2005,5/31/2026,\n"
    )
    taken(tmp_path, "taxonomy", dated, "--valid-from", "2026-01-01", "--name", "dated")
    unknown = [code for code in ("207Q00000X", "208D00000X", "208G00000X") if providers.is_taxonomy_unknown(code, DAY)]
    assert unknown == ["208D00000X", "208G00000X"]
    assert not providers.is_taxonomy_unknown("208D00000X", date(2026, 7, 1))
    assert not providers.is_taxonomy_unknown("208G00000X", date(2026, 5, 31))


def test_npis_that_were_taken_back(tmp_path: Path) -> None:
    assert not providers.is_npi_deactivated("1234567893", DAY)
    rows = "NPPES Deactivated Records as of Jan 12 2026\nNPI,NPPES Deactivation Date\n1234567893,05/31/2026\n"
    taken(tmp_path, "npi-deactivated", rows)
    assert providers.is_npi_deactivated("1234567893", DAY)
    assert not providers.is_npi_deactivated("1234567893", date(2026, 5, 31))
    assert CODE_SETS.npi("1234567893", DAY) is Standing.RETIRED
    assert CODE_SETS.npi("1245319599", DAY) is Standing.NOT_LOADED, "whether it was ever given out nobody here knows"
    assert not providers.is_npi_deactivated("1245319599", DAY)


@pytest.mark.parametrize("kind", ["taxonomy", "npi-deactivated"])
def test_a_list_of_another_layout_is_refused(tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file.csv").write_text("NPI;Date\n1234567893;2026\n207Q00000;x\n")
    assert main(["load", f"--{kind}", str(tmp_path / "file.csv")]) == 2
    assert "no row of" in capsys.readouterr().err
