"""Examines a file of any kind: what is in it, to the cent, and what is wrong with it. Used by the command line.

Everything is handed out as it is found, so that memory does not grow with the file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Protocol

from x12.ack_999.acknowledge import all_guides
from x12.ack_999.loops import GUIDE as ACK_GUIDE
from x12.claim_837 import balance as claim_balance
from x12.claim_837.read import Levels
from x12.claim_837i.loops import GUIDE as INSTITUTIONAL
from x12.claim_837i.read import claim_of as institutional_claim
from x12.claim_837p.loops import GUIDE as PROFESSIONAL
from x12.claim_837p.read import claim_of as professional_claim
from x12.claim_ack_277ca.loops import GUIDE as CLAIM_ACK_GUIDE
from x12.findings import Finding
from x12.guide import Guide
from x12.reading import FileReader, Frame
from x12.remittance_835.balance import check_claim, check_payment
from x12.remittance_835.loops import GUIDE as REMITTANCE
from x12.remittance_835.read import payment, provider_adjustments
from x12.remittance_835.read_claim import claim_payment
from x12.sourcing import Source
from x12.ta1.read import from_segments
from x12.tallying import Summary, Tally
from x12.walking import Node, Unit

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
    guides = {**all_guides(), (ACK_GUIDE.transaction_set_id, "X231"): ACK_GUIDE}
    for frame in file.transaction_sets():
        yield from _waiting(file)
        summary = Summary(_name(frame), frame.version)
        yield from _examine_set(frame, guides.get((frame.set_id, frame.version[6:10])), summary, rules=rules)
        yield summary
    yield from _waiting(file)


def _examine_set(frame: Frame, guide: Guide | None, summary: Summary, *, rules: bool) -> Iterator[Finding]:
    tally = Tally(summary, frame)
    report = frame.file.report
    if guide is None:
        for _ in tally.through(frame.segments):
            pass
        yield from report.take()
        return
    walker = frame.walker(guide)
    checker = _checker(frame, guide) if rules else None
    for unit in walker.units(tally.through(frame.pieces(guide))):
        yield from report.take()
        if checker is not None:
            yield from _placed(checker.unit(unit), frame)
    yield from report.take()
    if checker is not None:
        yield from _placed(checker.end(walker.root), frame)


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


def _checker(frame: Frame, guide: Guide) -> Checker | None:
    if guide in (PROFESSIONAL, INSTITUTIONAL):
        return _ClaimBalances(frame, guide)
    return _RemittanceBalances(frame) if guide is REMITTANCE else None


class _ClaimBalances:
    """The balances of an 837."""

    def __init__(self, frame: Frame, guide: Guide) -> None:
        self._component = frame.component
        self._levels = Levels()
        self._claim_of = institutional_claim if guide is INSTITUTIONAL else professional_claim

    def unit(self, unit: Unit) -> Iterable[Finding]:
        return claim_balance.check(self._claim_of(unit.node(), self._levels, self._component))

    def end(self, root: Node) -> Iterable[Finding]:
        return ()


class _RemittanceBalances:
    """The balances of an 835."""

    def __init__(self, frame: Frame) -> None:
        self._component = frame.component
        self._paid_cents = 0

    def unit(self, unit: Unit) -> Iterable[Finding]:
        claim = claim_payment(unit.flat(), self._component)
        self._paid_cents += claim.paid_cents
        return check_claim(claim)

    def end(self, root: Node) -> Iterable[Finding]:
        withheld = sum(each.amount_cents for each in provider_adjustments(root, self._component))
        return check_payment(payment(root), self._paid_cents, withheld)
