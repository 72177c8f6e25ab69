"""Step 5, assertion: how the note speaks of what a term names.

A ConText-like reading: a trigger stands before or after the mention in the same sentence and reaches
until a terminator. Negation beats uncertainty, uncertainty beats history (outpatient guideline IV.H:
what is "probable", "suspected" or "ruled out" is not coded as if it existed).
"""

from __future__ import annotations

from typing import Final, NamedTuple

from coding_svc.coding import lexicon
from coding_svc.coding.text import Token, norm_words
from coding_svc.domain import Assertion, Section

_STOPPERS: Final = frozenset(
    [
        "but",
        "however",
        "except",
        "although",
        "though",
        "which",
        "who",
        "has",
        "presents",
        "also",
        "presenting",
        "complain",
    ]
)
_PSEUDO: Final = frozenset(
    ("no", word)
    for word in ["change", "increase", "further", "additional", "significant", "doubt", "longer", "improvement", "new"]
) | {("not", "only"), ("not", "at"), ("not", "well"), ("no", "pattern"), ("not", "controlled"), ("not", "responding")}
_DURATIONS: Final = frozenset(
    ["hour", "day", "week", "month", "year", "long", "longstanding", "recent", "short", "brief"]
)
_WIDE: Final = frozenset({Assertion.NEGATED, Assertion.FAMILY, Assertion.CONDITIONAL, Assertion.OTHER_PERSON})
_REACH: Final = {True: 14, False: 7}
"""How many tokens a trigger reaches: lists of negated or family conditions are long, the others short."""
_PRECEDENCE: Final = (
    Assertion.FAMILY, Assertion.OTHER_PERSON, Assertion.NEGATED, Assertion.CONDITIONAL, Assertion.PLANNED,
    Assertion.UNCERTAIN, Assertion.HISTORICAL,
)  # fmt: skip
_BY_SECTION: Final = {
    Section.FAMILY_HISTORY: Assertion.FAMILY,
    Section.PAST_SURGICAL: Assertion.HISTORICAL,
}


class _Trigger(NamedTuple):
    words: tuple[str, ...]
    assertion: Assertion
    before: bool


def _read_triggers() -> list[_Trigger]:
    return [
        _Trigger(tuple(norm_words(words)), Assertion(assertion), side == "before")
        for assertion, side, words in lexicon.rows("assertion_triggers.tsv")
    ]


def _by_first_word() -> dict[str, list[_Trigger]]:
    found: dict[str, list[_Trigger]] = {}
    for trigger in _read_triggers():
        found.setdefault(trigger.words[0], []).append(trigger)
    for triggers in found.values():
        triggers.sort(key=lambda trigger: -len(trigger.words))
    return found


_TRIGGERS: Final = _by_first_word()


class Cue(NamedTuple):
    """A trigger found in a sentence, as token indices."""

    first: int
    last: int
    assertion: Assertion
    before: bool


def find_cues(tokens: list[Token]) -> list[Cue]:
    """All triggers of a sentence. Longer ones win over the shorter ones inside them, per direction."""
    words = [token.norm for token in tokens]
    found: list[Cue] = []
    for index in [index for index, word in enumerate(words) if word in _TRIGGERS]:
        word = words[index]
        for trigger in _TRIGGERS[word]:
            size = len(trigger.words)
            if tuple(words[index : index + size]) != trigger.words:
                continue
            if size == 1 and index + 1 < len(words) and (word, words[index + 1]) in _PSEUDO:
                continue
            if trigger.assertion is Assertion.HISTORICAL and word in ("history", "old") and _of_duration(words, index):
                continue
            found.append(Cue(index, index + size - 1, trigger.assertion, trigger.before))
    return [cue for cue in found if not any(_inside(cue, other) for other in found)] if len(found) > 1 else found


def _of_duration(words: list[str], index: int) -> bool:
    """ "A three day history of fever" tells of the present illness, "a 60-year-old man" of no past one."""
    return any(word in _DURATIONS for word in words[max(0, index - 2) : index])


def _inside(cue: Cue, other: Cue) -> bool:
    longer = other.last - other.first > cue.last - cue.first
    return longer and cue.before == other.before and other.first <= cue.first and cue.last <= other.last


def assert_mention(
    tokens: list[Token], cues: list[Cue], first: int, last: int, section: Section, text: str
) -> tuple[Assertion, str]:
    """The assertion of the mention at token indices first..last, and the trigger's words ("" if none)."""
    hits = {cue.assertion: cue for cue in cues if _reaches(cue, tokens, first, last, text)}
    doubted = text[max(0, tokens[first].start - 1) : tokens[first].start] == "?"
    for assertion in _PRECEDENCE if hits or doubted else ():
        if assertion in hits:
            cue = hits[assertion]
            return assertion, " ".join(token.norm for token in tokens[cue.first : cue.last + 1])
        if doubted and assertion is Assertion.UNCERTAIN:
            return assertion, "?"
    if section in _BY_SECTION:
        return _BY_SECTION[section], section.value
    return Assertion.PRESENT, ""


def _reaches(cue: Cue, tokens: list[Token], first: int, last: int, text: str) -> bool:
    near, far = (cue.last + 1, first) if cue.before else (last + 1, cue.first)
    beside = cue.last < first if cue.before else cue.first > last
    if not beside or far - near > _REACH[cue.assertion in _WIDE and cue.before]:
        return False
    between = tokens[near:far]
    if any(token.norm in _STOPPERS for token in between):
        return False
    gap = text[tokens[near - 1].end : tokens[far].start]
    if not cue.before and not between and gap.strip() == "," and _stands_alone(cue, tokens, text):
        return True
    return not _cut_off(cue, gap, bool(between))


def _stands_alone(cue: Cue, tokens: list[Token], text: str) -> bool:
    """ "Pneumonia, resolved." speaks of the pneumonia; "pneumonia, resolved bronchitis" of the bronchitis."""
    end = tokens[cue.last].end
    return cue.last == len(tokens) - 1 or text[end : end + 1] in (",", ";", ".", ")", "\n")


def _cut_off(cue: Cue, gap: str, words_between: bool) -> bool:
    """Whether punctuation between trigger and mention ends the trigger's reach."""
    if not cue.before and ("," in gap or "\n" in gap):
        return True
    if cue.assertion is Assertion.NEGATED and _clause_ends(gap):
        return True
    if cue.assertion is not Assertion.FAMILY and _hard_stop(gap):
        return True
    return cue.assertion in (Assertion.UNCERTAIN, Assertion.HISTORICAL) and "," in gap and words_between


def _hard_stop(gap: str) -> bool:
    return ";" in gap or ":" in gap or ". " in gap or "\n" in gap


def _clause_ends(gap: str) -> bool:
    """A comma ends a negation only where a new positive statement follows ("no fever, but", "no fever. ")."""
    return any(mark in gap for mark in (" - ", " – ", ", is ", ", with ", ", on "))
