"""What a receiver of a file would answer: TA1 per interchange that cannot be taken, 999 per functional group."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import count

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
from x12.findings import Finding, Report
from x12.guide import Guide
from x12.reading import FileReader, Frame
from x12.segments import Source
from x12.ta1.models import InterchangeAcknowledgement

NOTES_PER_SET = 200

Answer = tuple[tuple[InterchangeAcknowledgement, ...], tuple[ImplementationAcknowledgement, ...]]


def acknowledge(source: Source, guides: Mapping[tuple[str, str], Guide] | None = None) -> Answer:
    """The TA1 and 999 that a receiver of ``source`` would send: syntax and guide (SNIP 1 and 2), nothing else.

    ``guides`` maps (set id, guide number such as ``X222``) to a guide; by default all guides of this package.
    Transaction sets of other guides are refused with IK502-1. A TA1 is made for every interchange; its code is
    A, E (errors noted, goes on) or R. A rejected interchange gets no 999. Control numbers of the 999s count
    from 0001; acknowledgements themselves (999, TA1) are not acknowledged.
    """
    known = guides if guides is not None else all_guides()
    file = FileReader(source)
    groups: dict[tuple[str, str, int], _Group] = {}
    for frame in file.transaction_sets():
        key = (file.report.interchange, file.report.group, len(file.groups))
        group = groups.setdefault(key, _Group(frame, file.report.interchange))
        if frame.set_id not in ("999", "997"):
            group.add(frame, known, file.report)
    return _answer(file, groups.values())


def all_guides() -> dict[tuple[str, str], Guide]:
    """Every guide of this package by set id and guide number."""
    from x12.transactions import guides  # that table holds this package, too

    return guides()


class _Group:
    """The responses of one functional group while it is read."""

    def __init__(self, frame: Frame, interchange: str) -> None:
        self.interchange = interchange
        self.functional_id = frame.functional_id
        self.number = frame.file.report.group
        self.version = frame.group_version
        self.responses: list[TransactionSetResponse] = []

    def add(self, frame: Frame, guides: Mapping[tuple[str, str], Guide], report: Report) -> None:
        """Walk one transaction set and note its response; its trailer findings count too."""
        start = len(report.findings)
        guide = guides.get((frame.set_id, frame.version[6:10]))
        claims = _Claims()
        if guide is not None:
            for unit in frame.walker(guide).walk(frame.segments):
                claims.note(unit.position, unit.segments[0])
        frame.drain()
        findings = report.findings[start:]
        del report.findings[start:]  # so that one bad set cannot use up the cap and hide the next one's errors
        self.responses.append(_response(frame, findings, claims, known=guide is not None))


class _Claims:
    """Where each claim began, to name it in a CTX."""

    def __init__(self) -> None:
        self._starts: list[tuple[int, str]] = []

    def note(self, position: int, opener: list[str]) -> None:
        """A claim (CLM or CLP) that begins at ``position``."""
        if opener[0] in ("CLM", "CLP") and len(opener) > 1:
            self._starts.append((position, opener[1]))

    def context(self, position: int) -> tuple[Context, ...]:
        """The claim that holds ``position``, as CTX*CLM01."""
        number = ""
        for start, control_number in self._starts:
            if start > position:
                break
            number = control_number
        return (Context("CLM01", number),) if number else ()


def _response(frame: Frame, findings: list[Finding], claims: _Claims, *, known: bool) -> TransactionSetResponse:
    errors = [finding for finding in findings if finding.is_error]
    codes = [finding.code[6:] for finding in errors if finding.code.startswith("IK502-")]
    if not known:
        codes.append("1")
    notes = tuple(_notes(errors, claims))
    if notes:
        codes.append("5")
    return TransactionSetResponse(
        frame.set_id,
        frame.control_number,
        REJECTED if codes else ACCEPTED,
        frame.version,
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
        elements = tuple(_element(each) for each in found if each.code.startswith("IK403"))
        yield SegmentNote(segment[:3], position, code, loop[:4], claims.context(position), elements)


def _element(finding: Finding) -> ElementNote:
    at, _, part = finding.element[len(finding.segment) :].partition("-")
    return ElementNote(
        int(at) if at.isdigit() else 1,
        finding.code.removeprefix("IK403-"),
        int(part) if part.isdigit() else None,
        bad_value=finding.value,
    )


def _answer(file: FileReader, groups: Iterable[_Group]) -> Answer:
    findings = file.report.findings
    ta1s = tuple(_interchange(file, findings))
    rejected = {f"{each.interchange_control_number:09d}" for each in ta1s if each.rejected}
    numbers = count(1)
    made = [
        _group(group, findings, f"{next(numbers):04d}")
        for group in groups
        if group.responses and group.interchange.rjust(9, "0") not in rejected
    ]
    return ta1s, tuple(made)


_NOTED_ONLY = frozenset(["014", "015", "021"])


def _interchange(file: FileReader, findings: Iterable[Finding]) -> Iterator[InterchangeAcknowledgement]:
    for number, created in file.interchange_headers:
        codes = [
            finding.code.removeprefix("TA105-")
            for finding in findings
            if finding.is_error and finding.code.startswith("TA105-") and finding.interchange_control_number == number
        ]
        fatal = [code for code in codes if code not in _NOTED_ONLY]
        code = REJECTED if fatal else ACCEPTED_WITH_ERRORS if codes else ACCEPTED
        note = (fatal or codes or ["000"])[0]
        yield InterchangeAcknowledgement(int(number) if number.isdigit() else 0, created, code, note)


def _group(group: _Group, findings: Iterable[Finding], control_number: str) -> ImplementationAcknowledgement:
    responses = tuple(group.responses)
    accepted = sum(not response.rejected for response in responses)
    codes = tuple(
        dict.fromkeys(
            finding.code.removeprefix("AK905-")
            for finding in findings
            if finding.is_error
            and finding.code.startswith("AK905-")
            and finding.group_control_number == group.number
            and finding.interchange_control_number == group.interchange
        )
    )
    code = REJECTED if not accepted else PARTIALLY_ACCEPTED if accepted < len(responses) else ACCEPTED
    if code == ACCEPTED and codes:
        code = ACCEPTED_WITH_ERRORS
    return ImplementationAcknowledgement(
        control_number,
        group.functional_id,
        group.number,
        code,
        len(responses),
        len(responses),
        accepted,
        group.version,
        responses,
        codes[:5],
    )
