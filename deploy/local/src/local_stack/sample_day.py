"""What is posted to the stack, what became of it, and whether that is what the payer's books and the samples say."""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter, defaultdict
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import httpx
from sandbox.emr.day import SampleEncounter
from sandbox.emr.day import sample_day as samples_of_the_day
from sandbox.emr.feeder import FeedError
from sandbox.emr.notes import BadNotes, encounters_from
from sandbox.emr.status import Standing
from sandbox.emr.status import disagreements as claims_that_differ

from local_stack.errors import StackError
from local_stack.following import Followed, Follower, Tally
from local_stack.outcomes import ON_THE_WAY, not_as_meant, outcome_by_books
from local_stack.progress import STAGES, Reporter
from local_stack.rows import RowReader
from local_stack.stack import RunningStack
from local_stack.table import Row, RunResult

Json = dict[str, Any]
Books = Mapping[str, Sequence[Json]]
"""The payer's rows by patient control number, in order of arrival."""

GENERALISTS: Final = "lakeside"
SPECIALISTS: Final = "harbor"
_PRACTICES: Final = (GENERALISTS, SPECIALISTS)
_KEPT_SHOWN: Final = 100
"""Of what is there already so many encounters of each practice are shown."""
_SECONDS_FOR_KEPT: Final = 1.0
_LOGS: Final = "see the logs in .local/run/logs"


@dataclass(frozen=True, slots=True)
class Ended:
    """Everything known at the end of a run."""

    followed: Sequence[Followed]
    standings: Mapping[str, Standing]
    rows: Sequence[Row]
    books: Books
    unbalanced_practices: Sequence[str]


def run_sample_day(stack: RunningStack, report: Reporter, *, new_day: bool = False) -> RunResult:
    """Post the sample day if nothing is there yet, or a new one if asked; else show what is there.

    Raises StackError `stack.not-taken`, `stack.service-away`.
    """
    return _run(_day(stack, report, new_day=new_day))


def feed(stack: RunningStack, notes: Path, report: Reporter) -> RunResult:
    """Post the notes of a folder or file as encounters, and follow them; what was posted before stays as it is.

    Raises StackError `stack.bad-notes`, `stack.not-taken`, `stack.service-away`.
    """
    try:
        samples = list(encounters_from(notes))
    except BadNotes as error:
        raise StackError("stack.bad-notes", str(error), "nothing was posted; mend it and feed it again") from error
    if not samples:
        raise StackError("stack.bad-notes", f"{notes} holds no notes", 'a line is {"id": "...", "note": "..."}')
    return _run(_post_and_follow(stack, {GENERALISTS: samples}, report, is_day=False))


def _run(work: Coroutine[Any, Any, RunResult]) -> RunResult:
    try:
        return asyncio.run(work)
    except ExceptionGroup as several:
        raise _explained(several.exceptions[0]) from several
    except (FeedError, httpx.HTTPError) as error:
        raise _explained(error) from error


def _explained(error: Exception) -> Exception:
    if isinstance(error, FeedError):
        return StackError("stack.not-taken", str(error), f"is a service down? {_LOGS}; then run it again")
    if isinstance(error, httpx.HTTPError):
        return StackError("stack.service-away", f"a service did not answer: {error!r}", f"{_LOGS}; then run it again")
    return error


async def _day(stack: RunningStack, report: Reporter, *, new_day: bool) -> RunResult:
    if not new_day and (result := await _kept(stack, report)):
        return result
    name = f"day-{datetime.now(UTC):%Y%m%d-%H%M%S}" if new_day else "day"
    by_practice: dict[str, list[SampleEncounter]] = defaultdict(list)
    for sample in samples_of_the_day(name=name):
        by_practice[SPECIALISTS if sample.specialist else GENERALISTS].append(sample)
    return await _post_and_follow(stack, by_practice, report, is_day=True)


async def _post_and_follow(
    stack: RunningStack, samples: Mapping[str, list[SampleEncounter]], report: Reporter, *, is_day: bool
) -> RunResult:
    begin = time.monotonic()
    follower = Follower(stack, samples)
    try:
        with report.stages(STAGES) as show:
            tally = Tally(show, sum(map(len, samples.values())))
            posts = (follower.post(practice, some, tally) for practice, some in samples.items())
            followed = [each for some in await asyncio.gather(*posts) for each in some]
            standings = await follower.until_rest(followed, tally)
        ended = await _read(stack, follower, followed, standings)
    finally:
        await follower.close()
    faults = _faults(ended, check_labels=is_day)
    return await _result(stack, ended, faults, time.monotonic() - begin)


async def _kept(stack: RunningStack, report: Reporter) -> RunResult | None:
    """What an earlier run left; None if that is nothing. People may have gone on with it: labels no longer hold."""
    begin = time.monotonic()
    follower = Follower(stack, _PRACTICES)
    try:
        followed = (await follower.newest(_KEPT_SHOWN))[::-1]
        if not followed:
            return None
        report.note("The data of an earlier run is here (make run DAY=new posts a new day, make reset clears it).")
        with report.stages(STAGES[1:]) as show:
            standings = await follower.until_rest(followed, Tally(show, len(followed)), _SECONDS_FOR_KEPT)
        ended = await _read(stack, follower, followed, standings)
    finally:
        await follower.close()
    return await _result(stack, ended, _faults(ended, check_labels=False), time.monotonic() - begin)


async def _read(
    stack: RunningStack, follower: Follower, followed: Sequence[Followed], standings: Mapping[str, Standing]
) -> Ended:
    reader = RowReader(stack)
    try:
        rows = await reader.rows(followed, standings)
        practices = dict.fromkeys(each.practice for each in followed)
        unbalanced = [practice for practice in practices if not await reader.balanced(practice)]
    finally:
        await reader.close()
    books: dict[str, list[Json]] = defaultdict(list)
    for booked in await follower.books():
        books[booked["patient_control_number"]].append(booked)
    return Ended(followed, standings, rows, books, unbalanced)


def _faults(ended: Ended, *, check_labels: bool) -> list[str]:
    """What is wrong with practices, claims and encounters, in words without patient data."""
    booked = [row for rows in ended.books.values() for row in rows]
    found = [f"the trial balance of {practice} does not agree" for practice in ended.unbalanced_practices]
    found += claims_that_differ(ended.standings.values(), booked)
    for each, row in zip(ended.followed, ended.rows, strict=True):
        standing = ended.standings.get(each.encounter_id or "")
        wrong = _wrong_row(each, row, standing, ended.books, check_label=check_labels)
        found += [f"{row.encounter}: {words}" for words in wrong]
    return found


def _wrong_row(
    each: Followed, row: Row, standing: Standing | None, books: Books, *, check_label: bool
) -> Iterator[str]:
    if each.problem:
        yield f"refused: {each.problem}"
    elif standing is None:
        yield "it vanished"
    else:
        if row.outcome == ON_THE_WAY:
            yield f"still on its way: {standing.outcome}"
        elif check_label and each.sample:
            yield from not_as_meant(each.sample.expected, row.outcome, standing.claims, books)
        yield from _wrong_cash(row, [claim.patient_control_number for claim in standing.claims], books)


def _wrong_cash(row: Row, numbers: Sequence[str], books: Books) -> Iterator[str]:
    """Against the payer's own sum of what it paid; a remittance that cannot be used is not in the ledger."""
    booked_cents = sum(booked["paid_cents"] for number in numbers for booked in books.get(number, ()))
    if row.outcome != "waiting" and booked_cents != row.money.paid_cents:
        yield f"{row.money.paid_cents} cents paid here, {booked_cents} by the payer's books"


def _expected(ended: Ended) -> dict[str, int]:
    """Outcomes by the payer's books; of what never came to a payer they say nothing, and ours counts."""
    words: Counter[str] = Counter()
    for each, row in zip(ended.followed, ended.rows, strict=True):
        standing = ended.standings.get(each.encounter_id or "")
        words[(outcome_by_books(standing.claims, ended.books) if standing else None) or row.outcome] += 1
    return dict(sorted(words.items()))


async def _result(stack: RunningStack, ended: Ended, faults: Sequence[str], seconds: float) -> RunResult:
    rows = list(ended.rows)
    shown = next((row for row in rows if row.outcome == "paid" and row.timeline_url), None)
    shown = shown or next((row for row in rows if row.timeline_url), None)
    return RunResult(rows, _expected(ended), await _where_to_go_on(stack, shown), seconds, faults)


async def _where_to_go_on(stack: RunningStack, row: Row | None) -> dict[str, str]:
    """API docs, and one claim's timeline and traces. The key is named by its file, never by its value."""
    urls = {f"API of {name}": f"{url}/docs" for name, url in stack.urls.items() if name != "sandbox"}
    if row is not None:
        urls["a claim's timeline"] = (
            f"curl -s -H @{_near(stack.keys_folder)}/{row.practice}-biller.header {row.timeline_url}"
        )
    if stack.zipkin_url is not None:
        urls |= await _traces(stack, row)
    return urls


def _near(folder: str) -> str:
    """As one would type it here."""
    near = os.path.relpath(folder)
    return folder if near.startswith("..") else near


async def _traces(stack: RunningStack, row: Row | None) -> dict[str, str]:
    urls: dict[str, str] = {}
    reader = RowReader(stack)
    try:
        trace_id = await reader.trace_id(row.practice, row.encounter_id) if row else None
    finally:
        await reader.close()
    if row and trace_id:
        urls["that encounter's trace"] = f"{stack.zipkin_url}/zipkin/traces/{trace_id}"
        urls["all traces about it"] = row.trace_url
    urls["which service calls which"] = f"{stack.zipkin_url}/zipkin/dependency"
    return urls
