"""Encounters on their way: posted, revised when their time comes, and looked at until nothing more happens."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import httpx
from sandbox.emr.day import SampleEncounter
from sandbox.emr.feeder import Feeder, Posted
from sandbox.emr.status import Board, Standing

from local_stack.outcomes import is_at_rest, outcome_here
from local_stack.progress import ShowStages, StageCounts
from local_stack.stack import RunningStack

Json = dict[str, Any]

_LOOK_SECONDS: Final = 0.5
_QUIET_SECONDS: Final = 4.0
"""Unchanged for so long with nothing open at the payer: nothing more comes."""
_QUIET_BESIDE_OTHERS_SECONDS: Final = 20.0
"""The same while the payer is busy with claims of somebody else."""
_PATIENCE_SECONDS: Final = 60.0
"""Unchanged for so long though something is still to come: it is named as on its way."""
_POST_SECONDS: Final = 120.0
_BEFORE_SUBMITTED: Final = frozenset({"unknown", "built"})
_STAYS_HERE: Final = frozenset({"held", "withdrawn", "stalled"})


@dataclass(frozen=True, slots=True)
class Followed:
    """An encounter under watch. `encounter_id` is None where intake refused it for good, `problem` says why.

    `sample` is None for one that was there before.
    """

    practice: str
    encounter_id: str | None
    sample: SampleEncounter | None = None
    problem: str | None = None


class Follower:
    """Watches encounters of several practices through the services' own APIs."""

    def __init__(self, stack: RunningStack, practices: Iterable[str]) -> None:
        self._stack = stack
        self._boards = {
            practice: Board(
                stack.urls["coding-svc"],
                stack.api_keys[practice]["emr"],
                stack.urls["followup-svc"],
                stack.api_keys[practice]["biller"],
            )
            for practice in practices
        }
        self._payer = httpx.AsyncClient(base_url=stack.urls["sandbox"], timeout=60, trust_env=False)

    async def close(self) -> None:
        """Close the connections."""
        await self._payer.aclose()
        for board in self._boards.values():
            await board.close()

    async def newest(self, limit: int) -> list[Followed]:
        """The newest encounters of each practice that are there already."""
        return [
            Followed(practice, encounter_id)
            for practice, board in self._boards.items()
            for encounter_id in await board.newest(limit)
        ]

    async def post(self, practice: str, samples: Sequence[SampleEncounter], show: Tally) -> list[Followed]:
        """Post the samples. Raises sandbox.emr.feeder.FeedError."""
        async with self._feeder(practice) as feeder:
            posted = await feeder.post_all(samples, lambda done: show.posted(practice, done))
        return [
            Followed(practice, each.encounter_id, sample, each.problem)
            for each, sample in zip(posted, samples, strict=True)
        ]

    async def until_rest(
        self, followed: Sequence[Followed], show: Tally, quiet_seconds: float = _QUIET_SECONDS
    ) -> dict[str, Standing]:
        """Look, and put what the EMR revises once its first version rests, until all rest or patience ends."""
        revisions = [each for each in followed if each.encounter_id and each.sample and each.sample.revision]
        seen: dict[str, Standing] = {}
        since = time.monotonic()
        while True:
            looked = await self._look(followed)
            if looked is not None and looked != seen:
                seen, since = looked, time.monotonic()
            show.standings(seen.values())
            if revisions and (ripe := [each for each in revisions if _is_ripe(each, seen)]):
                await self._revise(ripe)
                revisions = [each for each in revisions if each not in ripe]
                since = time.monotonic()
            quiet = time.monotonic() - since
            if quiet >= _PATIENCE_SECONDS:
                return seen
            if quiet >= quiet_seconds and not revisions and _all_rest(followed, seen) and await self._idle(quiet):
                return seen
            await asyncio.sleep(_LOOK_SECONDS)

    async def books(self) -> list[Json]:
        """Every claim that the payer booked. Raises httpx.HTTPError."""
        answer = (await self._payer.get("/books")).raise_for_status()
        claims: list[Json] = answer.json()["claims"]
        return claims

    async def _look(self, followed: Sequence[Followed]) -> dict[str, Standing] | None:
        """Where they stand; None while a service is away."""
        found: dict[str, Standing] = {}
        try:
            for practice, board in self._boards.items():
                wanted = [e.encounter_id for e in followed if e.practice == practice and e.encounter_id]
                found |= await board.look(wanted) if wanted else {}
        except httpx.HTTPError:
            return None
        return found

    async def _idle(self, quiet: float) -> bool:
        """Whether the payer has nothing more to send (a takeback may wait for funds for ever)."""
        try:
            still: Mapping[str, int] = (await self._payer.get("/books/summary")).raise_for_status().json()["open"]
        except httpx.HTTPError:
            return False
        return not (still["remittances"] or still["deliveries"]) or quiet >= _QUIET_BESIDE_OTHERS_SECONDS

    async def _revise(self, ripe: Sequence[Followed]) -> None:
        for each in ripe:
            assert each.sample is not None
            posted = Posted(each.sample.external_id, each.sample.expected, each.encounter_id)
            async with self._feeder(each.practice) as feeder:
                await feeder.revise(posted, each.sample)

    @asynccontextmanager
    async def _feeder(self, practice: str) -> AsyncIterator[Feeder]:
        url, key = self._stack.urls["coding-svc"], self._stack.api_keys[practice]["emr"]
        async with Feeder(url, key, patience_seconds=_POST_SECONDS) as feeder:
            yield feeder


class Tally:
    """Turns what is seen into the stages' counts."""

    def __init__(self, show: ShowStages, total: int) -> None:
        self._show = show
        self._total = total
        self._posted: dict[str, int] = {}

    def posted(self, practice: str, done: int) -> None:
        """So many of a practice's encounters are taken."""
        self._posted[practice] = done
        self._show({"posted": (sum(self._posted.values()), self._total)}, "")

    def standings(self, standings: Iterable[Standing]) -> None:
        """What the services say."""
        found = list(standings)
        outcomes = Counter(outcome_here(each, was_corrected=False) for each in found if is_at_rest(each))
        words = ", ".join(f"{count} {word.replace('_', ' ')}" for word, count in outcomes.most_common())
        self._show(stage_counts(found, self._total), words)


def stage_counts(standings: Sequence[Standing], total: int) -> StageCounts:
    """Per stage how many encounters are through, of those that go that far as far as is known."""
    coded = [each for each in standings if each.status != "received"]
    billable = [each for each in coded if each.status == "coded" or each.claims]
    last = [each.claims[-1].state for each in billable if each.claims]
    sent = [state for state in last if state not in _STAYS_HERE]
    submitted = [state for state in sent if state not in _BEFORE_SUBMITTED]
    acknowledged = [state for state in submitted if state != "submitted"]
    return {
        "coded": (len(coded), total),
        "built": (len(last), len(billable)),
        "submitted": (len(submitted), len(sent)),
        "acknowledged": (len(acknowledged), len(sent)),
        "settled": (len([state for state in acknowledged if state != "accepted"]), len(sent)),
    }


def _is_ripe(each: Followed, seen: Mapping[str, Standing]) -> bool:
    standing = seen.get(each.encounter_id or "")
    return standing is not None and is_at_rest(standing)


def _all_rest(followed: Sequence[Followed], seen: Mapping[str, Standing]) -> bool:
    return all(_is_ripe(each, seen) for each in followed if each.encounter_id)
