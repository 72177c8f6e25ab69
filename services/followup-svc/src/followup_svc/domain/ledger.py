"""Accounts, transfers and balances. Money is integer cents; nothing is ever computed as what is left."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

CHARGES = "charges"
PATIENT = "patient"
SUSPENSE = "suspense"
CASH = "payer_cash"
"""Cash of a remittance that belongs to no claim (suspense, provider level)."""


def outstanding(turn: str) -> str:
    """Account: what the payer of this turn still owes; denied money stays here until somebody decides."""
    return f"outstanding:{turn}"


def payer_cash(turn: str) -> str:
    """Account: what the payer of this turn paid."""
    return f"payer_cash:{turn}"


def contractual(turn: str) -> str:
    """Account: what the contract with the payer of this turn takes off the charge."""
    return f"contractual:{turn}"


def write_off(turn: str) -> str:
    """Account: what a person gave up of this turn's outstanding amount."""
    return f"write_off:{turn}"


def provider_level(reason_code: str) -> str:
    """Account: provider-level adjustments (PLB) of one reason code; they belong to no claim."""
    return f"provider_level:{reason_code}"


@dataclass(frozen=True, slots=True)
class Transfer:
    """One movement of `amount_cents` > 0 from the credit to the debit account of one ledger.

    `key` makes it unique for ever. `line_number` is None for an amount at claim level.
    """

    key: str
    ledger_id: UUID
    debit_account: str
    credit_account: str
    amount_cents: int
    reason: str
    encounter_id: UUID | None = None
    claim_id: UUID | None = None
    payment_id: UUID | None = None
    remittance_id: UUID | None = None
    line_number: int | None = None

    def __post_init__(self) -> None:
        if self.amount_cents <= 0 or self.debit_account == self.credit_account:
            raise ValueError("a transfer moves more than zero cents between two accounts")


@dataclass(frozen=True, slots=True)
class Balances:
    """What a claim's ledger holds, in cents, by account. Missing accounts are zero."""

    by_account: Mapping[str, int] = field(default_factory=dict)

    def of(self, account: str) -> int:
        """Debit balance, except for `charges` and `suspense`, whose credit balance it is."""
        return self.by_account.get(account, 0)

    def outstanding(self, turn: str) -> int:
        """Cents that the payer of `turn` owes; negative when overpaid."""
        return self.of(outstanding(turn))

    def after(self, transfers: Iterable[Transfer]) -> Balances:
        """The balances when these transfers were posted."""
        amounts = dict(self.by_account)
        for transfer in transfers:
            _add(amounts, transfer.debit_account, transfer.amount_cents)
            _add(amounts, transfer.credit_account, -transfer.amount_cents)
        return Balances(amounts)

    @property
    def balanced(self) -> bool:
        """True if charge = paid + contractual + patient + written off + outstanding (and the suspense likewise)."""
        return sum(-cents if _credit_normal(account) else cents for account, cents in self.by_account.items()) == 0


def _credit_normal(account: str) -> bool:
    return account in (CHARGES, SUSPENSE)


def _add(amounts: dict[str, int], account: str, debit_cents: int) -> None:
    amounts[account] = amounts.get(account, 0) + (-debit_cents if _credit_normal(account) else debit_cents)
