"""Edits by what they look at: one that looks at a field that many claims leave open runs only where it is filled.

An edit names such fields of claim or line, or one of `FURTHER`, by `only=`: if none of them is there it finds nothing.
That is no rule: with and without it an edit finds the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property, lru_cache
from typing import Any, Final

from codesets import store
from events.envelope import Part
from events.phi import ClaimContent, ClaimLine

from claim_builder.scrubbing.edit import Edit, Subject

FURTHER: Final[Mapping[str, Callable[[Subject], bool]]] = {
    "medicare": lambda subject: subject.claim.coverage.filing_indicator in ("MA", "MB"),
    "payer-data": lambda subject: subject.profile is not None,
    "own-tables": lambda _: store.directory() is not None,
    "history": lambda subject: bool(subject.context.history),
}
"""What else an edit may need: that Medicare is asked, payer data, code sets of the practice, earlier claims."""

_Defaults = tuple[tuple[str, Any], ...]


class EditIndex:
    """Edits in their order, and which of them may find something in a claim."""

    def __init__(self, edits: Iterable[Edit]) -> None:
        self.edits = tuple(edits)
        self._chosen = lru_cache(maxsize=1024)(self._choose)

    def of(self, subject: Subject) -> tuple[Edit, ...]:
        """The edits that may find something."""
        return self._chosen(self._there(subject))

    def _choose(self, there: frozenset[str]) -> tuple[Edit, ...]:
        return tuple(edit for edit in self.edits if not edit.only or not there.isdisjoint(edit.only))

    def _there(self, subject: Subject) -> frozenset[str]:
        """Of what edits name: the fields that hold anything but their default, and what else there is."""
        told = subject.claim.__dict__
        found = [name for name, default in self._of_claim if told[name] is not default]
        for line in subject.claim.lines:
            told = line.__dict__
            found += [name for name, default in self._of_line if told[name] is not default]
        found += [name for name, is_there in FURTHER.items() if is_there(subject)]
        return frozenset(found)

    @cached_property
    def _of_claim(self) -> _Defaults:
        return self._defaults(ClaimContent)

    @cached_property
    def _of_line(self) -> _Defaults:
        return self._defaults(ClaimLine)

    def _defaults(self, part: type[Part]) -> _Defaults:
        named = {name for edit in self.edits for name in edit.only}
        return tuple((name, field.default) for name, field in part.model_fields.items() if name in named)
