"""The stack as `make run` starts it: Zipkin shows an encounter's waterfall, its linked traces and the graph."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from events.envelope import Topic
from local_stack.stack import Stack

from tests.journeys.test_encounter_to_cash import closed_claim, post_paid_encounter
from tests.support.live import Live, live_stack
from tests.support.waiting import eventually

SERVICES = {"coding-svc", "claim-builder", "submission-svc", "followup-svc"}
TOPICS = {f"kafka:{topic}" for topic in Topic}
HOUR_MS = 3_600_000
Spans = list[dict[str, Any]]


@dataclass(frozen=True)
class Shown:
    """What Zipkin answers about one encounter."""

    url: str
    encounter_id: str
    gateway_id: str
    traces: list[Spans]
    edges: set[tuple[str, str]]

    @property
    def waterfall(self) -> Spans:
        """The trace that begins with the EMR's POST."""
        (found,) = [t for t in self.traces if any(s["name"] == "post /v1/encounters" for s in t)]
        return found


@pytest.fixture(scope="module")
def traced_stack() -> Iterator[Stack]:
    """A system of its own, with Zipkin and the OTLP bridge."""
    with live_stack(zipkin=True) as started:
        yield started


@pytest.fixture(scope="module")
async def shown(traced_stack: Stack) -> Shown:
    """One paid encounter, and what Zipkin shows of it once the last spans have come."""
    live = Live(traced_stack)
    encounter_id, _ = await post_paid_encounter(live, "zipkin")
    await closed_claim(live, encounter_id)
    await live.close()
    url = traced_stack.describe().zipkin_url
    assert url is not None
    gateway_id = traced_stack.secrets.practices[0].gateway_id
    async with httpx.AsyncClient(base_url=url) as zipkin:

        async def complete() -> list[Spans] | None:
            found = await _search(zipkin, encounter_id)
            names = {span["name"] for trace in found for span in trace}
            return found if {"apply ta1", "apply 999", "apply 277ca", "send cleanclaim.followup"} <= names else None

        traces = await eventually(complete, 30, "all traces in Zipkin")
        edges = await _json(zipkin, "/api/v2/dependencies", endTs=_now_ms(), lookback=HOUR_MS)
    return Shown(url, encounter_id, gateway_id, traces, {(edge["parent"], edge["child"]) for edge in edges})


async def _search(zipkin: httpx.AsyncClient, encounter_id: str) -> list[Spans]:
    query = f"cleanclaim.encounter.id={encounter_id}"
    found: list[Spans] = await _json(
        zipkin, "/api/v2/traces", annotationQuery=query, endTs=_now_ms(), lookback=HOUR_MS, limit=50
    )
    return found


async def _json(zipkin: httpx.AsyncClient, path: str, **parameters: str | int) -> Any:
    answer = await zipkin.get(path, params=parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()


def _now_ms() -> int:
    return int(time.time() * 1000)


def test_one_search_finds_the_waterfall_and_what_is_linked_to_it(shown: Shown) -> None:
    names = {span["name"] for trace in shown.traces for span in trace}
    assert {"submit claim", "post interchange", "post /v1/webhooks/{account_id}", "apply 835"} <= names


def test_the_waterfall_goes_through_all_services_to_the_submit_span(shown: Shown) -> None:
    spans = {span["id"]: span for span in shown.waterfall}
    (submit,) = [s for s in shown.waterfall if s["name"] == "submit claim"]
    line, span = [], spans.get(submit["id"])
    while span is not None:
        line.append((span["localEndpoint"]["serviceName"], span["name"]))
        span = spans.get(span.get("parentId", ""))
    assert line[-1] == ("coding-svc", "post /v1/encounters")
    assert [service for service, _ in line] == [
        *["submission-svc"] * 2, *["claim-builder"] * 2, *["coding-svc"] * 4,
    ]  # fmt: skip
    assert {s["localEndpoint"]["serviceName"] for s in shown.waterfall} == SERVICES


def test_links_are_addresses_of_traces_that_zipkin_has(shown: Shown) -> None:
    ids = {trace[0]["traceId"]: trace for trace in shown.traces}
    (submit,) = [s for s in shown.waterfall if s["name"] == "submit claim"]
    to_post = _links(submit, shown)
    assert [{s["name"] for s in ids[trace_id]} & {"post interchange"} for trace_id in to_post] == [{"post interchange"}]
    waterfall_id = shown.waterfall[0]["traceId"]
    back = [s for t in shown.traces for s in t if waterfall_id in _links(s, shown)]
    names = {span["name"] for span in back}
    assert {"post interchange", "carry claim", "acknowledge claim", "follow up claim"} <= names


def _links(span: dict[str, Any], shown: Shown) -> list[str]:
    prefix = f"{shown.url}/zipkin/traces/"
    found = [value for tag, value in span["tags"].items() if tag.startswith("link.")]
    assert all(value.startswith(prefix) for value in found)
    return [value.removeprefix(prefix) for value in found]


def test_the_graph_shows_services_topics_and_the_gateway(shown: Shown) -> None:
    assert shown.edges >= {
        ("coding-svc", "kafka:cleanclaim.coding"),
        ("kafka:cleanclaim.coding", "coding-svc"),
        ("kafka:cleanclaim.coding", "claim-builder"),
        ("kafka:cleanclaim.coding", "followup-svc"),
        ("claim-builder", "kafka:cleanclaim.claims"),
        ("kafka:cleanclaim.claims", "submission-svc"),
        ("kafka:cleanclaim.claims", "followup-svc"),
        ("submission-svc", "kafka:cleanclaim.submissions"),
        ("kafka:cleanclaim.submissions", "followup-svc"),
        ("followup-svc", "kafka:cleanclaim.followup"),
        ("submission-svc", shown.gateway_id),
    }
    nodes = {node for edge in shown.edges for node in edge}
    assert nodes == SERVICES | TOPICS | {shown.gateway_id}


async def test_the_page_of_a_trace_is_there(shown: Shown) -> None:
    async with httpx.AsyncClient(base_url=shown.url) as zipkin:
        page = await zipkin.get(f"/zipkin/traces/{shown.waterfall[0]['traceId']}")
        assert page.status_code == 200
        assert "text/html" in page.headers["content-type"]
