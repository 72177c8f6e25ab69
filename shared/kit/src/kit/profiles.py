"""Payers' demands as dated data: what the services' payer files have in common.

A file holds `[[payer]]` entries; an entry is a frozen dataclass of plain fields. It names its payer by id or by kind of
insurance (SBR09), and says where its facts are from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field, fields
from datetime import date
from typing import Any, ClassVar, Final, Protocol, TypeVar


class BadProfile(ValueError):
    """A payer file cannot be read: the text names file, entry and field."""


class Profile(Protocol):
    """A dataclass with the fields that every entry has."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    @property
    def payer_ids(self) -> tuple[str, ...]:
        """The payers by their ids."""

    @property
    def filing_indicators(self) -> tuple[str, ...]:
        """The payers by their kinds of insurance."""


P = TypeVar("P", bound=Profile)
_TYPES: Final[dict[str, type]] = {"date": date, "bool": bool, "int": int}
"""Types of fields by what their annotation begins with; the others are texts."""


def read_profile(kind: type[P], entry: Mapping[str, Any], place: str, choices: Mapping[str, tuple[str, ...]]) -> P:
    """An entry as its dataclass, whose annotations are texts; `choices` are the words that a field may take.

    `place` names file and entry in the text of an error. Raises BadProfile.
    """
    known = {field.name: str(field.type) for field in fields(kind)}
    unknown = sorted(set(entry) - set(known))
    if unknown:
        raise BadProfile(f"{place}: unknown field {unknown[0]}; there are {', '.join(known)}")
    for name in ("name", "source"):
        if not isinstance(entry.get(name), str):
            raise BadProfile(f"{place}: give {name} as text")
    if not entry.get("payer_ids") and not entry.get("filing_indicators"):
        raise BadProfile(f"{place}: name the payer by payer_ids or filing_indicators")
    for name, words in choices.items():
        if entry.get(name, words[0]) not in words:
            raise BadProfile(f"{place}: {name} is one of {', '.join(filter(None, words))}")
    return kind(**{name: _value(name, known[name], value, place) for name, value in entry.items()})


def _value(name: str, kind: str, value: object, place: str) -> Any:
    if kind.startswith("tuple"):
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise BadProfile(f"{place}: {name} is a list of texts")
        return tuple(value)
    wanted = next((type_ for begin, type_ in _TYPES.items() if kind.startswith(begin)), str)
    if not isinstance(value, wanted):
        raise BadProfile(f"{place}: {name} has the wrong type")
    return value
