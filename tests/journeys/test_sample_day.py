"""The sample day as `make run` posts it: outcomes against labels and books, money to the cent, every file valid."""

from __future__ import annotations

import asyncio
import io
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from local_stack.outcomes import meant
from local_stack.progress import PlainReporter
from local_stack.sample_day import run_sample_day
from local_stack.table import RunResult
from sandbox.emr.day import sample_day

from tests.codec.validators import oxedi_errors, pyx12_errors, x12sdk_parses
from tests.support.live import Live

NO_CENTS = {"held", "review", "closed", "voided"}


@dataclass
class Day:
    """The day's result, what was said meanwhile, and when it began."""

    result: RunResult
    said: str
    began: datetime


@pytest.fixture(scope="module")
async def day(stack: object, request: pytest.FixtureRequest) -> Day:
    """One day, posted to the running system in a thread, as the command line does it."""
    said, began = io.StringIO(), datetime.now(UTC)
    running = stack.describe()  # type: ignore[attr-defined]
    result = await asyncio.to_thread(run_sample_day, running, PlainReporter(said), new_day=True)
    return Day(result, said.getvalue(), began)


async def test_every_encounter_ends_as_it_was_meant_to(day: Day) -> None:
    assert day.result.disagreements == []
    labels = Counter(meant(sample.expected) for sample in sample_day())
    natural = labels.pop(None)
    outcomes = Counter(day.result.outcomes)
    assert outcomes >= Counter({word: count for word, count in labels.items() if word})
    assert sum(outcomes.values()) == len(sample_day()) >= 40
    assert sum((outcomes - Counter({w: n for w, n in labels.items() if w})).values()) == natural
    assert outcomes == day.result.expected, "by the payer's books"


async def test_the_money_balances_to_the_cent(live: Live, day: Day) -> None:
    for row in day.result.rows:
        assert row.money.balanced, row.encounter
        assert (row.money.charged_cents == 0) is (row.outcome in NO_CENTS), row.encounter
    assert day.result.total.paid_cents > 0
    mine = {number for row in day.result.rows for number in _numbers(row.claim)}
    booked = [claim for claim in (await live.books())["claims"] if claim["patient_control_number"] in mine]
    unusable_cents = sum(claim["paid_cents"] for claim in booked if claim["outcome"] == "unbalanced")
    assert day.result.total.paid_cents == sum(claim["paid_cents"] for claim in booked) - unusable_cents
    assert all(claim["times_accepted"] == 1 for claim in booked if claim["stage"] == "accepted")


async def test_the_run_tells_its_stages_and_where_to_go_on(day: Day) -> None:
    assert f"posted {len(day.result.rows)}/{len(day.result.rows)}" in day.said
    assert "settled" in day.said
    curl = day.result.urls["a claim's timeline"]
    assert curl.startswith("curl -s -H @")
    assert curl.split()[3].endswith("-biller.header")
    assert not [url for url in day.result.urls.values() if "cc_" in url], "a key is named by its file alone"


async def test_every_837_of_the_day_is_valid(live: Live, day: Day) -> None:
    query = "SELECT content FROM interchange WHERE created_at >= $1 ORDER BY created_at"
    files = [bytes(row[0]) for row in await live.rows("submission-svc", query, day.began)]
    assert len(files) >= 2
    _valid_in_pyx12(files)
    assert all(x12sdk_parses(file) for file in files)


async def test_every_answer_of_the_payer_is_valid(live: Live, day: Day) -> None:
    query = "SELECT body FROM webhook WHERE received_at >= $1 ORDER BY received_at"
    answers = [bytes(row[0]) for row in await live.rows("submission-svc", query, day.began)]
    remittances = [bytes(row[0]) for row in await live.rows("followup-svc", query, day.began)]
    assert {b"999", b"277"} <= {_kind(file) for file in answers}
    assert {b"835"} == {_kind(file) for file in remittances}
    _valid_in_pyx12([*answers, *remittances])
    unclean = [file for file in remittances if oxedi_errors(file)]
    meant_to_be = sum(sample.expected == "unbalanced" for sample in sample_day())
    assert len(unclean) == meant_to_be, [oxedi_errors(file) for file in unclean]


def _valid_in_pyx12(files: Sequence[bytes]) -> None:
    """Many in one go: a call costs the same whatever the size."""
    for bundle in _bundles(files):
        if errors := pyx12_errors(b"".join(bundle)):
            pytest.fail(f"pyx12: {errors}: {[found for file in bundle if (found := pyx12_errors(file))]}")


def _bundles(files: Sequence[bytes]) -> list[list[bytes]]:
    """The different files, put together by kind so that no control number (ISA13) stands twice in a bundle."""
    seen: Counter[tuple[bytes, bytes]] = Counter()
    bundles: dict[tuple[bytes, int], list[bytes]] = defaultdict(list)
    for file in dict.fromkeys(files):
        kind, control_number = _kind(file), file.split(file[3:4], 14)[13]
        bundles[kind, seen[kind, control_number]].append(file)
        seen[kind, control_number] += 1
    return list(bundles.values())


def _kind(file: bytes) -> bytes:
    """ST01, or nothing for a file that holds a TA1 alone."""
    at = file.find(b"~ST*")
    return file[at + 4 : at + 7] if at >= 0 else b""


def _numbers(claim: str) -> list[str]:
    """Patient control numbers of a row."""
    return [line.split()[0] for line in claim.splitlines()]
