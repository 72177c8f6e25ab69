"""Plays many encounters at once through what can happen to a claim after it was built, and tells their ends."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import pytest
from sandbox.emr import people
from sandbox.emr.day import encounter_of, load_cases
from sandbox.emr.people import Draw

from tests.support.live import Live
from tests.support.waiting import eventually

Json = dict[str, Any]
PATIENCE_SECONDS = 90.0
LOOK_SECONDS = 0.6


@dataclass
class End:
    """Where an encounter ended: follow-up's claims (payer order, oldest first), and the payer's rows about them."""

    encounter: Json
    claims: list[Json]
    rows: list[Json]
    items: list[Json]
    failure: str = ""

    @property
    def states(self) -> list[tuple[str, str]]:
        """(payer turn, state) of each claim."""
        return [(claim["payer_sequence"], claim["state"]) for claim in self.claims]

    @property
    def accepted(self) -> list[tuple[str, str]]:
        """(payer, frequency code) of all that payers took into adjudication, in order."""
        return [(row["payer_id"], row["frequency_code"]) for row in self.rows if row["stage"] == "accepted"]

    @property
    def open_items(self) -> list[str]:
        """Reason codes of open work items."""
        return sorted(item["reason_code"] for item in self.items if item["state"] == "open")

    @property
    def closed_items(self) -> Counter[str]:
        """Reason codes of work items that are closed."""
        return Counter(item["reason_code"] for item in self.items if item["state"] == "closed")

    @property
    def corrections(self) -> list[tuple[str, str, str]]:
        """(action, reason, frequency code) of every CorrectionRequested."""
        asked = [
            e["data"] for claim in self.claims for e in claim["timeline"] if e["event_type"] == "CorrectionRequested"
        ]
        return [(data["action"], data["reason_code"], data["frequency_code"]) for data in asked]

    def events(self, event_type: str) -> int:
        """How often an event came about, over all claims."""
        return sum(e["event_type"] == event_type for claim in self.claims for e in claim["timeline"])


class Player:
    """One encounter in the hands of its EMR, coder and biller."""

    def __init__(self, live: Live, name: str, **case: Any) -> None:
        self.live = live
        self.name = name
        self.case = load_cases()["late-addendum"] | {"payer": "blue", "switch": "00"} | case
        self.body = encounter_of(self.case, f"after-{name}")
        self.encounter_id = ""
        self.failure = ""
        """What in its script did not come about."""

    # --- the EMR -----------------------------------------------------------------------------------------------------

    async def post(self) -> None:
        """Post the encounter."""
        answer = await self.live.call("POST", "coding-svc", "/v1/encounters", role="emr", json=self.body)
        assert answer.status_code == 202, answer.text
        self.encounter_id = answer.json()["encounter_id"]

    async def put(self, **fields: Any) -> None:
        """Revise the encounter."""
        self.body = deepcopy(self.body) | fields
        path = f"/v1/encounters/{self.encounter_id}"
        answer = await self.live.call("PUT", "coding-svc", path, role="emr", json=self.body)
        assert answer.status_code == 202, answer.text

    async def addendum(self) -> None:
        """A late note with one more diagnosis."""
        day = self.body["service_date"]
        late = self.body["notes"][0] | {
            "id": "late",
            "text": self.case["addendum"],
            "authored_at": f"{day}T21:00:00-04:00",
            "signed_at": f"{day}T21:05:00-04:00",
        }
        await self.put(notes=[*self.body["notes"], late])

    async def other_payer(self, payer: str = "commercial_b", switch: str = "00") -> None:
        """The patient was insured elsewhere on that day."""
        await self.put(coverages=[self.coverage(payer, switch)])

    async def member_id(self, switch: str = "00") -> None:
        """The same payer, another member id."""
        await self.put(coverages=[self.coverage(self.case["payer"], switch), *self.body["coverages"][1:]])

    def coverage(self, payer: str, switch: str) -> Json:
        """A coverage of this patient."""
        return people.coverage(Draw(f"{self.name}|{payer}"), payer, self.body["patient"], "self", switch)

    # --- waiting -----------------------------------------------------------------------------------------------------

    async def claims(self) -> list[Json]:
        """The claims as follow-up lists them: payer order, oldest first."""
        path = f"/v1/claims?encounter_id={self.encounter_id}"
        items = (await self.live.get("followup-svc", path, role="biller"))["items"]
        return sorted(items, key=lambda c: ("PST".index(c["payer_sequence"]), c["created_at"]))

    async def until(self, *wanted: str, turn: str = "P") -> Json:
        """The last claim of a turn once it is in one of these states."""

        async def reached() -> Any:
            await asyncio.sleep(LOOK_SECONDS)
            found = [c for c in await self.claims() if c["payer_sequence"] == turn]
            return found[-1] if found and found[-1]["state"] in wanted else None

        found: Json = await eventually(reached, PATIENCE_SECONDS, f"{self.name}: a claim {' or '.join(wanted)}")
        return found

    async def until_claims(self, *wanted: tuple[str, str]) -> None:
        """Wait for exactly these (turn, state)."""

        async def reached() -> bool:
            await asyncio.sleep(LOOK_SECONDS)
            return [(c["payer_sequence"], c["state"]) for c in await self.claims()] == list(wanted)

        await eventually(reached, PATIENCE_SECONDS, f"{self.name}: claims {wanted}")

    async def until_event(self, event_type: str, times: int = 1) -> None:
        """Wait for an event in the encounter's timeline."""

        async def happened() -> bool:
            await asyncio.sleep(LOOK_SECONDS)
            path = f"/v1/encounters/{self.encounter_id}/timeline"
            answer = await self.live.call("GET", "followup-svc", path, role="biller")
            seen = [e["event_type"] for e in answer.json().get("timeline", ())]
            return seen.count(event_type) >= times

        await eventually(happened, PATIENCE_SECONDS, f"{self.name}: {event_type}")

    async def until_item(self, reason_code: str) -> Json:
        """The open work item of this reason."""

        async def found() -> Any:
            await asyncio.sleep(LOOK_SECONDS)
            return next(
                (i for i in await self.items() if (i["reason_code"], i["state"]) == (reason_code, "open")), None
            )

        item: Json = await eventually(found, PATIENCE_SECONDS, f"{self.name}: work item {reason_code}")
        return item

    async def items(self) -> list[Json]:
        """All work items of the encounter."""
        path = f"/v1/work-items?encounter_id={self.encounter_id}&limit=100"
        items: list[Json] = (await self.live.get("followup-svc", path, role="biller"))["items"]
        return items

    # --- coder and biller --------------------------------------------------------------------------------------------

    async def release_review(self, diagnosis: str, version: int = 1) -> None:
        """The coder rejects what is proposed and codes one visit with one diagnosis."""
        waiting = await eventually(self._review, PATIENCE_SECONDS, f"{self.name}: in the coder's queue")
        sheet = await self.live.get("coding-svc", f"/v1/review/{waiting}", role="coder")
        edits = [
            {"action": "reject", "ref": item["ref"], "reason": "not documented"}
            for item in (*sheet["lines"], *sheet["diagnoses"])
        ]
        edits += [
            {"action": "add", "diagnosis": diagnosis, "reason": "as the chest film showed"},
            {"action": "add", "procedure": "99213", "diagnosis_codes": [diagnosis], "reason": "low complexity"},
        ]
        answer = await self.live.call(
            "POST",
            "coding-svc",
            f"/v1/review/{waiting}/decisions",
            role="coder",
            json={"encounter_version": version, "reason": "read the note", "edits": edits},
            headers={"idempotency-key": f"{self.name}-{version}-{diagnosis}"},
        )
        assert answer.status_code == 200, answer.text

    async def _review(self) -> Any:
        await asyncio.sleep(LOOK_SECONDS)
        queue = (await self.live.get("coding-svc", "/v1/review?limit=200", role="coder"))["items"]
        return next((item["review_id"] for item in queue if item["encounter_id"] == self.encounter_id), None)

    async def order(self, claim: Json, what: str, body: Json, key: str = "once") -> int:
        """A biller's order to follow-up about a claim; returns the HTTP status."""
        answer = await self.live.call(
            "POST",
            "followup-svc",
            f"/v1/claims/{claim['claim_id']}/{what}",
            role="biller",
            json=body,
            headers={"idempotency-key": f"{self.name}-{what}-{key}"},
        )
        return answer.status_code

    async def fix(self, claim: Json, field_path: str, value: Any) -> None:
        """The biller fixes a field of a held claim and releases it."""
        path = f"/v1/edits/{claim['claim_id']}"
        body = {"fixes": [{"field": field_path, "value": value, "reason": "told by phone"}]}
        answer = await self.live.call("POST", "claim-builder", f"{path}/fixes", role="biller", json=body)
        assert answer.status_code == 200, answer.text
        answer = await self.live.call("POST", "claim-builder", f"{path}/release", role="biller")
        assert answer.status_code == 200, answer.text

    async def end(self, books: Sequence[Json]) -> End:
        """Where it stands now."""
        claims = [
            await self.live.get("followup-svc", f"/v1/claims/{c['claim_id']}", role="biller")
            for c in await self.claims()
        ]
        numbers = {claim["patient_control_number"] for claim in claims}
        rows = [row for row in books if row["patient_control_number"] in numbers]
        encounter = await self.live.get("coding-svc", f"/v1/encounters/{self.encounter_id}")
        return End(encounter, claims, rows, await self.items(), self.failure)


Script = Callable[[Player], Awaitable[None]]


@dataclass
class Scenario:
    """What is posted, and what people and the EMR do about it."""

    script: Script
    case: Json
    before_sending: bool = False
    then: Script | None = None


@dataclass
class Programme:
    """All scenarios by name; those with `before_sending` are revised while submission-svc is down."""

    scenarios: dict[str, Scenario] = field(default_factory=dict)

    def scenario(
        self, *, before_sending: bool = False, then: Script | None = None, **case: Any
    ) -> Callable[[Script], Script]:
        """Register a script under its function's name; `then` is what follows once claims are sent."""

        def register(script: Script) -> Script:
            self.scenarios[script.__name__] = Scenario(script, case, before_sending, then)
            return script

        return register

    async def play(self, live: Live) -> dict[str, End]:
        """Play everything at the same time and wait until nothing more is on its way."""
        players = {name: Player(live, name, **each.case) for name, each in self.scenarios.items()}
        early = {name for name, each in self.scenarios.items() if each.before_sending}
        with live.stopped("submission-svc"):
            await asyncio.gather(*(self._run(players[name]) for name in early))
        await asyncio.gather(*(self._then(players[name]) for name in early))
        await asyncio.gather(*(self._run(player) for name, player in players.items() if name not in early))
        await asyncio.gather(*(self._settled(player) for player in players.values() if not player.failure))
        await quiet(live)
        books = (await live.books())["claims"]
        return {name: await player.end(books) for name, player in players.items()}

    async def _run(self, player: Player) -> None:
        try:
            await player.post()
            await self.scenarios[player.name].script(player)
        except (AssertionError, pytest.fail.Exception) as failure:  # its own tests fail, not the others'
            player.failure = str(failure)

    async def _then(self, player: Player) -> None:
        script = self.scenarios[player.name].then
        try:
            if script is not None and not player.failure:
                await script(player)
        except (AssertionError, pytest.fail.Exception) as failure:
            player.failure = str(failure)

    async def _settled(self, player: Player) -> None:
        async def at_rest() -> bool:
            await asyncio.sleep(LOOK_SECONDS)
            return not any(c["state"] in ("built", "submitted", "accepted", "unknown") for c in await player.claims())

        await eventually(at_rest, PATIENCE_SECONDS, f"{player.name}: at rest")


async def quiet(live: Live) -> None:
    """Wait until no event, file or webhook is on its way, and stays so for a moment."""

    async def still() -> bool:
        before = await _counts(live)
        await asyncio.sleep(1.5)
        return before == await _counts(live)

    await eventually(still, PATIENCE_SECONDS, "quiet")


async def _counts(live: Live) -> tuple[int, ...]:
    books = len((await live.books())["claims"])
    outboxes = [
        await live.value(s, "SELECT count(*) FROM outbox") for s in ("coding-svc", "claim-builder", "followup-svc")
    ]
    unsent = await live.value("submission-svc", "SELECT count(*) FROM outbox WHERE published_at IS NULL")
    return books, unsent, *outboxes
