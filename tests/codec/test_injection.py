"""No text in any field of any model can make a segment or an element of its own: it is mapped or refused."""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from x12.findings import Report, WriteError
from x12.guide import Loop
from x12.tokenizing import Tokenizer

from tests.codec.makers import Maker
from tests.codec.test_round_trips import MAKERS

NASTY = st.text(min_size=1, max_size=90) | st.sampled_from(
    [
        "*",
        "~",
        ":",
        "^",
        "A~SE*1*0001~",
        "x*y:z",
        "\r\n",
        "\x1d",
        "~\nISA*00*",
        "é~ü*",
        "\u2028",
        "\x00",
        "＊～",
        "BIN*9*",
    ]
)
STRUCTURAL = frozenset(["control_number", "version"])
"""What the envelope checks itself."""


def texts(model: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The ways to all filled texts in a tree of models."""
    if isinstance(model, str):
        if model and path[-1] not in STRUCTURAL:
            yield path
    elif isinstance(model, tuple):
        for at, each in enumerate(model):
            yield from texts(each, (*path, at))
    elif dataclasses.is_dataclass(model):
        for field in dataclasses.fields(model):
            yield from texts(getattr(model, field.name), (*path, field.name))


def with_text(model: Any, path: tuple[Any, ...], text: str) -> Any:
    """The tree with another text at the end of ``path``."""
    if not path:
        return text
    head, *rest = path
    if isinstance(model, tuple):
        return (*model[:head], with_text(model[head], tuple(rest), text), *model[head + 1 :])
    return dataclasses.replace(model, **{head: with_text(getattr(model, head), tuple(rest), text)})


def segments(data: bytes) -> list[list[str]]:
    return [piece for piece in Tokenizer(data, Report()) if isinstance(piece, list)]


@pytest.mark.parametrize("transaction", MAKERS)
@example(seed=14, at=0.484375, text=";")  # the filter code of a 275: its data were taken for segments
@given(seed=st.integers(0, 2**32), at=st.floats(0, 1, exclude_max=True), text=NASTY)
@settings(max_examples=60, deadline=None)
def test_no_text_becomes_a_segment(transaction: str, seed: int, at: float, text: str) -> None:
    codec, make = MAKERS[transaction]
    maker = Maker(seed)
    envelope, (made, *_) = maker.envelope(), make(maker, 1)
    paths = list(texts(made))
    path = paths[int(at * len(paths))]
    try:
        written = codec.write(envelope, [with_text(made, path, text)])
    except WriteError as error:
        assert text not in str(error) or len(text) < 4  # short texts stand in the words of the message as well
        return
    found = segments(written)
    ids = {segment[0] for segment in segments(codec.write(envelope, [made]))}
    assert {segment[0] for segment in found} <= ids
    assert int(next(segment for segment in found if segment[0] == "SE")[1]) == len(found) - 4
    limits = longest(importlib.import_module(f"{codec.__name__}.loops").GUIDE.root)
    assert all(len(segment) - 1 <= limits.get(segment[0], 99) for segment in found)


def longest(loop: Loop) -> dict[str, int]:
    """How many elements a segment of each id has at most in a loop and the loops inside it."""
    found: dict[str, int] = {}
    for rule in loop.segments:
        found[rule.id] = max(found.get(rule.id, 0), len(rule.elements))
    for nested in loop.loops:
        for id, count in longest(nested).items():
            found[id] = max(found.get(id, 0), count)
    return found
