"""The dated ICD-10-CM releases: what is billable when, notes, flags."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import date

import pytest
from codesets import icd10cm

INSIDE = date(2026, 5, 1)


@pytest.fixture(scope="module")
def release() -> icd10cm.Release:
    found = icd10cm.on(INSIDE)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("day", "loaded"),
    [
        (date(2026, 3, 31), False),
        (date(2026, 4, 1), True),
        (date(2026, 9, 30), True),
        (date(2026, 10, 1), False),
    ],
)
def test_a_release_is_in_force_only_between_its_dates(day: date, loaded: bool) -> None:
    assert (icd10cm.on(day) is not None) is loaded


def test_the_release_is_complete(release: icd10cm.Release) -> None:
    assert release.billable_count == 74_719
    assert sum(release.is_billable(code) for code in release.codes()) == 74_719


@pytest.mark.parametrize("code", ["I10", "E11.22", "S39.012A", "B20", "Z66", "G35.D", "Z68.36", "O09.521"])
def test_full_length_codes_are_billable(release: icd10cm.Release, code: str) -> None:
    assert release.is_billable(code)


@pytest.mark.parametrize("code", ["E11", "E11.2", "S39.012", "G35", "M25.56", "E66.81", "X99.999Z", ""])
def test_headers_and_unknown_codes_are_not(release: icd10cm.Release, code: str) -> None:
    assert not release.is_billable(code)


def test_codes_are_found_without_dot_and_in_lower_case(release: icd10cm.Release) -> None:
    assert release.is_billable("e1122")
    assert release.title("e1122") == "Type 2 diabetes mellitus with diabetic chronic kidney disease"


def test_every_code_is_there_and_nothing_else(release: icd10cm.Release) -> None:
    assert all(release.is_valid(code) for code in release.codes())
    for code in ("", "E", "E1", "E11Z", "\xc911", "E11\x00", "S39.012AA", "E11.22ZZZ", "ZZZ", "000"):
        assert not release.is_valid(code), code


def test_an_unknown_code_has_no_title(release: icd10cm.Release) -> None:
    assert not release.is_valid("Q00.99")
    with pytest.raises(KeyError):
        release.title("Q00.99")


def test_the_tree(release: icd10cm.Release) -> None:
    assert release.ancestors("S39.012A") == ("S39.012", "S39.01", "S39.0", "S39")
    assert release.children("S39.012") == ("S39.012A", "S39.012D", "S39.012S")
    assert release.parent("S39") is None
    assert (release.chapter("I10"), release.block("I10")) == (9, "I10-I1A")
    assert release.chapter_title(9) == "Diseases of the circulatory system"


def test_placeholder_codes_hang_under_their_real_parent(release: icd10cm.Release) -> None:
    assert release.is_billable("T50.1X6A")
    assert release.ancestors("T50.1X6A")[-1] == "T50"


def test_notes_are_inherited_with_their_holder(release: icd10cm.Release) -> None:
    notes = release.excludes1("E11.9")
    assert ("E11", ("E10",)) in {(note.holder, note.references) for note in notes}
    assert not any(note.holder == "E10" for note in notes)


def test_use_additional_names_its_codes(release: icd10cm.Release) -> None:
    named = {ref for note in release.notes("E11.22", "use_additional") for ref in note.references}
    assert {"N18.1-N18.6", "Z79.4", "Z79.84"} <= named


@pytest.mark.parametrize(
    ("code", "reference", "hit"),
    [
        ("E10.9", "E10", True),
        ("N18.32", "N18.1-N18.6", True),
        ("N18.6", "N18.1-N18.6", True),
        ("N18.9", "N18.1-N18.6", False),
        ("O11.1", "O10-O11", True),
        ("E11.9", "E10", False),
    ],
)
def test_references_match_codes(code: str, reference: str, hit: bool) -> None:
    assert icd10cm.matches(code, reference) is hit
    assert (code in icd10cm.Codes(reference)) is hit
    assert (code in (icd10cm.Codes("Z99") | icd10cm.Codes(reference))) is hit


def test_no_reference_names_no_code() -> None:
    assert "I10" not in icd10cm.Codes()


def test_flags(release: icd10cm.Release) -> None:
    assert release.flags("Z00.129").age_group == "pediatric"
    assert release.flags("O80").age_group == "maternity"
    assert release.flags("O80").sex == "F"
    assert release.flags("W19.XXXA").external_cause
    assert release.flags("F02.80").manifestation
    assert release.flags("I10") == icd10cm.Flags()


def test_importing_reads_no_table_and_loading_is_quick() -> None:
    program = (
        "import time; t=time.perf_counter(); from codesets import icd10cm; from datetime import date;"
        "a=time.perf_counter()-t; r=icd10cm.on(date(2026,5,1)); r.is_billable('I10'); r.excludes1('I10');"
        "r.flags('I10'); print(a, time.perf_counter()-t)"
    )
    started = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    imported, loaded = (float(part) for part in done.stdout.split())
    assert imported < 0.5
    assert loaded < 2.0
    assert time.perf_counter() - started < 10
