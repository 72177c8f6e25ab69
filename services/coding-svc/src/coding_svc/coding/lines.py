"""Step 12b, service lines: procedures found in the note and those that the EMR sent, pointed to diagnoses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from coding_svc.coding import (
    cardiology,
    care_management,
    destruction,
    digits,
    discarded,
    doing,
    em,
    fractures,
    infusions,
    injections,
    joints,
    lesions,
    repeats,
    skin,
    supplies,
    transition,
    vaccines,
    wounds,
)
from coding_svc.coding.procedures import Performed, performed
from coding_svc.coding.reading import Proposal, Reading
from coding_svc.domain import (
    MAX_POINTERS_PER_LINE,
    ClinicalEncounter,
    CodeSystem,
    CodingFinding,
    EmDecision,
    ProcedureAssignment,
    Reason,
    Section,
    ServiceLine,
    VisitType,
)

_PROCEDURE_CODE: Final = re.compile(r"\d{4}[0-9AFTU]|[A-CEGHJ-MP-V]\d{4}")
STRUCTURED_SURE: Final = 0.95
STRUCTURED_SIDE: Final = 0.8
"""Confidence in a note's service from which its side goes onto the line that was sent."""
_ANATOMIC: Final = frozenset(
    ("RT", "LT", "50", "E1", "E2", "E3", "E4", "FA", "TA", *(f"{letter}{at}" for letter in "FT" for at in range(1, 10)))
)
_POINTS_TO: Final = (
    (re.compile(r"206[01]\d|73\d{3}|29\d{3}|2055\d"), "MS"),
    (re.compile(r"17\d{3}|11\d{3}|10060|10160"), "LBCD"),
    (re.compile(r"120\d\d|2[1-8]\d{3}"), "ST"),
    (re.compile(r"94\d{3}|71\d{3}"), "JR"),
    (re.compile(r"93\d{3}"), "IR"),
    (re.compile(r"692\d\d|925\d\d"), "H"),
    (re.compile(r"9[0-9]{4}"), "Z"),
    (re.compile(r"8788\d|8780\d|8781\d"), "JRZ"),
    (re.compile(r"8100\d|51\d{3}"), "NORZ"),
    (re.compile(r"83036|82962"), "ER"),
    (re.compile(r"85610"), "IZ"),
)
"""Which chapters a service usually answers to; without one of them the first-listed diagnosis is pointed to."""
_POINTS_TO_CODES: Final = {
    "99406": ("F17", "Z72.0", "Z87.891"), "99407": ("F17", "Z72.0", "Z87.891"), "G0447": ("E66", "Z68"),
    "96127": ("F", "Z13.3", "R45"), "G0444": ("Z13.3", "F3"), "G0442": ("Z13.3", "F10"), "G0443": ("F10",),
}  # fmt: skip
_LIKE_A_VISIT: Final = transition.CODES | care_management.CODES
"""Services for all of the patient's problems: they point to the first diagnoses, as a visit does."""

_PART_OF_OPERATIONS: Final = ("29", "517", "963", "J", "Q4")
"""Beginnings of codes that belong to an operation of the same session: dressings and splints, catheters, drugs into a
vein (NCCI policy manual, chapter I)."""
_MEDICARE_ONLY: Final = frozenset(("G0101", "Q0091"))
_SCREENS_OF_CHILDREN: Final = frozenset(("92551", "99173", "99177", "99188"))
_GROWN: Final = 21
"""Completed years from which no screen of children is billed (Bright Futures ends at 21)."""


def from_notes(readings: Sequence[Reading], age_years: int | None, *, medicare: bool = False) -> list[Performed]:
    """Every service that the notes say was done here, each code of another note once, and what was done again."""
    services: list[Performed] = []
    for reading in readings:
        told = {service.code for service in services}
        own: dict[tuple[str, tuple[str, ...]], Performed] = {}
        for service in _of_note(reading, age_years, medicare=medicare):
            own.setdefault((service.code, service.modifiers), service)
        services += [service for service in own.values() if service.code not in told]
    again = [line for reading in readings for line in repeats.repeats(reading, services)]
    services = supplies.for_repeats(services, again)
    return [*(vaccines.medicare_administration(services) if medicare else services), *again]


def _of_note(reading: Reading, age_years: int | None, *, medicare: bool) -> list[Performed]:
    services = [
        service
        for service in performed(reading)
        if _of_age(service, age_years) and (medicare or service.code not in _MEDICARE_ONLY)
    ]
    services = digits.each(reading, lesions.counted(reading, joints.apart(reading, services)))
    services = cardiology.in_parts(reading, services) + cardiology.monitors(reading)
    services = injections.injections(reading, services)
    services = vaccines.vaccines(reading, services, age_years)
    services = wounds.repairs(reading, skin.excision(reading, services), medicare=medicare)
    services = [*infusions.infusions(reading, services), *destruction.removals(reading)]
    services = injections.trigger_points(reading, services)
    services += supplies.supplies(reading, services, age_years)
    services = fractures.treated(reading, services)
    services = discarded.with_waste(reading, services) if medicare else services
    if doing.is_operative_report(reading):
        return [service for service in services if not service.code.startswith(_PART_OF_OPERATIONS)]
    return services


def _of_age(service: Performed, age_years: int | None) -> bool:
    return service.code not in _SCREENS_OF_CHILDREN or age_years is None or age_years < _GROWN


def from_orders(encounter: ClinicalEncounter) -> list[Performed]:
    """Completed orders of this practice: by their procedure code, or by the drug and dose that their text names."""
    found: list[Performed] = []
    for order in encounter.orders:
        if order.status != "completed" or not order.performed_in_practice:
            continue
        if order.code:
            given = [(order.code, order.text[:80], order.units)] if valid_code(order.code) else []
        else:
            given = injections.of_order(order.text)
        found += [
            Performed(code, system_of(code), label, (), units, STRUCTURED_SURE, (), Section.STRUCTURED)
            for code, label, units in given
        ]
    return found


def valid_code(code: str) -> bool:
    """Whether it has the form of a CPT or HCPCS Level II code."""
    return _PROCEDURE_CODE.fullmatch(code) is not None


def system_of(code: str) -> CodeSystem:
    """CPT begins with a digit, HCPCS Level II with a letter."""
    return CodeSystem.CPT if code[:1].isdigit() else CodeSystem.HCPCS


def assign(
    services: Sequence[Performed], encounter: ClinicalEncounter, diagnoses: Sequence[Proposal], threshold: float
) -> tuple[list[ProcedureAssignment], list[CodingFinding]]:
    """Structured lines first, as they were sent; then what else the notes and orders show."""
    findings: list[CodingFinding] = []
    lines: list[ProcedureAssignment] = []
    for index, line in enumerate(encounter.service_lines):
        if line.code in em.OFFICE_CODES:
            continue
        if line.charge_code and not line.code:
            findings.append(_unknown_charge(line.charge_code, f"/service_lines/{index}"))
            continue
        if not valid_code(line.code) or line.units <= 0:
            findings.append(_bad_line(index, line))
            continue
        seen = next((service for service in services if service.code == line.code), None)
        lines.append(_repeated(_structured(line, encounter, diagnoses, seen), lines, services))
    findings += [
        _unknown_charge(order.charge_code, f"/orders/{index}")
        for index, order in enumerate(encounter.orders)
        if order.charge_code and not order.code and order.status == "completed" and order.performed_in_practice
    ]
    sent = {line.code for line in lines}
    for service in services:
        if service.missing:
            findings.append(_missing(service))
        billed = next((line for line in encounter.service_lines if line.code == service.code), None)
        if billed is not None and billed.units > service.units and service.confidence >= threshold:
            findings.append(_units(billed, encounter, service))
        told_twice = service.section is Section.STRUCTURED and any(line.code == service.code for line in lines)
        if service.code not in sent and not told_twice and not _part_of_operation(service, encounter):
            lines.append(_from_note(service, diagnoses, threshold))
    return lines, findings


def _part_of_operation(service: Performed, encounter: ClinicalEncounter) -> bool:
    """Skin work told in the report of an operation that was sent (hematoma evacuated, wound closed) goes with it."""
    return encounter.visit_type is VisitType.SURGERY and bool(encounter.service_lines) and service.code.startswith("1")


def _structured(
    line: ServiceLine, encounter: ClinicalEncounter, diagnoses: Sequence[Proposal], seen: Performed | None
) -> ProcedureAssignment:
    """As it was sent; where the note shows the same service, with the note's words as evidence."""
    codes = [encounter.diagnoses[ref].code for ref in line.diagnosis_refs if 0 <= ref < len(encounter.diagnoses)]
    wanted = [code.replace(".", "").upper()[:3] for code in codes]
    both = _both_sides(line, seen)
    pointers = [at for start in wanted for at, p in enumerate(diagnoses) if p.code[:3] == start]
    return ProcedureAssignment(
        line.code, system_of(line.code), STRUCTURED_SURE, _with_side(line, seen), Decimal(1) if both else line.units,
        tuple(dict.fromkeys(pointers))[:MAX_POINTERS_PER_LINE] or pointers_for(line.code, diagnoses),
        seen.evidence if seen else (), seen.section if seen else Section.UNKNOWN, "service.structured", auto=True,
        charge_cents=line.charge_cents, line_id=line.line_id,
    )  # fmt: skip


def _repeated(
    line: ProcedureAssignment, before: Sequence[ProcedureAssignment], services: Sequence[Performed]
) -> ProcedureAssignment:
    """A second line of a code, where the note tells of the repeat, with the modifier of repeats."""
    again = next(
        (each for each in services if each.code == line.code and repeats.MODIFIERS & set(each.modifiers)), None
    )
    if again is None or not any(each.code == line.code for each in before) or repeats.MODIFIERS & set(line.modifiers):
        return line
    return replace(line, modifiers=(again.modifiers[0], *line.modifiers))


def _both_sides(line: ServiceLine, seen: Performed | None) -> bool:
    """Two units for two sides: the code with 50 is one unit (CPT appendix A, Claims Manual, chapter 12, 40.7)."""
    documented = seen is not None and seen.confidence >= STRUCTURED_SIDE and seen.modifiers == ("50",)
    return documented and line.units == 2 and not _ANATOMIC.intersection(line.modifiers)


def _with_side(line: ServiceLine, seen: Performed | None) -> tuple[str, ...]:
    """The line's modifiers; the side or digit of the note where the line has none."""
    if seen is None or seen.confidence < STRUCTURED_SIDE or _ANATOMIC.intersection(line.modifiers):
        return line.modifiers
    return (*line.modifiers, *(each for each in seen.modifiers if each in _ANATOMIC))


def _from_note(service: Performed, diagnoses: Sequence[Proposal], threshold: float) -> ProcedureAssignment:
    return ProcedureAssignment(
        service.code, service.system, service.confidence, service.modifiers, service.units,
        pointers_for(service.code, diagnoses), service.evidence, service.section,
        "service.note" if service.evidence else "service.structured", auto=service.confidence >= threshold,
        title=service.label,
    )  # fmt: skip


def pointers_for(code: str, diagnoses: Sequence[Proposal]) -> tuple[int, ...]:
    """The diagnosis that a service answers to: by chapter, else the first-listed; empty without diagnoses."""
    if not diagnoses:
        return ()
    if code in _LIKE_A_VISIT:
        return em_pointers(diagnoses)
    beginnings = _POINTS_TO_CODES.get(code)
    if beginnings:
        return next(((at,) for at, p in enumerate(diagnoses) if p.code.startswith(beginnings)), (0,))
    if re.match(r"90[4-7]\d\d", code):
        fitting = [at for at, p in enumerate(diagnoses) if p.code == "Z23"]
        return tuple(fitting[:1]) or (0,)
    for pattern, chapters in _POINTS_TO:
        if pattern.fullmatch(code):
            fitting = [at for at, p in enumerate(diagnoses) if p.code[0] in chapters]
            return tuple(fitting[:1]) or (0,)
    return (0,)


def em_pointers(diagnoses: Sequence[Proposal]) -> tuple[int, ...]:
    """An E/M points to the first four diagnoses."""
    return tuple(range(min(MAX_POINTERS_PER_LINE, len(diagnoses))))


def compare_em(
    encounter: ClinicalEncounter, decision: EmDecision | None
) -> tuple[EmDecision | None, CodingFinding | None]:
    """The clinician's ticked level beside ours: agreement makes sure, disagreement goes to a person."""
    ticked = next((line for line in encounter.service_lines if line.code in em.OFFICE_CODES), None)
    if ticked is None:
        return decision, None
    index = encounter.service_lines.index(ticked)
    if decision is None:
        return None, CodingFinding(
            Reason.CODE_NOT_SUPPORTED, f"/service_lines/{index}", f"the record supports no office visit {ticked.code}",
            "Remove it, or document the separate evaluation.", subject=f"em_not_supported:{ticked.code}",
        )  # fmt: skip
    modifiers = tuple(dict.fromkeys((*ticked.modifiers, *decision.modifiers)))
    if ticked.code == decision.code:
        sure = max(decision.confidence, STRUCTURED_SURE)
        level = max(decision.level_confidence, sure)
        agreed = replace(decision, confidence=sure, level_confidence=level, line_id=ticked.line_id)
        return replace(agreed, modifiers=modifiers), None
    return replace(decision, modifiers=modifiers), CodingFinding(
        Reason.EM_LEVEL_DIFFERS,
        f"/service_lines/{index}",
        f"billed {ticked.code}, the record supports {decision.code}",
        "Confirm the level with the facts shown.",
        subject=f"em_level:{ticked.code}>{decision.code}",
    )


def _unknown_charge(charge_code: str, place: str) -> CodingFinding:
    return CodingFinding(
        Reason.CHARGE_UNKNOWN, place, f"charge code {charge_code} is not in the chargemaster on the date of service",
        "Enter it in the chargemaster and code again, or choose the code.", subject=f"charge_unknown:{charge_code}",
    )  # fmt: skip


def _bad_line(index: int, line: ServiceLine) -> CodingFinding:
    what = "units must be above zero" if line.units <= 0 else "not a CPT or HCPCS code"
    return CodingFinding(
        Reason.CODE_UNKNOWN,
        f"/service_lines/{index}",
        what,
        "Correct the service line.",
        subject=f"not_billable:{line.code}",
    )


def _units(billed: ServiceLine, encounter: ClinicalEncounter, service: Performed) -> CodingFinding:
    return CodingFinding(
        Reason.CONFLICT,
        f"/service_lines/{encounter.service_lines.index(billed)}/units",
        f"billed {billed.units} units of {billed.code}, the note shows {service.units}",
        "Correct the units, or document the further ones.",
        subject=f"conflict:units:{billed.code}",
    )


def _missing(service: Performed) -> CodingFinding:
    span = service.evidence[0]
    return CodingFinding(
        Reason.MISSING_FACT, f"note:{span.note_id}:{span.start}-{span.end}",
        f"{service.label}: {service.missing.replace('_', ' ')} is not documented",
        "Ask the clinician to add it; the code depends on it.", subject=f"missing_fact:{service.missing}",
    )  # fmt: skip
