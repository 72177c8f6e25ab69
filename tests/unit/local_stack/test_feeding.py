"""What `make feed` says to bad notes and to services that are away, before and after anything is posted."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from local_stack.errors import StackError
from local_stack.ports import free_port
from local_stack.progress import PlainReporter
from local_stack.sample_day import feed, run_sample_day
from local_stack.stack import RunningStack

NOTE = json.dumps({"id": "a", "note": "A: Cough."})


@pytest.fixture
def gone() -> RunningStack:
    """A stack whose services do not answer."""
    url = f"http://127.0.0.1:{free_port()}"
    names = ("coding-svc", "claim-builder", "submission-svc", "followup-svc", "sandbox")
    keys = {practice: {"emr": "k", "biller": "k"} for practice in ("lakeside", "harbor")}
    return RunningStack(1, dict.fromkeys(names, url), keys, None, "/nowhere")


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("notes.jsonl", "", "holds no notes"),
        ("notes.jsonl", f"{NOTE}\n{{no\n", "notes.jsonl:2"),
        ("notes.jsonl", f'{NOTE}\n\n{{"id": "b"}}\n', "notes.jsonl:3"),
        ("notes.md", "text", "notes.md:1"),
        ("folder/notes.md", "text", "holds no .txt and no .jsonl files"),
    ],
)
def test_bad_notes_are_named_before_anything_is_posted(
    gone: RunningStack, tmp_path: Path, name: str, text: str, words: str
) -> None:
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    notes = file.parent if "/" in name else file
    with pytest.raises(StackError) as caught:
        feed(gone, notes, PlainReporter(io.StringIO()))
    assert caught.value.code == "stack.bad-notes"
    assert words in caught.value.message


def test_a_service_that_never_takes_an_encounter_is_explained(
    gone: RunningStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local_stack.following._POST_SECONDS", 0.3)
    (tmp_path / "a.txt").write_text("A: Cough.")
    with pytest.raises(StackError) as caught:
        feed(gone, tmp_path, PlainReporter(io.StringIO()))
    assert caught.value.code == "stack.not-taken"
    assert "note-a" in caught.value.message


def test_a_service_that_is_away_when_the_day_begins_is_explained(gone: RunningStack) -> None:
    with pytest.raises(StackError) as caught:
        run_sample_day(gone, PlainReporter(io.StringIO()))
    assert caught.value.code == "stack.service-away"
