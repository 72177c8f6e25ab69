"""Whatever comes in from outside: a 4xx that helps, a documented success, or a dead letter; never a 5xx, never a stop.

Every operation is taken from the services' own OpenAPI documents, so that a new one is attacked without being named.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import Any
from uuid import uuid4

import httpx
import pytest
from local_stack.config import SERVICE_DATABASES
from local_stack.stack import Stack
from sandbox.emr.day import sample_day
from sandbox.payer.signing import signature_headers

from tests.journeys.test_encounter_to_cash import closed_claim, post_paid_encounter
from tests.support import hostile, kafka_records
from tests.support.ground import Ground, lay_ground, samples
from tests.support.hostile import RARE_VALUES, TOKEN, USUAL_VALUES, Route, fault, kinds_of_leaves, replaced, routes_of
from tests.support.live import OTHER_TENANT, TENANT, Live
from tests.support.waiting import eventually
from tests.unit.claim_builder.claim_examples import CODED

SEED = 20261125
AT_ONCE = 12
BODY_LIMIT = 1_000_000
FHIR_LIMIT = 20_000_000
OWN_READERS = ("/v1/fhir",)
"""Operations with a limit and content type of their own."""
Faults = list[str]


@pytest.fixture(scope="module")
async def ground(stack: Stack) -> AsyncIterator[Ground]:
    hands = Live(stack)
    yield await lay_ground(hands, TENANT, f"bad-{uuid4().hex[:6]}")
    await hands.close()


async def every_route(live: Live) -> list[Route]:
    found = [r for s in SERVICE_DATABASES for r in routes_of(s, await live.get(s, "/openapi.json"))]
    assert len(found) > 30
    return found


async def attack(calls: Iterable[tuple[str, Callable[[], Awaitable[httpx.Response]], frozenset[int]]]) -> Faults:
    """Make the calls, some at a time; returns what was wrong with the answers."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(name: str, call: Callable[[], Awaitable[httpx.Response]], allowed: frozenset[int]) -> str | None:
        async with gate:
            try:
                found = fault(await call(), allowed)
            except httpx.TransportError as error:
                found = f"no answer: {type(error).__name__}"
        return f"{name}: {found}" if found else None

    return [found for found in await asyncio.gather(*(one(*call) for call in calls)) if found]


async def all_ready(live: Live) -> bool:
    answers = [await live.call("GET", service, "/readyz") for service in SERVICE_DATABASES]
    return all(answer.status_code == 200 for answer in answers)


@pytest.fixture(autouse=True)
async def still_ready(live: Live) -> AsyncIterator[None]:
    """After every attack all services must be up, and be the same processes as before."""
    before = {name: live.part(name).pid for name in SERVICE_DATABASES}
    yield
    await eventually(lambda: all_ready(live), 20, "all services ready after the attack")
    assert {name: live.part(name).pid for name in SERVICE_DATABASES} == before, "a service was started again"


def caller(live: Live, route: Route, path: str, **more: Any) -> Callable[[], Awaitable[httpx.Response]]:
    headers = {"idempotency-key": uuid4().hex, **more.pop("headers", {})}
    return lambda: live.call(route.method, route.service, path, headers=headers, **more)


def somewhere(route: Route) -> str:
    """The route's path with ids that nobody has."""
    return route.at(**{name: str(uuid4()) for name in route.variables})


# --- every operation ------------------------------------------------------------------------------------------------


async def test_every_body_that_no_operation_can_take(live: Live) -> None:
    calls = []
    for route in [r for r in await every_route(live) if r.media_type]:
        own = route.path in OWN_READERS
        for body in hostile.bad_bodies(FHIR_LIMIT if own else BODY_LIMIT):
            headers = {"content-type": route.media_type or "", **body.headers}
            call = caller(live, route, somewhere(route), content=body.content, headers=headers)
            calls.append((f"{route.name} {body.name} {body.status}", call, frozenset[int]()))
    statuses: dict[str, int] = {}

    def counted(name: str, call: Callable[[], Awaitable[httpx.Response]]) -> Callable[[], Awaitable[httpx.Response]]:
        async def counting() -> httpx.Response:
            answer = await call()
            statuses[name] = answer.status_code
            return answer

        return counting

    assert await attack([(name, counted(name, call), allowed) for name, call, allowed in calls]) == []
    assert [f"{name} got {status}" for name, status in statuses.items() if not name.endswith(str(status))] == []


async def test_content_types_and_headers(live: Live) -> None:
    calls = []
    for route in await every_route(live):
        path, taken = somewhere(route), route.statuses | ({200} if route.path.startswith("/v1/webhooks") else set())
        for name, headers in {
            "a foreign type": {"content-type": f"text/{TOKEN}"},
            "a form": {"content-type": "multipart/form-data; boundary=x"},
            "a broken type": {"content-type": ";;;="},
            "a long key": {"idempotency-key": TOKEN * 100},
            "a strange key": {"idempotency-key": b"\xe9\xff"},
            "an empty key": {"idempotency-key": ""},
            "a broken trace": {"traceparent": f"00-{'z' * 32}-{TOKEN}-01", "tracestate": "=,=," * 50, "baggage": TOKEN},
            "a long header": {"x-long": "a" * 60_000},
        }.items():
            calls.append((f"{route.name} {name}", caller(live, route, path, content=b"{}", headers=headers), taken))
    assert await attack(calls) == []


async def test_ids_and_queries(live: Live) -> None:
    calls = []
    for route in await every_route(live):
        for bad in hostile.BAD_IDS if route.variables else ():
            path = route.at(**dict.fromkeys(route.variables, bad))
            calls.append((f"{route.name} id {bad[:20]}", caller(live, route, path, content=b"{}"), frozenset[int]()))
        for name in route.query:
            for bad in hostile.BAD_QUERY_VALUES:
                path = f"{somewhere(route)}?{name}={bad}&{TOKEN}=1"
                calls.append((f"{route.name} {name}={bad[:20]}", caller(live, route, path), route.statuses))
    assert await attack(calls) == []


async def test_methods_that_are_not_offered(live: Live) -> None:
    calls = []
    for path_of in {(r.service, r.path): r for r in await every_route(live)}.values():
        for method in hostile.METHODS:
            route = Route(path_of.service, method, path_of.path, path_of.statuses)
            path = somewhere(route) + f"?{TOKEN}=1"
            calls.append((f"{route.name}", caller(live, route, path), frozenset[int]()))
    assert await attack(calls) == []


async def test_paths_that_are_not_there(live: Live) -> None:
    paths = ["/", "/v1", "/v1/", f"/{TOKEN}", "//v1//claims", "/v1/claims/../../etc/passwd", "/v1/claims/", "/%00"]
    paths += ["/v1/encounters/" + "a" * 30_000, "/\u202e", "/.git/config", "/openapi.yaml"]
    calls = [
        (f"{service} {path[:40]}", caller(live, Route(service, "GET", path, frozenset()), path), frozenset[int]())
        for service in SERVICE_DATABASES
        for path in paths
    ]
    assert await attack(calls) == []


async def test_connections_of_strangers(live: Live) -> None:
    """Bytes that are no HTTP, requests that never end, callers that hang up in the middle of a body."""
    key = live.api_keys[TENANT]["admin"]
    begun = (
        f"POST /v1/encounters HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\ncontent-type: application/json\r\n"
    )
    pieces = [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200),
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: x\r\nx: y\rz: 1\n\r\n",
        begun.encode() + b"content-length: 500\r\n\r\n{",
        begun.encode() + b"content-length: 10\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{}",
        begun.encode() + b"transfer-encoding: chunked\r\n\r\nZZZ\r\n",
        begun.encode() + b"transfer-encoding: chunked\r\n\r\n" + b"1\r\n{\r\n" * 2000,
        b"GET /readyz HTTP/1.1\r\nhost: x\r\n" + b"x-a: b\r\n" * 5_000 + b"\r\n",
    ]
    for service in SERVICE_DATABASES:
        url = httpx.URL(live.urls[service])
        for piece in pieces:
            reader, writer = await asyncio.open_connection(url.host, url.port)
            writer.write(piece)
            await writer.drain()
            writer.write_eof()
            answered = b""
            with contextlib.suppress(TimeoutError, ConnectionError):
                answered = await asyncio.wait_for(reader.read(100_000), 3)
            assert not answered.startswith(b"HTTP/1.1 5"), (service, piece[:60], answered[:200])
            writer.close()


# --- documents with one value wrong ----------------------------------------------------------------------------------


def wrongs(document: Any, seed: int) -> Iterable[tuple[str, bytes]]:
    """The document with each kind of leaf replaced by each usual value and two rare ones."""
    draw = random.Random(seed)
    for path in kinds_of_leaves(document):
        for raw in (*USUAL_VALUES, *draw.sample(RARE_VALUES, 2)):
            yield f"{'/'.join(map(str, path))}={raw[:24]}", replaced(document, path, raw)


async def poked(live: Live, route: Route, path: str, document: Any, seed: int = SEED) -> Faults:
    """Send the document once for each wrong value."""
    headers = {"content-type": route.media_type or "application/json"}
    calls = [
        (f"{route.name} {name}", caller(live, route, path, content=body, headers=headers), route.statuses)
        for name, body in wrongs(document, seed)
    ]
    return await attack(calls)


async def test_an_encounter_with_one_value_wrong(live: Live) -> None:
    """What is taken although odd must run through all services: it is looked for in the dead letters below."""
    route = Route("coding-svc", "POST", "/v1/encounters", frozenset({202}), media_type="application/json")
    document = rich_encounter()
    calls = []
    for name, body in wrongs(document, SEED):
        # An external id for each, since the same one with other content is refused before it is looked at.
        own = body.replace(document["external_id"].encode(), f"poked-{uuid4()}".encode())
        call = caller(live, route, route.path, content=own, headers={"content-type": "application/json"})
        calls.append((f"POST encounter {name}", call, route.statuses))
    assert await attack(calls) == []


def rich_encounter() -> dict[str, Any]:
    """An encounter with most of what the schema knows, on its way to a payer as it stands."""
    document: dict[str, Any] = json.loads(json.dumps(samples(f"rich-{uuid4().hex[:6]}")["split"].body))
    document["dates"] = {"onset": "2026-06-01"}
    document["attachments"] = [{"report_type_code": "OZ", "transmission_code": "EL", "control_number": "A1"}]
    document["coverages"][0]["group_number"] = "G100"
    document |= {"prior_authorization_number": "PA1", "clia_number": "36D1234567", "claim_note": "see attachment"}
    return document


async def test_a_fhir_bundle_with_one_value_wrong(live: Live) -> None:
    route = Route("coding-svc", "POST", "/v1/fhir", frozenset({202}), media_type="application/fhir+json")
    bundles = [s for s in sample_day(name=f"fhir-{uuid4().hex[:6]}") if s.format == "fhir"]
    for seed, sample in enumerate(bundles[:2]):
        assert (await live.call("POST", "coding-svc", sample.path, json=sample.body)).status_code == 202
        assert await poked(live, route, sample.path, sample.body, seed) == []


async def test_a_coders_decision_with_one_value_wrong(live: Live, ground: Ground) -> None:
    path = "/v1/review/{review_id}/decisions"
    route = Route("coding-svc", "POST", path, frozenset({200}), media_type="application/json")
    edits = [
        {"action": "add", "procedure": "99213", "modifiers": ["25"], "units": "1", "diagnosis_codes": ["I10"],
         "position": 1, "reason": "documented"},
        {"action": "change", "ref": "d99", "diagnosis": "I10", "reason": "documented"},
    ]  # fmt: skip
    document = {"encounter_version": 1, "decision": "release", "reason": "reviewed", "edits": edits}
    assert await poked(live, route, route.at(review_id=ground.review_id), document) == []


async def test_a_billers_command_with_one_value_wrong(live: Live, ground: Ground) -> None:
    commands: list[tuple[str, str, dict[str, Any], int]] = [
        ("POST", "/v1/claims/{claim_id}/write-offs", {"amount_cents": 100, "reason_code": "small-balance"}, 201),
        ("POST", "/v1/claims/{claim_id}/corrections", {"action": "void", "reason_code": "wrong", "note": "n"}, 202),
        ("POST", "/v1/work-items/{item_id}/resolve", {"resolution": "done"}, 200),
    ]
    for method, path, document, status in commands:
        route = Route("followup-svc", method, path, frozenset({status}), media_type="application/json")
        place = path.format(claim_id=ground.held_claim_id, item_id=ground.item_id)
        assert await poked(live, route, place, document) == []


async def test_a_dry_run_with_one_value_wrong(live: Live, ground: Ground) -> None:
    path = "/v1/claims/validate"
    route = Route("claim-builder", "POST", path, frozenset({200}), media_type="application/json")
    claim = await live.get("claim-builder", f"/v1/claims/{ground.held_claim_id}")
    assert await poked(live, route, path, {"claim": claim["content"]}) == []
    assert await poked(live, route, path, {"encounter": CODED.model_dump(mode="json")}) == []
    assert (await live.call("POST", "claim-builder", path, json={"claim": claim["content"]})).status_code == 200


async def test_fixes_of_a_held_claim_with_every_kind_of_value(live: Live, ground: Ground) -> None:
    """Each fixable field, each value: refused, or kept and the claim can still be read and looked through."""
    path = "/v1/edits/{claim_id}/fixes"
    route = Route("claim-builder", "POST", path, frozenset({200}), media_type="application/json")
    desk = f"/v1/edits/{ground.held_claim_id}"
    fixable = (await live.get("claim-builder", desk))["fixable"]
    draw = random.Random(SEED)
    calls = []
    for field in [name.replace("*", "0") for name in fixable]:
        for raw in draw.sample((*USUAL_VALUES, *RARE_VALUES), 3):
            document = {"fixes": [{"field": field, "value": None, "reason": "as the payer asks"}]}
            body = replaced(document, ("fixes", 0, "value"), raw)
            call = caller(live, route, f"{desk}/fixes", content=body, headers={"content-type": "application/json"})
            calls.append((f"fix {field}={raw[:24]}", call, route.statuses))
    assert await attack(calls) == []
    assert await live.get("claim-builder", desk)
    released = await live.call("POST", "claim-builder", f"{desk}/release")
    assert fault(released, frozenset({200})) is None, released.text


# --- webhooks --------------------------------------------------------------------------------------------------------

TAKERS = ("submission-svc", "followup-svc")


def secret_of(live: Live, tenant: str = TENANT) -> str:
    return next(p.webhook_secret for p in live.stack.secrets.practices if p.tenant_id == tenant)


def signed(live: Live, body: bytes, *, late_seconds: int = 0, tenant: str = TENANT) -> dict[str, str]:
    moment = int(time.time()) - late_seconds
    return signature_headers(f"bad-{uuid4().hex}", moment, body, [secret_of(live, tenant)])


async def send_webhook(
    live: Live, service: str, body: bytes, headers: dict[str, Any], account: str = f"sandbox-{TENANT}"
) -> httpx.Response:
    return await live.call("POST", service, f"/v1/webhooks/{account}", content=body, headers=headers)


@pytest.mark.parametrize("service", TAKERS)
async def test_webhooks_that_nobody_signed(live: Live, service: str) -> None:
    body = TOKEN.encode()
    good = signed(live, body)
    stored = await live.value(service, "SELECT count(*) FROM webhook WHERE webhook_id LIKE 'bad-%'")
    wrong: dict[str, dict[str, Any]] = {
        "no headers": {},
        "too old": signed(live, body, late_seconds=301 + 30),
        "from the future": signed(live, body, late_seconds=-301 - 30),
        "another body": signed(live, body + b" "),
        "another practice's secret": signed(live, body, tenant=OTHER_TENANT),
        "no id": {**good, "webhook-id": ""},
        "another id": {**good, "webhook-id": "other"},
        "a strange id": {**good, "webhook-id": b"\xff\x80"},
        "a long id": {**good, "webhook-id": "i" * 5_000},
        "no time": {**good, "webhook-timestamp": ""},
        "a strange time": {**good, "webhook-timestamp": "1e9"},
        "a huge time": {**good, "webhook-timestamp": "9" * 400},
        "no comma": {**good, "webhook-signature": good["webhook-signature"].replace(",", "")},
        "two commas": {**good, "webhook-signature": good["webhook-signature"].replace(",", ",,")},
        "another scheme": {**good, "webhook-signature": good["webhook-signature"].replace("v1,", "v0,")},
        "no base64": {**good, "webhook-signature": "v1,\u007e\u007e"},
        "bytes": {**good, "webhook-signature": b"v1,\xff\xfe"},
        "very many": {**good, "webhook-signature": "v1,AAAA " * 5_000 + "v1,A"},
    }
    for name, headers in wrong.items():
        answer = await send_webhook(live, service, body, headers)
        assert (answer.status_code, fault(answer)) == (401, None), name
    for account in ("nobody", f"sandbox-{OTHER_TENANT}", "%00", TOKEN):
        answer = await send_webhook(live, service, body, signed(live, body), account)
        assert (answer.status_code, fault(answer)) == (401, None), account
    assert await live.value(service, "SELECT count(*) FROM webhook WHERE webhook_id LIKE 'bad-%'") == stored


async def test_signed_webhooks_that_cannot_be_read_become_somebodys_matter(live: Live) -> None:
    """Answered 2xx whatever they hold, since a payer does not send twice; then an operator sees each of them."""
    known = {service: {row["id"] for row in await live.rows(service, "SELECT id FROM webhook")} for service in TAKERS}
    for service in TAKERS:
        for name, body in kafka_records.unreadable_files().items():
            answer = await send_webhook(live, service, body, {**signed(live, body), "x-transaction-set": name})
            assert answer.status_code == 202, (service, name, answer.text[:200])

    async def worked_off() -> bool:
        return not [r for s in TAKERS for r in await live.rows(s, "SELECT 1 FROM webhook WHERE state = 'stored'")]

    await eventually(worked_off, 60, "every webhook applied or quarantined")

    async def shown() -> bool:
        return all([await _told(live, service, known[service]) for service in TAKERS])

    await eventually(shown, 60, "a work item for each quarantined webhook")


async def _told(live: Live, service: str, before: set[Any]) -> bool:
    """Each webhook that came after `before` was set aside, and an operator of the practice finds its work item."""
    rows = await live.rows(service, "SELECT id, state, reason FROM webhook WHERE webhook_id LIKE 'bad-%'")
    new = {row["id"]: row for row in rows if row["id"] not in before}
    reason = "acknowledgement.quarantined" if service == "submission-svc" else "webhook.quarantined"
    path = f"/v1/work-items?reason={reason}&waits_on=operator&state=open&limit=500"
    items = (await live.get("followup-svc", path, role="operator"))["items"]
    shown = {item["details"]["webhook_id"]: item for item in items}
    assert all(row["state"] == "quarantined" and row["reason"] != "webhook.failed" for row in new.values()), new
    assert all(item["encounter_id"] is None and item["claim_id"] is None for item in items)
    return {str(found) for found in new} <= shown.keys()


async def test_signed_webhooks_with_one_element_wrong_are_worked_off(live: Live) -> None:
    """Each is applied or set aside at the first try: a file that fails again and again is a fault of ours."""
    stranger = kafka_records.remittance_for_a_stranger
    files = {
        "followup-svc": [odd for n in range(60) for odd in kafka_records.odd_files(stranger(), SEED + n, 1)],
        "submission-svc": [
            odd
            for n, clean in enumerate([kafka_records.acknowledgement_for_a_stranger(), *await acknowledgements(live)])
            for odd in kafka_records.odd_files(clean, SEED + n, 20)
        ],
    }
    for service, bodies in files.items():
        for body in bodies:
            assert (await send_webhook(live, service, body, signed(live, body))).status_code == 202

    async def tried() -> bool:
        return not [
            r
            for s in TAKERS
            for r in await live.rows(s, "SELECT 1 FROM webhook WHERE state = 'stored' AND attempts = 0")
        ]

    await eventually(tried, 60, "every webhook tried once")
    await asyncio.sleep(1)
    for service in TAKERS:
        query = "SELECT body FROM webhook WHERE state = 'stored' OR reason = 'webhook.failed'"
        failed = [str(row["body"]) for row in await live.rows(service, query)]
        assert failed == [], service


async def acknowledgements(live: Live) -> list[bytes]:
    """One file of each kind that the sandbox has sent."""
    rows = await live.rows(
        "submission-svc", "SELECT DISTINCT ON (kind) body FROM webhook WHERE state = 'applied' AND kind <> 'other'"
    )
    return [bytes(row["body"]) for row in rows]


async def test_signed_webhooks_about_strangers_wait(live: Live) -> None:
    """Readable files about claims and interchanges that nobody knows: kept, and money goes into suspense."""
    body = kafka_records.remittance_for_a_stranger()
    assert (await send_webhook(live, "followup-svc", body, signed(live, body))).status_code == 202

    async def suspended() -> bool:
        path = "/v1/work-items?reason=payment.claim-unknown&state=open&limit=500"
        return bool((await live.get("followup-svc", path))["items"])

    await eventually(suspended, 30, "a work item about the stranger's money")
    body = kafka_records.acknowledgement_for_a_stranger()
    assert (await send_webhook(live, "submission-svc", body, signed(live, body))).status_code == 202
    waiting = "SELECT 1 FROM acknowledgement WHERE state = 'waiting'"
    await eventually(lambda: live.rows("submission-svc", waiting), 30, "the acknowledgement kept for another try")


# --- the broker, and the proof that all goes on -----------------------------------------------------------------------


async def test_records_that_no_service_can_use_and_a_good_encounter_after_them(live: Live) -> None:
    """Each record is set aside with a reason or is nobody's, in every partition, and what comes after it goes on."""
    letters = {s: await live.value(s, "SELECT coalesce(max(id), 0) FROM dead_letter") for s in SERVICE_DATABASES}
    sent = await kafka_records.produce(live.part("kafka").bootstrap, kafka_records.hostile_records(TENANT, SEED))
    encounters = [(await post_paid_encounter(live, f"after-{uuid4().hex[:6]}"))[0] for _ in range(6)]
    for encounter_id in encounters:
        assert (await closed_claim(live, encounter_id, 90))["money"]["balanced"]

    async def reasons() -> dict[tuple[str, int, int], set[str]]:
        found: dict[tuple[str, int, int], set[str]] = {}
        query = 'SELECT topic, partition, "offset", reason FROM dead_letter WHERE id > $1'
        for service, newest in letters.items():
            for row in await live.rows(service, query, newest):
                found.setdefault((row["topic"], row["partition"], row["offset"]), set()).add(row["reason"])
        return found

    async def all_set_aside() -> bool:
        return {place for place, record in sent.items() if record.reason} <= (await reasons()).keys()

    await eventually(all_set_aside, 30, "every unusable record in the dead letters")
    given = await reasons()
    wrong = {sent[at].name: given[at] for at in sent if sent[at].reason and given[at] != {sent[at].reason}}
    assert wrong == {}
    unexplained = {r for found in given.values() for r in found if r.startswith(("handler.", "database."))}
    assert unexplained == set(), "a reason must say what to do, not which exception came"


async def test_nothing_odd_that_was_taken_got_stuck(live: Live) -> None:
    """Everything that the tests above brought in is coded, held, built or sent; nothing is still on its way inside."""

    async def settled() -> bool:
        coding = await live.value("coding-svc", "SELECT count(*) FROM encounter WHERE state = 'received'")
        outboxes = [
            await live.value(s, "SELECT count(*) FROM outbox WHERE published_at IS NULL") for s in SERVICE_DATABASES
        ]
        return coding == 0 and not any(outboxes)

    await eventually(settled, 90, "all taken encounters through coding, all outboxes empty")
    for name, text in live.logs():
        assert TOKEN not in text, f"{name} repeats what a stranger sent"
