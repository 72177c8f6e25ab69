"""The keys of one local stack: made at its first start, kept in `.local/secrets`, never anywhere else.

Services get the tenants file (API keys as hashes) and the master key; whoever feeds the stack gets the API keys.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from local_stack.postgres import new_passwords

_KEY_PUBLIC_CHARACTERS = 8
_MASTER_KEY_BYTES = 32
_ROLES = ("emr", "coder", "biller", "operator", "admin")


@dataclass(frozen=True)
class Practice:
    """A tenant of the local stack, with its API key per role and its account at the sandbox payer."""

    tenant_id: str
    name: str
    time_zone: str
    api_keys: Mapping[str, str]
    gateway_id: str
    gateway_api_key: str
    webhook_secret: str


@dataclass(frozen=True)
class StackSecrets:
    """Everything secret. `postgres` maps database role to password, `master_keys` is `id:base64`."""

    postgres: Mapping[str, str]
    master_keys: str
    practices: tuple[Practice, ...]


_PRACTICES = (
    ("lakeside", "Lakeside Family Medicine", "America/Chicago"),
    ("harbor", "Harbor Specialty Clinic", "America/New_York"),
)


def load_or_create(folder: Path) -> StackSecrets:
    """The secrets in `folder`, made at the first call (files readable by this user only)."""
    file = folder / "secrets.json"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        write_private(file, json.dumps(asdict(_new()), indent=2))
    stored = json.loads(file.read_text())
    return StackSecrets(
        stored["postgres"],
        stored["master_keys"],
        tuple(Practice(**practice) for practice in stored["practices"]),
    )


def write_private(path: Path, text: str) -> None:
    """Write a file that only this user can read; it is whole or not there."""
    partial = path.with_suffix(".partial")
    partial.touch(mode=0o600)
    partial.write_text(text)
    partial.replace(path)


def new_api_key() -> str:
    """An API key: `cc_`, eight public characters, and 256 random bits."""
    return f"cc_{secrets.token_hex(_KEY_PUBLIC_CHARACTERS // 2)}_{secrets.token_urlsafe(32)}"


def _new() -> StackSecrets:
    master = base64.b64encode(secrets.token_bytes(_MASTER_KEY_BYTES)).decode()
    practices = tuple(
        Practice(
            tenant_id=tenant_id,
            name=name,
            time_zone=zone,
            api_keys={role: new_api_key() for role in _ROLES},
            gateway_id=f"sandbox-{tenant_id}",
            gateway_api_key=secrets.token_urlsafe(32),
            webhook_secret="whsec_" + base64.b64encode(secrets.token_bytes(32)).decode(),
        )
        for tenant_id, name, zone in _PRACTICES
    )
    return StackSecrets(new_passwords(), f"local1:{master}", practices)


def tenants_toml(stack: StackSecrets, gateway_url: str) -> str:
    """The tenants file of the services (`kit.tenancy`): each practice sends all its claims to the sandbox payer.

    `gateway_url` is the sandbox's base URL; an account lies below it.
    """
    return "\n".join(_tenant_toml(practice, gateway_url) for practice in stack.practices)


def _tenant_toml(practice: Practice, gateway_url: str) -> str:
    lines = [
        "[[tenant]]",
        f'id = "{practice.tenant_id}"',
        f'name = "{practice.name}"',
        f'time_zone = "{practice.time_zone}"',
    ]
    for role, key in practice.api_keys.items():
        lines += [
            "[[tenant.api_keys]]",
            f'prefix = "{key[: 3 + _KEY_PUBLIC_CHARACTERS]}"',
            f'sha256 = "{hashlib.sha256(key.encode()).hexdigest()}"',
            f'roles = ["{role}"]',
        ]
    lines += [
        "[[tenant.gateways]]",
        f'id = "{practice.gateway_id}"',
        f'url = "{gateway_url}/gateways/{practice.gateway_id}"',
        f'api_key = "{practice.gateway_api_key}"',
        f'webhook_secrets = ["{practice.webhook_secret}"]',
        f'submitter_id = "{practice.tenant_id.upper()}"',
        f'submitter_name = "{practice.name.upper()}"',
        'submitter_phone = "3125550100"',
        'receiver_id = "SANDBOXPAYER"',
        'receiver_name = "SANDBOX PAYER GATEWAY"',
        "",
    ]
    return "\n".join(lines)


def sandbox_toml(stack: StackSecrets, submission_url: str, followup_url: str) -> str:
    """The sandbox payer's configuration: the same accounts, and which service hears of what.

    The URLs are the services' base URLs: acknowledgements go to submission-svc, remittances to followup-svc.
    """
    return "\n".join(_account_toml(practice, submission_url, followup_url) for practice in stack.practices)


def _account_toml(practice: Practice, submission_url: str, followup_url: str) -> str:
    acknowledgements = f"{submission_url}/v1/webhooks/{practice.gateway_id}"
    lines = [
        "[[accounts]]",
        f'id = "{practice.gateway_id}"',
        f'api_key = "{practice.gateway_api_key}"',
        f'secrets = ["{practice.webhook_secret}"]',
        "[accounts.webhooks]",
        *(f'{kind} = "{acknowledgements}"' for kind in ("TA1", "999", "277CA")),
        f'835 = "{followup_url}/v1/webhooks/{practice.gateway_id}"',
        "",
    ]
    return "\n".join(lines)
