"""The local keys: made once, readable by their owner only, and understood by the services."""

from __future__ import annotations

import base64
from datetime import date
from decimal import Decimal
from pathlib import Path

from claim_builder.fees import FeeSchedules
from kit.phi import PhiCipher
from kit.tenancy import Tenants
from local_stack.config import PROJECT, StackConfig
from local_stack.postgres import DATABASES
from local_stack.secrets import load_or_create, sandbox_toml, tenants_toml, write_private
from local_stack.services import FEE_SCHEDULES, Environments
from sandbox.payer.config import load as load_sandbox
from sandbox.payer.fees import allowed_cents


def test_secrets_are_made_once_and_differ_between_stacks(tmp_path: Path) -> None:
    first = load_or_create(tmp_path / "a")
    assert load_or_create(tmp_path / "a") == first
    other = load_or_create(tmp_path / "b")
    assert other.master_keys != first.master_keys
    assert other.practices[0].api_keys["emr"] != first.practices[0].api_keys["emr"]
    assert set(first.postgres) == {"postgres"} | {f"{base}_{role}" for base in DATABASES for role in ("owner", "app")}


def test_only_this_user_may_read_them(tmp_path: Path) -> None:
    load_or_create(tmp_path / "secrets")
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
    for file in (tmp_path / "secrets").iterdir():
        assert file.stat().st_mode & 0o777 == 0o600


def test_the_tenants_file_admits_every_key_with_its_role_and_holds_none(tmp_path: Path) -> None:
    secrets = load_or_create(tmp_path)
    text = tenants_toml(secrets, "http://127.0.0.1:8105")
    write_private(tmp_path / "tenants.toml", text)
    tenants = Tenants.load(tmp_path / "tenants.toml")
    for practice in secrets.practices:
        for role, key in practice.api_keys.items():
            assert key not in text
            caller = tenants.authenticate(key)
            assert caller is not None
            assert (caller.tenant_id, caller.roles) == (practice.tenant_id, frozenset([role]))
        account = tenants.by_id[practice.tenant_id].gateway_for("ANY")
        assert account is not None
        assert account.url == f"http://127.0.0.1:8105/gateways/{account.id}"
        assert account.webhook_secrets[0].get_secret_value() == practice.webhook_secret
        assert len(base64.b64decode(practice.webhook_secret.removeprefix("whsec_"), validate=True)) == 32
    assert tenants.authenticate("cc_00000000_wrong") is None


def test_the_sandbox_and_the_services_know_the_same_accounts(tmp_path: Path) -> None:
    secrets = load_or_create(tmp_path)
    write_private(tmp_path / "tenants.toml", tenants_toml(secrets, "http://127.0.0.1:8105"))
    write_private(tmp_path / "sandbox.toml", sandbox_toml(secrets, "http://127.0.0.1:8103", "http://127.0.0.1:8104"))
    tenants, sandbox = Tenants.load(tmp_path / "tenants.toml"), load_sandbox(tmp_path / "sandbox.toml")
    assert len(sandbox.accounts) == len(secrets.practices) > 1
    for account in sandbox.accounts:
        found = tenants.account(account.id)
        assert found is not None
        assert found[1].api_key.get_secret_value() == account.api_key
        assert [secret.get_secret_value() for secret in found[1].webhook_secrets] == account.secrets
        ours = f"http://127.0.0.1:8103/v1/webhooks/{account.id}"
        assert account.webhooks == {
            "TA1": ours, "999": ours, "277CA": ours, "835": f"http://127.0.0.1:8104/v1/webhooks/{account.id}",
        }  # fmt: skip


def test_what_the_practice_charges_is_more_than_what_the_sandbox_allows() -> None:
    prices = FeeSchedules.load(FEE_SCHEDULES).for_tenant("lakeside")
    fees = (PROJECT / "deploy" / "sandbox" / "src" / "sandbox" / "payer" / "fees.tsv").read_text().splitlines()
    codes = [line.split("\t")[0] for line in fees if not line.startswith("#")]
    charges = {code: prices.unit_price(code, (), date(2026, 6, 1)) for code in codes}
    priced = {code: charge for code, charge in charges.items() if charge is not None}
    assert len(priced) > 100
    for code, charge in priced.items():
        assert charge > allowed_cents(code, (), Decimal(1), 10**9, 100), code


def test_the_master_key_is_one_that_the_services_take(tmp_path: Path) -> None:
    PhiCipher.parse(load_or_create(tmp_path).master_keys)


def test_each_service_gets_its_own_database_and_the_common_parts(tmp_path: Path) -> None:
    config = StackConfig.from_environment({}, tmp_path)
    environments = Environments(config, load_or_create(config.secrets))
    seen = set()
    for service in ("coding-svc", "claim-builder", "submission-svc", "followup-svc"):
        env = environments.service(service)
        seen.add(env["CLEANCLAIM_DATABASE_URL"])
        assert "_app:" in env["CLEANCLAIM_DATABASE_URL"]
        assert "_owner:" in env["CLEANCLAIM_MIGRATION_DATABASE_URL"]
        assert env["CLEANCLAIM_KAFKA_BOOTSTRAP"] == "127.0.0.1:19092"
        assert env["OTEL_EXPORTER_OTLP_ENDPOINT"] == "http://127.0.0.1:4318"
        assert env["OTEL_SERVICE_NAME"] == service
        assert env["CLEANCLAIM_HTTP_PORT"] == str(config.ports[service])
    assert len(seen) == 4


def test_parts_elsewhere_are_passed_on(tmp_path: Path) -> None:
    config = StackConfig.from_environment(
        {
            "CLEANCLAIM_KAFKA_BOOTSTRAP": "broker:9092",
            "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318",
            "CLEANCLAIM_CODING_SVC_DATABASE_URL": "postgresql+asyncpg://app@db/x",
            "CLEANCLAIM_CODING_SVC_MIGRATION_DATABASE_URL": "postgresql+asyncpg://owner@db/x",
        },
        tmp_path,
    )
    env = Environments(config, load_or_create(config.secrets)).service("coding-svc")
    assert env["CLEANCLAIM_DATABASE_URL"] == "postgresql+asyncpg://app@db/x"
    assert env["CLEANCLAIM_MIGRATION_DATABASE_URL"] == "postgresql+asyncpg://owner@db/x"
    assert env["CLEANCLAIM_KAFKA_BOOTSTRAP"] == "broker:9092"
    assert env["OTEL_EXPORTER_OTLP_ENDPOINT"] == "http://collector:4318"
