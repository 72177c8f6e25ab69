"""API keys, roles and gateway accounts of the tenants file."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from kit.tenancy import Tenants
from pydantic import ValidationError

KEY = "cc_abcdefgh" + "s" * 40
NEXT = "cc_ijklmnop" + "t" * 40


def entry(tenant: str = "valley", account: str = "sandbox-valley", *keys: str) -> str:
    lines = [f'[[tenant]]\nid = "{tenant}"\nname = "Practice"\ntime_zone = "America/Chicago"']
    for key in keys:
        digest = hashlib.sha256(key.encode()).hexdigest()
        lines.append(f'[[tenant.api_keys]]\nprefix = "{key[:11]}"\nsha256 = "{digest}"\nroles = ["emr"]')
    lines.append(
        f'[[tenant.gateways]]\nid = "{account}"\nurl = "http://127.0.0.1:1"\napi_key = "k"\n'
        'webhook_secrets = ["whsec_QUJD"]\nsubmitter_id = "S1"\nsubmitter_name = "VALLEY"\n'
        'submitter_phone = "3125550100"\n'
        'receiver_id = "R1"\nreceiver_name = "GATEWAY"\npayers = ["*"]'
    )
    return "\n".join(lines) + "\n"


def load(tmp_path: Path, text: str) -> Tenants:
    file = tmp_path / "tenants.toml"
    file.write_text(text)
    return Tenants.load(file)


def test_two_keys_are_live_at_once_and_no_other(tmp_path: Path) -> None:
    tenants = load(tmp_path, entry("valley", "sandbox-valley", KEY, NEXT))
    for key in (KEY, NEXT):
        caller = tenants.authenticate(key)
        assert caller is not None
        assert (caller.tenant_id, caller.roles) == ("valley", {"emr"})
    for wrong in ("", KEY[:-1], KEY + "x", KEY[:11], "cc_abcdefgh" + "t" * 40, "\ud800" + KEY):
        assert tenants.authenticate(wrong) is None


def test_the_file_holds_no_key(tmp_path: Path) -> None:
    tenants = load(tmp_path, entry("valley", "sandbox-valley", KEY))
    assert KEY[11:] not in repr(tenants)
    assert "QUJD" not in repr(tenants)


def test_a_payer_goes_through_its_own_account_or_the_one_for_the_rest(tmp_path: Path) -> None:
    text = entry() + entry("hill", "special-hill").replace('["*"]', '["MCARE"]')
    tenants = load(tmp_path, text)
    valley, hill = tenants.by_id["valley"], tenants.by_id["hill"]
    assert valley.gateway_for("ANY") is valley.gateways[0]
    assert hill.gateway_for("MCARE") is hill.gateways[0]
    assert hill.gateway_for("ANY") is None
    assert tenants.account("special-hill") == (hill, hill.gateways[0])
    assert tenants.account("unknown") is None


@pytest.mark.parametrize(
    "text",
    [
        entry() + entry(),
        entry() + entry("hill"),
        entry("valley", "sandbox-valley", KEY) + entry("hill", "sandbox-hill", KEY),
        entry().replace("America/Chicago", "Mars/Olympus"),
        entry().replace('id = "valley"', 'id = "Va lley"'),
        entry().replace('"emr"', '"king"') + "surprise = 1\n",
        "",
    ],
)
def test_a_wrong_file_is_refused_at_start(tmp_path: Path, text: str) -> None:
    with pytest.raises((ValidationError, ValueError, KeyError)):
        load(tmp_path, text)
