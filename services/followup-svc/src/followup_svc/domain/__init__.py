"""The words of follow-up: accounts and transfers, what a payer decided, and the state of a claim as its facts tell it.

Standard library only.
"""

from followup_svc.domain.adjudication import (
    CROSSED_OVER,
    PREDETERMINATION,
    REVERSAL,
    TURNS,
    AdjudicatedLine,
    Adjudication,
    Adjustment,
    Payment,
)
from followup_svc.domain.claims import BilledLine, Claim, ClaimVersion, Fact, ledger_of, rejected, stalled, version_of
from followup_svc.domain.ids import NAMESPACE, derive_id
from followup_svc.domain.ledger import (
    CASH,
    CHARGES,
    PATIENT,
    SUSPENSE,
    Balances,
    Transfer,
    contractual,
    outstanding,
    payer_cash,
    provider_level,
    write_off,
)
from followup_svc.domain.states import (
    ClaimState,
    cancelled,
    claim_state,
    current_version,
    opening_lines,
    version_at_payer,
    version_state,
    voided,
)

__all__ = [
    "CASH",
    "CHARGES",
    "CROSSED_OVER",
    "NAMESPACE",
    "PATIENT",
    "PREDETERMINATION",
    "REVERSAL",
    "SUSPENSE",
    "TURNS",
    "AdjudicatedLine",
    "Adjudication",
    "Adjustment",
    "Balances",
    "BilledLine",
    "Claim",
    "ClaimState",
    "ClaimVersion",
    "Fact",
    "Payment",
    "Transfer",
    "cancelled",
    "claim_state",
    "contractual",
    "current_version",
    "derive_id",
    "ledger_of",
    "opening_lines",
    "outstanding",
    "payer_cash",
    "provider_level",
    "rejected",
    "stalled",
    "version_at_payer",
    "version_of",
    "version_state",
    "voided",
    "write_off",
]
