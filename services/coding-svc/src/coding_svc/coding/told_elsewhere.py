"""Step 13c, told elsewhere: does another part of the note say more of a condition than its code does?

The assessment says "atrial fibrillation", the history "persistent"; the plan treats kidney disease, and diabetes stands
only in the list of past illness (which guidelines I.A.15 and I.C.9.a presume to be its cause). Which of the two holds
today is a person's to say: the encounter waits. Nothing is coded from it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from codesets.icd10cm import Codes, Release

from coding_svc.coding.mentions import Mention
from coding_svc.coding.reading import Proposal, Reading
from coding_svc.coding.terms import STATUS
from coding_svc.domain import Assertion, Section

_TOLD: Final = frozenset(
    {Section.HPI, Section.CHIEF_COMPLAINT, Section.PAST_HISTORY, Section.PROBLEM_LIST, Section.UNKNOWN,
     Section.ASSESSMENT, Section.PLAN}
)  # fmt: skip
_LISTS: Final = frozenset({Section.PAST_HISTORY, Section.PROBLEM_LIST})
_BY_KIND: Final = Codes("D50-D64", "E03", "E10-E11", "E78", "F32-F33", "G40", "G43", "I48", "I50", "J44-J45", "K50-K51",
                        "K74", "N18", "N40")  # fmt: skip
"""Lasting conditions that have their kind, stage or severity in the code."""
_FULLER: Final = (("E03.9", "E06.3"), ("F32.A", "F33"), ("D64.9", "D50"), ("D64.9", "D63"), ("I51.9", "I50"))
"""Unspecified codes, and where a fuller name of the same condition may lie outside their category."""
_PRESUMED: Final = (
    (Codes("N18", "I50"), Codes("I10-I13", "I16"), Codes("I10")),
    (Codes("N18", "I73.9", "I70.2", "L97", "K31.84"), Codes("E08-E13"), Codes("E10-E13")),
)
"""Conditions, the codes of their presumed cause, and what mentions tell of it."""


def fuller_elsewhere(reading: Reading, diagnoses: Sequence[Proposal], release: Release) -> Iterator[Mention]:
    """Mentions that name a coded condition more fully, or the presumed cause of one, without a code that says it."""
    vague = [p.code for p in diagnoses if p.code in _BY_KIND and "unspecified" in release.title(p.code).lower()]
    vague += [p.code for p in diagnoses if p.code in {code for code, _ in _FULLER} and p.code not in vague]
    causes = [cause for effects, codes, cause in _PRESUMED
              if any(p.code in effects for p in diagnoses) and not any(p.code in codes for p in diagnoses)]  # fmt: skip
    if not vague and not causes:
        return
    coded = {p.code for p in diagnoses}
    for mention in reading.mentions:
        code = mention.code or mention.node
        if not _is_there(mention) or code in coded:
            continue
        if any(code in cause for cause in causes) or any(_says_more(code, each, release) for each in vague):
            yield mention


def _is_there(mention: Mention) -> bool:
    section = mention.sentence.section
    past = mention.assertion is Assertion.HISTORICAL and section in _LISTS
    return mention.term.source != STATUS and section in _TOLD and (past or mention.assertion is Assertion.PRESENT)


def _says_more(code: str, vague: str, release: Release) -> bool:
    if not release.is_billable(code) or "unspecified" in release.title(code).lower():
        return False
    kin = [start for known, start in _FULLER if known == vague]
    return code.startswith((vague[:3], *kin)) and not vague.startswith(code)
