"""Step 5, assertion: how the note speaks of what a term names.

A ConText-like reading: a trigger stands before or after the mention in the same sentence and reaches
until a terminator. Negation beats uncertainty, uncertainty beats history (outpatient guideline IV.H:
what is "probable", "suspected" or "ruled out" is not coded as if it existed). Some triggers open a list ("return if",
"differential"): they reach to the end of the statement. So does a harm that the patient is told of.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import dropwhile
from typing import Final, NamedTuple

from coding_svc.coding import lexicon
from coding_svc.coding.marks import marked
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
_TURNS: Final = frozenset(["but", "however", "except", "although", "though"])
"""What ends a list."""
_LISTS: Final = {"list": ("before",), "all": ("before", "after")}
"""Sides of triggers that reach through a whole statement: what follows, or what stands around them."""
_LIST_REACH: Final = 40
"""Tokens; a list is not longer."""
_INFORMS: Final = frozenset(
    norm_words(
        "discuss discussed discussing discussion explain explained explaining review reviewed counsel counseled"
        " counselled counseling educated warned informed advised consent consented talked understands understand"
        " understood accepts aware acknowledged acknowledges verbalized cautioned weighed described mentioned quoted"
    )
)
_ABBREVIATED: Final = frozenset(["poss", "prob", "susp", "neg", "vs"])
"""Triggers that are written with a point."""
_HARMS: Final = frozenset(["risk", "complication", "danger", "consequence", "effect"])
_HARM_OF: Final = {"effect": frozenset(["side", "adverse"])}
"""A word that is a harm only behind one of these."""
_NO_HARM_BEFORE: Final = frozenset(["low", "high", "intermediate", "average", "no", "without"])
_NO_HARM_AFTER: Final = frozenset(["factor", "score", "stratification", "assessment", "adjustment"])
_MODALS: Final = frozenset(["can", "may", "could", "might"])
_LEAD_TO: Final = frozenset(["cause", "lead", "result", "trigger", "precipitate", "provoke", "complicated", "progress"])
"""What can come of something, in the two words behind a modal verb."""
_CHOICE: Final = frozenset(["or", "versus", "vs"])
_CHOICE_REACH: Final = 9
"""Tokens behind a mention in which the last of a choice comes."""
_DOUBTS: Final = frozenset({Assertion.UNCERTAIN, Assertion.CONDITIONAL, Assertion.PLANNED})
_PEOPLE: Final = frozenset({Assertion.FAMILY, Assertion.OTHER_PERSON})
_REPORTS: Final = frozenset(
    norm_words(
        "reports reported reporting states stated says said notes noted noticed notices brings brought bringing"
        " describes described denies denied thinks thought worries worried concerned gives gave calls called requests"
        " requested asks asked wants helps helped manages assists feels felt confirms confirmed adds added observed"
        " tells told present"
    )
)
"""What a relative does who speaks of the patient."""
_COMPANY: Final = frozenset(["with", "by", "accompanied", "per", "from"])
_LINKS: Final = frozenset(["who", "has", "had", "have", "is", "was", "also", "recently", "and"])
"""Between a relative and what the relative has."""
_OUTCOME: Final = frozenset(["with", "after", "on", "by", "without", "since", "following", "last", "yesterday", "in"])
_ADVERBS: Final = frozenset(
    ["now", "since", "fully", "completely", "has", "have", "all", "is", "was", "long", "spontaneously"]
)
_COMMENTS: Final = frozenset({Assertion.NEGATED, Assertion.HISTORICAL, Assertion.UNCERTAIN})
"""What a clause of its own behind a condition may say of it: "pneumonia last winter, fully recovered"."""
_ONSET: Final = frozenset(["diagnosed", "diagnosis", "began", "started", "onset", "found", "detected"])
_DURATIONS: Final = frozenset(
    ["hour", "day", "week", "month", "year", "long", "longstanding", "recent", "short", "brief"]
)
_WIDE: Final = frozenset({Assertion.NEGATED, Assertion.FAMILY, Assertion.CONDITIONAL, Assertion.OTHER_PERSON})
_REACH: Final = {True: 14, False: 7}
"""How many tokens a trigger reaches: lists of negated or family conditions are long, the others short."""
_COLON: Final = re.compile(r"[ \t]*:")
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
    listing: bool = False
    colon: bool = False
    """Counts only with a colon behind it: "Negative: …"."""


def _read_triggers() -> list[_Trigger]:
    return [
        _Trigger(tuple(norm_words(words)), Assertion(assertion), way == "before", side in _LISTS, words[-1] == ":")
        for assertion, side, words in lexicon.rows("assertion_triggers.tsv")
        for way in _LISTS.get(side, (side,))
    ]


def _by_first_word() -> dict[str, list[_Trigger]]:
    found: dict[str, list[_Trigger]] = {}
    for trigger in _read_triggers():
        found.setdefault(trigger.words[0], []).append(trigger)
    for triggers in found.values():
        triggers.sort(key=lambda trigger: -len(trigger.words))
    return found


_OVER: Final = frozenset(["repair", "used"])
_TRIGGERS: Final = _by_first_word()
_SIZES: Final = {
    word: sorted({len(trigger.words) for trigger in triggers}, reverse=True) for word, triggers in _TRIGGERS.items()
}
_BY_WORDS: Final = {
    words: [trigger for trigger in triggers if trigger.words == words]
    for triggers in _TRIGGERS.values()
    for words in {trigger.words for trigger in triggers}
}
ENDED: Final = frozenset(
    " ".join(trigger.words)
    for triggers in _TRIGGERS.values()
    for trigger in triggers
    if trigger.assertion is Assertion.HISTORICAL and (not trigger.before or not _OVER.isdisjoint(trigger.words))
)
"""Triggers that say that a condition is over, where "history of" may speak of one that lasts."""


def apart(cues: list[Cue], tokens: list[Token], words: list[Token]) -> bool:
    """Whether a doubt stands between words that are read as one term: "shoulder pain, tear versus impingement".

    Or the past takes one of them: "gestational diabetes in her last pregnancy".
    """
    first, last = words[0].start, words[-1].start
    for cue in cues:
        begin, end = tokens[cue.first].start, tokens[cue.last].start
        if cue.before and cue.assertion in _DOUBTS and first < begin and end < last:
            return True
        if not cue.before and cue.last > cue.first and first < begin <= last <= end:
            return True
    return False


class Cue(NamedTuple):
    """A trigger found in a sentence, as token indices."""

    first: int
    last: int
    assertion: Assertion
    before: bool
    listing: bool = False
    colon: bool = False


def find_cues(tokens: list[Token]) -> list[Cue]:
    """All triggers of a sentence. Longer ones win over the shorter ones inside them, per direction."""
    return _cues(tuple([token.norm for token in tokens]))


@lru_cache(maxsize=256)
def _cues(words: tuple[str, ...]) -> list[Cue]:
    """The triggers among words; several steps ask for those of one sentence."""
    found: list[Cue] = []
    for index in [index for index, word in enumerate(words) if word in _TRIGGERS]:
        word = words[index]
        for trigger in _beginning_at(words, index):
            size = len(trigger.words)
            if size == 1 and index + 1 < len(words) and (word, words[index + 1]) in _PSEUDO:
                continue
            if trigger.assertion is Assertion.HISTORICAL and word in ("history", "old") and _of_duration(words, index):
                continue
            found.append(Cue(index, index + size - 1, *trigger[1:]))
    found = [cue for cue in found if cue.assertion not in _PEOPLE or not _speaks_of_patient(words, cue)]
    found += _told_harms(words) + _possible_outcomes(words)
    return [cue for cue in found if not any(_inside(cue, other) for other in found)] if len(found) > 1 else found


def _beginning_at(words: tuple[str, ...], index: int) -> Iterator[_Trigger]:
    """The triggers that stand at a word, the longest first."""
    for size in _SIZES[words[index]]:
        if index + size <= len(words):
            yield from _BY_WORDS.get(words[index : index + size], ())


def carried_on(before: list[Token], tokens: list[Token]) -> list[Cue]:
    """ "Risks were gone over with her. These include stroke": the list of the sentence before goes on in this one."""
    opening = [token.norm for token in tokens[:2]]
    if len(opening) < 2 or opening[0] not in ("these", "they", "those") or opening[1] not in ("include", "are", "can"):
        return []
    named = not _HARMS.isdisjoint(token.norm for token in before)
    lists = [cue.assertion for cue in find_cues(before) if cue.listing and not cue.colon]
    spoken = lists[-1] if lists else Assertion.CONDITIONAL
    return [Cue(0, 1, spoken, before=True, listing=True)] if named or lists else []


def _told_harms(words: Sequence[str]) -> list[Cue]:
    """The first harm of a statement in which the patient is informed: what is listed behind it has not happened."""
    if _HARMS.isdisjoint(words) or _INFORMS.isdisjoint(words):
        return []
    for index, word in enumerate(words):
        before, after = words[index - 1 : index], words[index + 1 : index + 2]
        if word not in _HARMS or (word in _HARM_OF and _HARM_OF[word].isdisjoint(before)):
            continue
        if _NO_HARM_BEFORE.isdisjoint(before) and _NO_HARM_AFTER.isdisjoint(after):
            return [Cue(index, index, Assertion.CONDITIONAL, before=True, listing=True)]
    return []


def _possible_outcomes(words: Sequence[str]) -> list[Cue]:
    """ "May rarely cause", "can be complicated by": what follows has not happened."""
    if _MODALS.isdisjoint(words) or _LEAD_TO.isdisjoint(words):
        return []
    for index, word in enumerate(words):
        if word in _MODALS:
            for at in range(index + 1, min(index + 4, len(words))):
                if words[at] in _LEAD_TO:
                    return [Cue(index, at, Assertion.CONDITIONAL, before=True, listing=True)]
    return []


def _speaks_of_patient(words: Sequence[str], cue: Cue) -> bool:
    """ "Mother reports a cough", "here with his wife for": the relative tells, or comes along."""
    if not cue.before:
        return False
    after = cue.last + 1
    while after < len(words) and words[after] in _LINKS:
        after += 1
    if words[after : after + 1] and words[after] in _REPORTS:
        return True
    linked = after > cue.last + 1
    before = [word for word in words[max(0, cue.first - 2) : cue.first] if word not in ("her", "his", "the", "their")]
    return not linked and not _COMPANY.isdisjoint(before[-1:])


def _of_duration(words: Sequence[str], index: int) -> bool:
    """ "A three day history of fever" tells of the present illness, "a 60-year-old man" of no past one."""
    return any(word in _DURATIONS for word in words[max(0, index - 2) : index])


def _inside(cue: Cue, other: Cue) -> bool:
    longer = other.last - other.first > cue.last - cue.first
    if cue.listing and not other.listing and other.assertion is not Assertion.PRESENT:
        return False  # a list reaches further
    return longer and cue.before == other.before and other.first <= cue.first and cue.last <= other.last


def assert_mention(
    tokens: list[Token], cues: list[Cue], first: int, last: int, section: Section, text: str
) -> tuple[Assertion, str]:
    """The assertion of the mention at token indices first..last, and the trigger's words ("" if none)."""
    hits = {cue.assertion: cue for cue in cues if _reaches(cue, tokens, first, last, text)}
    sign = marked(text, tokens[first].start, tokens[last].end)
    for assertion in _PRECEDENCE if hits or sign else ():
        if assertion in hits:
            cue = hits[assertion]
            return assertion, " ".join(token.norm for token in tokens[cue.first : cue.last + 1])
        if sign is not None and assertion is sign[0]:
            return sign
    if section in _BY_SECTION:
        return _BY_SECTION[section], section.value
    return Assertion.PRESENT, ""


def _reaches(cue: Cue, tokens: list[Token], first: int, last: int, text: str) -> bool:
    near, far = (cue.last + 1, first) if cue.before else (last + 1, cue.first)
    beside = cue.last < first if cue.before else cue.first > last
    reach = _LIST_REACH if cue.listing else _REACH[cue.assertion in _WIDE and cue.before]
    if not beside or far - near > reach or (cue.colon and not _COLON.match(text, tokens[cue.last].end)):
        return False
    between = tokens[near:far]
    if cue.listing:
        return not any(token.norm in _TURNS for token in between)
    if cue.assertion in _PEOPLE and cue.before:
        between = list(dropwhile(lambda token: token.norm in _LINKS, between))
    if any(token.norm in _STOPPERS for token in between):
        return False
    gap = text[tokens[near - 1].end : tokens[far].start]
    if tokens[near - 1].norm in _ABBREVIATED:
        gap = gap.removeprefix(".")
    if not cue.before and _stands_alone(cue, tokens, text) and _comments(cue, gap, between):
        return True
    if cue.assertion is Assertion.HISTORICAL and not cue.before and any(token.norm in _ONSET for token in between):
        return False  # "diagnosed three years ago" tells since when
    return not _cut_off(cue, gap, bool(between), _of_choice(cue, tokens, last))


def _comments(cue: Cue, gap: str, between: list[Token]) -> bool:
    """Whether the trigger opens the next clause: "pneumonia last winter, now resolved"."""
    said, comma, rest = gap.partition(",")
    if not comma or ";" in gap or ":" in gap or "\n" in gap or "," in rest:
        return False
    adverbs = all(word in _ADVERBS for word in rest.lower().split())
    return adverbs and (not said.strip() or cue.assertion in _COMMENTS)


def _stands_alone(cue: Cue, tokens: list[Token], text: str) -> bool:
    """ "Pneumonia, resolved." speaks of the pneumonia; "pneumonia, resolved bronchitis" of the bronchitis."""
    end = tokens[cue.last].end
    if cue.last == len(tokens) - 1 or tokens[cue.last + 1].norm in _OUTCOME:
        return True
    return text[end : end + 1] in (",", ";", ".", ")", "\n")


def _of_choice(cue: Cue, tokens: list[Token], last: int) -> bool:
    """Whether the mention is one of several that a doubt names: "could be a stricture, a ring, or a tumor"."""
    near = [token.norm for token in tokens[max(cue.last, last - 3) : last + _CHOICE_REACH]]
    return cue.assertion is Assertion.UNCERTAIN and cue.before and not _CHOICE.isdisjoint(near)


def _cut_off(cue: Cue, gap: str, words_between: bool, choice: bool) -> bool:
    """Whether punctuation between trigger and mention ends the trigger's reach; it does not within a `choice`."""
    if not cue.before and ("," in gap or "\n" in gap):
        return True
    if cue.assertion is Assertion.NEGATED and _clause_ends(gap):
        return True
    if cue.assertion is not Assertion.FAMILY and _hard_stop(gap):
        return True
    return cue.assertion in (Assertion.UNCERTAIN, Assertion.HISTORICAL) and "," in gap and words_between and not choice


def _hard_stop(gap: str) -> bool:
    return ";" in gap or ":" in gap or ". " in gap or "\n" in gap


def _clause_ends(gap: str) -> bool:
    """A comma ends a negation only where a new positive statement follows ("no fever, but", "no fever. ")."""
    return any(mark in gap for mark in (" - ", " – ", ", is ", ", with ", ", on "))
