"""Step 8b, drug events: poisoning, adverse effect and underdosing by the table of drugs and chemicals (I.C.19.e).

A problem line says what happened ("overdose of", "due to", "underdosing of") and names the drug. An adverse effect is
coded after its effect, a poisoning first, underdosing after the condition; a poisoning of which no intent is told is
accidental (I.C.19.e.5.b). No labelled note holds enough of them to be counted, so a person confirms each.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from codesets.icd10cm import Release
from codesets.index_tables import Substance

from coding_svc.coding.assertion import assert_mention, find_cues
from coding_svc.coding.drug_causes import is_medicine, like
from coding_svc.coding.reading import Proposal, Reading
from coding_svc.coding.sentences import Sentence
from coding_svc.coding.text import STOP_WORDS, Token, norm_words
from coding_svc.domain import Assertion, ClinicalEncounter

_CONFIDENCE: Final = 0.75
"""Below the release threshold, and what `calibrate` gives to a group that it has never seen."""
_UNDERDOSING, _POISONING, _ADVERSE = "dx.underdosing", "dx.poisoning", "dx.adverse-effect"
_EVENTS: Final = (
    (_UNDERDOSING, re.compile(r"\bunder-?dos(?:ing|ed|e)\b")),
    (_POISONING, re.compile(r"\boverdos(?:e|ed|es|age)\b|\bpoisoning\b|\b(?:ingestion|ingested|swallowed)\b")),
    (_ADVERSE, re.compile(r"\b(?:due|secondary) to\b|\b(?:caused|triggered) by\b|\badverse (?:effects?|reactions?)\b"
                          r"|\bside[- ]effects?\b|\binduced\b(?: by\b)?")),
)  # fmt: skip
_INTENTS: Final = (
    ("self_harm", re.compile(r"\bintentional|\bon purpose|\bdeliberate|\bsuicid|\bself-?harm")),
    ("assault", re.compile(r"\bassault|\bforced to\b|\bpoisoned by\b")),
    ("undetermined", re.compile(r"\bintent (?:is )?(?:undetermined|unclear|unknown)|\bundetermined intent")),
)
_UNINTENTIONAL: Final = re.compile(r"\b(?:unintentional|accidental|not intentional)")
_REASONS: Final = (
    ("Z91.120", re.compile(r"\bafford|\bfinancial|\bcosts?\b|\bmoney\b|\bexpens")),
    ("Z91.138", re.compile(r"\bforg[eo]t|\bmemory\b|\bunintentional")),
    ("Z91.128", re.compile(r"\bintentional|\bon (?:his|her|their) own\b|\bside[- ]effects?\b")),
)
"""Why a drug was underdosed: Z91.12- meant to, Z91.13- not meant to (note at T36-T50: code also)."""
_BETWEEN: Final = frozenset(
    norm_words(
        "of to by from use taking her his their the recent new long term high dose chronic therapy about five two"
    )
)
"""Words that may stand between the event and the drug."""
_NO_DRUG: Final = frozenset(norm_words("deficiency withdrawal abuse dependence allergy intake loading lack"))
"""After a substance's name: the name of another condition ("due to iron deficiency")."""
_CHEMOTHERAPY: Final = "T45.1X5A"
_OF_BLOOD: Final = {"D64.9": ("", "D64.81"), "D70.9": ("D70.2", "D70.1")}
"""By effect: the code where any drug is the cause, and where chemotherapy is."""
_LONGEST: Final = 4


class _Event(NamedTuple):
    rule: str
    substance: Substance
    tokens: list[Token]


def drug_events(
    proposals: list[Proposal], readings: Sequence[Reading], encounter: ClinicalEncounter, release: Release
) -> list[Proposal]:
    """The proposals with the T36-T65 codes that problem lines name, and the reason of an underdosing."""
    found = list(proposals)
    for reading in readings:
        for sentence in reading.sentences:
            if sentence.head:
                events = list(_of_line(sentence, reading, proposals, release))
                found = [_caused(p, events, sentence, reading) for p in found] + events
    return found


def _caused(effect: Proposal, events: Sequence[Proposal], sentence: Sentence, reading: Reading) -> Proposal:
    """The code of its own that the blood's answer to a drug has (index: anemia, agranulocytosis, due to)."""
    here = effect.order[0] == reading.number and sentence.start <= effect.order[1] < sentence.end
    if not here or not any(event.rule is _ADVERSE for event in events):
        return effect
    by_chemotherapy = any(event.code == _CHEMOTHERAPY for event in events)
    code = _OF_BLOOD.get(effect.code, ("", ""))[by_chemotherapy]
    return effect.become(code, effect.rule) if code else effect


def _of_line(
    sentence: Sentence, reading: Reading, proposals: Sequence[Proposal], release: Release
) -> Iterator[Proposal]:
    event = _event(sentence, reading, release)
    if event is None:
        return
    said = reading.lowered[sentence.start : sentence.end]
    effects = [p for p in proposals if sentence.start <= p.order[1] < sentence.end and p.order[0] == reading.number]
    if event.rule is _ADVERSE and not effects:
        return
    column, place = _column_and_place(event, said, sentence, effects)
    code = f"{getattr(event.substance, column)}A"
    if not release.is_billable(code):
        return
    yield _proposal(code, event.rule, reading, sentence, event.tokens, place)
    if event.rule is _UNDERDOSING:
        reason = next((code for code, told in _REASONS if told.search(said)), None)
        if reason and release.is_billable(reason):
            yield _proposal(reason, event.rule, reading, sentence, event.tokens, place + 1)


def _column_and_place(event: _Event, said: str, sentence: Sentence, effects: Sequence[Proposal]) -> tuple[str, int]:
    """The column of the table, and where the code goes in the order of the note."""
    if event.rule is _POISONING:
        meant = next((intent for intent, told in _INTENTS if told.search(said)), "accidental")
        return ("accidental" if _UNINTENTIONAL.search(said) else meant), sentence.start - 1
    after = max((p.order[1] for p in effects), default=event.tokens[0].start) + 1
    return ("underdosing" if event.rule is _UNDERDOSING else "adverse_effect"), after


def _event(sentence: Sentence, reading: Reading, release: Release) -> _Event | None:
    """What the line says happened with which drug; None if it does not, or denies or doubts it."""
    for rule, pattern in _EVENTS:
        for match in pattern.finditer(reading.lowered, sentence.start, sentence.end):
            found = _named(sentence.tokens, match.start(), match.end(), _table(release))
            if found is None or not _present(sentence, reading, found[1]):
                continue
            # what is named after "due to" must be a medicine: the table knows "blood" and "sunlight" as well
            if rule is not _ADVERSE or any(is_medicine(token.norm) for token in found[1]):
                return _Event(rule, *found)
    return None


def _present(sentence: Sentence, reading: Reading, tokens: list[Token]) -> bool:
    first = sentence.tokens.index(tokens[0])
    cues = find_cues(sentence.tokens)
    last = first + len(tokens) - 1
    return assert_mention(sentence.tokens, cues, first, last, sentence.section, reading.note.text)[0] is (
        Assertion.PRESENT
    )


def _named(
    tokens: list[Token], start: int, end: int, table: dict[tuple[str, ...], Substance]
) -> tuple[Substance, list[Token]] | None:
    """The drug right after the event's words, or right before them ("statin induced")."""
    after = [token for token in tokens if token.start >= end]
    skipped = next((at for at, token in enumerate(after) if token.norm not in _BETWEEN | STOP_WORDS), len(after))
    for size in range(min(_LONGEST, len(after) - skipped), 0, -1):
        run = after[skipped : skipped + size]
        then = after[skipped + size].norm if skipped + size < len(after) else ""
        substance = _look_up(run, table)
        if substance is not None and then not in _NO_DRUG:
            return substance, run
    before = [token for token in tokens if token.start < start and token.norm != "induced"][-1:]
    substance = _look_up(before, table) if before else None
    return (substance, before) if substance is not None else None


def _look_up(run: Sequence[Token], table: dict[tuple[str, ...], Substance]) -> Substance | None:
    found = table.get(tuple(token.norm for token in run))
    if found is not None or len(run) != 1:
        return found
    stem = like(run[0].norm)
    return table.get((stem,)) if stem else None


@lru_cache(maxsize=4)
def _table(release: Release) -> dict[tuple[str, ...], Substance]:
    """The release's substances by their words."""
    return {tuple(norm_words(row.name)): row for row in reversed(release.substances())}


def _proposal(code: str, rule: str, reading: Reading, sentence: Sentence, tokens: list[Token], place: int) -> Proposal:
    return Proposal(
        code, _CONFIDENCE, rule, (reading.evidence(tokens[0].start, tokens[-1].end),), sentence.section,
        (reading.number, place), (reading.number, reading.part_at(sentence.start).start, sentence.item),
    )  # fmt: skip
