"""The operators' main tool: one claim's path as spans, from the EMR to the cash, found by its encounter id."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest
from sandbox.emr.day import sample_day

from tests.journeys.test_encounter_to_cash import closed_claim
from tests.support.live import TENANT, Live
from tests.support.otlp import OtlpReceiver, ReceivedSpan

ENCOUNTER, CLAIM, EVENT = "cleanclaim.encounter.id", "cleanclaim.claim.id", "cleanclaim.event.type"
MOST_SPANS_PER_ENCOUNTER = 25
EMR_TRACE, EMR_SPAN = secrets.token_hex(16), secrets.token_hex(8)
SERVICES = {"coding-svc", "claim-builder", "submission-svc", "followup-svc"}
METRICS = {
    "cleanclaim.stage.duration",
    "cleanclaim.coding.duration",
    "cleanclaim.consumer.oldest_unprocessed",
    "cleanclaim.outbox.oldest_age",
    "cleanclaim.outbox.pending",
    "cleanclaim.dlq.depth",
    "cleanclaim.payer.ack",
    "cleanclaim.webhook.received",
    "http.server.request.duration",
    "http.client.request.duration",
}


@dataclass(frozen=True)
class Journey:
    """What one encounter left in the receiver."""

    encounter_id: str
    claim_id: str
    spans: list[ReceivedSpan]

    def traces(self) -> set[str]:
        """The traces that one search for the encounter id finds."""
        return {span.trace_id for span in self.spans if span.attributes.get(ENCOUNTER) == self.encounter_id}

    def of(self, trace_id: str) -> list[ReceivedSpan]:
        """All spans of a trace."""
        return [span for span in self.spans if span.trace_id == trace_id]

    def mine(self) -> list[ReceivedSpan]:
        """The spans of this encounter alone."""
        return [span for span in self.spans if span.attributes.get(ENCOUNTER) == self.encounter_id]

    def one(self, name: str, **wanted: str) -> ReceivedSpan:
        """The only span of the encounter with that name; `service` and `event` narrow it."""
        found = [
            span
            for span in self.mine()
            if span.name == name
            and wanted.get("service", span.service) == span.service
            and wanted.get("event", span.attributes.get(EVENT)) == span.attributes.get(EVENT)
        ]
        assert len(found) == 1, (name, wanted, found)
        return found[0]

    def parent(self, span: ReceivedSpan) -> ReceivedSpan:
        """The parent, which must have arrived and lie in the same trace."""
        found = [other for other in self.spans if other.key == (span.trace_id, span.parent_id)]
        assert len(found) == 1, (span.name, "has lost its parent")
        return found[0]

    def ancestors(self, span: ReceivedSpan) -> list[ReceivedSpan]:
        """Parent, grandparent, … up to the span whose parent is not ours."""
        line = []
        while span.parent_id and (span.trace_id, span.parent_id) != (EMR_TRACE, EMR_SPAN):
            span = self.parent(span)
            line.append(span)
        return line


@pytest.fixture(scope="module")
async def journey(stack: Any, receiver: OtlpReceiver) -> Journey:
    """One encounter, posted with the EMR's trace context, paid and closed, and everything exported that it left.

    The EMR does not sample the trace itself: ours is kept all the same.
    """
    live = Live(stack)
    sample = next(s for s in sample_day(name="traced") if s.expected == "paid" and s.format == "json")
    headers = {"traceparent": f"00-{EMR_TRACE}-{EMR_SPAN}-00"}
    answer = await live.call("POST", "coding-svc", sample.path, role="emr", json=sample.body, headers=headers)
    assert answer.status_code == 202, answer.text
    claim = await closed_claim(live, answer.json()["encounter_id"])
    await live.get("claim-builder", f"/v1/claims/{claim['claim_id']}")
    await live.close()
    found = await exported(receiver, claim["encounter_id"])
    return Journey(claim["encounter_id"], claim["claim_id"], found)


async def exported(receiver: OtlpReceiver, encounter_id: str) -> list[ReceivedSpan]:
    """All spans, once the last ones of this encounter have come; a batch goes out every second."""

    def complete(spans: list[ReceivedSpan]) -> bool:
        mine = {(s.name, s.attributes.get(EVENT)) for s in spans if s.attributes.get(ENCOUNTER) == encounter_id}
        ends = {("send cleanclaim.followup", "ClaimClosed"), ("GET /v1/claims/{claim_id}", None)}
        return any(end in mine for end in ends)

    assert await asyncio.to_thread(receiver.wait_for, complete, 15)
    await asyncio.sleep(2.5)
    return list(receiver.spans)


def test_one_waterfall_from_the_emr_to_the_submit_span(journey: Journey) -> None:
    submit = journey.one("submit claim", service="submission-svc")
    line = journey.ancestors(submit)
    told = [(span.service, span.name, span.attributes.get(EVENT)) for span in line]
    assert told == [
        ("submission-svc", "process cleanclaim.claims", "ClaimBuilt"),
        ("claim-builder", "send cleanclaim.claims", "ClaimBuilt"),
        ("claim-builder", "process cleanclaim.coding", "EncounterCoded"),
        ("coding-svc", "send cleanclaim.coding", "EncounterCoded"),
        ("coding-svc", "process cleanclaim.coding", "EncounterReceived"),
        ("coding-svc", "send cleanclaim.coding", "EncounterReceived"),
        ("coding-svc", "POST /v1/encounters", None),
    ]
    assert {span.trace_id for span in (submit, *line)} == {EMR_TRACE}
    assert (line[-1].trace_id, line[-1].parent_id) == (EMR_TRACE, EMR_SPAN)


def test_follow_up_hears_of_everything_in_the_claims_trace(journey: Journey) -> None:
    for topic, event in (
        ("coding", "EncounterReceived"),
        ("coding", "EncounterCoded"),
        ("claims", "ClaimBuilt"),
        ("submissions", "ClaimSubmitted"),
    ):
        heard = journey.one(f"process cleanclaim.{topic}", service="followup-svc", event=event)
        assert heard.trace_id == EMR_TRACE
        sent = journey.parent(heard)
        assert (sent.name, sent.attributes[EVENT]) == (f"send cleanclaim.{topic}", event)
    submitted = journey.one("send cleanclaim.submissions", event="ClaimSubmitted")
    assert journey.parent(submitted).name == "submit claim"


def test_the_submit_span_and_the_post_that_carried_it_are_linked_both_ways(journey: Journey) -> None:
    submit = journey.one("submit claim")
    posts = [span for span in journey.spans if span.name == "POST interchange" and submit.key in span.links]
    assert len(posts) == 1
    post = posts[0]
    assert submit.links == {post.key}
    delivery = journey.parent(post)
    assert (delivery.name, delivery.parent_id) == ("deliver interchange", "")
    carried = journey.one("carry claim")
    assert journey.parent(carried) == delivery
    assert carried.links == {submit.key}
    assert post.kind == "CLIENT"
    assert post.attributes["peer.service"]
    assert post.attributes["server.address"] == "127.0.0.1"
    assert int(post.attributes["server.port"]) > 0


@pytest.mark.parametrize("kind", ["TA1", "999", "277CA"])
def test_each_acknowledgement_leads_from_its_webhook_to_the_claim(journey: Journey, kind: str) -> None:
    submit = journey.one("submit claim")
    answers = [s for s in journey.mine() if s.name == "acknowledge claim" and _kind(s) == kind]
    assert answers
    for answer in answers:
        assert answer.links == {submit.key}
        apply, webhook = journey.ancestors(answer)
        assert (apply.name, _kind(apply)) == (f"apply {kind}", kind)
        _assert_webhook(webhook, "submission-svc")


def test_the_acceptance_goes_on_to_follow_up(journey: Journey) -> None:
    heard = journey.one("process cleanclaim.submissions", service="followup-svc", event="ClaimAccepted")
    names = [span.name for span in journey.ancestors(heard)]
    assert names == [
        "send cleanclaim.submissions",
        "acknowledge claim",
        "apply 277CA",
        "POST /v1/webhooks/{account_id}",
    ]
    assert heard.trace_id != EMR_TRACE


@pytest.mark.parametrize("event", ["ClaimPaid", "ClaimClosed"])
def test_the_remittance_leads_from_its_webhook_to_the_cash(journey: Journey, event: str) -> None:
    sent = journey.one("send cleanclaim.followup", service="followup-svc", event=event)
    follow, apply, webhook = journey.ancestors(sent)
    assert (follow.name, apply.name) == ("follow up claim", "apply 835")
    assert follow.links == {journey.one("submit claim").key}
    assert "cleanclaim.remittance.id" in follow.attributes
    _assert_webhook(webhook, "followup-svc")


def _assert_webhook(webhook: ReceivedSpan, service: str) -> None:
    """The payer's own trace is linked to and not joined."""
    assert (webhook.name, webhook.service) == ("POST /v1/webhooks/{account_id}", service)
    assert not webhook.parent_id
    ((payers_trace, _),) = webhook.links
    assert payers_trace not in (webhook.trace_id, EMR_TRACE)


def _kind(span: ReceivedSpan) -> str:
    return span.attributes["cleanclaim.transaction_set"]


def test_one_search_for_the_encounter_finds_every_trace(journey: Journey) -> None:
    roots = {_root(journey.of(trace_id)).name for trace_id in journey.traces()}
    assert {"POST /v1/encounters", "deliver interchange", "POST /v1/webhooks/{account_id}"} <= roots
    applied = {span.name for trace_id in journey.traces() for span in journey.of(trace_id)}
    assert {"apply TA1", "apply 999", "apply 277CA", "apply 835"} <= applied


def _root(spans: Iterable[ReceivedSpan]) -> ReceivedSpan:
    ours = list(spans)
    ids = {span.span_id for span in ours}
    (root,) = [span for span in ours if span.parent_id not in ids]
    return root


def test_every_span_of_the_claim_carries_its_ids(journey: Journey) -> None:
    whole = [s for s in journey.of(EMR_TRACE) if s.name != "GET /v1/claims/{claim_id}"]
    assert len(whole) == 13
    assert {span.attributes.get(ENCOUNTER) for span in whole} == {journey.encounter_id}
    before_the_claim = {"EncounterReceived", "EncounterCoded"}
    of_claim = [s for s in journey.mine() if _about_claim(s, before_the_claim)]
    assert {span.attributes.get(CLAIM) for span in of_claim} == {journey.claim_id}
    asked = [s for s in journey.spans if s.name == "GET /v1/claims/{claim_id}" and s.service == "claim-builder"]
    assert asked[-1].attributes[CLAIM] == journey.claim_id


def _about_claim(span: ReceivedSpan, before: set[str]) -> bool:
    return span.name != "POST /v1/encounters" and span.attributes.get(EVENT) not in before


def test_messages_say_what_zipkins_graph_is_drawn_from(journey: Journey) -> None:
    for span in journey.mine():
        operation, _, topic = span.name.partition(" ")
        if operation not in ("send", "process"):
            continue
        assert span.attributes["messaging.system"] == "kafka"
        assert span.attributes["messaging.operation.name"] == operation
        assert span.attributes["messaging.destination.name"] == topic
        assert span.kind == {"send": "PRODUCER", "process": "CONSUMER"}[operation]
        if operation == "process":
            assert span.attributes["messaging.consumer.group.name"] == span.service


def test_an_encounter_costs_a_bounded_number_of_spans(journey: Journey) -> None:
    asked = [span for span in journey.mine() if span.name.startswith("GET ")]
    assert len(journey.mine()) - len(asked) <= MOST_SPANS_PER_ENCOUNTER
    assert not any(span.failed for span in journey.mine())
    assert {span.service for span in journey.mine()} == SERVICES


def test_nothing_traces_what_nobody_asked_for(receiver: OtlpReceiver, journey: Journey) -> None:
    names = {span.name for span in journey.spans}
    assert not {name for name in names if "healthz" in name or "readyz" in name}
    assert not {name for name in names if name.startswith("fastapi")}
    assert all(span.service in SERVICES for span in receiver.spans)


async def test_requests_that_share_a_transaction_keep_their_own_traces(live: Live, receiver: OtlpReceiver) -> None:
    traces = {secrets.token_hex(16): sample_day(name=f"together-{n}")[0] for n in range(16)}

    async def post(trace_id: str) -> str:
        body, headers = traces[trace_id].body, {"traceparent": f"00-{trace_id}-{EMR_SPAN}-01"}
        answer = await live.call("POST", "coding-svc", "/v1/encounters", role="emr", json=body, headers=headers)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["encounter_id"])

    posted = dict(zip(traces, await asyncio.gather(*map(post, traces)), strict=True))

    def told() -> dict[tuple[str, str], set[str | None]]:
        found: dict[tuple[str, str], set[str | None]] = {}
        for span in list(receiver.spans):
            if span.trace_id in posted and span.service == "coding-svc":
                found.setdefault((span.trace_id, span.name), set()).add(span.attributes.get(ENCOUNTER))
        return found

    wanted = {
        (trace_id, name): {encounter_id}
        for trace_id, encounter_id in posted.items()
        for name in ("POST /v1/encounters", "send cleanclaim.coding", "process cleanclaim.coding")
    }
    await asyncio.to_thread(receiver.wait_for, lambda _: told() == wanted, 20)
    assert told() == wanted


async def test_a_payer_gets_a_traceparent_of_ours_with_the_file(live: Live, journey: Journey) -> None:
    row = (
        await live.rows(
            "submission-svc",
            "SELECT i.traceparent FROM interchange i JOIN interchange_member m USING (interchange_id) "
            "WHERE m.claim_id = $1::uuid",
            journey.claim_id,
        )
    )[0]
    submit = journey.one("submit claim")
    assert tuple(row[0].split("-")[1:3]) in submit.links


async def test_the_metrics_arrive_with_bounded_labels(live: Live, journey: Journey, receiver: OtlpReceiver) -> None:
    arrived = await asyncio.to_thread(receiver.wait_for, lambda _: receiver.metric_names >= METRICS, 20)
    assert arrived, METRICS - receiver.metric_names
    answers = {(p.labels["type"], p.labels["result"]) for p in receiver.points("cleanclaim.payer.ack")}
    assert {("TA1", "passed"), ("999", "passed"), ("277CA", "accepted"), ("835", "paid")} <= answers
    stages = {p.labels["stage"] for p in receiver.points("cleanclaim.stage.duration")}
    assert stages == SERVICES
    for name in ("cleanclaim.consumer.oldest_unprocessed", "cleanclaim.outbox.pending", "cleanclaim.dlq.depth"):
        assert {point.service for point in receiver.points(name)} == SERVICES, name
    ids = {journey.encounter_id, journey.claim_id, TENANT}
    for point in list(receiver.all_points):
        assert len(point.labels) <= 4, point
        assert not ids & set(point.labels.values()), point


async def test_the_oldest_unprocessed_record_ages_while_its_consumer_cannot_work(
    live: Live, receiver: OtlpReceiver
) -> None:
    """submission-svc's inbox is locked: a record is read, cannot be committed, and grows old until the lock goes."""
    sample = next(s for s in sample_day(name="ageing") if s.expected == "paid" and s.format == "json")

    def age() -> float:
        return receiver.points("cleanclaim.consumer.oldest_unprocessed", "submission-svc")[-1].value

    locking = await asyncpg.connect(live.part("postgres").superuser_dsn("submissions"))
    try:
        async with locking.transaction():
            await locking.execute("LOCK TABLE inbox IN ACCESS EXCLUSIVE MODE")
            await live.call("POST", "coding-svc", sample.path, role="emr", json=sample.body)
            assert await asyncio.to_thread(receiver.wait_for, lambda _: age() > 3, 30)
    finally:
        await locking.close()
    assert await asyncio.to_thread(receiver.wait_for, lambda _: age() < 1, 30)
