"""What a coder's corrections teach: observations, and the practice's lexicon that people make of them.

Nothing is learned by itself. A correction leaves an observation (these words, that code); observations that repeat
become suggestions; a person takes a suggestion into the lexicon or not. Every change of the lexicon is a new version,
every version can be gone back to, and each release of codes names the version that it was made with.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from coding_svc.coding.practice import Lesson, PracticeLexicon, normalised
from coding_svc.schemas.review import CodeEdit
from coding_svc.sheet import CodeSheet, SheetEvidence

MAX_TERM: Final = 80
MIN_TERM: Final = 3
_ICD10CM: Final = "ICD-10-CM"


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the lexicon's history: added or removed with that version."""

    version: int
    lesson: Lesson
    added: bool


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A lesson that several encounters taught, with how many taught something else about the same words."""

    lesson: Lesson
    encounters: int
    contrary: int


def observations(before: CodeSheet, edits: Sequence[CodeEdit]) -> tuple[Lesson, ...]:
    """What the edits say about the words that the codes rested on; sorted, each once."""
    diagnoses = {item.ref: (item.code, item.evidence) for item in before.diagnoses}
    candidates = {item.ref: (item.code, item.evidence) for item in before.candidates if item.system == _ICD10CM}
    found: set[Lesson] = set()
    for edit in edits:
        code, evidence = {**diagnoses, **candidates}.get(edit.ref or "", ("", ()))
        if code:
            found.update(_taught(edit, code, evidence, was_coded=edit.ref in diagnoses))
    return tuple(sorted(found))


def _taught(edit: CodeEdit, code: str, evidence: Iterable[SheetEvidence], *, was_coded: bool) -> Iterator[Lesson]:
    for term in _terms(evidence):
        if edit.action == "reject" and was_coded:
            yield Lesson(term, code, "not")
        elif edit.action == "change" and edit.diagnosis is not None and edit.diagnosis != code:
            yield Lesson(term, code, "not")
            yield Lesson(term, edit.diagnosis, "means")
        elif edit.action == "accept" and not was_coded:
            yield Lesson(term, code, "means")


def _terms(evidence: Iterable[SheetEvidence]) -> Iterator[str]:
    """Evidence short enough to be a term; a whole sentence teaches nothing that will be met again."""
    for item in evidence:
        term = normalised(item.text)
        if MIN_TERM <= len(term) <= MAX_TERM and any(letter.isalpha() for letter in term):
            yield term


def lexicon_at(changes: Iterable[Change], version: int | None = None) -> PracticeLexicon:
    """The lexicon after all changes up to `version` (all of them by default)."""
    lessons: set[Lesson] = set()
    newest = 0
    for change in sorted(changes, key=lambda each: each.version):
        if version is not None and change.version > version:
            break
        newest = change.version
        (lessons.add if change.added else lessons.discard)(change.lesson)
    return PracticeLexicon(newest, frozenset(lessons))


def going_back(now: PracticeLexicon, then: PracticeLexicon) -> tuple[frozenset[Lesson], frozenset[Lesson]]:
    """What must be added and removed so that the lexicon is again what it was."""
    return then.lessons - now.lessons, now.lessons - then.lessons


def suggestions(
    taught: Iterable[tuple[Lesson, UUID]], lexicon: PracticeLexicon, minimum: int
) -> tuple[Suggestion, ...]:
    """Lessons of at least `minimum` encounters that the lexicon does not hold yet, the best supported first."""
    support: dict[Lesson, set[UUID]] = {}
    for lesson, encounter_id in taught:
        support.setdefault(lesson, set()).add(encounter_id)
    found = [
        Suggestion(lesson, len(encounters), _contrary(lesson, support))
        for lesson, encounters in support.items()
        if len(encounters) >= minimum and lesson not in lexicon.lessons
    ]
    return tuple(sorted(found, key=lambda each: (-each.encounters, each.contrary, each.lesson)))


def _contrary(lesson: Lesson, support: Mapping[Lesson, set[UUID]]) -> int:
    """Encounters that taught the opposite: the same words as another code, or as not this one."""

    def opposes(other: Lesson) -> bool:
        if other.term != lesson.term or other == lesson:
            return False
        if other.effect == lesson.effect == "means":
            return other.code != lesson.code
        return other.effect != lesson.effect and other.code == lesson.code

    return len(set().union(*(encounters for other, encounters in support.items() if opposes(other))))
