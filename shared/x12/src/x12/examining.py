"""Examines a file of any kind: what is in it, to the cent, and what is wrong with it. Used by the command line.

Everything is handed out as it is found, so that memory does not grow with the file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Protocol

from x12.ack_999.acknowledge import all_guides
from x12.claim_837i.loops import GUIDE as INSTITUTIONAL
from x12.claim_837i.rules import Checker as InstitutionalRules
from x12.claim_837p.loops import GUIDE as PROFESSIONAL
from x12.claim_837p.rules import Checker as ProfessionalRules
from x12.claim_ack_277ca.balance import Checker as ClaimAckTotals
from x12.claim_ack_277ca.loops import GUIDE as CLAIM_ACK_GUIDE
from x12.code_sets import installed
from x12.findings import Finding, Severity
from x12.guide import Guide
from x12.reading import FUNCTIONAL_IDS, NO_TIME, FileReader, Frame
from x12.remittance_835.loops import GUIDE as REMITTANCE
from x12.remittance_835.rules import Checker as RemittanceRules
from x12.rules import Context, FileMemory
from x12.sourcing import Source
from x12.ta1.read import from_segments
from x12.tallying import Summary, Tally
from x12.tokenizing import Piece
from x12.walking import Node, Unit, Walker

__all__ = ["Summary", "examine"]


class Checker(Protocol):
    """What is looked at beyond structure, in one transaction set."""

    def unit(self, unit: Unit) -> Iterable[Finding]:
        """What is wrong in a claim."""
        ...

    def end(self, root: Node) -> Iterable[Finding]:
        """What is wrong in the set, when all its claims are through."""
        ...


def examine(source: Source, *, rules: bool = True) -> Iterator[Summary | Finding]:
    """The findings of a file as they come up, and after those of each transaction set (and TA1) its summary.

    ``rules=False`` looks at structure only (SNIP 1 and 2).
    """
    file = FileReader(source)
    guides = all_guides()
    memory = FileMemory() if rules else None
    for frame in file.transaction_sets():
        yield from _waiting(file)
        summary = Summary(_name(frame), frame.version)
        yield from _examine_set(frame, guides.get((frame.set_id, frame.version[6:10])), summary, memory)
        yield summary
    yield from _waiting(file)


def _examine_set(frame: Frame, guide: Guide | None, summary: Summary, memory: FileMemory | None) -> Iterator[Finding]:
    tally = Tally(summary, frame)
    report = frame.file.report
    if guide is None:
        report.add(*_UNKNOWN, severity=_weight(frame), segment="ST", position=1, element="ST01", value=frame.set_id)
        for _ in tally.through(frame.segments):
            pass
        yield from report.take()
        return
    walker = frame.walker(guide)
    checker = _checker(frame, guide, memory) if memory is not None else None
    pieces = frame.pieces(guide) if memory is None else _without_blanks(frame, walker)
    for unit in walker.units(tally.through(pieces)):
        yield from report.take()
        if checker is not None:
            yield from _placed(checker.unit(unit), frame)
    yield from report.take()
    if checker is not None:
        yield from _placed(checker.end(walker.root), frame)


def _without_blanks(frame: Frame, walker: Walker) -> Iterator[Piece]:
    """The pieces of a set; segments with blanks around them are told, which every reader takes away in silence."""
    tokenizer, report = frame.file.tokenizer, frame.file.report
    for piece in frame.pieces(walker.guide):
        spaced, position = tokenizer.spaced, frame.count
        yield piece
        if spaced and isinstance(piece, list):
            report.add(*_SPACED, snip=2, loop=walker.loop_id, segment=piece[0], position=position)


_SPACED = ("REQ-TRAILING", "blanks stand before or behind the segment", "Leave them out.")
_UNKNOWN = ("IK502-1", "the transaction set or its guide is not known here: it was not checked", "Send a known guide.")


def _weight(frame: Frame) -> Severity:
    """A set that is none, or one read here but of a guide that is none, is an error; another one is not looked at."""
    known = {set_id for set_id, _ in all_guides()}
    is_other = frame.set_id in FUNCTIONAL_IDS and frame.set_id not in known
    return Severity.WARNING if is_other else Severity.ERROR


def _waiting(file: FileReader) -> Iterator[Summary | Finding]:
    """What came up between transaction sets."""
    yield from file.report.take()
    for each in from_segments(file.interchange_acknowledgements):
        yield Summary("TA1", "", statuses=Counter([each.ack_code]))
    file.interchange_acknowledgements.clear()


def _placed(findings: Iterable[Finding], frame: Frame) -> Iterator[Finding]:
    for finding in findings:
        yield replace(finding, transaction_set_control_number=frame.control_number)


def _name(frame: Frame) -> str:
    is_claim_ack = frame.set_id == "277" and frame.version[6:10] in CLAIM_ACK_GUIDE.families
    return "277CA" if is_claim_ack else frame.set_id


def _checker(frame: Frame, guide: Guide, memory: FileMemory) -> Checker | None:
    if guide is CLAIM_ACK_GUIDE:
        return ClaimAckTotals(frame.component)
    context = Context(
        frame.component,
        frame.envelope.created.date() if frame.envelope.created != NO_TIME else None,
        frame.version,
        frame.group_version,
        installed(),
        memory,
    )
    if guide is PROFESSIONAL:
        return _Rules(ProfessionalRules(context))
    if guide is INSTITUTIONAL:
        return _Rules(InstitutionalRules(context))
    return _Rules(RemittanceRules(context)) if guide is REMITTANCE else None


class _Rules:
    """The rules of a transaction, on units as they are handed out."""

    def __init__(self, checker: ProfessionalRules | InstitutionalRules | RemittanceRules) -> None:
        self._checker = checker

    def unit(self, unit: Unit) -> Iterable[Finding]:
        return self._checker.unit(unit.node())

    def end(self, root: Node) -> Iterable[Finding]:
        return self._checker.end(root)
