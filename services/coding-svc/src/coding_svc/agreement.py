"""How far two readings of the same encounters agree: the figures of blind double coding. Pure arithmetic.

Percent figures come with the Wilson score interval (95 %); code sets are compared by positive specific agreement,
2·both / (2·both + only one + only the other), which needs no count of the codes that neither chose.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from coding_svc.sheet import CodeSheet

_Z: Final = 1.959964
"""Standard normal quantile of a 95 % interval."""
_OFFICE_VISITS: Final = frozenset(("99202", "99203", "99204", "99205", "99211", "99212", "99213", "99214", "99215"))

Line = tuple[str, tuple[str, ...], Decimal]
"""Procedure code, sorted modifiers, units."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one reader coded: diagnoses in order (the first is first-listed), and service lines."""

    diagnoses: tuple[str, ...]
    lines: tuple[Line, ...]

    @property
    def visit(self) -> str | None:
        """The office visit's code, if there is one."""
        return next((code for code, _, _ in self.lines if code in _OFFICE_VISITS), None)


def reading_of(sheet: CodeSheet) -> Reading:
    """A released sheet as a reading."""
    lines = ((line.code, tuple(sorted(line.modifiers)), line.units) for line in sheet.lines)
    return Reading(tuple(item.code for item in sheet.diagnoses), tuple(lines))


@dataclass(frozen=True, slots=True)
class Share:
    """`hits` of `total`, with the 95 % Wilson interval; None where nothing was counted (null is not zero)."""

    hits: int
    total: int

    @property
    def value(self) -> float | None:
        """The share, 0 to 1."""
        return self.hits / self.total if self.total else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Lower and upper bound of the share."""
        if not self.total:
            return None
        p, n = self.hits / self.total, self.total
        middle = (p + _Z * _Z / (2 * n)) / (1 + _Z * _Z / n)
        half = _Z / (1 + _Z * _Z / n) * math.sqrt(p * (1 - p) / n + _Z * _Z / (4 * n * n))
        return max(0.0, middle - half), min(1.0, middle + half)


@dataclass(frozen=True, slots=True)
class Agreement:
    """Figures over pairs of readings."""

    encounters: int
    everything: Share
    """All diagnoses, lines, modifiers and units equal."""
    diagnosis_sets: Share
    first_listed: Share
    visit_levels: Share
    """Of the encounters where either reader saw an office visit."""
    line_sets: Share
    diagnoses_specific: float | None
    """Positive specific agreement of the diagnoses, full codes."""
    categories_specific: float | None
    """The same on three characters."""


def agreement(pairs: Iterable[tuple[Reading, Reading]]) -> Agreement:
    """The figures; every pair is the released reading and the blind second one."""
    known = list(pairs)
    visits = [(one.visit, other.visit) for one, other in known if one.visit or other.visit]
    return Agreement(
        encounters=len(known),
        everything=_share([_diagnoses_equal(*pair) and _lines_equal(*pair) for pair in known]),
        diagnosis_sets=_share([_diagnoses_equal(*pair) for pair in known]),
        first_listed=_share([one.diagnoses[:1] == other.diagnoses[:1] for one, other in known]),
        visit_levels=_share([one == other for one, other in visits]),
        line_sets=_share([_lines_equal(*pair) for pair in known]),
        diagnoses_specific=_specific([(set(one.diagnoses), set(other.diagnoses)) for one, other in known]),
        categories_specific=_specific([(_categories(one), _categories(other)) for one, other in known]),
    )


def _share(hits: Sequence[bool]) -> Share:
    return Share(sum(hits), len(hits))


def _diagnoses_equal(one: Reading, other: Reading) -> bool:
    return set(one.diagnoses) == set(other.diagnoses)


def _lines_equal(one: Reading, other: Reading) -> bool:
    return sorted(one.lines) == sorted(other.lines)


def _categories(reading: Reading) -> set[str]:
    return {code[:3] for code in reading.diagnoses}


def _specific(pairs: Sequence[tuple[set[str], set[str]]]) -> float | None:
    both = sum(len(one & other) for one, other in pairs)
    single = sum(len(one ^ other) for one, other in pairs)
    return 2 * both / (2 * both + single) if both + single else None
