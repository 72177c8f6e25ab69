"""A practice's own rules on the way of a claim, and what they would have done to past ones."""

from __future__ import annotations

import argparse
import asyncio
import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from claim_builder.main import service
from claim_builder.outcomes import past_claims
from claim_builder.rules import RuleBook, read_rules
from claim_builder.rules.trying import Trial, add_command, tried
from claim_builder.settings import Settings
from events import ClaimClosed, ClaimDenied, ClaimPaid, ClaimRejected
from events.envelope import Event
from local_stack.postgres import DatabaseSet

from tests.service.claim_builder.conftest import MASTER_KEYS, Stage
from tests.service.claim_builder.test_claim_pages import TWO_PAGES
from tests.unit.claim_builder.claim_examples import CODED

HOLD = """
[[rule]]
name = "no-visits"
do = "hold"
text = "The practice looks at each visit of this payer."
action = "Look at it."
payers = ["60054"]
when = { lines.any.code = "99213" }
"""
SET = """
[[rule]]
name = "group"
do = "set"
text = "The plan has one referral number for all."
when = { referral_number.missing = true }
set = { referral_number = "REF77" }
"""


def use(stage: Stage, text: str, folder: Path, tenant: str = "valley") -> None:
    """Let the service run with a rule file of one practice."""
    own = folder / "rules" / tenant
    own.mkdir(parents=True, exist_ok=True)
    (own / "own.toml").write_text(text)
    object.__setattr__(stage.handlers, "rules", RuleBook.load(folder / "rules"))


async def deliver(stage: Stage, encounter_id: UUID, tenant: str = "valley") -> dict[str, Any]:
    assert await stage.deliver(stage.coded(CODED, encounter_id, tenant=tenant)) == []
    return (await stage.claims(encounter_id))[0]


async def test_a_rule_of_the_practice_holds_its_claims_and_no_others(stage: Stage, tmp_path: Path) -> None:
    use(stage, HOLD, tmp_path)
    assert (await deliver(stage, uuid4()))["state"] == "held"
    assert (await deliver(stage, uuid4(), "hill"))["state"] == "built"


async def test_what_a_rule_sets_is_in_the_claim_and_in_its_log(stage: Stage, tmp_path: Path) -> None:
    use(stage, SET, tmp_path)
    claim = await deliver(stage, uuid4())
    query = "SELECT content, findings FROM claim_version WHERE claim_id = :c"
    (version,) = await stage.rows(query, c=claim["claim_id"])
    assert version["content"]["referral_number"] == "REF77"
    assert ("rule.group", "repair") in {(it["code"], it["severity"]) for it in version["findings"]}


def told_of(stage: Stage, claim: dict[str, Any], kind: type[Event], **more: Any) -> Event:
    """What another service tells of a claim."""
    return kind.create(
        occurred_at=stage.clock.now(),
        tenant_id="valley",
        encounter_id=claim["encounter_id"],
        encounter_version=1,
        claim_id=claim["claim_id"],
        claim_version=claim["claim_version"],
        **more,
    )


def all_fates(stage: Stage, paid: dict[str, Any], denied: dict[str, Any], rejected: dict[str, Any]) -> list[Event]:
    """Each kind of fact once: one claim paid and closed, one denied, one rejected."""
    money = {
        "remittance_id": UUID(int=7),
        "payer_id": "60054",
        "charge_cents": 16200,
        "patient_responsibility_cents": 0,
    }
    return [
        told_of(stage, paid, ClaimPaid, payment_number=1, claim_status_code="1", paid_cents=16200,
                contractual_cents=0, partial=False, **money),
        told_of(stage, denied, ClaimDenied, payment_number=2, claim_status_code="4", paid_cents=0,
                denied_cents=16200, adjustments=(), category="denial.authorization", **money),
        told_of(stage, rejected, ClaimRejected, acknowledgement_id=UUID(int=8), source="277CA", payer_id="60054",
                patient_control_number="PCN1"),
        told_of(stage, paid, ClaimClosed, closing_number=1, outcome="paid", paid_cents=16200, contractual_cents=0,
                patient_responsibility_cents=0, written_off_cents=0),
    ]  # fmt: skip


async def trials(stage: Stage, folder: Path, since: date = date.min) -> list[Trial]:
    file = folder / "try.toml"
    file.write_text(HOLD)
    async with stage.database.transaction(["valley"]) as tx:
        return await tried(read_rules(file), past_claims(tx, "valley", since, date.max))


async def test_a_trial_counts_what_became_of_the_claims(stage: Stage, tmp_path: Path) -> None:
    claims = [await deliver(stage, uuid4()) for _ in range(4)]
    await deliver(stage, uuid4(), "hill")
    facts = all_fates(stage, *claims[:3])
    assert await stage.deliver(*facts) == []
    (trial,) = await trials(stage, tmp_path)
    assert (trial.claims, trial.struck) == (4, 4)
    assert dict(trial.fates) == {"paid": 1, "denied": 1, "rejected": 1, "closed": 1}
    assert str(trial) == "no-visits: would have held 4 of 4; 1 of them were denied, 1 rejected"
    (later,) = await trials(stage, tmp_path, date(2030, 1, 1))
    assert (later.claims, later.struck) == (0, 0)


async def test_fates_told_again_or_in_another_order_count_once(stage: Stage, tmp_path: Path) -> None:
    claims = [await deliver(stage, uuid4()) for _ in range(3)]
    facts = all_fates(stage, *claims)
    assert await stage.deliver(*reversed(facts)) == []
    before = await stage.rows("SELECT * FROM claim_outcome ORDER BY event_id")
    assert await stage.deliver(*facts, forget=True) == []
    for fact in facts:
        assert await stage.deliver(fact, forget=True) == []
    assert await stage.rows("SELECT * FROM claim_outcome ORDER BY event_id") == before
    assert len(before) == 4


async def test_rules_are_tried_from_the_command_line(
    stage: Stage, claims_databases: DatabaseSet, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of every practice, as lines to read or as JSON; a practice that there is not is told."""
    claims = [await deliver(stage, uuid4()) for _ in range(3)]
    await deliver(stage, uuid4(), "hill")
    assert await stage.deliver(*all_fates(stage, *claims)) == []
    file = tmp_path / "try.toml"
    file.write_text(HOLD.replace('payers = ["60054"]', 'payers = ["60054"]\ntenants = ["valley"]'))

    tenants = tmp_path / "tenants.toml"
    tenants.write_text("".join(f'[[tenant]]\nid = "{it}"\nname = "{it}"\n' for it in ("valley", "hill")))
    settings = Settings(
        database_url=claims_databases.dsn("claims", "app"), tenants_file=tenants, master_keys=MASTER_KEYS
    )

    async def run(*options: str) -> tuple[int, str, str]:
        parser = argparse.ArgumentParser()
        add_command(parser.add_subparsers(), lambda: service(settings))
        parsed = parser.parse_args(["rules", "try", str(file), *options])
        status = await asyncio.to_thread(parsed.command, parsed)
        return (status, *capsys.readouterr())

    assert await run() == (0, "valley: no-visits: would have held 3 of 3; 1 of them were denied, 1 rejected\n", "")
    status, out, _ = await run("--tenant", "valley", "--until", "2020-01-01", "--json")
    assert (status, json.loads(out)["claims"], json.loads(out)["tenant"]) == (0, 0, "valley")
    status, out, err = await run("--tenant", "dale")
    assert (status, out) == (2, "")
    assert "there is no practice dale" in err


AGAIN = """
[[rule]]
name = "again"
do = "warn"
text = "The patient was seen within a month."
action = "Look at both visits."
when = { earlier_services.any = { code = "99213", days_before = { between = [0, 30] } } }
"""
ELSEWHERE = """
[[rule]]
name = "culture-elsewhere"
do = "warn"
text = "A culture stands on another page."
action = "Look at both pages."
when = { lines_of_other_pages.any.code = "87086" }
"""
TAGS = """
[[rule]]
name = "large"
do = "tag"
text = "A large claim."
when = { charge_cents = { at_least = 16200 } }
"""


async def tried_on_past(stage: Stage, folder: Path, rule: str) -> tuple[int, int]:
    file = folder / "try.toml"
    file.write_text(rule)
    async with stage.database.transaction(["valley"]) as tx:
        (trial,) = await tried(read_rules(file), past_claims(tx, "valley", date.min, date.max))
    return trial.struck, trial.claims


async def marked_live(stage: Stage, code: str) -> int:
    rows = await stage.rows("SELECT findings FROM claim_version WHERE tenant_id = 'valley'")
    return sum(code in {finding["code"] for finding in row["findings"]} for row in rows)


async def test_a_trial_sees_the_history_that_the_scrub_saw(stage: Stage, tmp_path: Path) -> None:
    """The second visit has one before it, the first had none; a visit of somebody else has nothing to do with it."""
    use(stage, AGAIN, tmp_path)
    later = CODED.model_copy(
        update={
            "service_date": date(2026, 5, 25),
            "lines": tuple(line.model_copy(update={"date_from": date(2026, 5, 25)}) for line in CODED.lines),
        }
    )
    for coded in (CODED, later):
        assert await stage.deliver(stage.coded(coded, uuid4(), same_patient=True)) == []
        stage.clock.move(timedelta(days=1))
    await stage.deliver(stage.coded(later, uuid4()))
    await stage.deliver(stage.coded(CODED, uuid4(), same_patient=True, tenant="hill"))
    assert await marked_live(stage, "rule.again") == 1
    assert await tried_on_past(stage, tmp_path, AGAIN) == (1, 3)


async def test_a_trial_sees_what_stood_then_and_was_taken_back_since(stage: Stage, tmp_path: Path) -> None:
    visit, laboratory = uuid4(), CODED.model_copy(update={"clia_number": "33D1234567"})
    await stage.deliver(stage.coded(CODED, visit, same_patient=True))
    for number, code in enumerate(("80053", "80061")):
        stage.clock.move(timedelta(days=1))
        if number:
            await stage.deliver(stage.closed(visit, 2))
        test = CODED.lines[1].model_copy(update={"line_number": 1, "code": code, "charge_cents": 3_000})
        coded = laboratory.model_copy(update={"lines": (test,)})
        assert await stage.deliver(stage.coded(coded, uuid4(), same_patient=True)) == []
    assert await tried_on_past(stage, tmp_path, AGAIN) == (1, 3), (
        "it stood before the first test, not before the second"
    )


async def test_a_trial_sees_the_other_pages(stage: Stage, tmp_path: Path) -> None:
    use(stage, ELSEWHERE, tmp_path)
    await stage.deliver(stage.coded(TWO_PAGES, uuid4()))
    await stage.deliver(stage.coded(CODED, uuid4()))
    assert await marked_live(stage, "rule.culture-elsewhere") == 1
    assert await tried_on_past(stage, tmp_path, ELSEWHERE) == (1, 3)


async def test_claims_are_listed_by_tag_and_each_practice_sees_its_own(stage: Stage, tmp_path: Path) -> None:
    for tenant in ("valley", "hill"):
        use(stage, TAGS, tmp_path, tenant)
    small = CODED.model_copy(update={"lines": CODED.lines[:1]})
    tagged, untagged, other = uuid4(), uuid4(), uuid4()
    for coded, encounter_id, tenant in ((CODED, tagged, "valley"), (small, untagged, "valley"), (CODED, other, "hill")):
        await stage.deliver(stage.coded(coded, encounter_id, tenant=tenant))

    async def listed(tenant: str, query: str) -> list[str]:
        answer = await stage.get(f"/v1/claims?{query}", tenant=tenant)
        assert answer.status_code == 200, answer.text
        return [item["encounter_id"] for item in answer.json()["items"]]

    assert await listed("valley", "tag=large") == [str(tagged)]
    assert await listed("hill", "tag=large") == [str(other)]
    assert await listed("valley", "tag=large&state=held") == await listed("valley", "tag=small") == []
    await stage.deliver(stage.coded(small, tagged, 2))
    assert await listed("valley", "tag=large") == [], "the newest version has no tag"
    assert (await stage.get("/v1/claims?tag=no%20such")).status_code == 422
