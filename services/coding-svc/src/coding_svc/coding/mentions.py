"""Step 4, term matching: every place where the note names something that ICD-10-CM knows.

Runs of words are looked for everywhere; problem lines of the assessment are read as sets of words as
well ("knee pain, left" is "pain in left knee").
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from itertools import pairwise, zip_longest
from typing import Final, NamedTuple

from coding_svc.coding.assertion import Cue, apart, assert_mention, carried_on, find_cues
from coding_svc.coding.drug_causes import words_of_cause
from coding_svc.coding.history import is_chronic
from coding_svc.coding.marks import dated
from coding_svc.coding.neoplasms import NeoplasmTable
from coding_svc.coding.sentences import Sentence
from coding_svc.coding.specificity import SIDES, Context, Resolution, Specificity
from coding_svc.coding.spelling import Spelling
from coding_svc.coding.terms import NEGATORS, Term, TermTable, split_negated
from coding_svc.coding.text import STOP_WORDS, Token, norm_words
from coding_svc.domain import Assertion, Section

_SILENT: Final = frozenset({Section.ADMINISTRATIVE, Section.ALLERGIES, Section.VITALS, Section.MEDICATIONS})
_CLAUSE_REACH: Final = 160
"""Code points; a clause is not longer."""
_OTHER_SENSES: Final = {
    word: re.compile(pattern, re.IGNORECASE)
    for word, pattern in {
        "fall": r"\b(?:in|this|next|last|every|each|by|until|come|early|late) (?:the )?fall\b"
        r"|\bfall (?:season|semester|term|of 20\d\d)",
        "ra": r"\b\d{2,3} ?%?,? (?:on )?ra\b|\bon ra\b|\b(?:sats?|spo2|o2|oxygen)\b[^.\n]{0,16}\bra\b"
        r"|\bra sats?\b",
        "cold": r"\bcold (?:packs?|compress\w*|water|air|weather|therapy|intolerance|feet|hands|sore)"
        r"|\b(?:feels?|is|are) cold\b",
        "ed": r"\b(?:the|to|in|from|via|at|through|into|an|our|local|nearest|outside) ed\b"
        r"|\bed (?:visit|precaution|physician|provider|doctor|course|discharge|if|note|record|triage|evaluation)",
        "weight loss": r"\bdespite weight loss"
        r"|\bweight loss (?:to|goal|program|plan|counsel|encourag|recommend|discuss|advis|diet|surgery"
        r"|medic|efforts?|will|would|is (?:advis|encourag|recommend))"
        r"|(?:encourag|recommend|advis|counsel|discuss|work\w* on|promot|goal)\w*[^.\n]{0,12} weight loss",
        "fib": r"\bfib-? ?4\b",
        "burn": r"\bburn(?:s|ing)? (?:calories|out)\b",
    }.items()
}
"""Words that are a condition only sometimes, and the company in which they are not."""
_PART_OF: Final = {
    **dict.fromkeys(("palm", "thenar", "hypothenar", "knuckle"), "hand"),
    **dict.fromkeys(("heel", "sole", "instep", "forefoot", "midfoot"), "foot"),
    **dict.fromkeys(("kneecap", "patella"), "knee"),
    **dict.fromkeys(("antecubital", "olecranon"), "elbow"),
    **dict.fromkeys(("flank", "paraspinal"), "back"),
}
"""Places that the classification names no injury of: the site that they belong to."""
_INJURIES: Final = frozenset(
    norm_words(
        "laceration abrasion contusion wound puncture bite burn crush injury cut bruise hematoma splinter"
        " abscess cellulitis"
    )
)
_UNITS: Final = frozenset("day week month year hour minute time mg mcg unit lb pound kg percent tablet visit".split())  # noqa: SIM905
"""What a number counts."""
_USED: Final = (
    "anticoag", "warfarin", "apixaban", "opioid", "opiate", "steroid", "prednison", "antibiotic", "medication", "nsaid",
    "aspirin", "insulin", "therapy",
)  # fmt: skip
"""Beginnings of what is taken for long: "chronic" before it tells of the use."""
_NO_CONTENT: Final = STOP_WORDS | {"with"}
_COMMA: Final = re.compile(r"[,;.]")
_CLAUSE_END: Final = re.compile(r"[,;.]|\band\b")


class Mention(NamedTuple):
    """A named condition: where, how spoken of, and the code that the words around it support."""

    node: str
    resolution: Resolution
    term: Term
    start: int
    end: int
    words: frozenset[int]
    """Code-point starts of the tokens it rests on."""
    sentence: Sentence
    assertion: Assertion
    trigger: str
    context: Context
    also: frozenset[int] = frozenset()
    """Starts of words by which other terms of the statement name something of the same category."""

    @property
    def code(self) -> str | None:
        """The billable code, None if it could not be told."""
        return self.resolution.code


class _Statement(NamedTuple):
    """A sentence with what all of its mentions share, worked out once."""

    sentence: Sentence
    starts: list[int]
    cues: list[Cue]
    whole: Context
    """All that it says and denies."""


class MentionFinder:
    """Finds mentions with one dictionary and one tree."""

    def __init__(self, terms: TermTable, specificity: Specificity, neoplasms: NeoplasmTable) -> None:
        self._terms = terms
        self._neoplasms = neoplasms
        self._specificity = specificity
        self._spelling = Spelling(terms.words)

    def find(self, text: str, sentences: list[Sentence]) -> list[Mention]:
        """All mentions in the sentences of a note, in order."""
        return [
            mention
            for before, sentence in pairwise([None, *sentences])
            if sentence is not None and sentence.section not in _SILENT
            for mention in self.in_sentence(text, sentence, before.tokens if before else [])
            if not _in_another_sense(text, mention)
        ]

    def _runs(self, content: list[Token]) -> list[tuple[Term, list[Token]]]:
        runs = self._terms.runs([token.norm for token in content])
        return [(term, content[first : last + 1]) for first, last, term in runs]

    def in_sentence(self, text: str, sentence: Sentence, before: list[Token]) -> list[Mention]:
        """Mentions of one sentence (`before`: the words of the one before).

        Where two share words of one category, the longer stays.
        """
        if sentence.head:
            mended = self._spelling.corrected(sentence.tokens)
            sentence = sentence if mended is sentence.tokens else sentence._replace(tokens=mended, mended=True)
        tokens = sentence.tokens
        content = [token for token in tokens if token.norm not in STOP_WORDS]
        plain = _without_kinds_of_use(content)
        found = self._runs(plain)
        if len(plain) < len(content):  # "chronic anticoagulation" itself
            found += [(term, words) for term, words in self._runs(content) if words[0] not in plain]
        neoplasms = list(self._neoplasms.find(content, sentence.head))
        if not found and not neoplasms and not sentence.head:
            return []
        cues = find_cues(tokens) + carried_on(before, tokens)
        found += [(term, words) for term, words in neoplasms if not apart(cues, tokens, words)]
        lists = [cue.first for cue in cues if cue.listing and not cue.colon]
        said = said_and_denied(text, _without_kinds_of_use(tokens[: min(lists, default=len(tokens))]))
        if sentence.head:
            sets = self._as_sets(plain, *said)
            found += [(term, words) for term, words in sets if not apart(cues, tokens, words)]
            found += self._of_whole_sites(content, said[1])
        if not found:
            return []
        starts = [token.start for token in tokens]
        caused = words_of_cause(text, sentence.start, sentence.end, tokens) if sentence.head else frozenset()
        affirmed = said[0] | caused
        statement = _Statement(sentence, starts, cues, Context(affirmed, said[1] - SIDES))
        kept = _longest_first(found)
        return [self._mention(text, statement, term, words, _also(term, found)) for term, words in kept]

    def _as_sets(
        self, content: list[Token], affirmed: frozenset[str], negated: frozenset[str]
    ) -> list[tuple[Term, list[Token]]]:
        place: dict[str, int] = {}
        for index, token in enumerate(content):
            if token.norm in affirmed and not (token.norm.isdigit() and _counts(content, index)):
                place.setdefault(token.norm, index)
        return [
            (entry.term, [content[index] for index in sorted(place[word] for word in entry.affirmed)])
            for entry in self._terms.bags(place, negated)
        ]

    def _of_whole_sites(self, content: list[Token], negated: frozenset[str]) -> list[tuple[Term, list[Token]]]:
        """Injuries of a part (the palm) as those of the site that the classification knows (the hand)."""
        norms = {token.norm for token in content}
        if norms.isdisjoint(_INJURIES) or norms.isdisjoint(_PART_OF):
            return []
        whole = [token._replace(norm=_PART_OF.get(token.norm, token.norm)) for token in content]
        return self._as_sets(whole, frozenset(token.norm for token in whole) - negated, negated)

    def _mention(
        self, text: str, statement: _Statement, term: Term, words: list[Token], also: frozenset[int]
    ) -> Mention:
        sentence, starts, cues, whole = statement
        start, end = words[0].start, words[-1].end
        first, last = bisect_left(starts, start), bisect_right(starts, words[-1].start) - 1
        assertion, trigger = assert_mention(sentence.tokens, cues, first, last, sentence.section, text)
        if assertion is Assertion.PRESENT and dated(text, end) and not is_chronic(term.node):
            assertion, trigger = Assertion.HISTORICAL, "in a year"
        context = context_of(text, sentence, whole, start, end)
        start_node = self._specificity.start(term.node)
        return Mention(
            start_node,
            self._specificity.resolve(start_node, context),
            term,
            start,
            end,
            frozenset([token.start for token in words]),
            sentence,
            assertion,
            trigger,
            context,
            also,
        )


def _without_kinds_of_use(content: list[Token]) -> list[Token]:
    """The words without the "chronic" of a drug's use: "fibrillation on chronic anticoagulation" is no chronic one."""
    return [
        token
        for token, after in zip_longest(content, content[1:])
        if token.norm != "chronic" or after is None or not after.norm.startswith(_USED)
    ]


def _in_another_sense(text: str, mention: Mention) -> bool:
    """ "Flu shot in fall" and "94 RA": words that name no condition where they stand."""
    word = text[mention.start : mention.end].lower()
    senses = _OTHER_SENSES.get(word)
    return senses is not None and senses.search(text, max(0, mention.start - 24), mention.end + 24) is not None


def _counts(content: list[Token], index: int) -> bool:
    """Whether a number counts something or has a point: "A1c 7.1" and "in 1 month" name no type of diabetes."""
    number, before, after = content[index], content[index - 1 : index], content[index + 1 : index + 2]
    if after and after[0].norm in _UNITS:
        return True
    pointed = [abs(number.start - other.end) == 1 for other in before if other.norm.isdigit()]
    pointed += [other.start - number.end == 1 for other in after if other.norm.isdigit()]
    return any(pointed)


def said_and_denied(text: str, tokens: list[Token]) -> tuple[frozenset[str], frozenset[str]]:
    """Content words that a sentence affirms, and those that it negates: a negator reaches to the next comma."""
    norms = [token.norm for token in tokens]
    if NEGATORS.isdisjoint(norms):
        return frozenset(norms) - _NO_CONTENT, frozenset()
    affirmed, negated = split_negated(_with_commas(text, tokens))
    return frozenset(affirmed), frozenset(negated)


def _with_commas(text: str, tokens: list[Token]) -> list[str]:
    """Norms with `,` where the text has a comma, semicolon or colon between two tokens."""
    found: list[str] = []
    for before, token in zip([None, *tokens], tokens, strict=False):
        if before is not None and token.start > before.end and _comma(text[before.end : token.start]):
            found.append(",")
        found.append(token.norm)
    return found


def _comma(gap: str) -> bool:
    return "," in gap or ";" in gap or ":" in gap


def context_of(text: str, sentence: Sentence, whole: Context, start: int, end: int) -> Context:
    """What the sentence says around a mention. A side counts from its clause first, else if it is the only one."""
    if len(whole.affirmed & SIDES) <= 1:
        return whole
    first, last = _clause(text, sentence, start, end)
    near = {token.norm for token in sentence.tokens if first <= token.start < last} & SIDES
    if not near and text[last : last + 1] == ",":  # "hearing loss, left ear, with normal hearing on the right"
        stop = _COMMA.search(text, last + 1, sentence.end)
        till = stop.start() if stop else sentence.end
        near = {token.norm for token in sentence.tokens if last < token.start < till} & SIDES
    return Context((whole.affirmed - SIDES) | near, whole.negated) if near else whole


def _clause(text: str, sentence: Sentence, start: int, end: int) -> tuple[int, int]:
    begin = max(sentence.start, start - _CLAUSE_REACH)
    before = [match.end() for match in _CLAUSE_END.finditer(text, begin, start)]
    after = _CLAUSE_END.search(text, end, min(sentence.end, end + _CLAUSE_REACH))
    return (before[-1] if before else begin), (after.start() if after else sentence.end)


def _also(term: Term, found: list[tuple[Term, list[Token]]]) -> frozenset[int]:
    """What shorter names of the same category add ("reflux disease with erosive esophagitis" names K21.0 twice)."""
    if len(found) == 1:
        return frozenset()
    return frozenset(
        token.start
        for other, words in found
        if other is not term and other.node[:3] == term.node[:3]
        for token in words
    )


def _longest_first(found: list[tuple[Term, list[Token]]]) -> list[tuple[Term, list[Token]]]:
    """Of mentions that share words within a chapter the one with more words stays, then the surer, the tighter."""
    if len(found) == 1:
        return found
    found.sort(key=_standing)
    kept: list[tuple[Term, frozenset[int], list[Token]]] = []
    for term, tokens in found:
        places = frozenset(token.start for token in tokens)
        clash = any(places <= other or (places & other and term.node[0] == taken.node[0]) for taken, other, _ in kept)
        if not clash:
            kept.append((term, places, tokens))
    kept.sort(key=lambda triple: triple[2][0].start)
    return [(term, tokens) for term, _, tokens in kept]


def _standing(pair: tuple[Term, list[Token]]) -> tuple[int, float, int, int, int]:
    term, tokens = pair
    words = sum(token.norm not in SIDES for token in tokens)
    return -words, -term.weight, -term.words, tokens[-1].end - tokens[0].start, tokens[0].start
