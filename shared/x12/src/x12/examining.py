"""Examines a file of any kind: what is in it, to the cent, and what is wrong with it. Used by the command line.

Totals are taken from the segments as they pass, so that they are right for broken files and for transaction sets
that this package does not model (276, 837I, ...).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from x12 import claim_837p, remittance_835
from x12.ack_999.acknowledge import all_guides
from x12.ack_999.loops import GUIDE as ACK_GUIDE
from x12.claim_837p.read import build as build_claims
from x12.claim_ack_277ca.loops import GUIDE as CLAIM_ACK_GUIDE
from x12.extracting import amount
from x12.findings import Finding
from x12.guide import Guide
from x12.reading import FileReader, Frame, element
from x12.remittance_835.read import build as build_remittance
from x12.segments import Source
from x12.ta1.read import from_segments


@dataclass(slots=True)
class Summary:
    """What one transaction set (or TA1) holds. Amounts are cents."""

    set_id: str
    version: str
    claims: int = 0
    lines: int = 0
    charge_cents: int = 0
    paid_cents: int = 0
    adjustment_cents: int = 0
    plb_cents: int = 0
    statuses: Counter[str] = field(default_factory=Counter)

    def as_dict(self) -> dict[str, object]:
        """The JSON form."""
        return {
            "set": self.set_id,
            "version": self.version,
            "claims": self.claims,
            "lines": self.lines,
            "charge_cents": self.charge_cents,
            "paid_cents": self.paid_cents,
            "adjustment_cents": self.adjustment_cents,
            "plb_cents": self.plb_cents,
            "statuses": dict(sorted(self.statuses.items())),
        }


@dataclass(frozen=True, slots=True)
class Examination:
    """A whole file."""

    summaries: tuple[Summary, ...]
    findings: tuple[Finding, ...]
    finding_count: int
    error_count: int


def examine(source: Source) -> Examination:
    """Summaries of all transaction sets and TA1s of a file, and its findings (structure and balances)."""
    file = FileReader(source)
    summaries: list[Summary] = []
    balances: list[Finding] = []
    guides = {**all_guides(), (ACK_GUIDE.transaction_set_id, "X231"): ACK_GUIDE}
    for frame in file.transaction_sets():
        summary = Summary(_name(frame), frame.version)
        summaries.append(summary)
        guide = guides.get((frame.set_id, frame.version[6:10]))
        segments = _Tally(summary, frame).through(frame.segments)
        balances += _walk(frame, guide, segments)
        frame.drain()
    for each in from_segments(file.interchange_acknowledgements):
        summaries.append(Summary("TA1", "", statuses=Counter([each.ack_code])))
    findings = (*file.report.findings, *balances)
    errors = file.report.error_count + sum(finding.is_error for finding in balances)
    return Examination(tuple(summaries), findings, file.report.count + len(balances), errors)


def _walk(frame: Frame, guide: Guide | None, segments: Iterator[list[str]]) -> list[Finding]:
    """Walk the set along its guide, if there is one; the findings of its balances."""
    if guide is None:
        for _ in segments:
            pass
        return []
    walker = frame.walker(guide)
    units = walker.walk(segments)
    if guide.transaction_set_id == "837":
        claims = build_claims(frame, walker, units).claims
        return [_placed(f, frame) for claim in claims for f in claim_837p.balance.check(claim)]
    if guide.transaction_set_id == "835":
        remittance = build_remittance(frame, walker, units)
        return [_placed(f, frame) for f in remittance_835.balance.check(remittance)]
    for _ in units:
        pass
    return []


def _placed(finding: Finding, frame: Frame) -> Finding:
    return replace(finding, transaction_set_control_number=frame.control_number)


def _name(frame: Frame) -> str:
    is_claim_ack = frame.set_id == "277" and frame.version[6:10] in CLAIM_ACK_GUIDE.families
    return "277CA" if is_claim_ack else frame.set_id


class _Tally:
    """Adds up a transaction set while its segments pass."""

    def __init__(self, summary: Summary, frame: Frame) -> None:
        self._summary = summary
        self._component = frame.component
        self._level = ""
        self._at_claim = False
        self._handlers = _HANDLERS.get(frame.set_id, _HANDLERS[""])

    def through(self, segments: Iterator[list[str]]) -> Iterator[list[str]]:
        """The same segments, counted."""
        for segment in segments:
            handler = self._handlers.get(segment[0])
            if handler is not None:
                handler(self, segment)
            yield segment

    def claim(self, segment: list[str]) -> None:
        """CLM."""
        self._summary.claims += 1
        self._summary.charge_cents += amount(segment, 2) or 0

    def line(self, segment: list[str]) -> None:
        """SV1, SV2, SV3, SVC."""
        self._summary.lines += 1

    def payment(self, segment: list[str]) -> None:
        """CLP."""
        self._summary.claims += 1
        self._summary.statuses[element(segment, 2)] += 1
        self._summary.charge_cents += amount(segment, 3) or 0
        self._summary.paid_cents += amount(segment, 4) or 0

    def adjustment(self, segment: list[str]) -> None:
        """CAS."""
        self._summary.adjustment_cents += sum(amount(segment, at) or 0 for at in range(3, len(segment), 3))

    def provider_adjustment(self, segment: list[str]) -> None:
        """PLB."""
        self._summary.plb_cents += sum(amount(segment, at) or 0 for at in range(4, len(segment), 2))

    def level(self, segment: list[str]) -> None:
        """HL."""
        self._level = element(segment, 3)
        self._at_claim = False

    def trace(self, segment: list[str]) -> None:
        """TRN: a claim where it stands at a patient's level (277CA) or a subscriber's or dependent's (277, 276)."""
        self._at_claim = self._level in ("PT", "22", "23")
        self._summary.claims += self._at_claim

    def status_line(self, segment: list[str]) -> None:
        """SVC in a status answer: what follows is about the line."""
        self._summary.lines += 1
        self._at_claim = False

    def status(self, segment: list[str]) -> None:
        """STC at a claim."""
        if self._at_claim:
            self._summary.statuses[element(segment, 1).partition(self._component)[0]] += 1
            self._summary.charge_cents += amount(segment, 4) or 0
            self._summary.paid_cents += amount(segment, 5) or 0

    def response(self, segment: list[str]) -> None:
        """IK5 or AK5."""
        self._summary.statuses[element(segment, 1)] += 1


_Handlers = dict[str, Callable[[_Tally, list[str]], None]]
_STATUS: _Handlers = {"HL": _Tally.level, "TRN": _Tally.trace, "STC": _Tally.status, "SVC": _Tally.status_line}
_HANDLERS: dict[str, _Handlers] = {
    "837": {"CLM": _Tally.claim, "SV1": _Tally.line, "SV2": _Tally.line, "SV3": _Tally.line},
    "835": {
        "CLP": _Tally.payment,
        "SVC": _Tally.line,
        "CAS": _Tally.adjustment,
        "PLB": _Tally.provider_adjustment,
    },
    "277": _STATUS,
    "276": _STATUS,
    "999": {"IK5": _Tally.response},
    "997": {"AK5": _Tally.response},
    "": {},
}
