"""Step 7b, narrative: texts that name no assessment at all (case reports, letters, a dictation without its end).

Every affirmed condition of the text is proposed, as sure as its term proved in labelled case reports. Nothing of it
is released without a person: where no assessment says so, a code is a suggestion with evidence.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from codesets.icd10cm import Release

from coding_svc.coding.assertion import ENDED, assert_mention, carried_on, find_cues
from coding_svc.coding.history import is_chronic, personal_history
from coding_svc.coding.learned import learned_terms, term_counts
from coding_svc.coding.mentions import Mention
from coding_svc.coding.reading import NARRATIVE, Item, Proposal, Reading
from coding_svc.coding.sentences import Sentence
from coding_svc.coding.terms import STATUS
from coding_svc.coding.text import STOP_WORDS, Token
from coding_svc.domain import Assertion, Section

LEARNED_RULE: Final = "dx.narrative-learned"
_PRIOR: Final = {
    "own": 0.7, STATUS: 0.6, "title": 0.58, "inclusion": 0.66, "index": 0.6, "includes": 0.45, "DO": 0.5,
    "MONDO-EXACT": 0.66, "MONDO-CLOSE": 0.25, "table": 0.6, "table-unspecified": 0.35,
}  # fmt: skip
"""Share of right codes by source of the term, over labelled case reports (`coding-svc learn` prints it)."""
_PRIOR_WEIGHT: Final = 2
_SILENT: Final = frozenset(
    {Section.FAMILY_HISTORY, Section.ROS, Section.ALLERGIES, Section.ADMINISTRATIVE, Section.INSTRUCTIONS}
)
_ANSWERS: Final = frozenset({Section.ASSESSMENT, Section.PLAN})


def is_narrative(reading: Reading) -> bool:
    """Whether no part of the note is an assessment or a plan."""
    return not any(part.section in _ANSWERS for part in reading.parts)


def propose(reading: Reading, release: Release) -> Iterator[Proposal]:
    """Proposals from all affirmed mentions and learned terms; several for one code may come."""
    for mention in reading.mentions:
        proposal = None if mention.sentence.section in _SILENT else _of_mention(mention, reading, release)
        if proposal:
            yield proposal
    for before, sentence in pairwise([None, *reading.sentences]):
        if sentence is not None and sentence.section not in _SILENT:
            yield from _of_learned(sentence, before.tokens if before else [], reading, release)


def _of_mention(mention: Mention, reading: Reading, release: Release) -> Proposal | None:
    code = mention.code
    if code is None:
        return None
    if mention.term.source == STATUS:
        if mention.assertion is not Assertion.HISTORICAL:
            return None
    elif mention.assertion is Assertion.HISTORICAL and (mention.trigger in ENDED or not is_chronic(code)):
        code = personal_history(code, release)
    elif mention.assertion not in (Assertion.PRESENT, Assertion.HISTORICAL):
        return None
    if code is None or not release.is_billable(code):
        return None
    documents, right = term_counts().get((content_of(mention), code), (0, 0))
    sure = (right + _PRIOR[mention.term.source] * _PRIOR_WEIGHT) / (documents + _PRIOR_WEIGHT)
    return _proposal(reading, mention.sentence, mention.start, mention.end, code, sure, NARRATIVE)


def _of_learned(sentence: Sentence, before: list[Token], reading: Reading, release: Release) -> Iterator[Proposal]:
    content = [index for index, token in enumerate(sentence.tokens) if token.norm not in STOP_WORDS]
    cues = None
    for first, last, found in learned_terms().runs([sentence.tokens[index].norm for index in content]):
        cues = find_cues(sentence.tokens) + carried_on(before, sentence.tokens) if cues is None else cues
        begin, end = content[first], content[last]
        assertion, _ = assert_mention(sentence.tokens, cues, begin, end, sentence.section, reading.note.text)
        if assertion not in (Assertion.PRESENT, Assertion.HISTORICAL):
            continue
        start, stop = sentence.tokens[begin].start, sentence.tokens[end].end
        for item in found:
            goes_on = assertion is Assertion.PRESENT or is_chronic(item.code)
            if goes_on and release.is_billable(item.code):
                yield _proposal(reading, sentence, start, stop, item.code, item.precision, LEARNED_RULE)


def content_of(mention: Mention) -> str:
    """The content words that a mention rests on: the key of the counts."""
    return " ".join(t.norm for t in mention.sentence.tokens if t.start in mention.words and t.norm not in STOP_WORDS)


def _proposal(
    reading: Reading, sentence: Sentence, start: int, end: int, code: str, sure: float, rule: str
) -> Proposal:
    place: Item = (reading.number, reading.part_starts[max(0, bisect_right(reading.part_starts, start) - 1)], 0)
    evidence = (reading.evidence(start, end),)
    return Proposal(code, round(sure, 3), rule, evidence, sentence.section, (reading.number, start), place, node=code)
