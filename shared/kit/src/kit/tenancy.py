"""Tenants, their API keys and their gateway accounts: one TOML file, read by every service.

Keys are stored as SHA-256 of 256 random bits with a public prefix, so a leaked file opens nothing; two keys of a tenant
may be live at once for rotation. Webhook secrets and gateway credentials are secrets: mount the file as one.
"""

from __future__ import annotations

import hashlib
import hmac
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

Role = Literal["emr", "coder", "biller", "operator", "admin"]
KEY_PREFIX_LENGTH = 11
"""`cc_` and eight characters; the rest of a key is secret."""


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ApiKey(_Entry):
    """One key: its public prefix, the SHA-256 (hex) of the whole key, and its roles."""

    prefix: str = Field(min_length=KEY_PREFIX_LENGTH, max_length=KEY_PREFIX_LENGTH)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    roles: frozenset[Role]


class GatewayAccount(_Entry):
    """A tenant's account at a payer gateway: where claims go, and who may send webhooks.

    Ids are opaque and global, since they stand in webhook URLs.
    """

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{2,62}$")
    url: str = Field(description="Base URL of the account, e.g. https://gateway.example/accounts/123")
    api_key: SecretStr
    webhook_secrets: tuple[SecretStr, ...] = Field(min_length=1, description="`whsec_…`; all are tried, for rotation.")
    submitter_id: str
    submitter_name: str
    submitter_contact_name: str = "BILLING"
    submitter_phone: str
    sender_qualifier: str = "ZZ"
    receiver_qualifier: str = "ZZ"
    receiver_id: str
    receiver_name: str
    usage_indicator: Literal["T", "P"] = "T"
    payers: tuple[str, ...] = Field(default=("*",), description="Payer ids sent through this account; `*` is the rest.")
    max_concurrency: int = Field(default=4, ge=1, le=64)


class Tenant(_Entry):
    """A practice: its keys, time zone and gateway accounts."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=64)
    name: str
    time_zone: str = "America/New_York"
    api_keys: tuple[ApiKey, ...] = ()
    gateways: tuple[GatewayAccount, ...] = ()

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        ZoneInfo(value)
        return value

    def gateway_for(self, payer_id: str) -> GatewayAccount | None:
        """The account that serves a payer: by its id, else the one with `*`."""
        named = next((g for g in self.gateways if payer_id in g.payers), None)
        return named or next((g for g in self.gateways if "*" in g.payers), None)


class Caller(BaseModel):
    """Who calls: the tenant, its roles, and the key's public prefix for the audit trail."""

    model_config = ConfigDict(frozen=True)

    tenant_id: str
    roles: frozenset[Role]
    key_prefix: str


class Tenants(_Entry):
    """The whole file."""

    tenants: tuple[Tenant, ...] = Field(alias="tenant")

    @model_validator(mode="after")
    def _unique_ids(self) -> Self:
        accounts = [g.id for t in self.tenants for g in t.gateways]
        prefixes = [k.prefix for t in self.tenants for k in t.api_keys]
        for values in ([t.id for t in self.tenants], accounts, prefixes):
            if len(values) != len(set(values)):
                raise ValueError("tenant ids, gateway account ids and key prefixes must be unique")
        return self

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read the file; raises FileNotFoundError, tomllib.TOMLDecodeError or pydantic.ValidationError."""
        return cls.model_validate(tomllib.loads(path.read_text()))

    @property
    def by_id(self) -> Mapping[str, Tenant]:
        """Tenants by id."""
        return {tenant.id: tenant for tenant in self.tenants}

    def account(self, account_id: str) -> tuple[Tenant, GatewayAccount] | None:
        """A gateway account and whose it is."""
        return next(((t, g) for t in self.tenants for g in t.gateways if g.id == account_id), None)

    def authenticate(self, key: str) -> Caller | None:
        """The caller behind an API key, compared in constant time; None if there is none."""
        digest = hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
        for tenant in self.tenants:
            for known in tenant.api_keys:
                if known.prefix == key[:KEY_PREFIX_LENGTH] and hmac.compare_digest(known.sha256, digest):
                    return Caller(tenant_id=tenant.id, roles=known.roles, key_prefix=known.prefix)
        return None
