"""The visit and the service lines under work: what the rooms after `lines` look at and change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from coding_svc.coding import em
from coding_svc.coding.reading import Reading
from coding_svc.domain import ClinicalEncounter, CodingFinding, EmDecision, Evidence, ProcedureAssignment, ServiceLine

PREVENTIVE: Final = frozenset(f"99{number}" for number in (*range(381, 388), *range(391, 398)))
WELLNESS: Final = frozenset(("G0402", "G0438", "G0439"))
EM_CODES: Final = em.OFFICE_CODES | PREVENTIVE | WELLNESS | {"99211"}
"""Evaluation and management services, on which 24, 25 and 57 may stand."""


@dataclass
class Services:
    """The encounter's visit and lines, with what was found wrong with them."""

    encounter: ClinicalEncounter
    readings: Sequence[Reading]
    em: EmDecision | None
    lines: list[ProcedureAssignment]
    findings: list[CodingFinding] = field(default_factory=list)
    diagnoses: tuple[str, ...] = ()
    """Codes, in their order: lines point to their places."""

    def codes(self) -> list[str]:
        """All codes, the visit's first."""
        visit = [self.em.code] if self.em is not None else []
        return [*visit, *(line.code for line in self.lines)]

    def modifiers(self, code: str) -> tuple[str, ...]:
        """The modifiers on a code; empty if it is not billed."""
        if self.em is not None and self.em.code == code:
            return self.em.modifiers
        return next((line.modifiers for line in self.lines if line.code == code), ())

    def add_modifier(self, code: str, modifier: str, *, first: bool = True) -> None:
        """Put a modifier on a code, before the others: those that decide payment lead."""

        def with_it(present: tuple[str, ...]) -> tuple[str, ...]:
            if modifier in present:
                return present
            return (modifier, *present) if first else (*present, modifier)

        if self.em is not None and self.em.code == code:
            self.em = replace(self.em, modifiers=with_it(self.em.modifiers))
        else:
            self.lines = [
                replace(line, modifiers=with_it(line.modifiers)) if line.code == code else line for line in self.lines
            ]

    def remove_modifier(self, code: str, modifier: str) -> None:
        """Take a modifier off a code."""
        if self.em is not None and self.em.code == code:
            self.em = replace(self.em, modifiers=tuple(each for each in self.em.modifiers if each != modifier))

    def remove(self, code: str) -> None:
        """Bill the code no longer."""
        if self.em is not None and self.em.code == code:
            self.em = None
        self.lines = [line for line in self.lines if line.code != code]

    def drop_finding(self, subject: str) -> None:
        """Another finding says it better."""
        self.findings[:] = [finding for finding in self.findings if finding.subject != subject]

    def sent(self, code: str) -> ServiceLine | None:
        """The line of the charge sheet with this code."""
        return next((line for line in self.encounter.service_lines if line.code == code), None)

    def place(self, code: str) -> str:
        """JSON pointer to the charge sheet's line, or to all lines if the code is not on it."""
        line = self.sent(code)
        return f"/service_lines/{self.encounter.service_lines.index(line)}" if line else "/service_lines"

    def evidence(self, code: str) -> tuple[Evidence, ...]:
        """What a code rests on."""
        return next((line.evidence for line in self.lines if line.code == code), ())
