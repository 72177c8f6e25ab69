"""Model fields bound to segments by tables that are used for writing and for reading.

`Record` is for flat models that stand for one segment; the functions are for many REF or DTP of one loop.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from x12.checking import parse_date
from x12.elements import element
from x12.extracting import amount, day, number
from x12.segments import Element, SegmentWriter
from x12.walking import Node

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T")

_READERS: dict[str, Callable[[list[str], int], object]] = {
    "text": element,
    "money": amount,
    "decimal": number,
    "date": day,
}


class Record(Generic[T]):
    """``fields`` maps element positions to ``"attribute:kind"``; kinds are text, money, decimal and date.

    ``fixed`` are elements whose value never differs. A required amount or number that cannot be read becomes 0.
    """

    def __init__(
        self,
        segment_id: str,
        model: Callable[..., T],
        fields: Mapping[int, str],
        fixed: Mapping[int, str] | None = None,
        zero_if_missing: tuple[str, ...] = (),
    ) -> None:
        self.segment_id = segment_id
        self._model = model
        self._fields = {at: tuple(text.split(":")) for at, text in fields.items()}
        self._fixed = dict(fixed or {})
        self._zero = zero_if_missing
        self._length = max([*self._fields, *self._fixed])

    def write(self, writer: SegmentWriter, value: T | None) -> None:
        """Add the segment, if there is a value."""
        if value is None:
            return
        elements: list[Element] = [None] * self._length
        for at, text in self._fixed.items():
            elements[at - 1] = text
        for at, (attribute, kind) in self._fields.items():
            found = getattr(value, attribute)
            elements[at - 1] = writer.money(found) if kind == "money" else found
        writer.add(self.segment_id, *elements)

    def read(self, segment: list[str]) -> T | None:
        """The model of a segment, None if there is no segment."""
        if not segment:
            return None
        values = {attribute: _READERS[kind](segment, at) for at, (attribute, kind) in self._fields.items()}
        for attribute in self._zero:
            values[attribute] = values[attribute] or 0
        return self._model(**values)


def unfilled(model: type[DataclassInstance], first: str, last: str = "") -> Callable[[object], bool]:
    """A test that the fields of a model from ``first`` to ``last`` (or to the end) all have their defaults.

    Most claims and lines fill few of their many fields; one comparison is quicker than to ask for each of them.
    """
    every = fields(model)
    names = [each.name for each in every]
    chosen = every[names.index(first) : names.index(last) + 1 if last else None]
    values, defaults = attrgetter(*[each.name for each in chosen]), tuple(each.default for each in chosen)

    def test(value: object) -> bool:
        is_unfilled: bool = values(value) == defaults
        return is_unfilled

    return test


def write_fields(writer: SegmentWriter, value: object, names: Mapping[str, str]) -> None:
    """A REF for every named field that is filled."""
    for qualifier, name in names.items():
        text = getattr(value, name)
        if text:
            writer.add("REF", qualifier, text)


def read_fields(node: Node, names: Mapping[str, str]) -> dict[str, Any]:
    """The named fields from the REF segments of a loop; the first of each qualifier counts."""
    found: dict[str, Any] = {}
    for segment in node.segments:
        if segment[0] == "REF" and len(segment) > 2 and (name := names.get(segment[1])):
            found.setdefault(name, segment[2])
    return found


def read_dates(node: Node, names: Mapping[str, str]) -> dict[str, Any]:
    """The named dates from the DTP segments of a loop."""
    found: dict[str, Any] = {}
    for segment in node.segments:
        if segment[0] == "DTP" and len(segment) > 3 and (name := names.get(segment[1])):
            found.setdefault(name, parse_date(element(segment, 3)))
    return found
