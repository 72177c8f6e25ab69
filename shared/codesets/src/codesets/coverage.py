"""What a payer covers, from the user's own dated files: which diagnoses support a procedure, and how often it is paid.

Layouts of our own, one CSV each with a heading line, since contractors publish their policies as pages:

    policy,procedure,diagnosis            L33822,82306,E55.9   or a range: E10-E13, or all below: N18
    policy,procedure,units,days           G0108-12M,G0108,12,365

    policy,procedure,modifiers            CLIA-waived,87880,QW   or one of several: JW/JZ,J9035,JW JZ

A policy speaks for its procedures: a line with such a procedure needs one of the policy's diagnoses. What no policy
names is not limited.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from codesets import published, store
from codesets.icd10cm import matches
from codesets.store import Load, Loaded

NECESSITY: Final = "coverage"
FREQUENCY: Final = "frequency"
MODIFIERS: Final = "modifiers"


class Policy(NamedTuple):
    """A coverage policy for one procedure: the diagnoses, ranges and headings that support it."""

    name: str
    procedure: str
    diagnoses: tuple[str, ...]

    def supports(self, diagnosis: str) -> bool:
        """Whether the diagnosis is one of those that support the procedure."""
        return any(matches(diagnosis, reference) for reference in self.diagnoses)


class Limit(NamedTuple):
    """At most `units` of a procedure within any `days` days, the day of service included."""

    policy: str
    procedure: str
    units: int
    days: int


class Needed(NamedTuple):
    """A procedure on which one of these modifiers must stand: QW on a waived test, JW or JZ on a single-dose drug."""

    policy: str
    procedure: str
    modifiers: tuple[str, ...]


def load_necessity(path: Path, root: Path, load: Load) -> int:
    """Compile a file of policy, procedure, diagnosis."""
    return store.write(root, load, ("procedure", "policy", "diagnosis"), 3, _necessity_rows(path))


def _necessity_rows(path: Path) -> Iterator[tuple[str, str, str]]:
    for row in published.cells(path):
        if len(row) >= 3 and published.CODE.fullmatch(row[1]) and row[2]:
            yield row[1], row[0], row[2].upper()


def load_frequency(path: Path, root: Path, load: Load) -> int:
    """Compile a file of policy, procedure, units, days."""
    return store.write(root, load, ("procedure", "policy", "units", "days"), 2, _frequency_rows(path))


def _frequency_rows(path: Path) -> Iterator[tuple[str, str, int, int]]:
    for row in published.cells(path):
        if len(row) >= 4 and published.CODE.fullmatch(row[1]) and row[2].isdigit() and row[3].isdigit():
            yield row[1], row[0], int(row[2]), int(row[3])


def load_modifiers(path: Path, root: Path, load: Load) -> int:
    """Compile a file of policy, procedure, modifiers (blanks between several)."""
    return store.write(root, load, ("procedure", "policy", "modifiers"), 2, _modifier_rows(path))


def _modifier_rows(path: Path) -> Iterator[tuple[str, str, str]]:
    for row in published.cells(path):
        if len(row) >= 3 and published.CODE.fullmatch(row[1]) and all(len(each) == 2 for each in row[2].split()):
            yield row[1], row[0], row[2].upper()


def needed_modifiers(procedure: str, on: date, payer: str = "", program: str = "") -> tuple[Needed, ...]:
    """What a policy wants on a procedure on a date of service."""
    load = store.in_force(MODIFIERS, on, payer=payer, program=program)
    return _needed(load, procedure) if load else ()


def policies(procedure: str, on: date, payer: str = "", program: str = "") -> tuple[Policy, ...]:
    """The policies that speak of a procedure on a date of service, for a payer or its program."""
    load = store.in_force(NECESSITY, on, payer=payer, program=program)
    return _policies(load, procedure) if load else ()


def limits(procedure: str, on: date, payer: str = "", program: str = "") -> tuple[Limit, ...]:
    """The frequency limits of a procedure on a date of service."""
    load = store.in_force(FREQUENCY, on, payer=payer, program=program)
    return _limits(load, procedure) if load else ()


@lru_cache(maxsize=8_192)
def _policies(load: Loaded, procedure: str) -> tuple[Policy, ...]:
    found: dict[str, list[str]] = {}
    for name, diagnosis in load.rows("SELECT policy, diagnosis FROM row WHERE procedure = ?", procedure):
        found.setdefault(name, []).append(diagnosis)
    return tuple(Policy(name, procedure, tuple(diagnoses)) for name, diagnoses in found.items())


@lru_cache(maxsize=8_192)
def _limits(load: Loaded, procedure: str) -> tuple[Limit, ...]:
    rows = load.rows("SELECT policy, procedure, units, days FROM row WHERE procedure = ?", procedure)
    return tuple(Limit(*row) for row in rows)


@lru_cache(maxsize=8_192)
def _needed(load: Loaded, procedure: str) -> tuple[Needed, ...]:
    rows = load.rows("SELECT policy, procedure, modifiers FROM row WHERE procedure = ?", procedure)
    return tuple(Needed(policy, code, tuple(modifiers.split())) for policy, code, modifiers in rows)
