"""What is in a transaction set, to the cent, added up while its segments pass.

Totals are taken from single segments, wherever these stand, so that they are right for broken files and for
transaction sets that this package does not model. An amount that is no number counts as nothing.

======== ========================== ============================================ ==========================
set      claims, lines              charge, paid, adjustments, PLB               statuses
======== ========================== ============================================ ==========================
837      CLM; SV1, SV2, SV3         CLM02; 0; 0; 0                               -
835      CLP; SVC                   CLP03; CLP04; all CAS, of claims and lines;  CLP02 of each claim
                                    all PLB (a positive one lowers the payment)
277CA    TRN of patients; SVC       STC04; STC05; 0; 0, of the claim's first STC category of that STC (STC01-1)
277, 276 TRN of subscribers and     as 277CA; AMT*T3 where there is no STC       as 277CA
         dependents; SVC
999, 997 -                          -                                            IK501, AK501 of each set
TA1      -                          -                                            TA104
======== ========================== ============================================ ==========================
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from x12.elements import element
from x12.extracting import amount
from x12.reading import Frame
from x12.tokenizing import Piece

_CLAIM_LEVELS = frozenset(["PT", "22", "23"])


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


class Tally:
    """Adds up one transaction set while its segments pass."""

    def __init__(self, summary: Summary, frame: Frame) -> None:
        self.summary = summary
        self._component = frame.component
        self._level = ""
        self._at_claim = False
        self._amount_known = False
        self._handlers = _HANDLERS.get(frame.set_id, _HANDLERS[""])

    def through(self, pieces: Iterator[Piece]) -> Iterator[Piece]:
        """The same pieces, counted."""
        handlers = self._handlers
        for piece in pieces:
            if isinstance(piece, list):
                if (handler := handlers.get(piece[0])) is not None:
                    handler(self, piece)
            else:
                end, separator = piece.delimiters.segment, piece.delimiters.element
                for line in piece.text(end, separator).split(end):
                    if (handler := handlers.get(line[: line.find(separator)])) is not None:
                        handler(self, line.split(separator))
            yield piece

    def claim(self, segment: list[str]) -> None:
        """CLM."""
        self.summary.claims += 1
        self.summary.charge_cents += amount(segment, 2) or 0

    def line(self, segment: list[str]) -> None:
        """SV1, SV2, SV3, SVC."""
        self.summary.lines += 1

    def payment(self, segment: list[str]) -> None:
        """CLP."""
        summary = self.summary
        summary.claims += 1
        summary.statuses[element(segment, 2).strip()] += 1
        summary.charge_cents += amount(segment, 3) or 0
        summary.paid_cents += amount(segment, 4) or 0

    def adjustment(self, segment: list[str]) -> None:
        """CAS: six triplets."""
        for at in range(3, min(len(segment), 19), 3):
            self.summary.adjustment_cents += amount(segment, at) or 0

    def provider_adjustment(self, segment: list[str]) -> None:
        """PLB: six pairs."""
        self.summary.plb_cents += sum(amount(segment, at) or 0 for at in range(4, min(len(segment), 15), 2))

    def beginning(self, segment: list[str]) -> None:
        """BHT: a 277 with purpose 08 of structure 0085 is a 277CA, whatever version the file claims."""
        if segment[1:3] == ["0085", "08"]:
            self.summary.set_id = "277CA"

    def level(self, segment: list[str]) -> None:
        """HL."""
        self._level = element(segment, 3)
        self._at_claim = False

    def trace(self, segment: list[str]) -> None:
        """TRN: a claim where it stands at a patient's level (277CA) or a subscriber's or dependent's (277, 276)."""
        self._at_claim = self._level in _CLAIM_LEVELS
        self._amount_known = False
        self.summary.claims += self._at_claim

    def status_line(self, segment: list[str]) -> None:
        """SVC in a status answer: what follows is about the line."""
        self.summary.lines += 1
        self._at_claim = False

    def status(self, segment: list[str]) -> None:
        """STC at a claim; the first one has its amounts, others repeat them."""
        if self._at_claim and not self._amount_known:
            self._amount_known = True
            self.summary.statuses[element(segment, 1).partition(self._component)[0].strip()] += 1
            self.summary.charge_cents += amount(segment, 4) or 0
            self.summary.paid_cents += amount(segment, 5) or 0

    def asked(self, segment: list[str]) -> None:
        """AMT*T3 of a claim in a 276."""
        if self._at_claim and element(segment, 1) == "T3":
            self.summary.charge_cents += amount(segment, 2) or 0

    def response(self, segment: list[str]) -> None:
        """IK5 or AK5."""
        self.summary.statuses[element(segment, 1).strip()] += 1


_Handlers = dict[str, Callable[[Tally, list[str]], None]]
_STATUS: _Handlers = {
    "BHT": Tally.beginning,
    "HL": Tally.level,
    "TRN": Tally.trace,
    "STC": Tally.status,
    "SVC": Tally.status_line,
}
_HANDLERS: dict[str, _Handlers] = {
    "837": {"CLM": Tally.claim, "SV1": Tally.line, "SV2": Tally.line, "SV3": Tally.line},
    "835": {
        "CLP": Tally.payment,
        "SVC": Tally.line,
        "CAS": Tally.adjustment,
        "PLB": Tally.provider_adjustment,
    },
    "277": _STATUS,
    "276": {**_STATUS, "AMT": Tally.asked},
    "999": {"IK5": Tally.response},
    "997": {"AK5": Tally.response},
    "": {},
}
