"""docs/edits.md says what the scrubber does."""

from __future__ import annotations

from pathlib import Path

from claim_builder.edit_list import edit_list
from claim_builder.scrubbing import EDITS, REPAIRS

DOCUMENT = Path(__file__).parents[3] / "docs" / "edits.md"


def test_the_list_is_up_to_date() -> None:
    assert DOCUMENT.read_text() == edit_list(), "run: .venv/bin/claim-builder edits > docs/edits.md"


def test_everything_is_listed_once() -> None:
    text = edit_list()
    for code in [edit.code for edit in EDITS] + [kind.code for kind in REPAIRS]:
        assert text.count(f"| `{code}` |") == 1
