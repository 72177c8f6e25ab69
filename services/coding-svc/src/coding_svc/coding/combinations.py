"""Step 8, combinations: codes that change or appear because of each other.

Each rule takes the proposals and the readings and gives the proposals back. The sources are named: the
guideline's section, or the tabular note that asks for the companion.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from codesets.icd10cm import Release, matches

from coding_svc.coding.problem_text import problem_text
from coding_svc.coding.procedures import Performed
from coding_svc.coding.reading import Proposal, Reading
from coding_svc.coding.screened import Screened
from coding_svc.coding.standing import standing
from coding_svc.domain import Assertion, ClinicalEncounter, Section

Rule = Callable[[list[Proposal], Sequence[Reading], ClinicalEncounter, Release], list[Proposal]]

_POORLY_CONTROLLED: Final = re.compile(
    r"hyperglyc|uncontrolled|poorly controlled|poor control|inadequately controlled|out of control"
    r"|not (?:well )?controlled"
    r"|(?:high|elevated) blood (?:sugar|glucose)"
    r"|blood (?:sugar|glucose)s?(?: levels?| readings?)? (?:were|was|are|is|have been)"
    r" (?:high|elevated|not controlled)"
)
_DIABETIC: Final = (
    (
        re.compile(r"\bpolyneuropath|peripheral (?:poly)?neuropath"),
        "42",
        ("G62.9", "E11.40", "E10.40", "E11.42", "E10.42"),
    ),
    (re.compile(r"(?<!peripheral )\bneuropath"), "40", ("G62.9", "E11.40", "E10.40")),
    (re.compile(r"\bretinopath"), "319", ("H35.00",)),
    (re.compile(r"\bgastropares"), "43", ("K31.84",)),
    (re.compile(r"\bhypoglyc"), "649", ("E16.2",)),
)
"""Complications that "with" ties to diabetes (guideline I.A.15): pattern, subcategory, the plain codes replaced."""
_DENIED: Final = re.compile(r"\b(?:no|without|denies)\b")
_URETER: Final = Screened(r"\b(?:stone|calculus|calculi)\b[^.]{0,90}\bureter\b|\bureteral (?:stone|calculus)")
_BMI: Final = Screened(r"\b(?:bmi|body mass index)\b[^\d\n]{0,15}(\d{2}(?:\.\d{1,2})?)")
_WEEKS: Final = Screened(
    r"\b(\d{1,2})\s*(?:weeks?|wks?)\b(?:\s*(?:and\s*)?\d\s*days?)?(?=[^.\n]{0,40}(?:pregnan|gestation"
    r"|ultrasound|iup))"
)
_VACCINE: Final = re.compile(r"90(?:47[6-9]|4[89]\d|[5-7]\d\d)|913[0-3]\d")
"""CPT numbers of vaccine products."""
_CIGARETTES: Final = Screened(r"cigarette|packs? (?:a|per) day|\bppd\b|pack of|packs? daily|pack-?\s?years?|packs? of")


def combine(
    proposals: list[Proposal], readings: Sequence[Reading], encounter: ClinicalEncounter, release: Release
) -> list[Proposal]:
    """Apply every rule in its order; each code once, the surest kept."""
    for rule in _RULES:
        proposals = rule(proposals, readings, encounter, release)
    best: dict[str, Proposal] = {}
    for proposal in proposals:
        known = best.get(proposal.code)
        if known is None or proposal.confidence > known.confidence:
            best[proposal.code] = proposal
    return sorted(best.values(), key=lambda proposal: proposal.order)


def diabetes(
    proposals: list[Proposal], readings: Sequence[Reading], encounter: ClinicalEncounter, release: Release
) -> list[Proposal]:
    """Diabetes "with" its complications (guideline I.A.15), and how it is controlled (note at E08-E13)."""
    main = next((p for p in proposals if re.match(r"E(08|09|10|11|13)\.", p.code)), None)
    if main is None:
        return _diabetic_ulcer(proposals, readings)
    kind = main.code[:3]
    found = list(proposals)
    complications: list[Proposal] = []
    kidney = _first(found, "N18")
    if kidney:
        complications.append(main.become(f"{kind}.22", "dx.diabetes-with-ckd"))
    spoken, line = problem_text(main, readings), problem_text(main, readings, body=False)
    for pattern, subcategory, plain in _DIABETIC:
        named = any(p.code in plain and pattern.search(_said(p)) for p in found)
        if named or (pattern.search(line) and not _DENIED.search(line)):
            complications.append(main.become(f"{kind}.{subcategory}", "dx.diabetes-with-complication", 0.05))
            found = [p for p in found if p.code not in plain or p.code == "K31.84"]
    ulcer = _first(found, "L97")
    if ulcer:
        complications.append(main.become(f"{kind}.621", "dx.diabetes-with-ulcer"))
    if _POORLY_CONTROLLED.search(spoken):
        complications.append(main.become(f"{kind}.65", "dx.diabetes-hyperglycemia", 0.08))
        found = [p for p in found if p.code != "R73.9"]
    if complications:
        found = [p for p in found if p.code not in (f"{kind}.9", f"{kind}.8")] + complications
    return found + _diabetes_drugs(main, readings)


def _said(proposal: Proposal) -> str:
    return " ".join(item.text for item in proposal.evidence).lower()


def _diabetic_ulcer(proposals: list[Proposal], readings: Sequence[Reading]) -> list[Proposal]:
    """A "diabetic" ulcer names both: E11.621 goes first (code first note at L97)."""
    ulcer = _first(proposals, "L97")
    if ulcer is None or "diabetic" not in problem_text(ulcer, readings, body=False):
        return proposals
    first = replace(ulcer.become("E11.621", "dx.diabetes-with-ulcer"), order=(ulcer.order[0], ulcer.order[1] - 1))
    return [first, *proposals]


def _diabetes_drugs(main: Proposal, readings: Sequence[Reading]) -> list[Proposal]:
    wanted = {"insulin": "Z79.4", "oral antidiabetic": "Z79.84", "injectable antidiabetic": "Z79.85"}
    if main.code.startswith("E10"):
        wanted = {}
    found: list[Proposal] = []
    for group, code in wanted.items():
        proposal = _from_drug(main, readings, group, code, "dx.diabetes-drug")
        if proposal:
            found.append(proposal)
    return found


def anticoagulation(
    proposals: list[Proposal], readings: Sequence[Reading], encounter: ClinicalEncounter, release: Release
) -> list[Proposal]:
    """Long-term anticoagulant beside the rhythm or clot it is taken for (Z79.01)."""
    main = next((p for p in proposals if matches(p.code, "I48") or matches(p.code, "Z86.71")), None)
    drug = _from_drug(main, readings, "anticoagulant", "Z79.01", "dx.anticoagulant") if main else None
    return [*proposals, drug] if drug else proposals


def _from_drug(main: Proposal, readings: Sequence[Reading], group: str, code: str, rule: str) -> Proposal | None:
    for reading in readings:
        for drug in reading.drugs:
            if drug.group == group:
                evidence = (reading.evidence(drug.start, drug.end),)
                order = (main.order[0], main.order[1] + 1)
                return Proposal(code, 0.85, main.rule_for(rule), evidence, drug.section, order, main.item)
    return None


def hypertension(
    proposals: list[Proposal], readings: Sequence[Reading], encounter: ClinicalEncounter, release: Release
) -> list[Proposal]:
    """Hypertension with heart failure or chronic kidney disease is presumed related (guideline I.C.9.a)."""
    main = next((p for p in proposals if p.code == "I10"), None)
    heart, kidney = _first(proposals, "I50"), _first(proposals, "N18")
    if main is None or not (heart or kidney):
        return proposals
    severe = kidney is not None and kidney.code in ("N18.5", "N18.6")
    if heart and kidney:
        code = "I13.2" if severe else "I13.0"
    elif heart:
        code = "I11.0"
    else:
        code = "I12.0" if severe else "I12.9"
    lowest = min(main.confidence, heart.confidence if heart else 1, kidney.confidence if kidney else 1)
    merged = main.become(code, "dx.hypertension-with", main.confidence - lowest)
    return [merged if p is main else p for p in proposals]


def elevated_reading(
    proposals: list[Proposal], readings: Sequence[Reading], encounter: ClinicalEncounter, release: Release
) -> list[Proposal]:
    """An elevated reading is coded as such only where hypertension is not diagnosed (note at R03.0)."""
    reading = next((p for p in proposals if p.code == "R03.0"), None)
    known = any(
        mention.code == "I10" and mention.assertion in (Assertion.PRESENT, Assertion.HISTORICAL)
        for each in readings
        for mention in each.mentions
        if mention.sentence.section in _DIAGNOSED_BEFORE
    )
    if reading is None or not known:
        return proposals
    if any(re.match(r"I1[0-6A]", p.code) for p in proposals):
        return [p for p in proposals if p is not reading]
    return [p.become("I10", "dx.hypertension-known", 0.05) if p is reading else p for p in proposals]


def resistant_hypertension(
    proposals: list[Proposal], readings: Sequence[Reading], encounter: ClinicalEncounter, release: Release
) -> list[Proposal]:
    """I1A.0 is coded after the specific type of hypertension (code first note at I1A.0)."""
    resistant = next((p for p in proposals if p.code == "I1A.0"), None)
    if resistant is None or any(re.match(r"I1[0-6]", p.code) for p in proposals):
        return proposals
    first = resistant.become("I10", "dx.code-first", 0.05)
    return [first if p is resistant else p for p in proposals] + [
        Proposal(
            "I1A.0", resistant.confidence, resistant.rule, resistant.evidence, resistant.section,
            (resistant.order[0], resistant.order[1] + 1), resistant.item,
        )
    ]  # fmt: skip


def obstructive_lung(
    proposals: list[Proposal], readings: Sequence[Reading], encounter: ClinicalEncounter, release: Release
) -> list[Proposal]:
    """COPD with exacerbation and with lower respiratory infection take both codes (notes at J44.0, J44.1)."""
    main = _first(proposals, "J44")
    if main is None:
        return proposals
    spoken = problem_text(main, readings, body=False)
    infection = next((p for p in proposals if re.match(r"J(1[2-8]|20|21|22)", p.code)), None)
    added: list[Proposal] = []
    if infection or "lower respiratory infection" in spoken:
        added.append(main.become("J44.0", "dx.copd-with-infection"))
    if re.search(r"exacerbat|\bflare", spoken):
        added.append(main.become("J44.1", "dx.copd-with-exacerbation"))
    if not added:
        return proposals
    kept = [p for p in proposals if not p.code.startswith("J44.") and p.code != "J22"]
    return kept + added


def smoking(
    proposals: list[Proposal], readings: Sequence[Reading], encounter: ClinicalEncounter, release: Release
) -> list[Proposal]:
    """Nicotine dependence names its product where the note does (F17.2-; index: smoker, see dependence)."""
    main = next((p for p in proposals if p.code in ("F17.200", "F17.210")), None)
    if main is None:
        return proposals
    rest = [p for p in proposals if p is not main and p.code not in ("Z72.0", "Z87.891")]
    if any(_CIGARETTES.search(reading.lowered) for reading in readings):
        return [*rest, main.become("F17.210", main.rule)]
    return [*rest, main]


def body_mass_index(
    proposals: list[Proposal], readings: Sequence[Reading], encounter: ClinicalEncounter, release: Release
) -> list[Proposal]:
    """The BMI beside obesity or overweight of an adult (use additional note at E66; Z68 is for 20 years and over)."""
    main = _first(proposals, "E66")
    age = encounter.age_years()
    if main is None or (age is not None and age < 20):
        return proposals
    for reading in readings:
        found = _BMI.search(reading.lowered)
        code = _bmi_code(float(found.group(1))) if found else None
        if found and code and release.is_billable(code):
            evidence = (reading.evidence(*found.span()),)
            order = (main.order[0], main.order[1] + 1)
            return [
                *proposals,
                Proposal(code, 0.9, main.rule_for("dx.bmi"), evidence, Section.VITALS, order, main.item),
            ]
    return proposals


def _bmi_code(value: float) -> str | None:
    if value < 20:
        return "Z68.1"
    if value < 40:
        return f"Z68.{int(value)}"
    for limit, code in ((45, "Z68.41"), (50, "Z68.42"), (60, "Z68.43"), (70, "Z68.44")):
        if value < limit:
            return code
    return "Z68.45"


def dementia(
    proposals: list[Proposal], readings: Sequence[Reading], encounter: ClinicalEncounter, release: Release
) -> list[Proposal]:
    """Dementia in Alzheimer or Parkinson disease: the disease first, then F02 with the same severity (I.C.5.d)."""
    cause = _first(proposals, "G30") or _first(proposals, "G20") or _first(proposals, "G31")
    unspecified = _first(proposals, "F03")
    if cause is None or unspecified is None:
        return proposals
    code = "F02" + unspecified.code[3:]
    if not release.is_billable(code):
        return proposals
    after = Proposal(
        code, unspecified.confidence, unspecified.rule_for("dx.dementia-in"), unspecified.evidence, unspecified.section,
        (cause.order[0], cause.order[1] + 1), unspecified.item,
    )  # fmt: skip
    return [after if p is unspecified else p for p in proposals]


def stones(
    proposals: list[Proposal], readings: Sequence[Reading], encounter: ClinicalEncounter, release: Release
) -> list[Proposal]:
    """A kidney stone that imaging places in the ureter is N20.1; gallstones with cholecystitis combine in K80."""
    found = proposals
    if any(_URETER.search(reading.lowered) for reading in readings):
        found = [p.become("N20.1", "dx.stone-in-ureter", 0.05) if p.code == "N20.0" else p for p in found]
    inflamed, gallstone = _first(found, "K81"), next((p for p in found if p.code == "K80.20"), None)
    if inflamed and gallstone:
        code = "K80.00" if inflamed.code == "K81.0" else "K80.10"
        found = [p for p in found if p not in (inflamed, gallstone)]
        found.append(gallstone.become(code, "dx.gallstone-with-cholecystitis"))
    return found


def pregnancy(
    proposals: list[Proposal], readings: Sequence[Reading], encounter: ClinicalEncounter, release: Release
) -> list[Proposal]:
    """Bladder and kidney infection in pregnancy move to O23 with the trimester; weeks add Z3A (I.C.15)."""
    if not any(p.code.startswith(("O", "N10", "N30", "N39.0")) for p in proposals):
        return proposals
    for reading in readings:
        weeks = _WEEKS.search(reading.lowered)
        if weeks is None or not 8 <= int(weeks.group(1)) <= 42:
            continue
        week = int(weeks.group(1))
        trimester = 1 if week < 14 else 2 if week < 28 else 3
        moved = {"N30": "O23.1", "N39.0": "O23.4", "N10": "O23.0"}
        changed = [
            p.become(f"{target}{trimester}", "dx.in-pregnancy") if target else p
            for p in proposals
            for target in [next((to for start, to in moved.items() if p.code.startswith(start)), "")]
        ]
        if not any(p.code.startswith("O") for p in changed):
            return proposals
        last = max(p.order for p in changed)
        evidence = (reading.evidence(*weeks.span()),)
        age = Proposal(
            f"Z3A.{week:02d}",
            0.9,
            changed[0].rule_for("dx.weeks"),
            evidence,
            Section.HPI,
            (last[0], last[1] + 1),
            changed[0].item,
        )
        return [*changed, age]
    return proposals


def preventive_findings(
    proposals: list[Proposal], readings: Sequence[Reading], encounter: ClinicalEncounter, release: Release
) -> list[Proposal]:
    """A health examination with another condition found is "with abnormal findings" (I.C.21.c.13); children have
    their own codes below 18 years (Z00.12-)."""
    main = next((p for p in proposals if p.code in ("Z00.00", "Z00.129")), None)
    if main is None:
        return proposals
    age = encounter.age_years()
    child = main.code == "Z00.129" if age is None else age < 18
    said_abnormal = any(re.search(r"with (?:an )?abnormal finding", reading.lowered) for reading in readings)
    found = said_abnormal or any(p.code[0] not in "ZVWXY" and p.confidence > 0.7 for p in proposals)
    code = ("Z00.121" if found else "Z00.129") if child else ("Z00.01" if found else "Z00.00")
    return [main.become(code, "dx.health-examination") if p is main else p for p in proposals]


def unspecified_beside_specified(
    proposals: list[Proposal], readings: Sequence[Reading], encounter: ClinicalEncounter, release: Release
) -> list[Proposal]:
    """Of two codes of one subcategory from one problem, the unspecified one says nothing more (guideline I.B.2)."""

    def covered(one: Proposal) -> bool:
        if one.code.startswith("T14."):
            return any(other.item == one.item and other.code[0] == "S" for other in proposals)
        return "unspecified" in release.title(one.code).lower() and any(
            other.item == one.item and other.code != one.code and other.code[:5] == one.code[:5]
            and "unspecified" not in release.title(other.code).lower() and other.confidence >= one.confidence - 0.15
            for other in proposals
        )  # fmt: skip

    return [p for p in proposals if len(p.code) < 6 or not covered(p)]


def diabetes_kind(
    proposals: list[Proposal], readings: Sequence[Reading], encounter: ClinicalEncounter, release: Release
) -> list[Proposal]:
    """ "Diabetic neuropathy" without a type is type 2 (guideline I.C.4.a.2), but not beside a named other type."""
    named = next((p for p in proposals if re.match(r"E(08|09|10|13)\.", p.code)), None)
    if named is None:
        return proposals
    return [_of_kind(p, named.code[:3], release) for p in proposals]


def _of_kind(proposal: Proposal, kind: str, release: Release) -> Proposal:
    said = _said(proposal)
    code = kind + proposal.code[3:]
    if not proposal.code.startswith("E11.") or "2" in said or "diabetic" not in said or not release.is_billable(code):
        return proposal
    return proposal.become(code, proposal.rule)


def immunized(proposals: list[Proposal], services: Sequence[Performed]) -> list[Proposal]:
    """A vaccine given here is an encounter for immunization (Z23, guideline I.C.21.c.2)."""
    given = next((s for s in services if _VACCINE.fullmatch(s.code) and s.evidence), None)
    if given is None or any(p.code == "Z23" for p in proposals):
        return proposals
    last = max((p.order for p in proposals), default=(0, 0))
    order = (last[0], last[1] + 1)
    return [*proposals, Proposal("Z23", 0.9, "dx.vaccine-given", given.evidence, given.section, order, (*last, 0))]


def _first(proposals: Sequence[Proposal], start: str) -> Proposal | None:
    return next((p for p in proposals if p.code.startswith(start) and p.assertion is Assertion.PRESENT), None)


_DIAGNOSED_BEFORE: Final = frozenset({Section.PAST_HISTORY, Section.PROBLEM_LIST, Section.HPI})
_RULES: Final[tuple[Rule, ...]] = (
    elevated_reading,
    diabetes_kind,
    diabetes,
    hypertension,
    resistant_hypertension,
    obstructive_lung,
    smoking,
    body_mass_index,
    dementia,
    stones,
    pregnancy,
    anticoagulation,
    standing,
    preventive_findings,
    unspecified_beside_specified,
)
