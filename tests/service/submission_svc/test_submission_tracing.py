"""One claim's trace: from ClaimBuilt to its submit span, linked with the POST that carried many and each answer."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.service.submission_svc.conftest import Bench, lost
from tests.service.submission_svc.test_submission_answers import ack_277ca_file, sent_sets
from tests.unit.submission_svc import samples

ORIGIN = f"00-{0xABC:032x}-{0xDEF:016x}-01"


@pytest.fixture
def exporter(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    memory = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(memory))
    monkeypatch.setattr("kit.telemetry.spans._tracer", provider.get_tracer("test"))
    return memory


def named(exporter: InMemorySpanExporter, name: str) -> list[ReadableSpan]:
    return [span for span in exporter.get_finished_spans() if span.name == name]


def linked(span: ReadableSpan) -> set[int]:
    return {link.context.span_id for link in span.links}


def ident(span: ReadableSpan) -> int:
    assert span.context is not None
    return span.context.span_id


async def build_traced(bench: Bench, *numbers: int) -> None:
    events = [(samples.built(n), samples.content(n)) for n in numbers]
    records = bench.records(*events, traceparent=ORIGIN)
    # Young messages, so that their processing is a child of their sender's span.
    await bench.process([replace(record, timestamp_ms=int(time.time() * 1000)) for record in records])


async def test_submit_spans_are_children_of_the_claim_and_linked_with_the_post(
    bench: Bench, exporter: InMemorySpanExporter
) -> None:
    await build_traced(bench, 1, 2)
    await bench.batch()
    await bench.send()
    processed = {ident(s) for s in named(exporter, "process cleanclaim.claims")}
    submits = named(exporter, "submit claim")
    (post,) = named(exporter, "POST interchange")
    assert len(submits) == 2
    assert {s.context.trace_id for s in submits if s.context} == {0xABC}
    assert {s.parent.span_id for s in submits if s.parent} == processed
    (delivery,) = named(exporter, "deliver interchange")
    assert (delivery.parent, post.parent and post.parent.span_id) == (None, ident(delivery))
    assert linked(post) == {ident(s) for s in submits}
    assert all(linked(s) == {ident(post)} for s in submits)
    wanted = {(str(samples.encounter_id(n)), str(samples.claim_id(n))) for n in (1, 2)}
    assert {(s.attributes["cleanclaim.encounter.id"], s.attributes["cleanclaim.claim.id"]) for s in submits} == wanted  # type: ignore[index]


async def test_events_go_on_in_the_claims_own_trace(bench: Bench, exporter: InMemorySpanExporter) -> None:
    await build_traced(bench, 1, 2)
    await bench.batch()
    await bench.send()
    rows = await bench.sql("SELECT key, traceparent FROM outbox WHERE event_type = 'ClaimSubmitted'")
    by_encounter = {s.attributes["cleanclaim.encounter.id"]: ident(s) for s in named(exporter, "submit claim")}  # type: ignore[index]
    assert {r.key: int(r.traceparent.split("-")[2], 16) for r in rows} == by_encounter


async def test_an_answers_span_is_linked_with_the_submit_span_and_found_by_encounter(
    bench: Bench, exporter: InMemorySpanExporter
) -> None:
    await build_traced(bench, 1)
    await bench.batch()
    await bench.send()
    ((_, _, st),) = await sent_sets(bench)
    await bench.acknowledge(ack_277ca_file(st.reference, [(1, "A2", "20")]))
    (submit,) = named(exporter, "submit claim")
    (answer,) = named(exporter, "acknowledge claim")
    assert linked(answer) == {ident(submit)}
    assert answer.attributes is not None
    assert answer.attributes["cleanclaim.encounter.id"] == str(samples.encounter_id(1))
    ((traceparent,),) = await bench.sql("SELECT traceparent FROM outbox WHERE event_type = 'ClaimAccepted'")
    assert int(traceparent.split("-")[2], 16) == ident(answer)


async def test_a_failed_attempt_is_seen_as_failed_and_the_next_has_its_own_spans(
    bench: Bench, exporter: InMemorySpanExporter
) -> None:
    await build_traced(bench, 1)
    await bench.batch()
    bench.prairie.scripts = [lost("http-503")]
    await bench.send()
    await bench.make_due()
    await bench.send()
    first, second = named(exporter, "submit claim")
    assert (first.status.is_ok, second.status.is_ok) == (False, True)
    assert first.attributes is not None
    assert first.attributes["error.type"] == "http-503"
    assert {s.context.trace_id for s in (first, second) if s.context} == {0xABC}


async def test_no_span_carries_a_planted_name(bench: Bench, exporter: InMemorySpanExporter) -> None:
    token = "ZQXPLANTED"
    who = samples.person(token)
    claim = samples.content(1, patient=who, coverage=samples.coverage(subscriber=who, member_id=token))
    await bench.deliver(claim, samples.content(2, patient=who, lines=(samples.line(code="99*1", note=token),)))
    assert token.encode() in bench.prairie.posts[0][1]
    told = "".join(span.to_json() for span in exporter.get_finished_spans())
    assert "submit claim" in told
    assert token not in told
    rows = await bench.sql("SELECT payload FROM outbox")
    assert rows
    assert not any(token.encode() in bytes(row.payload) for row in rows)
