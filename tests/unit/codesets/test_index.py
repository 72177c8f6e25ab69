"""The Alphabetic Index in the shape of the official XML; the entries are made up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from codesets import index, store
from codesets.cli import main
from coding_svc.coding.terms import TermTable
from hypothesis import given
from hypothesis import strategies as st

DAY = date(2026, 6, 1)
XML = """<?xml version="1.0" encoding="utf-8"?>
<ICD10CM.index><version>2026</version><title>INDEX</title><letter><title>B</title>
<mainTerm><title>Barn<nemod>(old) (red)</nemod> fever</title><code>J67.0</code>
  <term level="1"><title>acute, sudden</title><code>J67.8</code>
    <term level="2"><title>with wheezing NEC</title><code>J67.9</code><manif>[H42]</manif></term></term>
  <term level="1"><title>false</title><see>Barn fever</see></term></mainTerm>
<mainTerm><title>Zorble</title><see>Barn fever, acute, sudden</see></mainTerm>
<mainTerm><title>Lost</title><see>Nowhere</see></mainTerm>
<mainTerm><title>Stub</title><code>S52.5-</code></mainTerm>
</letter></ICD10CM.index>
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("CODESETS_DIR", str(tmp_path / "codesets"))
    store.forget()
    yield
    store.forget()


def read() -> dict[str, tuple[str, str]]:
    return {term.phrase: (term.code, term.manifestation) for term in index.read_index(XML.encode())}


def test_terms_are_said_as_people_say_them() -> None:
    assert read() == {
        "barn fever": ("J67.0", ""),
        "acute barn fever": ("J67.8", ""),
        "sudden barn fever": ("J67.8", ""),
        "acute barn fever with wheezing": ("J67.9", "H42"),
        "sudden barn fever with wheezing": ("J67.9", "H42"),
        "false barn fever": ("J67.0", ""),
        "zorble": ("J67.8", ""),
        "stub": ("S52.5", ""),
    }


def test_see_leads_to_a_code_or_to_nothing() -> None:
    assert "lost" not in read()
    assert read()["false barn fever"] == read()["barn fever"]


def test_a_loaded_index_is_in_force_by_date_and_known_to_the_engine(tmp_path: Path) -> None:
    path = tmp_path / "icd10cm_index_2026.xml"
    path.write_text(XML)
    assert index.terms(DAY) == []
    dates = ["--valid-from", "2025-10-01", "--valid-to", "2026-09-30"]
    assert main(["load", "--icd10cm-index", str(path), *dates]) == 0
    assert len(index.terms(DAY)) == len(read())
    assert index.terms(date(2026, 10, 1)) == []

    from codesets import icd10cm

    release = icd10cm.on(DAY)
    assert release is not None
    ((_, _, term),) = TermTable(release).runs(["barn", "fever"])
    assert (term.node, term.source) == ("J67.0", "index")


@pytest.mark.parametrize(
    "xml", [b"<a/>", b"<ICD10CM.index>", b'<!DOCTYPE x [<!ENTITY a "b">]><ICD10CM.index/>', b"\xff"]
)
def test_what_is_no_index_is_refused(xml: bytes) -> None:
    with pytest.raises(ValueError, match=r"XML|entities|root"):
        list(index.read_index(xml))


@given(st.lists(st.text(min_size=1), min_size=1, max_size=5))
def test_any_titles_give_phrases(titles: list[str]) -> None:
    assert 0 < len(index.phrases(tuple(titles))) <= index.MOST_PHRASES


def test_the_official_external_cause_index_reads(tmp_path: Path) -> None:
    data = Path(__file__).parents[4] / "shared" / "data" / "icd10cm_fy2026"
    files = sorted(data.glob("icd10cm-eindex-*.xml"))
    if not files:
        pytest.skip("the official file is not part of the repository")
    found = {term.phrase: term.code for term in index.read_index(files[0].read_bytes())}
    assert found["barefoot water skier accident"] == "V94.4"
    assert len(found) > 5_000
