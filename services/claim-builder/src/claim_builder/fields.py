"""Paths into a claim's content, such as `lines/0/pointers`: how findings, repairs and fixes name a field.

A path is a JSON pointer without the leading slash, its list positions counted from 0. A pattern may hold `*` for
every position of a list.
"""

from __future__ import annotations

from typing import Any


class NoSuchField(LookupError):
    """The path leads to nothing in this content."""


def matches(pattern: str, path: str) -> bool:
    """Whether `path` is one of those that `pattern` stands for."""
    wanted, given = pattern.split("/"), path.split("/")
    return len(wanted) == len(given) and all(
        (piece.isascii() and piece.isdigit() if want == "*" else want == piece)
        for want, piece in zip(wanted, given, strict=True)
    )


def read(content: Any, path: str) -> Any:
    """The value at `path` of a content tree of dicts and lists. Raises NoSuchField."""
    here = content
    for piece in path.split("/"):
        here = _step(here, piece, path)
    return here


def write(content: Any, path: str, value: Any) -> None:
    """Put `value` at `path`, in place. Raises NoSuchField where the way to it does not exist."""
    parent, _, last = path.rpartition("/")
    here = read(content, parent) if parent else content
    _step(here, last, path)
    here[int(last) if isinstance(here, list) else last] = value


def _step(here: Any, piece: str, path: str) -> Any:
    try:
        return here[int(piece)] if isinstance(here, list) else here[piece]
    except (KeyError, IndexError, TypeError, ValueError):
        raise NoSuchField(path) from None
