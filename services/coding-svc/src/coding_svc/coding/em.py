"""Step 11, E/M: the level of an office visit, the higher of medical decision making and total time.

Tables: CPT E/M guidelines as revised for 2021 to 2024. Time must be met or exceeded. 99211 has neither and
is never chosen here.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from coding_svc.domain import MDM_ORDER, EmDecision, MdmLevel

_NEW: Final = ("99202", "99203", "99204", "99205")
_ESTABLISHED: Final = ("99212", "99213", "99214", "99215")
_NEW_MINUTES: Final = (15, 30, 45, 60)
_ESTABLISHED_MINUTES: Final = (10, 20, 30, 40)
OFFICE_CODES: Final = frozenset(_NEW + _ESTABLISHED)
_PREVENTIVE: Final = ((1, "99381", "99391"), (5, "99382", "99392"), (12, "99383", "99393"), (18, "99384", "99394"),
                      (40, "99385", "99395"), (65, "99386", "99396"), (200, "99387", "99397"))  # fmt: skip
"""Upper bound of the age in completed years (exclusive), new, established."""


class Elements(NamedTuple):
    """The three elements, all known."""

    problems: MdmLevel
    data: MdmLevel
    risk: MdmLevel

    def level(self) -> MdmLevel:
        """Two of three must be met or exceeded: the second highest."""
        return MDM_ORDER[sorted(MDM_ORDER.index(level) for level in self)[1]]


def code_by_mdm(level: MdmLevel, new_patient: bool) -> str:
    """Office visit code of a level of medical decision making."""
    return (_NEW if new_patient else _ESTABLISHED)[MDM_ORDER.index(level)]


def code_by_time(minutes: int, new_patient: bool) -> str | None:
    """Office visit code that total time supports, None below the lowest threshold."""
    codes, floors = (_NEW, _NEW_MINUTES) if new_patient else (_ESTABLISHED, _ESTABLISHED_MINUTES)
    met = [code for code, floor in zip(codes, floors, strict=True) if minutes >= floor]
    return met[-1] if met else None


def choose(by_mdm: EmDecision | None, by_time: EmDecision | None) -> EmDecision | None:
    """The higher of the two; MDM where both give the same."""
    if by_mdm is None or by_time is None:
        return by_mdm or by_time
    return by_time if by_time.code > by_mdm.code else by_mdm


def preventive_code(age_years: int, new_patient: bool) -> str:
    """Preventive visit code by age in completed years."""
    for below, new, established in _PREVENTIVE:
        if age_years < below:
            return new if new_patient else established
    raise ValueError(f"age out of range: {age_years}")
