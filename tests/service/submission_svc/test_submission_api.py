"""The HTTP interface: what it shows, to whom, and sending a file once more."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from kit.api import problems
from kit.tenancy import ApiKey
from submission_svc import api

from tests.service.submission_svc.conftest import Bench, lost
from tests.unit.submission_svc import samples

KEYS = {
    "operator": "cc_operator" + "o" * 30,
    "biller": "cc_billerxx" + "b" * 30,
    "emr": "cc_emrxxxxx" + "e" * 30,
    "hill": "cc_hillxxxx" + "h" * 30,
}


def key(name: str, *roles: str) -> ApiKey:
    digest = hashlib.sha256(KEYS[name].encode()).hexdigest()
    return ApiKey(prefix=KEYS[name][:11], sha256=digest, roles=frozenset(roles))  # type: ignore[arg-type]


@pytest.fixture
async def client(bench: Bench) -> AsyncIterator[httpx.AsyncClient]:
    keys = {
        "valley": (key("operator", "operator"), key("biller", "biller"), key("emr", "emr")),
        "hill": (key("hill", "admin"),),
    }
    tenants = tuple(t.model_copy(update={"api_keys": keys[t.id]}) for t in bench.context.tenants.tenants)
    bench.context.tenants = bench.context.tenants.model_copy(update={"tenants": tenants})
    app = FastAPI()
    app.state.context = bench.context
    app.include_router(api.router)
    problems.install(app)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://t") as opened:
        yield opened


def as_(name: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {KEYS[name]}"}


async def test_a_claims_versions_attempts_and_answers(bench: Bench, client: httpx.AsyncClient) -> None:
    await bench.deliver(1)
    await bench.process(bench.records((samples.built(1, 2), samples.content(1))))
    answer = await client.get(f"/v1/submissions/{samples.claim_id(1)}", headers=as_("biller"))
    assert answer.status_code == 200
    newest, first = answer.json()["versions"]
    assert (newest["state"], newest["reason"], newest["waits_on"]) == ("parked", "sent_version_exists", "biller")
    assert (first["state"], first["waits_on"], newest["attempts"]) == ("delivered", "payer", [])
    (attempt,) = first["attempts"]
    assert (attempt["interchange_state"], attempt["post_count"], attempt["last_answer"]) == ("delivered", 1, "http-202")
    assert "RIVERA" not in answer.text
    assert "content" not in first


async def test_an_interchange_and_its_exact_bytes(bench: Bench, client: httpx.AsyncClient) -> None:
    await bench.deliver(1, 2)
    (row,) = await bench.interchanges()
    path = f"/v1/interchanges/{row.interchange_id}"
    shown = (await client.get(path, headers=as_("biller"))).json()
    assert (shown["state"], shown["claim_count"], len(shown["members"])) == ("delivered", 2, 2)
    x12 = await client.get(path + "/x12", headers=as_("operator"))
    assert x12.content == bench.prairie.posts[0][1]
    assert hashlib.sha256(x12.content).hexdigest() == shown["content_sha256"]
    assert shown["content_bytes"] == len(x12.content)
    assert (await client.get(path + "/x12", headers=as_("biller"))).status_code == 403


async def test_pages(bench: Bench, client: httpx.AsyncClient) -> None:
    bench.context.settings = bench.settings.model_copy(update={"batch_size": 1})
    await bench.build(*range(1, 6))
    await bench.batch(5)
    for path, name in (("/v1/submissions", "claim_id"), ("/v1/interchanges", "interchange_id")):
        seen: list[str] = []
        query: dict[str, str | int] = {"limit": 2}
        while True:
            page = (await client.get(path, params=query, headers=as_("biller"))).json()
            seen += [item[name] for item in page["items"]]
            if not page["next_cursor"]:
                break
            query["cursor"] = page["next_cursor"]
        assert len(seen) == len(set(seen)) == 5
    none = (await client.get("/v1/submissions?state=rejected", headers=as_("biller"))).json()
    assert none == {"items": [], "next_cursor": None}


async def test_a_stalled_file_is_sent_again_by_a_person(bench: Bench, client: httpx.AsyncClient) -> None:
    await bench.build(1)
    await bench.batch()
    bench.prairie.scripts = [lost()]
    await bench.send()
    await bench.sql("UPDATE interchange SET state = 'stalled', first_posted_at = now() - interval '3 days'")
    (row,) = await bench.interchanges()
    path = f"/v1/interchanges/{row.interchange_id}/retry"
    assert (await client.post(path, headers=as_("biller"))).status_code == 403
    answer = await client.post(path, headers=as_("operator"))
    assert (answer.status_code, answer.json()["state"]) == (202, "unknown")
    await bench.send()
    assert await bench.states() == {(1, 1): "delivered"}
    assert len(set(bench.prairie.posts)) == 1
    again = await client.post(path, headers=as_("operator"))
    assert (again.status_code, again.json()["code"]) == (409, "interchange.not-in-doubt")


async def test_who_may_see_what(bench: Bench, client: httpx.AsyncClient) -> None:
    """Every route, with each wrong caller: no key, wrong role, another practice, unknown id."""
    await bench.deliver(1)
    (row,) = await bench.interchanges()
    own = [
        ("GET", f"/v1/submissions/{samples.claim_id(1)}"),
        ("GET", f"/v1/interchanges/{row.interchange_id}"),
        ("GET", f"/v1/interchanges/{row.interchange_id}/x12"),
        ("POST", f"/v1/interchanges/{row.interchange_id}/retry"),
    ]
    for method, path in [*own, ("GET", "/v1/submissions"), ("GET", "/v1/interchanges")]:
        assert (await client.request(method, path)).status_code == 401
        assert (await client.request(method, path, headers=as_("emr"))).status_code == 403
    for method, path in own:
        stranger = await client.request(method, path, headers=as_("hill"))
        assert (stranger.status_code, stranger.headers["content-type"]) == (404, "application/problem+json")
        missing = path.replace(str(samples.claim_id(1)), str(uuid4())).replace(str(row.interchange_id), str(uuid4()))
        assert (await client.request(method, missing, headers=as_("operator"))).status_code == 404
    for path in ("/v1/submissions", "/v1/interchanges"):
        assert (await client.get(path, headers=as_("hill"))).json()["items"] == []


@pytest.mark.parametrize(
    "path",
    ["/v1/submissions/x", "/v1/interchanges/%00", "/v1/submissions?limit=0", "/v1/submissions?state=nope",
     "/v1/submissions?cursor=nope", "/v1/interchanges?limit=99999", "/v1/interchanges?cursor=%00"],
)  # fmt: skip
async def test_bad_parameters_are_problems(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path, headers=as_("biller"))
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
