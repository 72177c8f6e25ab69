"""A little of everything in two practices: one id of each kind to try doors with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.emr.day import SampleEncounter, sample_day

from tests.support.live import OTHER_TENANT, TENANT, Live
from tests.support.waiting import eventually

WAIT_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Ground:
    """What one practice has: a paid encounter, one in the coder queue, one held claim, one open matter."""

    tenant: str
    encounter_id: str
    claim_id: str
    interchange_id: str
    review_id: str
    held_claim_id: str
    item_id: str
    sample_id: str

    @property
    def account_id(self) -> str:
        """The practice's account at the sandbox payer."""
        return f"sandbox-{self.tenant}"

    def ids(self, path: str) -> dict[str, str]:
        """The variables of a path, filled with what this practice has."""
        claim_id = self.held_claim_id if "/edits/" in path else self.claim_id
        return {
            "encounter_id": self.encounter_id,
            "claim_id": claim_id,
            "interchange_id": self.interchange_id,
            "review_id": self.review_id,
            "item_id": self.item_id,
            "sample_id": self.sample_id,
            "account_id": self.account_id,
        }

    @property
    def everything(self) -> frozenset[str]:
        """All ids: none of them may ever be in another practice's answer."""
        return frozenset(self.ids("").values()) | {self.held_claim_id}


def samples(name: str) -> dict[str, SampleEncounter]:
    """One JSON encounter of the sample day for each outcome."""
    return {sample.expected: sample for sample in sample_day(name=name) if sample.format == "json"}


async def lay_ground(live: Live, tenant: str, name: str) -> Ground:
    """Post the practice's encounters and wait until each is where it shall be."""

    async def post(outcome: str) -> str:
        sample = samples(name)[outcome]
        answer = await live.call("POST", "coding-svc", sample.path, role="emr", tenant=tenant, json=sample.body)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["encounter_id"])

    async def first(service: str, path: str) -> Any:
        async def found() -> Any:
            return next(iter((await live.get(service, path, tenant=tenant))["items"]), None)

        return await eventually(found, WAIT_SECONDS, f"{tenant}: {service} {path}")

    async def review_of(encounter_id: str) -> Any:
        encounter = await live.get("coding-svc", f"/v1/encounters/{encounter_id}", tenant=tenant)
        return (encounter["waiting"] or {}).get("review_id")

    paid, queued, held = [await post(outcome) for outcome in ("paid", "coder_queue", "held")]
    review_id = await eventually(lambda: review_of(queued), WAIT_SECONDS, f"{tenant}: a review")
    item = await first("followup-svc", f"/v1/work-items?encounter_id={held}&reason=claim.held")
    claim = await first("followup-svc", f"/v1/claims?encounter_id={paid}&closed=true")
    submission = await live.get("submission-svc", f"/v1/submissions/{claim['claim_id']}", tenant=tenant)
    return Ground(
        tenant=tenant,
        encounter_id=paid,
        claim_id=claim["claim_id"],
        interchange_id=submission["versions"][0]["interchange_id"],
        review_id=review_id,
        held_claim_id=item["claim_id"],
        item_id=item["item_id"],
        sample_id=await sampled(live, paid),
    )


async def sampled(live: Live, encounter_id: str) -> str:
    """Draw the release of an encounter for second coding, if chance has not."""
    await live.rows("coding-svc", _DRAW, encounter_id)
    found = await live.rows("coding-svc", "SELECT sample_id FROM quality_sample WHERE encounter_id = $1", encounter_id)
    return str(found[0]["sample_id"])


_DRAW = """
    INSERT INTO quality_sample (sample_id, tenant_id, encounter_id, encounter_version, outcome_number, released_by,
                                drawn_at)
    SELECT gen_random_uuid(), tenant_id, encounter_id, encounter_version, number, 'auto', now() FROM coding_outcome
    WHERE encounter_id = $1 AND kind = 'coded' LIMIT 1
    ON CONFLICT DO NOTHING
"""


async def lay_both(live: Live, name: str) -> tuple[Ground, Ground]:
    """Ours and the other practice's."""
    return await lay_ground(live, TENANT, name), await lay_ground(live, OTHER_TENANT, f"{name}-o")
