"""What a receiver of a file would answer: a TA1 per interchange, a 999 per functional group."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from x12.ack_999.models import (
    ACCEPTED,
    ACCEPTED_WITH_ERRORS,
    PARTIALLY_ACCEPTED,
    REJECTED,
    Context,
    ElementNote,
    ImplementationAcknowledgement,
    SegmentNote,
    TransactionSetResponse,
)
from x12.envelope import Envelope
from x12.findings import Finding, Report
from x12.guide import Guide
from x12.reading import FileReader, Frame
from x12.segments import Source
from x12.ta1.models import InterchangeAcknowledgement
from x12.walking import Node

NOTES_PER_SET = 200
ELEMENTS_PER_NOTE = 50
_ACKNOWLEDGEMENTS = frozenset(["999", "997"])
_SET_NOT_SUPPORTED = "1"
_SEGMENTS_IN_ERROR = "5"
_GUIDE_NOT_SUPPORTED = "I6"
_BUSINESS_UNITS = {"CLM": ("CLM01", 1), "TRN": ("TRN02", 2)}
"""What names a claim (a whole payment in an 835) in CTX: its segment, name and element (005010X231A1, CTX01)."""
_NOTED_ONLY = frozenset(["014", "015", "021"])
"""TA105: wrong date, time or count; the interchange goes on."""
_INVALID_CONTENT = "024"

Guides = Mapping[tuple[str, str], Guide]
Answer = tuple[tuple[InterchangeAcknowledgement, ...], tuple[ImplementationAcknowledgement, ...]]


@dataclass(frozen=True, slots=True)
class InterchangeAnswer:
    """What answers one interchange: its header, its TA1, and a 999 for each of its groups (none if it is rejected)."""

    asked: Envelope
    ta1: InterchangeAcknowledgement
    acknowledgements: tuple[ImplementationAcknowledgement, ...]

    @property
    def ta1_due(self) -> bool:
        """True if the sender asked for the TA1 (ISA14), or something is wrong."""
        return self.asked.acknowledgement_requested or self.ta1.ack_code != ACCEPTED


def acknowledge(source: Source, guides: Guides | None = None) -> Answer:
    """The TA1 and 999 that a receiver of ``source`` would send: syntax and guide (SNIP 1 and 2), nothing else.

    ``guides`` maps (set id, guide number such as ``X222``) to a guide; by default all guides of this package.
    Transaction sets of other sets are refused with IK502-1, of other guides or releases with IK502-I6. A TA1 is
    made for every interchange; its code is A, E (errors noted, goes on) or R. A rejected interchange gets no 999.
    Control numbers of the 999s count from 0001; acknowledgements themselves (999, 997, TA1) are not acknowledged.
    """
    answers = tuple(answer_each(source, guides))
    made = (each for answer in answers for each in answer.acknowledgements)
    numbered = (replace(each, control_number=f"{number:04d}") for number, each in enumerate(made, 1))
    return tuple(answer.ta1 for answer in answers), tuple(numbered)


def answer_each(source: Source, guides: Guides | None = None) -> Iterator[InterchangeAnswer]:
    """The same, interchange by interchange as they end. Control numbers count from 0001 in each."""
    known = guides if guides is not None else all_guides()
    groups: dict[int, _Group] = {}
    ready: list[InterchangeAnswer] = []

    def answer(number: str, asked: Envelope) -> None:
        ready.append(_answer(number, asked, list(groups.values()), file.report.take()))
        groups.clear()

    file = FileReader(source, answer)
    for frame in file.transaction_sets():
        if file.in_interchange:
            yield from ready
            ready.clear()
            if frame.set_id not in _ACKNOWLEDGEMENTS:
                groups.setdefault(file.group_count, _Group(frame)).add(frame, known, file.report)
        elif ready:
            ready[-1] = _with_group_behind(ready[-1])
    yield from ready


def all_guides() -> dict[tuple[str, str], Guide]:
    """Every guide of this package by set id and guide number."""
    from x12.transactions import guides  # that table holds this package, too

    return guides()


class _Group:
    """The responses of one functional group while it is read."""

    def __init__(self, frame: Frame) -> None:
        self.envelope = frame.envelope
        self.interchange = frame.file.report.interchange
        self.functional_id = frame.functional_id
        self.number = frame.file.report.group
        self.version = frame.group_version
        self.responses: list[TransactionSetResponse] = []

    def add(self, frame: Frame, guides: Guides, report: Report) -> None:
        """Walk one transaction set and note its response; its trailer findings count too."""
        start = frame.first_finding
        refused, guide = _guide(frame, guides)
        claims = _Claims(report.findings, start)
        if guide is not None:
            walker = frame.walker(guide)
            for unit in walker.walk(frame.segments):
                claims.note(unit)
            claims.whole = _context(walker.root.first("TRN"))
        frame.drain()
        findings = report.findings[start:]
        del report.findings[start:]  # so that one bad set cannot use up the cap and hide the next one's errors
        self.responses.append(_response(frame, findings, claims, refused))


def _guide(frame: Frame, guides: Guides) -> tuple[str, Guide | None]:
    """The IK502 code that refuses a set whatever is in it, and the guide that it is walked along."""
    guide = guides.get((frame.set_id, frame.version[6:10]))
    if guide is not None and frame.version[:6] == guide.version[:6]:
        return "", guide
    known = any(set_id == frame.set_id for set_id, _ in guides)
    return (_GUIDE_NOT_SUPPORTED if known else _SET_NOT_SUPPORTED), None


class _Claims:
    """Which claim the places of findings are in, to name it in a CTX; ``whole`` is what all of the set is about."""

    def __init__(self, findings: list[Finding], start: int) -> None:
        self.whole: tuple[Context, ...] = ()
        self._findings = findings
        self._next = start
        self._contexts: dict[int, tuple[Context, ...]] = {}

    def note(self, unit: Node) -> None:
        """Name ``unit`` for the findings in it, if it is a claim. What is wrong in it was found before it closed."""
        context, last = _context(unit.segments[0]), _last_position(unit)
        while self._next < len(self._findings) and (position := self._findings[self._next].position) <= last:
            if context and position >= unit.position:
                self._contexts[position] = context
            self._next += 1

    def context(self, position: int) -> tuple[Context, ...]:
        """The claim that holds ``position``, as CTX*CLM01 or TRN02."""
        return self._contexts.get(position, self.whole)


def _context(opener: list[str]) -> tuple[Context, ...]:
    name, at = _BUSINESS_UNITS.get(opener[0] if opener else "", ("", 0))
    return (Context(name, opener[at]),) if name and len(opener) > at and opener[at] else ()


def _last_position(node: Node) -> int:
    while node.children:
        node = node.children[-1]
    return node.positions[-1]


def _response(frame: Frame, findings: list[Finding], claims: _Claims, refused: str) -> TransactionSetResponse:
    errors = [finding for finding in findings if finding.is_error]
    codes = [finding.code.removeprefix("IK502-") for finding in errors if finding.code.startswith("IK502-")]
    notes = tuple(_notes(errors, claims))
    codes += [code for code in (refused, _SEGMENTS_IN_ERROR if notes else "") if code]
    return TransactionSetResponse(
        _plain(frame.set_id, 3, 3),
        _plain(frame.control_number, 4, 9),
        REJECTED if codes else ACCEPTED,
        _plain(frame.version, 0, 35),
        tuple(dict.fromkeys(codes))[:5],
        notes,
    )


def _notes(errors: Iterable[Finding], claims: _Claims) -> Iterator[SegmentNote]:
    """Findings by segment: element errors of one segment share an IK3 with code 8."""
    by_segment: dict[tuple[int, str, str, str], list[Finding]] = {}
    for finding in errors:
        kind, _, code = finding.code.partition("-")
        if kind in ("IK304", "IK403"):
            code = "8" if kind == "IK403" else code
            by_segment.setdefault((finding.position, finding.segment, finding.loop, code), []).append(finding)
    for (position, segment, loop, code), found in list(by_segment.items())[:NOTES_PER_SET]:
        elements = tuple(_element(each) for each in found if each.code.startswith("IK403"))[:ELEMENTS_PER_NOTE]
        yield SegmentNote(_plain(segment, 2, 3), position, code, loop[:4], claims.context(position), elements)


def _element(finding: Finding) -> ElementNote:
    at, _, part = finding.element[len(finding.segment) :].partition("-")
    return ElementNote(
        int(at) if at.isdigit() else 1,
        finding.code.removeprefix("IK403-"),
        int(part) if part.isdigit() else None,
        bad_value=finding.value,
    )


def _plain(text: str, least: int, most: int) -> str:
    """An id or number of a broken file as far as an acknowledgement can carry it: letters and digits."""
    return re.sub(r"[^A-Za-z0-9]", "", text)[:most].ljust(least, "0")


def _answer(number: str, asked: Envelope, groups: list[_Group], findings: list[Finding]) -> InterchangeAnswer:
    ta1 = _interchange(number, asked, findings)
    answered = [] if ta1.rejected else groups
    made = tuple(_group(group, findings, f"{ordinal:04d}") for ordinal, group in enumerate(answered, 1))
    return InterchangeAnswer(answered[0].envelope if answered else asked, ta1, made)


def _interchange(number: str, asked: Envelope, findings: Iterable[Finding]) -> InterchangeAcknowledgement:
    codes = [
        finding.code.removeprefix("TA105-")
        for finding in findings
        if finding.is_error and finding.code.startswith("TA105-") and finding.interchange_control_number == number
    ]
    fatal = [code for code in codes if code not in _NOTED_ONLY]
    code = REJECTED if fatal else ACCEPTED_WITH_ERRORS if codes else ACCEPTED
    note = (fatal or codes or ["000"])[0]
    return InterchangeAcknowledgement(int(number) if number.isdecimal() else 0, asked.created, code, note)


def _with_group_behind(answer: InterchangeAnswer) -> InterchangeAnswer:
    """What stands behind IEA is nobody's and has no answer; the interchange that it follows goes on with a note."""
    if answer.ta1.ack_code != ACCEPTED:
        return answer
    return replace(answer, ta1=replace(answer.ta1, ack_code=ACCEPTED_WITH_ERRORS, note_code=_INVALID_CONTENT))


def _group(group: _Group, findings: Iterable[Finding], control_number: str) -> ImplementationAcknowledgement:
    responses = tuple(group.responses)
    accepted = sum(not response.rejected for response in responses)
    errors = [
        finding
        for finding in findings
        if finding.is_error
        and finding.code.startswith("AK905-")
        and finding.group_control_number == group.number
        and finding.interchange_control_number == group.interchange
    ]
    codes = tuple(dict.fromkeys(finding.code.removeprefix("AK905-") for finding in errors))
    code = REJECTED if not accepted else PARTIALLY_ACCEPTED if accepted < len(responses) else ACCEPTED
    if code == ACCEPTED and codes:
        code = ACCEPTED_WITH_ERRORS
    counted = [finding.value for finding in errors if finding.element == "GE01" and finding.value.isdecimal()]
    return ImplementationAcknowledgement(
        control_number,
        _plain(group.functional_id, 2, 2),
        _digits(group.number),
        code,
        int(counted[0][:6]) if counted else len(responses),
        len(responses),
        accepted,
        _plain(group.version, 0, 12),
        responses,
        codes[:5],
    )


def _digits(text: str) -> str:
    """AK102 is a number; of one that is none, 0 is left."""
    return text if text.isascii() and text.isdigit() and len(text) <= 9 else "0"
