"""What Python and strangers would put into logs, hints and names, and what is told instead."""

from __future__ import annotations

import logging
import subprocess
import sys
from typing import Annotated, Literal

import pytest
from kit.api.problems import problem_of_validation
from kit.telemetry import logs
from kit.webhooks.router import TRANSACTION_SETS, _kind
from pydantic import BaseModel, Field, ValidationError

TOKEN = "PLANTED-PHI-TOKEN"


@pytest.mark.parametrize(
    "last_words",
    [
        f"raise ValueError('{TOKEN}')",
        f"import warnings; warnings.warn('{TOKEN}')",
        f"import threading; t = threading.Thread(target=int, args=('{TOKEN}',)); t.start(); t.join()",
        f"x = type('X', (), {{'__del__': lambda self: int('{TOKEN}')}})(); del x",
        f"import logging; logging.getLogger('library').warning('patient {TOKEN}')",
    ],
)
def test_what_python_prints_by_itself_is_told_without_its_words(last_words: str) -> None:
    program = f"from kit.telemetry import logs\nlogs.configure('toy')\n{last_words}\n"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert TOKEN not in done.stderr + done.stdout
    assert '"service": "toy"' in done.stderr


def test_a_librarys_template_is_kept_and_its_place_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("toy")
    logging.getLogger("library").warning("node %s is away", TOKEN)
    told = capsys.readouterr().err
    assert "node %s is away" in told
    assert "test_telemetry_edges.py:" in told
    assert TOKEN not in told


@pytest.mark.parametrize("word", ["", TOKEN, "277ca", "835 ", "x" * 500])
def test_a_senders_word_that_is_no_transaction_set_is_other(word: str) -> None:
    assert _kind(word) == "other"
    assert all(_kind(known) == known for known in TRANSACTION_SETS)


class _A(BaseModel):
    kind: Literal["a"]


class _B(BaseModel):
    kind: Literal["b"]


class _Body(BaseModel):
    either: Annotated[_A | _B, Field(discriminator="kind")]


def test_a_hint_does_not_quote_what_was_sent() -> None:
    with pytest.raises(ValidationError) as refused:
        _Body.model_validate({"either": {"kind": TOKEN}})
    assert TOKEN in str(refused.value)
    assert TOKEN.encode() not in problem_of_validation(refused.value).response().body
