"""Step 7, proposing: which mentions become diagnosis codes, and how sure that is.

A problem line of the assessment speaks for itself. A condition that the plan takes up ("regarding her
diabetes", "for his gout") is coded with less confidence. Past and relatives' conditions give their Z codes.
What is uncertain, negated, planned or another person's gives nothing (outpatient guideline IV.H).
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import replace

from codesets.icd10cm import Codes, Release

from coding_svc.coding import lexicon, narrative
from coding_svc.coding.assertion import find_cues
from coding_svc.coding.drug_causes import words_of_cause
from coding_svc.coding.history import family_history, is_chronic, personal_history
from coding_svc.coding.medications import CLASS_OF
from coding_svc.coding.mentions import Mention
from coding_svc.coding.reading import Item, Proposal, Reading
from coding_svc.coding.specificity import LIMB_OF, REGION_OF, SIDES, SITES, Context, Specificity
from coding_svc.coding.terms import STATUS
from coding_svc.coding.text import STOP_WORDS, norm_words
from coding_svc.domain import Assertion, Section

_NAMES_OTHERS = re.compile(
    r"\b(?:includ\w+|versus|vs|or|possibl\w+|probabl\w+|likely|consistent|suspect\w*|rule out|and)\b"
)
_SUSPECTED = re.compile(
    r",\W*(?:(?:most|very) )?(?:likely|possibl[ey]|probabl[ey]|suspected|suspect|rule out|question of"
    r"|concern for)\b[^,]*"
)
_SYMPTOMS = ("R", "M25.5", "M54", "M79.6", "G89", "H57.1", "N64.4")
_ELSEWHERE = (Assertion.NEGATED, Assertion.HISTORICAL, Assertion.FAMILY)
"""Cues that may stand in the line of a problem that is there, without casting doubt on it."""
_BOTH_SIDES = re.compile(r"\b(?:right (?:and|&|\+) left|left (?:and|&|\+) right)\b")
HEAD = 0.92
TAKEN_UP = 0.8
SPOKEN_OF = 0.62
WITHOUT_ASSESSMENT = 0.5
MOSTLY = 0.5
MENDED = 0.2
"""Taken off where a misspelt word was mended."""
_WITHOUT_SITE = Codes("L20-L30", "L40-L45", "L50-L54", "L57", "L70-L73", "L80-L85", "L90-L95", "L98.9")
"""Diseases of the skin that have no codes by site, though some of their categories name one."""
_SAYS_NOTHING = frozenset(lexicon.lines("status_words.txt")) | STOP_WORDS | SIDES
_TAKES_UP = re.compile(
    r"\W*(?:(?:so|and|now|next|then|okay|ok|alright|also|as|in terms)\b\W*)*"
    r"(?:for|regarding|concerning|with regards? to|with respect to|of|as far as|about)\b\W+"
    r"(?:(?:your|his|her|the|their|my|patient'?s?|first|second|third|fourth|fifth|next|last|other|problem|issue|diagnosis"
    r"|condition|concern|number|one|two|three|of|is|a|an|history|chronic|acute|known|right|left)\b\W*)*"
)
"""What may stand before a condition that the clinician takes up."""
_OPENING = (Section.UNKNOWN, Section.CHIEF_COMPLAINT)
_GOING_ON = frozenset(
    [
        "continue",
        "continued",
        "refill",
        "refilled",
        "renewed",
        "start",
        "started",
        "increase",
        "decrease",
        "restart",
        "maintain",
    ]
)


_EXAMINATIONS = ("Z00", "Z01", "Z02", "Z12", "Z13")
_AFTER = re.compile(
    r"\b(?:aftercare|follow[- ]?up)(?: examination| exam| visit)? (?:following|after|of|for|from)"
    r"(?: (?:her|his|their|the|a|an|right|left|bilateral|total|recent))* ?$"
)
_STANDING = ("Z85", "Z86", "Z87", "Z89", "Z90", "Z94", "Z95", "Z96")
_SHORT_SITES = frozenset(["hip", "leg", "arm", "eye", "ear", "toe"])
_CONDITIONS = frozenset(
    norm_words(
        "ulcer pain fracture sprain strain injury laceration arthritis osteoarthritis wound tear swelling mass "
        "contusion tendinitis bursitis cellulitis abscess effusion disorder disease unspecified other lower upper"
    )
)
"""Words that a side may stand before at another site: they do not tell this one's side."""


class Proposer:
    """Turns a reading into proposals, with one release and its tree."""

    def __init__(self, release: Release, specificity: Specificity) -> None:
        self._release = release
        self._specificity = specificity

    def propose(self, reading: Reading) -> list[Proposal]:
        """Proposals of one note, the surest per code."""
        found = [proposal for mention in reading.mentions for proposal in self._each(mention, reading)]
        if narrative.is_narrative(reading):
            found += narrative.propose(reading, self._release)
        elif not any(proposal.confidence >= TAKEN_UP - 0.1 for proposal in found):
            found += [proposal for mention in reading.mentions if (proposal := self._of_talk(mention, reading))]
        best: dict[str, Proposal] = {}
        for proposal in found:
            known = best.get(proposal.code)
            if known is None or proposal.confidence > known.confidence:
                best[proposal.code] = proposal
        return sorted(best.values(), key=lambda proposal: proposal.order)

    def _each(self, mention: Mention, reading: Reading) -> list[Proposal]:
        """One proposal, or one per side where both sides are said and there is no bilateral code (I.B.13)."""
        proposal = self._of(mention, reading)
        if proposal is None:
            return []
        said = mention.context.affirmed
        if _BOTH_SIDES.search(reading.lowered, mention.sentence.start, mention.sentence.end):
            other = self._specificity.other_side(proposal.code)
            if other is not None:
                return sorted([proposal, replace(proposal, code=other)], key=_right_first(self._release))
        if not proposal.side_missing or not ({"right", "left"} <= said or "bilateral" in said):
            return [proposal]
        by_side = [self._specificity.resolve(mention.node, _only(side, mention.context)) for side in ("right", "left")]
        if any(resolution.code is None or resolution.side_missing for resolution in by_side):
            return [proposal]
        surer = round(proposal.confidence + 0.15, 3)
        return [
            replace(proposal, code=resolution.code or proposal.code, side_missing=False, confidence=surer)
            for resolution in by_side
        ]

    def _of(self, mention: Mention, reading: Reading) -> Proposal | None:
        section, head = mention.sentence.section, mention.sentence.head
        if head:
            return self._of_head(mention, reading)
        if mention.term.source == STATUS:
            return None
        if section in (Section.PLAN, Section.ASSESSMENT) and _is_taken_up(mention, reading):
            return self._make(mention, reading, TAKEN_UP, "dx.taken-up")
        return None

    def _of_head(self, mention: Mention, reading: Reading) -> Proposal | None:
        past = mention.assertion is Assertion.HISTORICAL
        if mention.term.source == STATUS:
            past |= mention.assertion is Assertion.PRESENT and _is_after(mention, reading)
            return self._make(mention, reading, TAKEN_UP, "dx.surgical-status") if past else None
        if mention.assertion is Assertion.PRESENT:
            if _is_no_reason(mention, reading):
                return None
            return self._make(mention, reading, HEAD, "dx.assessment")
        if mention.code is None:
            return None
        if past:
            return self._of_past(mention, mention.code, reading)
        relative = family_history(mention.code, self._release) if mention.assertion is Assertion.FAMILY else None
        return self._make(mention, reading, TAKEN_UP, "dx.family-history", relative) if relative else None

    def _of_past(self, mention: Mention, code: str, reading: Reading) -> Proposal | None:
        if is_chronic(code) and _goes_on(mention, reading):
            return self._make(mention, reading, TAKEN_UP, "dx.history-under-treatment")
        if code.startswith(_STANDING):  # "status post arthroplasty in 2019" is a status, whenever it came
            return self._make(mention, reading, TAKEN_UP, "dx.surgical-status", code)
        past = personal_history(code, self._release)
        return self._make(mention, reading, TAKEN_UP, "dx.personal-history", past) if past else None

    def _of_talk(self, mention: Mention, reading: Reading) -> Proposal | None:
        """The last resort, for notes that name no problem in a line of its own."""
        if mention.assertion is not Assertion.PRESENT or mention.term.source == STATUS:
            return None
        if mention.sentence.section is Section.ASSESSMENT:
            return self._make(mention, reading, SPOKEN_OF, "dx.assessment-talk")
        if mention.sentence.section in _OPENING and not reading.of(Section.ASSESSMENT):
            return self._make(mention, reading, WITHOUT_ASSESSMENT, "dx.no-assessment")
        return None

    def _make(
        self, mention: Mention, reading: Reading, base: float, rule: str, code: str | None = None
    ) -> Proposal | None:
        resolution = mention.resolution
        if code is None and resolution.side_missing:
            resolution = self._specificity.resolve(mention.node, _with_side(mention, reading, self._release))
            rule += ".side-from-note" if not resolution.side_missing else ""
        final = code or resolution.code
        if final is None or not self._release.is_billable(final):
            return None
        confidence = base * mention.term.weight - 0.15 * (code is None and resolution.side_missing)
        explained = self._explained(mention, reading, final) if mention.sentence.head else 0.0
        if mention.sentence.head and code is None and explained < MOSTLY:
            confidence -= 0.2
        if mention.sentence.mended:
            confidence -= MENDED
            rule += ".mended"
        return Proposal(
            final,
            round(max(0.05, confidence), 3),
            rule,
            (reading.evidence(mention.start, mention.end),),
            mention.sentence.section,
            (reading.number, mention.start),
            item_of(mention, reading),
            mention.assertion,
            mention.node,
            code is None and resolution.side_missing,
            explained=round(explained, 2),
            open_site="unspecified site" in self._release.title(final),
            further_on=mention.sentence.head and not reading.opens_line(mention.sentence.start),
        )

    def _explained(self, mention: Mention, reading: Reading, code: str) -> float:
        """Share of a problem line's words that are accounted for: the rest may change the code.

        By some mention, by the code's own title, by a cue of assertion, or as words of status.
        """
        known = reading.explained.get(mention.sentence.start, set())
        titled = set(norm_words(self._release.title(code)))
        titled |= {site for site, limb in LIMB_OF.items() if titled.issuperset(limb)}
        if code[0] == "M":
            titled |= {site for site, region in REGION_OF.items() if not titled.isdisjoint(region)}
        if code in _WITHOUT_SITE or not self._specificity.tells_sites(code[:3]):
            titled |= SITES
        tokens = mention.sentence.tokens
        if not words_of_cause(reading.note.text, mention.sentence.start, mention.sentence.end, tokens):
            titled |= CLASS_OF.keys() & {token.norm for token in tokens}  # what it is treated with
        cues = {
            tokens[at].start
            for cue in find_cues(tokens)
            if cue.assertion in (mention.assertion, *_ELSEWHERE)
            for at in range(cue.first, cue.last + 1)
        }
        accounted = [
            token.start in known or token.start in cues or token.norm in titled
            for token in tokens[: _qualified_from(mention, reading, code)]
            if token.norm not in _SAYS_NOTHING
        ]
        return sum(accounted) / max(1, len(accounted))


def _qualified_from(mention: Mention, reading: Reading, code: str) -> int:
    """Index of the first token of what only qualifies a named problem: after a comma, unless it names others.

    A diagnosis that is only suspected leaves its symptom the code (guideline IV.H).
    """
    tokens = mention.sentence.tokens
    text = reading.lowered[mention.end : mention.sentence.end]
    comma = text.find(",")
    doubted = code.startswith(_SYMPTOMS) and _SUSPECTED.fullmatch(text, max(comma, 0)) is not None
    if comma < 0 or (_NAMES_OTHERS.search(text) and not doubted):
        return len(tokens)
    return bisect_right([token.start for token in tokens], mention.end + comma)


def _is_after(mention: Mention, reading: Reading) -> bool:
    """ "Aftercare following total hip replacement": the operation lies back."""
    return _AFTER.search(reading.lowered, mention.sentence.start, mention.start) is not None


def _is_no_reason(mention: Mention, reading: Reading) -> bool:
    """An examination or screening that is no reason of today: its abnormal result, or what a problem needs.

    "ASCUS Pap smear" names a result, "4. Diabetic retinopathy. Dilated exam yearly." an appointment.
    """
    if not mention.node.startswith(_EXAMINATIONS):
        return False
    same = (other for other in reading.mentions if other.sentence.start == mention.sentence.start)
    if any(other.node[0] == "R" and other.assertion is Assertion.PRESENT for other in same):
        return True
    return not reading.opens_line(mention.sentence.start) and reading.is_listed(mention.sentence.start)


def _right_first(release: Release) -> Callable[[Proposal], bool]:
    return lambda proposal: "right" not in release.title(proposal.code).lower()


def _only(side: str, context: Context) -> Context:
    return Context((context.affirmed - SIDES) | {side}, context.negated)


def item_of(mention: Mention, reading: Reading) -> Item:
    """The problem of the assessment that a mention belongs to."""
    return reading.number, reading.part_at(mention.start).start, mention.sentence.item


def _is_taken_up(mention: Mention, reading: Reading) -> bool:
    """ "Regarding her diabetes, ..." opens a statement of the plan about a condition that is there."""
    if mention.assertion is not Assertion.PRESENT:
        return False
    return _TAKES_UP.fullmatch(reading.lowered, mention.sentence.start, mention.start) is not None


def _goes_on(mention: Mention, reading: Reading) -> bool:
    """Whether the same problem's text treats it today."""
    end = reading.part_at(mention.start).end
    after = bisect_right(reading.head_starts, mention.start)
    if after < len(reading.head_starts):
        end = min(end, reading.head_starts[after])
    first, last = (bisect_left(reading.token_starts, place) for place in (mention.end, end))
    return any(token.norm in _GOING_ON for token in reading.tokens[first:last])


def _with_side(mention: Mention, reading: Reading, release: Release) -> Context:
    """The side, if the rest of the note gives exactly one for this site."""
    words = {*norm_words(release.title(mention.node)), *norm_words(reading.note.text[mention.start : mention.end])}
    words = {word for word in words if len(word) > 3 or word in _SHORT_SITES} - _CONDITIONS
    sides = {side for word in words for side in reading.sides_before.get(word, ())}
    if len(sides) != 1:
        return mention.context
    return Context(mention.context.affirmed | sides, mention.context.negated)
