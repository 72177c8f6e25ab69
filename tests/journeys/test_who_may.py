"""Who may do what: every operation, every role, the own practice and another one. The table is the rule."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any, Final
from uuid import uuid4

import httpx
import pytest
from local_stack.config import SERVICE_DATABASES
from local_stack.stack import Stack

from tests.support.ground import Ground, lay_both, samples
from tests.support.hostile import Route, fault, routes_of
from tests.support.live import OTHER_TENANT, TENANT, Live

ROLES: Final = ("emr", "coder", "biller", "operator", "admin")
EVERYBODY: Final = "everybody"
"""Health: no key is asked for."""
SIGNED: Final = "signed"
"""Webhooks: a key opens nothing, a signature does (see test_bad_input)."""
TABLE: Final[dict[str, str]] = {
    "coding-svc POST /v1/encounters": "emr",
    "coding-svc GET /v1/encounters": "emr coder biller operator",
    "coding-svc PUT /v1/encounters/{encounter_id}": "emr",
    "coding-svc GET /v1/encounters/{encounter_id}": "emr coder biller operator",
    "coding-svc GET /v1/encounters/{encounter_id}/explanation": "emr coder biller",
    "coding-svc POST /v1/fhir": "emr",
    "coding-svc GET /v1/review": "coder",
    "coding-svc GET /v1/review/{review_id}": "coder",
    "coding-svc POST /v1/review/{review_id}/decisions": "coder",
    "coding-svc GET /v1/lexicon": "coder",
    "coding-svc GET /v1/lexicon/suggestions": "coder",
    "coding-svc GET /v1/lexicon/versions": "coder",
    "coding-svc POST /v1/lexicon/versions": "coder",
    "coding-svc GET /v1/quality/samples": "coder",
    "coding-svc GET /v1/quality/samples/{sample_id}": "coder",
    "coding-svc POST /v1/quality/samples/{sample_id}/codes": "coder",
    "coding-svc GET /v1/quality/agreement": "coder operator",
    "claim-builder GET /v1/claims": "coder biller operator",
    "claim-builder GET /v1/claims/{claim_id}": "coder biller operator",
    "claim-builder GET /v1/claims/{claim_id}/cms1500": "biller",
    "claim-builder POST /v1/claims/validate": "emr coder biller",
    "claim-builder GET /v1/edits": "coder biller operator",
    "claim-builder GET /v1/edits/{claim_id}": "biller",
    "claim-builder POST /v1/edits/{claim_id}/fixes": "biller",
    "claim-builder POST /v1/edits/{claim_id}/release": "biller",
    "submission-svc GET /v1/submissions": "biller operator",
    "submission-svc GET /v1/submissions/{claim_id}": "biller operator",
    "submission-svc GET /v1/interchanges": "biller operator",
    "submission-svc GET /v1/interchanges/{interchange_id}": "biller operator",
    "submission-svc GET /v1/interchanges/{interchange_id}/x12": "operator",
    "submission-svc POST /v1/interchanges/{interchange_id}/retry": "operator",
    "submission-svc POST /v1/webhooks/{account_id}": SIGNED,
    "followup-svc GET /v1/claims": "coder biller operator",
    "followup-svc GET /v1/claims/{claim_id}": "coder biller operator",
    "followup-svc GET /v1/encounters/{encounter_id}/timeline": "coder biller operator",
    "followup-svc GET /v1/work-items": "coder biller operator",
    "followup-svc GET /v1/ledger/balance": "biller operator",
    "followup-svc GET /v1/ledger/encounters/{encounter_id}": "biller operator",
    "followup-svc POST /v1/claims/{claim_id}/corrections": "biller",
    "followup-svc POST /v1/claims/{claim_id}/write-offs": "biller",
    "followup-svc POST /v1/work-items/{item_id}/resolve": "coder biller operator",
    "followup-svc POST /v1/webhooks/{account_id}": SIGNED,
    **{f"{service} GET {path}": EVERYBODY for service in SERVICE_DATABASES for path in ("/healthz", "/readyz")},
}
"""Operation to the roles that may; admin may all."""

BODIES: Final[dict[str, dict[str, Any]]] = {
    "/v1/encounters/{encounter_id}": samples("who-may")["paid"].body,
    "/v1/review/{review_id}/decisions": {"encounter_version": 1, "decision": "close", "reason": "nothing to bill"},
    "/v1/quality/samples/{sample_id}/codes": {"diagnoses": ["I10"], "lines": []},
    "/v1/edits/{claim_id}/fixes": {"fixes": [{"field": "claim_note", "value": "x", "reason": "because"}]},
    "/v1/claims/{claim_id}/corrections": {"action": "rebill", "reason_code": "trial"},
    "/v1/claims/{claim_id}/write-offs": {"amount_cents": 1, "reason_code": "trial"},
    "/v1/work-items/{item_id}/resolve": {"resolution": "trial"},
}
"""Commands that would be carried out, were they about something of the caller's practice."""


@pytest.fixture(scope="module")
async def grounds(stack: Stack) -> AsyncIterator[tuple[Ground, Ground]]:
    hands = Live(stack)
    yield await lay_both(hands, f"who-{uuid4().hex[:6]}")
    await hands.close()


async def routes(live: Live) -> list[Route]:
    return [r for s in SERVICE_DATABASES for r in routes_of(s, await live.get(s, "/openapi.json"))]


def guarded(found: list[Route]) -> Iterator[tuple[Route, str, bool]]:
    """Every operation that asks for a key, with each role and whether that may."""
    for route in found:
        allowed = TABLE[route.name]
        if allowed not in (EVERYBODY, SIGNED):
            for role in ROLES:
                yield route, role, role == "admin" or role in allowed.split()


async def knock(
    live: Live, route: Route, ids: dict[str, str], body: Any = None, query: str = "", **who: str
) -> httpx.Response:
    """One call; commands get a body that is refused unless another one is given."""
    headers = {"idempotency-key": uuid4().hex, "content-type": route.media_type or "application/json"}
    content = {} if route.method == "GET" else {"json": body or {}}
    return await live.call(route.method, route.service, route.at(**ids) + query, headers=headers, **content, **who)


async def test_the_table_names_every_operation_and_no_other(live: Live) -> None:
    assert {route.name for route in await routes(live)} == set(TABLE)


async def test_every_role_may_what_the_table_says(live: Live, grounds: tuple[Ground, Ground]) -> None:
    ours, _ = grounds
    wrong = []
    for route, role, may in guarded(await routes(live)):
        answer = await knock(live, route, ours.ids(route.path), role=role)
        let_in = answer.status_code not in (401, 403, 404)
        if let_in != may or (not may and (answer.status_code, answer.json()["code"]) != (403, "auth.role-missing")):
            wrong.append(f"{role} {route.name}: {answer.status_code} {answer.text[:120]}")
    assert wrong == []


async def test_without_a_live_key_every_door_is_closed(live: Live, grounds: tuple[Ground, Ground]) -> None:
    ours, _ = grounds
    good = live.api_keys[TENANT]["admin"]
    changed = good[:-1] + ("A" if good[-1] != "A" else "B")
    keys = {
        "none": {},
        "empty": {"authorization": "Bearer"},
        "unknown": {"authorization": "Bearer cc_12345678_nobody"},
        "changed": {"authorization": f"Bearer {changed}"},
        "the public part": {"authorization": f"Bearer {good[:11]}"},
        "longer": {"authorization": f"Bearer {good}x"},
        "another scheme": {"authorization": f"Basic {good}"},
        "bytes": {"x-api-key": b"\xff\xfe\x00"[:2]},
        "in the query": {},
    }
    async with httpx.AsyncClient(timeout=30) as client:
        for route in await routes(live):
            for name, headers in keys.items():
                url = live.urls[route.service] + route.at(**ours.ids(route.path))
                url += f"?api_key={good}" if name == "in the query" else ""
                answer = await client.request(route.method, url, headers=headers)
                if TABLE[route.name] == EVERYBODY:
                    assert answer.status_code == 200
                else:
                    assert (answer.status_code, fault(answer)) == (401, None), (route.name, name)


async def test_what_is_another_practices_is_not_there(live: Live, grounds: tuple[Ground, Ground]) -> None:
    """404, never 403 or 200: not even that it exists is told. Read and written, in both directions."""
    wrong = []
    for route, role, may in guarded(await routes(live)):
        for tenant, theirs in ((TENANT, grounds[1]), (OTHER_TENANT, grounds[0])):
            if not may or not route.variables:
                continue
            answer = await knock(live, route, theirs.ids(route.path), BODIES.get(route.path), role=role, tenant=tenant)
            if answer.status_code != 404 or not answer.json()["code"].endswith("not-found"):
                wrong.append(f"{tenant} {role} {route.name}: {answer.status_code} {answer.text[:120]}")
            absent = await knock(
                live, route, {name: str(uuid4()) for name in route.variables}, BODIES.get(route.path), role=role,
                tenant=tenant,
            )  # fmt: skip
            if absent.text != answer.text:
                wrong.append(
                    f"{tenant} {role} {route.name}: what nobody has is answered otherwise: {absent.text[:120]}"
                )
    assert wrong == []


async def test_lists_never_show_anothers_rows(live: Live, grounds: tuple[Ground, Ground]) -> None:
    lists = [(r, role) for r, role, may in guarded(await routes(live)) if may and r.method == "GET" and not r.variables]
    assert len({route.name for route, _ in lists}) >= 9
    for route, role in lists:
        for tenant, ours, theirs in ((TENANT, *grounds), (OTHER_TENANT, *reversed(grounds))):
            seen = ""
            async for page in pages(live, route, role, tenant):
                seen += page
            assert not [found for found in theirs.everything if found in seen], (route.name, tenant)
            if "cursor" in route.query:
                assert [found for found in ours.everything if found in seen], f"{route.name} shows nothing at all"
            for name in {"claim_id", "encounter_id"} & set(route.query):
                query = f"?{name}={theirs.ids(route.path)[name]}"
                answer = await knock(live, route, {}, query=query, role=role, tenant=tenant)
                assert answer.json()["items"] == [], (route.name, query)


async def pages(live: Live, route: Route, role: str, tenant: str) -> AsyncIterator[str]:
    """The text of each page of a list."""
    query = "?limit=100" if "limit" in route.query else ""
    while True:
        answer = await knock(live, route, {}, query=query, role=role, tenant=tenant)
        assert answer.status_code == 200
        yield answer.text
        cursor = answer.json().get("next_cursor")
        if cursor is None:
            return
        query = f"?limit=100&cursor={cursor}"


async def test_a_cursor_of_another_practice_opens_nothing(live: Live, grounds: tuple[Ground, Ground]) -> None:
    for service, path in (("coding-svc", "/v1/encounters"), ("followup-svc", "/v1/work-items")):
        page = await live.get(service, f"{path}?limit=1", tenant=OTHER_TENANT)
        cursor = page["next_cursor"]
        assert cursor
        text = (await live.call("GET", service, f"{path}?cursor={cursor}")).text
        assert not [found for found in grounds[1].everything if found in text]
