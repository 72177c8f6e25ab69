"""The whole service as `coding-svc all` runs it: HTTP, PostgreSQL, Kafka, the real engine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from coding_svc.main import service
from coding_svc.settings import Settings
from kit.lifecycle.process import Process
from local_stack.kafka import Kafka
from local_stack.ports import free_port
from local_stack.postgres import DatabaseSet

from tests.service.coding_svc.conftest import MASTER_KEYS, Emr, encounter, key_of, tenants_toml
from tests.support.waiting import eventually
from tests.unit.coding_svc import fhir_bundles as fb

SOAP = """SUBJECTIVE: 64-year-old man here for follow-up of type 2 diabetes and hypertension. No chest pain.
OBJECTIVE: BP 128/76, pulse 72.
ASSESSMENT AND PLAN:
1. Type 2 diabetes mellitus without complications - stable, continue metformin 1000 mg twice daily.
2. Essential hypertension - at goal, continue lisinopril 20 mg daily.
Total time spent on the date of the encounter: 32 minutes.
"""


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    process = Process(service(settings), ("api", "worker", "relay"))
    task = asyncio.create_task(process.run())
    headers = {"Authorization": f"Bearer {key_of('valley', 'emr')}"}
    base_url = f"http://127.0.0.1:{settings.http_port}"
    async with httpx.AsyncClient(base_url=base_url, timeout=30, headers=headers) as client:
        try:
            await eventually(lambda: _ready(client))
            yield client
        finally:
            process._server.should_exit = True
            assert await asyncio.wait_for(task, 15) == 0


async def _ready(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/readyz")).status_code == 200
    except httpx.TransportError:
        return False


@pytest.fixture
def process_settings(emr: Emr, migrated: DatabaseSet, kafka: Kafka, tmp_path: Path) -> Settings:
    """Over the tables that the `emr` fixture has emptied."""
    tenants = tmp_path / "all-tenants.toml"
    tenants.write_text(tenants_toml())
    return Settings(
        database_url=migrated.dsn("coding", "app"),
        tenants_file=tenants,
        master_keys=MASTER_KEYS,
        kafka_bootstrap=kafka.bootstrap,
        http_port=free_port(),
        consumer_instance=f"coding-{uuid4().hex[:8]}",
    )


def varied() -> dict[str, dict[str, Any]]:
    """Encounters by the state that they must reach."""
    return {
        "coded": encounter("P-1", SOAP, new_patient=False),
        "held provider": encounter("P-2", notes=[{"text": SOAP}]),
        "held coder": encounter("P-3", SOAP, service_date="2026-11-02"),
        "closed": encounter("P-4", SOAP, self_pay=True),
        "held emr": encounter("P-5", SOAP, coverages=[]),
    }


async def test_encounters_reach_their_state_through_kafka_and_the_engine(process_settings: Settings) -> None:
    async with running(process_settings) as client:
        ids = {}
        for wanted, body in varied().items():
            answer = await client.post("/v1/encounters", json=body)
            assert answer.status_code == 202, answer.text
            ids[wanted] = answer.json()["encounter_id"]
        bundle = await client.post("/v1/fhir", json=fb.plain())
        assert bundle.status_code == 202

        async def settled() -> bool:
            return bool((await client.get("/v1/encounters?status=received")).json()["items"] == [])

        await eventually(settled)
        for wanted, encounter_id in ids.items():
            shown = (await client.get(f"/v1/encounters/{encounter_id}")).json()
            assert " ".join(filter(None, (shown["status"], shown["waits_on"]))) == wanted, shown
        coded = (await client.get(f"/v1/encounters/{ids['coded']}/explanation")).json()
        assert {d["code"] for d in coded["diagnoses"]} >= {"E11.9", "I10"}
        assert all(SOAP[e["start"] : e["end"]] == e["text"] for d in coded["diagnoses"] for e in d["evidence"])
        assert [line["code"] for line in coded["lines"]] == ["99214"]
        late = (await client.get(f"/v1/encounters/{ids['held coder']}")).json()
        assert late["reason_codes"] == ["codeset.not-loaded"]
        signed = await client.put(
            f"/v1/encounters/{ids['held provider']}", json=encounter("P-2", SOAP, new_patient=False)
        )
        assert signed.json()["version"] == 2

        async def signed_is_coded() -> bool:
            shown = (await client.get(f"/v1/encounters/{ids['held provider']}")).json()
            return bool(shown["status"] == "coded")

        await eventually(signed_is_coded)
