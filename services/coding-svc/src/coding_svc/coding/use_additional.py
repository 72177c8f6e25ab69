"""Step 8b, companions that the classification asks for: tobacco at the diseases that it harms, drugs of long use.

Tobacco: the "use additional" notes at a disease or its block (I10-I1A, I60-I69) name its use, dependence and
history; those of a whole chapter ("where applicable") count at the lung diseases that smoking makes. Drugs: Z79 stands
for a drug taken over a long time for a chronic disease (guideline I.C.21.c.3); here those that weaken the immune
system, and steroids by mouth.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from codesets.icd10cm import Codes, Release, matches

from coding_svc.coding.medications import DrugMention
from coding_svc.coding.reading import Proposal, Reading
from coding_svc.coding.screened import Screened
from coding_svc.domain import Assertion, ClinicalEncounter, Section

_SURE: Final = 0.85
_TOBACCO: Final = ("F17", "Z72.0", "Z87.891")
_OF_SMOKE: Final = Codes("J41-J44")
"""Chronic bronchitis, emphysema, COPD."""
_GROWN: Final = 18
"""Completed years."""
_FORMER: Final = Screened(
    r"\b(?:former|ex|past|previous)[- ](?:(?:tobacco|cigarette|heavy|light) )?smoker\b"
    r"|\b(?:quit|stopped|gave up) (?:smoking|cigarettes|tobacco)\b[^.;\n]{0,20}?(?:\b(?:19|20)\d\d\b|\bago\b)"
    r"|\bsmok\w+\b[^.;\n]{0,60}\b(?:quit|stopped)\b[^.;\n]{0,12}?(?:\b(?:19|20)\d\d\b|\bago\b)"
)
_NOT_SO: Final = re.compile(
    r"\b(?:no|not|never|denies|without|if|when|unless|wants? to|tr(?:y|ied|ying) to|father|mother|parents?|mom|dad"
    r"|husband|wife|spouse|partner|brother|sister|son|daughter|vap\w+|cannabis|marijuana)\b"
)
"""In its sentence: somebody else's, something else's, or not so."""
_AGAIN: Final = Screened(
    r"\b(?:smokes|(?:current(?:ly)?|active|still|now|again|resumed|restarted|back to) (?:\w+ ){0,2}smok\w+|relapsed)\b"
)
_CIGARETTES: Final = Screened(
    r"\bsmok(?:es|ing)\b[^.;\n]{0,40}\b(?:packs?|ppd|cigarettes?)\b"
    r"|\b(?:tobacco|smok(?:ing|er))\b:?[^.;\n]{0,30}\b(?:packs? (?:a|per) day|ppd)\b"
    r"|\b(?:current|active|daily)\b[^.;\n]{0,12}\bcigarette smoker\b"
)
_GIVEN_UP: Final = re.compile(r"\b(?:quit|stop(?:ped)?|gave up|former|ex-?smoker|remote|until|used to|second-?hand)\b")
"""In the sentence of cigarettes: they are over, or to be given up, or another's smoke."""
_PORTAL: Final = Codes("K70", "K71", "K74", "K76.6")
_DISEASES: Final = Codes(
    "D86", "G35", "H20", "K50-K51", "K75.4", "L10", "L12", "L20", "L40", "L93", "M05-M06", "M07", "M08", "M30-M35",
    "M45", "N04", "Z94",
)  # fmt: skip
"""Of the immune system, and transplants."""
_BIOLOGICS: Final = (
    "abatacept", "orencia", "adalimumab", "humira", "certolizumab", "cimzia", "etanercept", "enbrel", "golimumab",
    "simponi", "guselkumab", "tremfya", "infliximab", "remicade", "inflectra", "ixekizumab", "taltz",
    "risankizumab", "skyrizi", "rituximab", "rituxan", "sarilumab", "kevzara", "secukinumab", "cosentyx",
    "tocilizumab", "actemra", "ustekinumab", "stelara", "vedolizumab", "entyvio",
)  # fmt: skip
_LONG_TERM: Final = {
    **dict.fromkeys(_BIOLOGICS, "Z79.620"),
    **dict.fromkeys(("cyclosporine", "tacrolimus"), "Z79.621"),
    **dict.fromkeys(("tofacitinib", "xeljanz", "upadacitinib", "rinvoq", "baricitinib", "olumiant"), "Z79.622"),
    **dict.fromkeys(("azathioprine", "imuran", "mycophenolate", "cellcept"), "Z79.624"),
    "methotrexate": "Z79.631",
    **dict.fromkeys(("prednisone", "prednisolone"), "Z79.52"),
}
_BEGUN: Final = re.compile(
    r"\b(?:start|begin|began|add|initiat|switch|chang|prescri|burst|course|pack|trial|consider|discuss|option|fail"
    r"|previous|prior|past|stop|discontinu|complet|finish|intoleran|allerg|ointment|cream|topical|drops?\b"
    r"|for \d+ (?:more )?days|x ?\d+ ?(?:d\b|days)|off\b|last (?:year|winter|spring|summer|fall))"
)
"""In the sentence of a drug: it is new, short, over, only spoken of, or for the skin."""
_LASTING: Final = re.compile(
    r"\b(?:continu\w*|daily|weekly|monthly|every|once a|twice a|long[- ]term|remains?|stays?)\b"
)
_STEROID_LASTS: Final = re.compile(
    r"\b(?:long[- ]term|chronic(?:ally)?|since|maintenance|for (?:\w+ ){1,3}(?:months|years))\b"
)
"""What tells a steroid of long use from one of days."""
_LOW_DOSE: Final = re.compile(
    r"predniso\w+ (?:[1-9]|10|2\.5|7\.5) ?(?:mg )?(?:daily|every day|once (?:a day|daily)|qd)\b"
)
"""At most 10 mg of prednisone each day is how a disease is kept quiet; a flare is treated with more, for days."""


def use_additional(
    proposals: list[Proposal], readings: Sequence[Reading], encounter: ClinicalEncounter, release: Release
) -> list[Proposal]:
    """The proposals with tobacco and drugs of long use beside the diseases that they belong to."""
    return [*proposals, *_tobacco(proposals, readings, encounter, release), *_drugs(proposals, readings, release)]


def secondary_varices(
    proposals: list[Proposal], readings: Sequence[Reading], encounter: ClinicalEncounter, release: Release
) -> list[Proposal]:
    """Esophageal varices with cirrhosis or portal hypertension are secondary, behind their cause (index: varix,
    esophagus, in; code first note at I85.1)."""
    cause = next((p for p in proposals if p.code in _PORTAL), None)
    if cause is None:
        return proposals
    return [
        replace(p.become("I85.1" + p.code[-1], "dx.secondary-varices"), order=max(p.order, _behind(cause)))
        if p.code in ("I85.00", "I85.01")
        else p
        for p in proposals
    ]


def _behind(cause: Proposal) -> tuple[int, int]:
    return cause.order[0], cause.order[1] + 1


def _tobacco(
    proposals: Sequence[Proposal], readings: Sequence[Reading], encounter: ClinicalEncounter, release: Release
) -> Iterator[Proposal]:
    main = next((p for p in proposals if p.assertion is Assertion.PRESENT and _asks(p.code, release)), None)
    age = encounter.age_years()
    if main is None or any(p.code.startswith(_TOBACCO) for p in proposals) or (age is not None and age < _GROWN):
        return
    for reading in readings:
        for match in _CIGARETTES.finditer(reading.lowered):
            if _is_own(reading, match.start()) and not _GIVEN_UP.search(_sentence(reading, match.start())):
                yield _beside(main, "F17.210", reading, match.span(), "dx.tobacco-with")
                return
    if any(_AGAIN.search(reading.lowered) for reading in readings):
        return
    for reading in readings:
        for match in _FORMER.finditer(reading.lowered):
            if _is_own(reading, match.start()):
                yield _beside(main, "Z87.891", reading, match.span(), "dx.tobacco-with")
                return


def _is_own(reading: Reading, at: int) -> bool:
    relatives = reading.part_at(at).section is Section.FAMILY_HISTORY
    return not relatives and not _NOT_SO.search(_sentence(reading, at))


def _asks(code: str, release: Release) -> bool:
    """Whether a note at the disease, or at its block, asks for the history of tobacco; the chapter's at few."""
    return code in _OF_SMOKE or any(
        "Z87.891" in note.references and not note.holder.startswith("chapter") and not matches(code, "H65-H67")
        for note in release.notes(code, "use_additional")
    )


def _drugs(proposals: Sequence[Proposal], readings: Sequence[Reading], release: Release) -> Iterator[Proposal]:
    main = next((p for p in proposals if p.code in _DISEASES and p.assertion is Assertion.PRESENT), None)
    known = {p.code for p in proposals}
    if main is None:
        return
    for reading in readings:
        for drug in reading.drugs:
            code = _LONG_TERM.get(drug.name)
            if code and code not in known and release.is_billable(code) and _is_lasting(drug, code, reading):
                known.add(code)
                yield _beside(main, code, reading, (drug.start, drug.end), "dx.long-term-drug")


def _is_lasting(drug: DrugMention, code: str, reading: Reading) -> bool:
    sentence = _sentence(reading, drug.start)
    if _BEGUN.search(sentence):
        return False
    if code == "Z79.52":
        return bool(_STEROID_LASTS.search(sentence) or _LOW_DOSE.search(sentence))
    return bool(_LASTING.search(sentence))


def _sentence(reading: Reading, at: int) -> str:
    """The sentence around a place; a point within a number ends none."""
    text = reading.lowered
    begin = max(text.rfind(mark, 0, at) for mark in (". ", "\n", ";")) + 1
    ends = [end for mark in (". ", "\n", ";") if (end := text.find(mark, at)) >= 0]
    return text[begin : min(ends, default=len(text))]


def _beside(main: Proposal, code: str, reading: Reading, span: tuple[int, int], rule: str) -> Proposal:
    order = (main.order[0], main.order[1] + 2)
    section = reading.part_at(span[0]).section
    return Proposal(code, _SURE, main.rule_for(rule), (reading.evidence(*span),), section, order, main.item)
