"""Step 0, copied text: what stands word for word in an earlier note of the patient is not today's work.

It is blanked before the note is read, so that no step counts it; places stay as they are. What only the copied text
would have given is laid before a coder, who can see whether it was looked at again today.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from coding_svc.domain import ClinicalNote, CodingFinding, Reason

MIN_CHARACTERS, MIN_WORDS = 40, 7
"""Shorter statements are alike by nature ("Lungs clear.") and say nothing about copying."""
_STATEMENT: Final = re.compile(r"[^\n.;]+")
_BLANKS: Final = re.compile(r"\s+")


def without_copied(notes: Sequence[ClinicalNote], earlier: Iterable[str]) -> list[ClinicalNote]:
    """The notes with every copied statement blanked; the same objects where nothing is."""
    known = {statement for text in earlier for _, _, statement in _statements(text)}
    return [_blanked(note, known) for note in notes] if known else list(notes)


def _blanked(note: ClinicalNote, known: set[str]) -> ClinicalNote:
    text = note.text
    for start, end, statement in _statements(note.text):
        if statement in known:
            text = text[:start] + " " * (end - start) + text[end:]
    return note if text == note.text else replace(note, text=text)


def _statements(text: str) -> Iterator[tuple[int, int, str]]:
    """Start, end and compared form of each statement that is long enough to tell copying."""
    for found in _STATEMENT.finditer(text):
        statement = _BLANKS.sub(" ", found.group()).strip().lower()
        if len(statement) >= MIN_CHARACTERS and statement.count(" ") >= MIN_WORDS - 1:
            yield found.start(), found.end(), statement


def finding(whole: Sequence[ClinicalNote], fresh: Sequence[ClinicalNote], lost: Sequence[str]) -> CodingFinding | None:
    """What to tell of copying: for information, or for a person where codes hang on it (`lost`)."""
    at = next((n for n, (one, other) in enumerate(zip(whole, fresh, strict=True)) if one is not other), None)
    if at is None:
        return None
    text, rest = whole[at].text, fresh[at].text
    first = next(place for place, (one, other) in enumerate(zip(text, rest, strict=True)) if one != other)
    share = 1 - len(rest.split()) / max(1, len(text.split()))
    said = f"{share:.0%} of the note stands word for word in an earlier one"
    return CodingFinding(
        Reason.COPIED_FORWARD,
        f"note:{whole[at].note_id}:{first}-{first + 1}",
        f"{said}; {', '.join(lost)} rest on that alone" if lost else said,
        "Confirm that it was looked at again today, or leave it out.",
        bool(lost),
        f"copied_forward:{','.join(lost)}",
    )
