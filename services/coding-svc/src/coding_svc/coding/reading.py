"""One note, read: its parts, sentences' mentions and drugs. What all later steps look at."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from coding_svc.coding.assertion import assert_mention, find_cues
from coding_svc.coding.medications import DrugMention, find_drugs
from coding_svc.coding.mentions import Mention, MentionFinder
from coding_svc.coding.screened import Screened
from coding_svc.coding.sections import Part, split_sections
from coding_svc.coding.sentences import Sentence, split_sentences
from coding_svc.coding.specificity import SIDES
from coding_svc.coding.text import Token, tokenise
from coding_svc.domain import Assertion, ClinicalNote, CodeSystem, Evidence, Section

_MARK_REACH: Final = 16
"""Code points; what marks a line is not longer, so that a text in one line is read in linear time."""
_MARK: Final = re.compile(r"^[\s\-–—•*#>:]*$|(?:^|\s)(?:\(?\d{1,2}[.):]|#\s?\d{0,2}|[•*])\s*$")
"""A line's beginning, or the number or bullet of a list within it."""
_LISTED: Final = re.compile(r"[ \t]*(?:\(?\d{1,2}[.):]|[\-–—•*#>])")
Item = tuple[int, int, int]
"""Where a problem stands: number of the note, start of the part, number of the problem in it."""


@dataclass(frozen=True)
class Reading:
    """A note with everything found in it. `number` is its place among the encounter's notes."""

    number: int
    note: ClinicalNote
    parts: list[Part]
    tokens: list[Token]
    sentences: list[Sentence]
    mentions: list[Mention]
    drugs: list[DrugMention]

    def evidence(self, start: int, end: int) -> Evidence:
        """The slice of the note from start to end."""
        return Evidence(self.note.note_id, start, end, self.note.text[start:end])

    @cached_property
    def lowered(self) -> str:
        """The text in lower case, of the same length, for patterns."""
        low = self.note.text.lower()
        return low if len(low) == len(self.note.text) else self.note.text

    @cached_property
    def part_starts(self) -> list[int]:
        """Where each part begins, in order."""
        return [part.start for part in self.parts]

    def opens_line(self, place: int) -> bool:
        """Whether nothing but a bullet or a number stands before a place in its line, or in its part."""
        near = max(0, place - _MARK_REACH)
        start = max(self.note.text.rfind("\n", near, place) + 1, self.part_at(place).body, near)
        return _MARK.search(self.note.text[start:place]) is not None

    def is_listed(self, place: int) -> bool:
        """Whether the line of a place begins with a number or a bullet."""
        return _LISTED.match(self.note.text, self.note.text.rfind("\n", 0, place) + 1) is not None

    def part_at(self, place: int) -> Part:
        """The part that a place of the note lies in."""
        return self.parts[max(0, bisect_right(self.part_starts, place) - 1)]

    @cached_property
    def token_starts(self) -> list[int]:
        """Where each token begins, in order."""
        return [token.start for token in self.tokens]

    @cached_property
    def sentence_starts(self) -> list[int]:
        """Where each sentence begins, in order."""
        return [sentence.start for sentence in self.sentences]

    def spoken_at(self, place: int) -> Assertion:
        """How the note speaks of the word at a place."""
        at = max(0, bisect_right(self.sentence_starts, place) - 1)
        sentence = self.sentences[at]
        index = max(0, bisect_right([token.start for token in sentence.tokens], place) - 1)
        cues = find_cues(sentence.tokens)
        return assert_mention(sentence.tokens, cues, index, index, sentence.section, self.note.text)[0]

    def where(self, pattern: Screened) -> list[Sentence]:
        """The sentences in which a pattern might match, in order."""
        return [self.sentences[at] for at in pattern.stretches(self.lowered, self.sentence_starts)]

    @cached_property
    def head_starts(self) -> list[int]:
        """Where each mention in a problem line begins, in order."""
        return [mention.start for mention in self.mentions if mention.sentence.head]

    @cached_property
    def explained(self) -> dict[int, set[int]]:
        """By sentence: the starts of the words that some mention accounts for."""
        found: dict[int, set[int]] = {}
        for mention in self.mentions:
            found.setdefault(mention.sentence.start, set()).update(mention.words, mention.also)
        return found

    @cached_property
    def sides_before(self) -> dict[str, set[str]]:
        """By word: the sides that stand at most two words before it anywhere in the note."""
        found: dict[str, set[str]] = {}
        for at, token in enumerate(self.tokens):
            if token.norm in SIDES:
                for near in self.tokens[at + 1 : at + 3]:
                    found.setdefault(near.norm, set()).add(token.norm)
        return found

    def of(self, section: Section) -> list[Part]:
        """The parts of one section."""
        return [part for part in self.parts if part.section is section]


NARRATIVE: Final = "dx.narrative"
"""Every rule begins with it that reads a text without an assessment."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A diagnosis code on its way: rules add, replace and drop proposals until the list stands."""

    code: str
    confidence: float
    rule: str
    evidence: tuple[Evidence, ...]
    section: Section
    order: tuple[int, int]
    """Number of the note and place in it: the order in which the clinician spoke."""
    item: Item
    assertion: Assertion = Assertion.PRESENT
    node: str = ""
    side_missing: bool = False
    explained: float = 0.0
    """Share of the problem line's words that are accounted for; 0 outside problem lines."""

    open_site: bool = False
    """True for a code of an unspecified site: the note may tell more."""

    further_on: bool = False
    """True where other statements stand before it in its line: it may be talk, and not the problem's name."""

    def become(self, code: str, rule: str, lower: float = 0.0) -> Proposal:
        """The same evidence under another code."""
        return replace(self, code=code, rule=self.rule_for(rule), confidence=max(0.0, self.confidence - lower))

    def rule_for(self, rule: str) -> str:
        """The name of a rule that works on this proposal: what follows from a narrative stays one."""
        if not self.rule.startswith(NARRATIVE) or rule.startswith(NARRATIVE):
            return rule
        return NARRATIVE + rule.removeprefix("dx")


ICD: Final = CodeSystem.ICD10CM


def read_note(number: int, note: ClinicalNote, finder: MentionFinder) -> Reading:
    """Read one note with the finder's dictionary."""
    parts = split_sections(note.text)
    tokens = tokenise(note.text)
    sentences = split_sentences(note.text, parts, tokens)
    mentions, drugs = finder.find(note.text, sentences), find_drugs(note.text, sentences)
    return Reading(number, note, parts, tokens, sentences, mentions, drugs)
