"""The compiled dictionary is the one that would be worked out; a stale one is left aside."""

from __future__ import annotations

from pathlib import Path

import pytest
from codesets.icd10cm import Release
from coding_svc.coding import compiled
from coding_svc.coding.terms import official


def test_the_packaged_file_is_up_to_date(release: Release) -> None:
    rows = compiled.read(release)
    assert rows is not None, "run `coding-svc compile --to services/coding-svc/src/coding_svc/coding/lexicon/…`"
    found = {words: (node, source, round(weight, 4)) for words, node, source, weight in rows}
    wanted = {key: (term.node, term.source, round(term.weight, 4)) for key, term in official(release).items()}
    assert found == wanted


def test_a_file_of_other_ingredients_is_left_aside(release: Release, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "fingerprint", lambda _: "another")
    assert compiled.read(release) is None


def test_what_is_written_can_be_read(release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    row = (("acute", "cough"), "R05.1", "title", 0.95)
    monkeypatch.setattr(compiled.resources, "files", lambda _: tmp_path)
    monkeypatch.setattr(compiled, "fingerprint", lambda _: "same")
    assert compiled.read(release) is None
    assert compiled.write(release, [row], tmp_path / compiled.NAME) == 1
    rows = compiled.read(release)
    assert rows is not None and list(rows) == [row]
