"""What a payer decided: adjustments, lines, one CLP, and its place in our books."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

TURNS = ("P", "S", "T")
"""Payer turns in payment order (SBR01)."""
REVERSAL = "22"
PREDETERMINATION = "25"
CROSSED_OVER = frozenset({"19", "20", "21"})
"""CLP02: processed and forwarded by the payer to the next one."""
_TURN_OF_STATUS = {"1": "P", "19": "P", "2": "S", "20": "S", "3": "T", "21": "T"}
_SENT_AS_ORIGINAL_AGAIN = "MA130"
"""RARC of an unprocessable claim: no appeal, a new original claim (Medicare Part B)."""


@dataclass(frozen=True, slots=True)
class Adjustment:
    """One CAS triplet. Positive cents lower the payment."""

    group_code: str
    reason_code: str
    amount_cents: int


@dataclass(frozen=True, slots=True)
class AdjudicatedLine:
    """One SVC. `control_number` is REF*6R, `position` counts from 1 inside the CLP."""

    position: int
    control_number: str
    procedure_code: str
    modifiers: tuple[str, ...]
    units: str
    charge_cents: int
    paid_cents: int
    adjustments: tuple[Adjustment, ...] = ()
    remark_codes: tuple[str, ...] = ()
    decided_code: str = ""
    """SVC01 where the payer decided on another procedure than was billed (SVC06): it bundled or recoded the line."""
    decided_modifiers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Adjudication:
    """One CLP, as it is kept: codes and amounts, no names.

    `adjustments` are those at claim level; `frequency_code` is CLP09, empty if the payer did not say.
    """

    patient_control_number: str
    status_code: str
    charge_cents: int
    paid_cents: int
    payer_claim_control_number: str = ""
    frequency_code: str = ""
    adjustments: tuple[Adjustment, ...] = ()
    remark_codes: tuple[str, ...] = ()
    lines: tuple[AdjudicatedLine, ...] = ()

    @property
    def is_reversal(self) -> bool:
        """CLP02 = 22."""
        return self.status_code == REVERSAL

    def located_adjustments(self) -> list[tuple[AdjudicatedLine | None, Adjustment]]:
        """Every CAS triplet with its line, None at claim level."""
        at_claim: list[tuple[AdjudicatedLine | None, Adjustment]] = [(None, item) for item in self.adjustments]
        return at_claim + [(line, item) for line in self.lines for item in line.adjustments]

    def turn(self, claim_turn: str, open_turns: Sequence[str]) -> str:
        """Whose answer it is: by CLP02 where that payer turn is on the ledger (crossover), else the claim's own."""
        told = _TURN_OF_STATUS.get(self.status_code, claim_turn)
        return told if told in open_turns else claim_turn

    @property
    def unprocessable(self) -> bool:
        """True if the payer says that the claim must be sent anew as an original and cannot be appealed."""
        remarks = (*self.remark_codes, *(code for line in self.lines for code in line.remark_codes))
        return _SENT_AS_ORIGINAL_AGAIN in remarks


@dataclass(frozen=True, slots=True)
class Payment:
    """One CLP of one remittance with its place in our books. `claim_id` is None while nobody knows whose it is."""

    payment_id: UUID
    remittance_id: UUID
    number: int
    payer_id: str
    paid_on: date
    adjudication: Adjudication
    key: str
    claim_id: UUID | None = None
    turn: str | None = None
    state: str = "suspense"
    patient_cents: int = 0
    contractual_cents: int = 0
    denied_cents: int = 0
    category: str | None = None
    reversed_by: UUID | None = None

    @property
    def posted(self) -> bool:
        """True when its transfers are on the ledger."""
        return self.state == "posted"

    @property
    def stands(self) -> bool:
        """True for a posted decision that was not taken back: neither a reversal nor reversed."""
        return self.posted and not self.adjudication.is_reversal and self.reversed_by is None
