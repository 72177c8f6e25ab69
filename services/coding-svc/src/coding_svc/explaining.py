"""An explanation as a text to be read: every code with what it rests on, and what the coder changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from coding_svc.schemas.answers import DecisionAnswer, ExplanationAnswer
from coding_svc.sheet import CodeSheet, SheetCandidate, SheetDiagnosis, SheetEm, SheetEvidence, SheetFinding, SheetLine


def as_text(answer: ExplanationAnswer) -> str:
    """The explanation in plain text, one thought a line; holds what the notes say, so it is for authorised readers."""
    parts = (
        _head(answer),
        _part("Diagnoses", chain.from_iterable(_diagnosis(n, item) for n, item in enumerate(answer.diagnoses, 1))),
        _part("Services", chain.from_iterable(_line(n, item) for n, item in enumerate(answer.lines, 1))),
        _part("Level of the visit", _em(answer.em)) if answer.em else (),
        _part("Findings", map(_finding, answer.findings)),
        _part("Not coded", chain.from_iterable(map(_candidate, answer.candidates))),
        _part("Decision", _decision(answer.decision)) if answer.decision else (),
        _part("Data", (f"{name}: {version}" for name, version in sorted(answer.data_versions.items()))),
    )
    return "\n".join(chain.from_iterable(parts)) + "\n"


def _head(answer: ExplanationAnswer) -> Iterator[str]:
    yield f"Encounter {answer.encounter_id}, version {answer.version}: {answer.kind}"
    if answer.released_by:
        yield f"Released by: {answer.released_by}"
    if answer.reason_codes:
        yield f"Waits because of: {', '.join(answer.reason_codes)}"


def _part(title: str, lines: Iterator[str]) -> Iterator[str]:
    """A titled part; nothing where it is empty."""
    first = next(lines, None)
    if first is not None:
        yield from ("", title)
        yield from (f"  {line}" for line in chain((first,), lines))


def _diagnosis(number: int, item: SheetDiagnosis) -> Iterator[str]:
    yield f"{number}. {item.code} {item.title}".rstrip()
    read = f" in {item.section}, {item.assertion}" if item.section else ""
    yield f"   {item.rule}{read}; confidence {item.confidence:.2f}{_release(item.auto, item.origin)}"
    yield from _quotes(item.evidence)


def _line(number: int, item: SheetLine) -> Iterator[str]:
    modifiers = "".join(f"-{modifier}" for modifier in item.modifiers)
    units = f" x {item.units.normalize():f}" if item.units != 1 else ""
    yield f"{number}. {item.code}{modifiers}{units} {item.title}".rstrip()
    because = f" for {', '.join(item.diagnosis_codes)}" if item.diagnosis_codes else ""
    yield f"   {item.rule}{because}; confidence {item.confidence:.2f}{_release(item.auto, item.origin)}"
    yield from _quotes(item.evidence)


def _release(auto: bool, origin: str) -> str:
    if origin == "coder":
        return "; a coder's word"
    return "" if auto else "; not sure enough to release"


def _quotes(evidence: Sequence[SheetEvidence]) -> Iterator[str]:
    for item in evidence:
        yield f'   "{" ".join(item.text.split())}" ({item.note_id}:{item.start}-{item.end})'


def _em(em: SheetEm) -> Iterator[str]:
    yield f"{em.code} by {em.by}" + (f", {em.minutes} minutes" if em.minutes is not None else "")
    for element in ("problems", "data", "risk"):
        level = getattr(em, element)
        if level:
            yield f"{element}: {level}"
        for fact in em.facts:
            if fact.element == element:
                yield f"  {fact.level}: {fact.what}"
                yield from _quotes((fact.evidence,) if fact.evidence else ())


def _finding(item: SheetFinding) -> str:
    subject = f" ({item.subject})" if item.subject else ""
    return f"{item.code}{subject} at {item.location}: {item.text} {item.action}"


def _candidate(item: SheetCandidate) -> Iterator[str]:
    yield f"{item.code} {item.title} ({item.confidence:.2f})"
    yield from (f"   for: {argument}" for argument in item.arguments_for)
    yield from (f"   against: {argument}" for argument in item.arguments_against)
    yield from _quotes(item.evidence)


def _decision(decision: DecisionAnswer) -> Iterator[str]:
    yield f"{decision.decision} by {decision.decided_by} at {decision.decided_at:%Y-%m-%d %H:%M}: {decision.reason}"
    yield f"before: {_codes(decision.before)}"
    yield f"after:  {_codes(decision.after)}"


def _codes(sheet: CodeSheet) -> str:
    return ", ".join([*(item.code for item in sheet.diagnoses), *(item.code for item in sheet.lines)])
