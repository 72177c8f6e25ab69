"""Follows encounters to their end through the services' APIs, and holds them against the payer's books."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import httpx

Json = dict[str, Any]

_PAGE: Final = 500
_ON_THE_WAY: Final = frozenset({"unknown", "built", "submitted", "accepted"})
"""Claim states that do not last: something is still to come from a service or the payer."""
_ADJUDICATED: Final = frozenset(
    {"paid", "patient_share", "partially_paid", "denied", "reversed", "written_off", "voided"}
)


@dataclass(frozen=True, slots=True)
class ClaimStanding:
    """A claim as followup-svc has it; money in cents."""

    claim_id: str
    patient_control_number: str
    payer_sequence: str
    claim_version: int
    state: str
    closed: bool
    charge_cents: int
    outstanding_cents: int
    payer_id: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one encounter stands: with coding-svc, and its claims in payer order, the oldest of a payer turn first."""

    encounter_id: str
    external_id: str
    status: str
    version: int
    waits_on: str | None
    reason_codes: tuple[str, ...]
    claims: tuple[ClaimStanding, ...] = ()

    @property
    def outcome(self) -> str:
        """One word: of the last claim where there is one, else what coding-svc says of the encounter."""
        if self.claims:
            return self.claims[-1].state
        if self.status == "held":
            return f"waits_on_{self.waits_on}"
        return self.status

    @property
    def is_at_rest(self) -> bool:
        """Nothing more happens by itself, as far as the services know."""
        if self.claims:
            return all(claim.state not in _ON_THE_WAY for claim in self.claims)
        return self.status in ("held", "closed")


class Board:
    """Reads coding-svc as `emr` and followup-svc as `biller`; a handful of pages per look, whatever the number."""

    def __init__(self, coding_url: str, emr_key: str, followup_url: str, biller_key: str) -> None:
        self._coding = _client(coding_url, emr_key)
        self._followup = _client(followup_url, biller_key)

    async def close(self) -> None:
        """Close the connections."""
        await self._coding.aclose()
        await self._followup.aclose()

    async def look(self, encounter_ids: Iterable[str]) -> dict[str, Standing]:
        """The encounters' standings by encounter id; one that coding-svc does not list is missing."""
        wanted = set(encounter_ids)
        items: dict[str, Json] = {}
        async for item in _pages(self._coding, "/v1/encounters"):
            if item["encounter_id"] in wanted:
                items[item["encounter_id"]] = item
            if len(items) == len(wanted):
                break
        claims = await self._claims(wanted, min((item["created_at"] for item in items.values()), default=""))
        return {each: _standing(item, list(reversed(claims[each]))) for each, item in items.items()}

    async def newest(self, limit: int) -> list[str]:
        """Ids of the newest encounters."""
        found: list[str] = []
        async for item in _pages(self._coding, "/v1/encounters"):
            if len(found) == limit:
                break
            found.append(item["encounter_id"])
        return found

    async def _claims(self, wanted: Set[str], since: str) -> dict[str, list[ClaimStanding]]:
        """Claims by encounter; none can be older than `since`, when the oldest of the encounters came."""
        claims: dict[str, list[ClaimStanding]] = defaultdict(list)
        async for item in _pages(self._followup, "/v1/claims"):
            if datetime.fromisoformat(item["created_at"]) < datetime.fromisoformat(since):
                break
            if item["encounter_id"] in wanted:
                claims[item["encounter_id"]].append(_claim(item))
        return claims

    async def follow(
        self, encounter_ids: Sequence[str], every_seconds: float = 1.0
    ) -> AsyncIterator[dict[str, Standing]]:
        """Look again and again, for ever; the caller decides when it has seen enough."""
        while True:
            yield await self.look(encounter_ids)
            await asyncio.sleep(every_seconds)


def counts(standings: Iterable[Standing]) -> dict[str, int]:
    """How many encounters per outcome."""
    return dict(sorted(Counter(standing.outcome for standing in standings).items()))


def states_by_books(rows: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Patient control number -> the claim state that the payer's books (`GET /books`, `claims`) call for.

    The words are those of followup-svc. A claim rejected with its neighbour's transaction set is sent again, so that
    only its last row counts.
    """
    return {row["patient_control_number"]: _state(row) for row in rows}


def disagreements(standings: Iterable[Standing], rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """What the services and the payer's books say differently, in words without patient data; empty when all agrees."""
    expected = states_by_books(rows)
    found = [
        f"{row['patient_control_number']}: accepted {row['times_accepted']} times"
        for row in rows
        if row["stage"] == "accepted" and row["times_accepted"] != 1
    ]
    claims = {c.patient_control_number: c for standing in standings for c in standing.claims}
    for number, claim in claims.items():
        state = expected.get(number)
        if state is None and claim.state in _ADJUDICATED:
            found.append(f"{number}: {claim.state} here, unknown to the payer")
        elif state is not None and state != claim.state:
            found.append(f"{number}: {claim.state} here, {state} by the payer's books")
    return found


def _state(row: Mapping[str, Any]) -> str:
    if row["stage"] != "accepted":
        return "rejected"
    if row["outcome"] in ("unbalanced", "silent"):
        return "accepted"
    if row["outcome"] in ("reversed", "void"):
        return "reversed" if row["outcome"] == "reversed" else "voided"
    if row["denied_cents"]:
        return "partially_paid" if row["paid_cents"] else "denied"
    if row["paid_cents"]:
        return "paid"
    return "patient_share" if row["patient_cents"] else "written_off"


def _client(base_url: str, api_key: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=base_url, headers={"authorization": f"Bearer {api_key}"}, timeout=httpx.Timeout(20.0), trust_env=False
    )


async def _pages(client: httpx.AsyncClient, path: str) -> AsyncIterator[Json]:
    """All items, newest first. Raises httpx.HTTPStatusError."""
    cursor: str | None = None
    while True:
        parameters = {"limit": str(_PAGE)} | ({"cursor": cursor} if cursor else {})
        response = await client.get(path, params=parameters)
        response.raise_for_status()
        page = response.json()
        for item in page["items"]:
            yield item
        cursor = page["next_cursor"]
        if cursor is None:
            return


def _standing(item: Json, claims: list[ClaimStanding]) -> Standing:
    return Standing(
        encounter_id=item["encounter_id"],
        external_id=item["external_id"],
        status=item["status"],
        version=item["version"],
        waits_on=item["waits_on"],
        reason_codes=tuple(item["reason_codes"]),
        claims=tuple(sorted(claims, key=lambda c: "PST".find(c.payer_sequence))),
    )


def _claim(item: Json) -> ClaimStanding:
    return ClaimStanding(
        claim_id=item["claim_id"],
        patient_control_number=item["patient_control_number"],
        payer_sequence=item["payer_sequence"],
        claim_version=item["claim_version"],
        state=item["state"],
        closed=item["closed"],
        charge_cents=item["charge_cents"],
        outstanding_cents=item["outstanding_cents"],
        payer_id=item["payer_id"],
    )
