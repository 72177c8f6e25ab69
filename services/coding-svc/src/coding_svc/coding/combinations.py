"""Step 8, combinations: codes that change or appear because of each other.

Each rule takes the proposals and the readings and gives the proposals back. The sources are named: the
guideline's section, or the tabular note that asks for the companion.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from codesets.icd10cm import Codes, Release

from coding_svc.coding.breast_cancer import breast_cancer
from coding_svc.coding.companions import first_of, from_drug
from coding_svc.coding.diabetes import diabetes, diabetes_kind
from coding_svc.coding.drug_events import drug_events
from coding_svc.coding.health_examinations import health_examination, preventive_findings
from coding_svc.coding.maternity import gestational_diabetes, pregnancy
from coding_svc.coding.past_cancer import past_cancer
from coding_svc.coding.problem_text import problem_text, told
from coding_svc.coding.procedures import Performed
from coding_svc.coding.reading import Proposal, Reading
from coding_svc.coding.redundant import (
    fall_beside_injury,
    hypothyroidism_of_thyroiditis,
    said_in_combination,
    shorter_name,
    unspecified_beside_specified,
)
from coding_svc.coding.screened import Screened
from coding_svc.coding.sequelae import aftercare, joint_aftercare, late_effects
from coding_svc.coding.standing import standing
from coding_svc.coding.symptoms import ASKED_FOR
from coding_svc.coding.use_additional import secondary_varices, use_additional
from coding_svc.domain import Assertion, ClinicalEncounter, Section, Sex

Rule = Callable[[list[Proposal], Sequence[Reading], ClinicalEncounter, Release], list[Proposal]]

_URETER: Final = Screened(r"\b(?:stone|calculus|calculi)\b(?:[^.]|\.\d){0,90}\bureter\b|\bureteral (?:stone|calculus)")
_BMI: Final = Screened(r"\b(?:bmi|body mass index)\b[^\d\n]{0,15}(\d{2}(?:\.\d{1,2})?)")
_EXACERBATED: Final = re.compile(r"exacerbat|\bflare")
_WITH_KIDNEY: Final = ("I12.9", "I13.0")
"""Hypertension with a kidney disease of stages 1 to 4: stage 5 has codes of its own."""
_VACCINE: Final = re.compile(r"90(?:47[6-9]|4[89]\d|[5-7]\d\d)|913[0-3]\d")
"""CPT numbers of vaccine products."""
_ANTICOAGULATED: Final = Codes("I26", "I48", "I82", "D68.5", "D68.6", "Z86.71", "Z95.2")
_VERTEBRAL_FRACTURE: Final = Codes("M48.5", "M84.48", "S22.0", "S32.0")
_LUMBAR: Final = re.compile(r"^(M47\.[12]|M47\.81|M51\.[123]|M54\.1)6")
_LAST: Final = re.compile(r"^(?!.*\bl[1-4]\b)(?!.*\bl4)(?=.*\bl5 ?[-/] ?s1\b)", re.DOTALL)
"""L5-S1, and no higher level."""
_BLEEDING: Final = re.compile(
    r"(?<!not )\b(?:due|secondary|related) to (?:[\w-]+ ){0,3}"
    r"(?:blood loss|bleed\w*|menses|menorrhagia|menstruation|periods)\b"
)
_CIGARETTES: Final = Screened(r"cigarette|packs? (?:a|per) day|\bppd\b|pack of|packs? daily|pack-?\s?years?|packs? of")


def combine(
    proposals: list[Proposal], readings: Sequence[Reading], encounter: ClinicalEncounter, release: Release
) -> list[Proposal]:
    """Apply every rule in its order; each code once, the surest kept, where it was first spoken of."""
    for rule in _RULES:
        proposals = rule(proposals, readings, encounter, release)
    best: dict[str, Proposal] = {}
    for proposal in proposals:
        known = best.get(proposal.code, proposal)
        surer = proposal if proposal.confidence > known.confidence else known
        best[proposal.code] = replace(surer, order=min(proposal.order, known.order))
    return sorted(best.values(), key=lambda proposal: proposal.order)


def anticoagulation(
    proposals: list[Proposal], readings: Sequence[Reading], encounter: ClinicalEncounter, release: Release
) -> list[Proposal]:
    """Long-term anticoagulant beside the rhythm, clot or clotting disorder it is taken for (Z79.01)."""
    main = next((p for p in proposals if p.code in _ANTICOAGULATED), None)
    drug = from_drug(main, readings, "anticoagulant", "Z79.01", "dx.anticoagulant") if main else None
    return [*proposals, drug] if drug else proposals


def hypertension(
    proposals: list[Proposal], readings: Sequence[Reading], encounter: ClinicalEncounter, release: Release
) -> list[Proposal]:
    """Hypertension with heart failure or chronic kidney disease is presumed related (guideline I.C.9.a)."""
    main = next((p for p in proposals if p.code in ("I10", *_WITH_KIDNEY)), None)
    heart, kidney = first_of(proposals, "I50"), first_of(proposals, "N18")
    if main is None or not (heart or kidney):
        return proposals
    if main.code in _WITH_KIDNEY and (kidney is None or kidney.code not in ("N18.5", "N18.6")):
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
    merged = replace(merged, order=min(p.order for p in (main, heart, kidney) if p is not None))  # as first spoken of
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
    after = replace(resistant, order=(resistant.order[0], resistant.order[1] + 1))
    return [*(first if p is resistant else p for p in proposals), after]


def obstructive_lung(
    proposals: list[Proposal], readings: Sequence[Reading], encounter: ClinicalEncounter, release: Release
) -> list[Proposal]:
    """COPD with exacerbation and with lower respiratory infection take both codes (notes at J44.0, J44.1)."""
    main = first_of(proposals, "J44")
    if main is None:
        return proposals
    spoken = problem_text(main, readings, body=False)
    infection = next((p for p in proposals if re.match(r"J(1[2-8]|20|21|22)", p.code)), None)
    added: list[Proposal] = []
    if infection or "lower respiratory infection" in spoken:
        added.append(main.become("J44.0", "dx.copd-with-infection"))
    if told(_EXACERBATED, main, readings, body=False):
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
    main = first_of(proposals, "E66")
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
    cause = first_of(proposals, "G30") or first_of(proposals, "G20") or first_of(proposals, "G31")
    unspecified = first_of(proposals, "F03")
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
    """A stone is where imaging places it, kidney or ureter (N20); gallstones with cholecystitis combine in K80."""
    found = proposals
    if any(p.code == "N20.9" for p in found) and _is_told("N20.0", readings):
        found = [p.become("N20.0", "dx.stone-in-kidney", 0.05) if p.code == "N20.9" else p for p in found]
    if any(_URETER.search(reading.lowered) for reading in readings):
        found = [p.become("N20.1", "dx.stone-in-ureter", 0.05) if p.code == "N20.0" else p for p in found]
    inflamed, gallstone = first_of(found, "K81"), next((p for p in found if p.code == "K80.20"), None)
    if inflamed and gallstone:
        code = "K80.00" if inflamed.code == "K81.0" else "K80.10"
        found = [p for p in found if p not in (inflamed, gallstone)]
        found.append(gallstone.become(code, "dx.gallstone-with-cholecystitis"))
    return found


def _is_told(code: str, readings: Sequence[Reading]) -> bool:
    """Whether a result or the assessment says that it is there."""
    return any(
        mention.code == code and mention.assertion is Assertion.PRESENT and mention.sentence.section in _SEEN
        for reading in readings
        for mention in reading.mentions
    )


def lumbosacral(
    proposals: list[Proposal], readings: Sequence[Reading], encounter: ClinicalEncounter, release: Release
) -> list[Proposal]:
    """What lies between the last lumbar vertebra and the sacrum alone is of the lumbosacral region."""

    def lower(one: Proposal) -> Proposal:
        code = _LUMBAR.sub(r"\g<1>7", one.code)
        if (
            code == one.code
            or not release.is_billable(code)
            or not _LAST.search(problem_text(one, readings, body=False))
        ):
            return one
        return one.become(code, one.rule)

    return [lower(p) for p in proposals]


def blood_loss(
    proposals: list[Proposal], readings: Sequence[Reading], encounter: ClinicalEncounter, release: Release
) -> list[Proposal]:
    """Iron deficiency anemia that its line lays to bleeding is that of chronic blood loss (index: anemia, due to)."""
    main = next((p for p in proposals if p.code == "D50.9"), None)
    if main is None or not _BLEEDING.search(problem_text(main, readings, body=False)):
        return proposals
    return [p.become("D50.0", "dx.anemia-of-blood-loss") if p is main else p for p in proposals]


def osteoporotic_fracture(
    proposals: list[Proposal], readings: Sequence[Reading], encounter: ClinicalEncounter, release: Release
) -> list[Proposal]:
    """A vertebral fracture that its line ties to osteoporosis is M80, not M81 beside a fracture (I.C.13.d.2)."""
    bone = next((p for p in proposals if p.code == "M81.0"), None)
    broken = next((p for p in proposals if p.code in _VERTEBRAL_FRACTURE), None)
    if bone is None or broken is None:
        return proposals
    line = problem_text(broken, readings, body=False)
    if bone.order[0] != broken.order[0] or "osteopor" not in line:
        return proposals
    episode = broken.code[-1] if broken.code[-1] in "ADGKPS" else "A"
    first = min(bone, broken, key=lambda p: p.order)
    fracture = replace(
        first.become(f"M80.08X{episode}", "dx.osteoporotic-fracture"), side_missing=False, open_site=False
    )
    return [fracture if p is first else p for p in proposals if p is first or p not in (bone, broken)]


def sex_of_breast(
    proposals: list[Proposal], readings: Sequence[Reading], encounter: ClinicalEncounter, release: Release
) -> list[Proposal]:
    """Breast cancer of a man has codes of its own (C50.-2-); what is said of the site stays."""
    if encounter.sex is not Sex.MALE:
        return proposals
    codes = {p.code: f"{p.code[:5]}2{p.code[6:]}" for p in proposals if re.fullmatch(r"C50\.\d1\d", p.code)}
    return [p.become(codes[p.code], p.rule) if p.code in codes else p for p in proposals]


_PROSTATE_SYMPTOMS: Final = (
    ("R35.1", re.compile(r"\bnocturia\b")),
    ("R35.0", re.compile(r"\bfrequency\b")),
    ("R39.11", re.compile(r"\bhesitancy\b")),
    ("R39.12", re.compile(r"\b(?:weak|poor|slow) (?:urinary )?stream\b")),
    ("R39.14", re.compile(r"\bincomplete (?:bladder )?emptying\b")),
    ("R39.15", re.compile(r"\burgency\b")),
    ("R39.16", re.compile(r"\bstraining\b")),
)
_WITH: Final = re.compile(r"\bwith\b|\bcausing\b|:")
_WITHOUT: Final = re.compile(r"\b(?:no|without|denies)\b")


def prostate_symptoms(
    proposals: list[Proposal], readings: Sequence[Reading], encounter: ClinicalEncounter, release: Release
) -> list[Proposal]:
    """Symptoms named in the line of an enlarged prostate are coded beside it (use additional note at N40.1)."""
    main = first_of(proposals, "N40")
    if main is None:
        return proposals
    reading = next((reading for reading in readings if reading.number == main.order[0]), None)
    begin, line = _statement(main, reading) if reading else (0, "")
    if reading is None or _WITHOUT.search(line) or (main.code == "N40.0" and not _WITH.search(line)):
        return proposals
    known = {p.code for p in proposals}
    order = (main.order[0], main.order[1] + 1)
    added = [
        replace(main.become(code, ASKED_FOR), order=order, evidence=(reading.evidence(*said.span()),))
        for code, pattern in _PROSTATE_SYMPTOMS
        if code not in known and (said := pattern.search(reading.lowered, begin, begin + len(line)))
    ]
    if added and main.code == "N40.0":
        proposals = [p.become("N40.1", "dx.prostate-with-symptoms") if p is main else p for p in proposals]
    return proposals + added


def _statement(main: Proposal, reading: Reading) -> tuple[int, str]:
    """Where a problem's line begins, and the line with what follows its colon ("with symptoms: nocturia, urgency")."""
    at = bisect_right(reading.sentence_starts, main.order[1]) - 1
    line, *after = reading.sentences[at : at + 2]
    end = after[0].end if after and reading.lowered.startswith(":", after[0].start) else line.end
    return line.start, reading.lowered[line.start : end]


def immunized(proposals: list[Proposal], services: Sequence[Performed]) -> list[Proposal]:
    """A vaccine given here is an encounter for immunization (Z23, guideline I.C.21.c.2)."""
    given = next((s for s in services if _VACCINE.fullmatch(s.code) and s.evidence), None)
    if given is None or any(p.code == "Z23" for p in proposals):
        return proposals
    last = max((p.order for p in proposals), default=(0, 0))
    order = (last[0], last[1] + 1)
    return [*proposals, Proposal("Z23", 0.9, "dx.vaccine-given", given.evidence, given.section, order, (*last, 0))]


_SEEN: Final = frozenset({Section.RESULTS, Section.ASSESSMENT})
_DIAGNOSED_BEFORE: Final = frozenset({Section.PAST_HISTORY, Section.PROBLEM_LIST, Section.HPI})
_RULES: Final[tuple[Rule, ...]] = (
    elevated_reading,
    sex_of_breast,
    diabetes_kind,
    diabetes,
    hypertension,
    resistant_hypertension,
    obstructive_lung,
    smoking,
    body_mass_index,
    dementia,
    stones,
    gestational_diabetes,
    pregnancy,
    late_effects,
    aftercare,
    joint_aftercare,
    anticoagulation,
    secondary_varices,
    past_cancer,
    breast_cancer,
    standing,
    use_additional,
    drug_events,
    health_examination,
    prostate_symptoms,
    said_in_combination,
    osteoporotic_fracture,
    blood_loss,
    lumbosacral,
    fall_beside_injury,
    hypothyroidism_of_thyroiditis,
    shorter_name,
    preventive_findings,
    unspecified_beside_specified,
)
