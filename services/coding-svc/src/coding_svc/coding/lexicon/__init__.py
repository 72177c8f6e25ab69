"""Word lists as data: tab-separated, one header line each, read once. Our own words throughout."""

from __future__ import annotations

from importlib import resources


def rows(name: str) -> list[list[str]]:
    """The rows of `name`, without its header line."""
    text = (resources.files(__name__) / name).read_text("utf-8")
    return [line.split("\t") for line in text.splitlines()[1:] if line]


def lines(name: str) -> list[str]:
    """The lines of a plain list, without comments."""
    text = (resources.files(__name__) / name).read_text("utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]
