"""Step 8b, merging: what the EMR sent as codes, beside what the note says.

The note governs. A structured code that the note supports gains confidence; a less specific one is replaced by
the note's; one that the note does not speak of is kept for a person to confirm. Without any note text the
structured codes stand alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from codesets.icd10cm import Codes, Release, with_dot

from coding_svc.coding.reading import Proposal, Reading
from coding_svc.coding.specificity import Context, Specificity
from coding_svc.coding.text import norm_words
from coding_svc.domain import Assertion, ClinicalEncounter, CodedDiagnosis, CodingFinding, Reason, Section

SUPPORTED = 0.97
STRUCTURED_ALONE = 0.9
UNSUPPORTED = 0.45
"""Below what is coded: the code goes to the coder as a candidate."""
_EXTERNAL = "VWXY"
_EVENTS = (
    (Codes("W00-W19"), re.compile(r"\bf[ae]ll(?:en|ing|s)?\b|\bslipp?\w*|\btripp?\w*")),
    (
        Codes("V00-V99"),
        re.compile(r"\bcars?\b|vehicle|collision|crash|\bbik|bicycl|motorc|scooter|pedestrian|driv|skat|\bski"),
    ),
    (
        Codes("W53-W59"),
        re.compile(r"\bbit(?:e|es|ten)?\b|stung|\bsting|scratch|\bdog|\bcat\b|insect|animal|kick|thorn"),
    ),
    (Codes("X00-X19"), re.compile(r"\bburn|fire|flame|\bhot\b|steam|scald|boiling|\boven|stove")),
    (Codes("Y90-Y99"), re.compile(r".", re.DOTALL)),
)
"""External causes (guideline I.C.20), and words for such an event."""
_ANY_EVENT = re.compile(
    r"injur|\bcut|\bhit\b|struck|\bfell\b|twist|lift|caught|wound|lacerat|burn|bit|accident|sprain|strain|crush"
)
_RELATED = 3
"""Leading characters (the category) that make two codes the same condition with more or less detail."""


def merge_diagnoses(
    proposals: Sequence[Proposal],
    encounter: ClinicalEncounter,
    readings: Sequence[Reading],
    release: Release,
    specificity: Specificity,
) -> tuple[list[Proposal], list[CodingFinding]]:
    """Proposals with the structured codes worked in, and what is wrong with those codes."""
    merged, findings = list(proposals), []
    for index, diagnosis in enumerate(encounter.diagnoses):
        if not _counts(diagnosis):
            continue
        code = with_dot(diagnosis.code)
        billable, finding = _billable(code, diagnosis, index, release, specificity)
        if finding:
            findings.append(finding)
        if billable is None:
            continue
        finding = _work_in(billable, index, merged, readings)
        if finding:
            findings.append(finding)
    return merged, findings


def _counts(diagnosis: CodedDiagnosis) -> bool:
    system = diagnosis.system.upper().replace("-", "")
    return diagnosis.active and diagnosis.confirmed and system.startswith("ICD10CM")


def _billable(
    code: str, diagnosis: CodedDiagnosis, index: int, release: Release, specificity: Specificity
) -> tuple[str | None, CodingFinding | None]:
    if release.is_billable(code):
        return code, None
    location = f"/diagnoses/{index}/code"
    if not release.is_valid(code):
        return None, CodingFinding(
            Reason.CODE_UNKNOWN, location, f"the code is not in ICD-10-CM release {release.name}",
            "Send a code that is valid on the date of service.", subject=f"not_billable:{code}",
        )  # fmt: skip
    words = frozenset(norm_words(diagnosis.text))
    child = specificity.resolve(code, Context(words, frozenset())).code
    finding = CodingFinding(
        Reason.CODE_NOT_BILLABLE, location, f"{code} is a heading, not a billable code",
        f"Use {child}." if child else "Choose one of its codes.", child is None, f"not_billable:{code}",
    )  # fmt: skip
    return child, finding


def _work_in(code: str, index: int, merged: list[Proposal], readings: Sequence[Reading]) -> CodingFinding | None:
    same = next((at for at, p in enumerate(merged) if p.code == code), None)
    if same is not None:
        surer = max(merged[same].confidence, SUPPORTED)
        merged[same] = replace(merged[same], confidence=surer, rule=merged[same].rule + "+structured")
        return None
    related = [p for p in merged if p.code[:_RELATED] == code[:_RELATED]]
    if related:
        return None
    if not any(reading.note.text.strip() for reading in readings):
        merged.append(_structured(code, index, STRUCTURED_ALONE, "dx.structured"))
        return None
    mention = _cause_told(code, index, readings) if code[0] in _EXTERNAL else _spoken_of(code, readings)
    if mention is not None:
        merged.append(mention)
        return None
    merged.append(_structured(code, index, UNSUPPORTED, "dx.structured-unsupported"))
    return CodingFinding(
        Reason.CODE_NOT_SUPPORTED, f"/diagnoses/{index}", f"the signed notes do not support {code}",
        "Document the condition, or remove the code.", subject=f"dx_not_supported:{code}",
    )  # fmt: skip


def _cause_told(code: str, index: int, readings: Sequence[Reading]) -> Proposal | None:
    """An external cause that was sent, where the note tells of such an event: notes alone give none."""
    words = next((words for codes, words in _EVENTS if code in codes), _ANY_EVENT)
    for reading in readings:
        match = words.search(reading.lowered)
        if match is not None:
            told = _structured(code, index, STRUCTURED_ALONE, "dx.structured+note")
            return replace(told, evidence=(reading.evidence(*match.span()),))
    return None


def _spoken_of(code: str, readings: Sequence[Reading]) -> Proposal | None:
    """The structured code where any part of the note affirms the condition."""
    for reading in readings:
        for mention in reading.mentions:
            near = (mention.code or mention.node)[:_RELATED] == code[:_RELATED]
            if near and mention.assertion is Assertion.PRESENT and mention.sentence.section is not Section.PROBLEM_LIST:
                return Proposal(
                    code, 0.88, "dx.structured+note", (reading.evidence(mention.start, mention.end),),
                    mention.sentence.section, (reading.number, mention.start), (reading.number, 0, 0),
                )  # fmt: skip
    return None


def _structured(code: str, index: int, confidence: float, rule: str) -> Proposal:
    return Proposal(code, confidence, rule, (), Section.STRUCTURED, (1_000, index), (1_000, index, 0))
