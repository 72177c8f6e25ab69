"""The sandbox payer's configuration: accounts, where their webhooks go, and how long the payer takes."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Kind = Literal["TA1", "999", "277CA", "835"]
"""What a webhook carries; the value of its `X-Transaction-Set` header."""


class Delays(BaseModel):
    """Seconds after acceptance at speed 1; `--speed` divides all of them."""

    model_config = ConfigDict(extra="forbid")

    ta1: float = Field(default=0.5, ge=0)
    ack_999: float = Field(default=1.0, ge=0)
    ack_277ca: float = Field(default=3.0, ge=0)
    remittance: float = Field(default=8.0, ge=0, description="From acceptance to the payment cycle that pays it.")
    cycle: float = Field(default=2.0, gt=0, description="Between payment cycles: one 835 per payer, payee and cycle.")
    late: float = Field(default=60.0, ge=0, description="Added to the 277CA and the 835 of outcome `late`.")
    hang: float = Field(default=60.0, gt=0, description="How long a hanging gateway keeps the connection.")

    def scaled(self, speed: float) -> Delays:
        """The same delays, divided by `speed`."""
        return Delays(**{name: value / speed for name, value in self.model_dump().items()})


class Account(BaseModel):
    """One gateway account, as the provider's tenants file knows it."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(min_length=1, max_length=64)
    api_key: str = Field(min_length=8)
    secrets: list[str] = Field(min_length=1, description="whsec_ secrets; each signs every webhook.")
    webhooks: dict[Kind, str] = Field(description="URL per transaction set.")
    payers: list[str] = Field(default=["*"], description="Payer ids that this gateway routes to; * is all.")

    def routes_to(self, payer_id: str) -> bool:
        """True if the gateway knows this payer."""
        return "*" in self.payers or payer_id in self.payers


class PayerConfig(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid")

    accounts: list[Account] = Field(min_length=1)
    delays: Delays = Delays()
    business_date: date | None = Field(default=None, description="The payer's today; null is the clock's.")
    senders: int = Field(default=8, ge=1, le=64, description="Webhooks under way at the same time, over all accounts.")
    webhook_timeout_seconds: float = Field(default=10.0, gt=0)
    retry_base_seconds: float = Field(default=0.25, gt=0)
    retry_cap_seconds: float = Field(default=5.0, gt=0)

    def account(self, account_id: str) -> Account | None:
        """The account of that id, or None."""
        return next((account for account in self.accounts if account.id == account_id), None)


def load(path: Path) -> PayerConfig:
    """Read a TOML file. Raises pydantic.ValidationError or tomllib.TOMLDecodeError, which name the place."""
    return PayerConfig.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
