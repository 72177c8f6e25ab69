"""Drugs that matter to a code: by class, and whether the patient takes them.

Generic and trade names as they are written in notes. Only what a rule needs is here; the risk element of
medical decision making recognises drugs by their dose as well (see `mdm`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from coding_svc.coding import lexicon
from coding_svc.coding.assertion import assert_mention, find_cues
from coding_svc.coding.sentences import Sentence
from coding_svc.domain import Assertion, Section

CLASS_OF: Final = {name: group for group, name in lexicon.rows("medications.tsv")}
_STOPPED: Final = frozenset(
    [
        "stop",
        "stopped",
        "discontinue",
        "discontinued",
        "held",
        "hold",
        "off",
        "avoid",
        "allergic",
        "allergy",
        "no",
        "not",
        "never",
        "denies",
        "decline",
        "declined",
        "declines",
        "refuse",
        "refused",
        "refuses",
    ]
)
_GOES_ON: Final = frozenset(["continue", "continued", "refill", "refilled", "renewed", "resumed", "restarted"])
"""Beside a drug they tell what was decided, whatever else the sentence weighs."""
_MAYBE: Final = frozenset(["may", "might", "could"])
_BEGINS: Final = frozenset(["start", "begin", "add", "need", "require"])
"""Both before a drug: it may come later."""
_SILENT: Final = frozenset({Section.ALLERGIES, Section.FAMILY_HISTORY})


class DrugMention(NamedTuple):
    """A drug that the note says the patient takes or is given."""

    group: str
    name: str
    start: int
    end: int
    section: Section


def find_drugs(text: str, sentences: list[Sentence]) -> list[DrugMention]:
    """Drugs taken or prescribed, in order; stopped, refused and allergic ones are left out."""
    return [
        drug
        for sentence in sentences
        if sentence.section not in _SILENT
        and (named := [index for index, token in enumerate(sentence.tokens) if token.norm in CLASS_OF])
        for drug in _in_sentence(text, sentence, named)
    ]


def _in_sentence(text: str, sentence: Sentence, named: Sequence[int]) -> Iterator[DrugMention]:
    cues = find_cues(sentence.tokens)
    for index in named:
        token = sentence.tokens[index]
        before = {earlier.norm for earlier in sentence.tokens[max(0, index - 3) : index]}
        spoken, _ = assert_mention(sentence.tokens, cues, index, index, sentence.section, text)
        hedged = {earlier.norm for earlier in sentence.tokens[max(0, index - 5) : index]}
        if hedged & _MAYBE and hedged & _BEGINS:
            continue
        near = {other.norm for other in sentence.tokens[max(0, index - 2) : index + 3]}
        taken = spoken in (Assertion.PRESENT, Assertion.HISTORICAL)
        if not before & _STOPPED and (taken or (spoken is Assertion.PLANNED and near & _GOES_ON)):
            yield DrugMention(CLASS_OF[token.norm], token.norm, token.start, token.end, sentence.section)
