"""The reckoning from three sides: what the client was promised, what the payer's books hold, what the services keep."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from local_stack.config import SERVICE_DATABASES
from sandbox.emr.status import states_by_books

from tests.chaos.ledger_watch import CROOKED
from tests.support.live import Live

Row = Mapping[str, Any]
OPEN_STATES = frozenset({"rejected", "denied", "partially_paid"})
"""Claim states that must have an open work item: somebody has to do something."""
PER_CLAIM = ("ClaimBuilt", "ClaimSubmitted")


@dataclass(frozen=True, slots=True)
class Wrong:
    """One thing that is not as it must be, and the encounter it is about if it is about one."""

    what: str
    encounter_id: str | None = None

    def __str__(self) -> str:
        return f"{self.what} [{self.encounter_id}]" if self.encounter_id else self.what


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything the three sides say about the encounters whose external ids begin with `prefix`."""

    acknowledged: Mapping[str, str]
    encounters: list[Row]
    reviews: set[str]
    claims: list[Row]
    followed: dict[str, Row]
    work_items: set[str]
    events: Counter[tuple[str, str]]
    booked: dict[str, list[Row]]


async def gather(live: Live, acknowledged: Mapping[str, str], prefix: str, booked_after: int) -> Evidence:
    """Ask all sides."""
    encounters = await live.rows("coding-svc", _ENCOUNTERS, prefix)
    ids = [row["encounter_id"] for row in encounters]
    booked: dict[str, list[Row]] = defaultdict(list)
    for row in (await live.books())["claims"]:
        if row["seq"] > booked_after:
            booked[row["patient_control_number"]].append(row)
    events: Counter[tuple[str, str]] = Counter()
    for service in SERVICE_DATABASES:
        for row in await live.rows(service, _EVENTS, [str(i) for i in ids]):
            events[row["key"], row["event_type"]] += row["number"]
    return Evidence(
        acknowledged=acknowledged,
        encounters=encounters,
        reviews={row[0] for row in await live.rows("coding-svc", _REVIEWS, ids)},
        claims=await live.rows("claim-builder", _CLAIMS, ids),
        followed={row["patient_control_number"]: row for row in await live.rows("followup-svc", _FOLLOWED, ids)},
        work_items={row[0] for row in await live.rows("followup-svc", _WORK_ITEMS, ids)},
        events=events,
        booked=booked,
    )


async def reckon(live: Live, acknowledged: Mapping[str, str], prefix: str, booked_after: int = 0) -> list[Wrong]:
    """Everything that is wrong; empty when nothing was lost, doubled or left unbalanced."""
    evidence = await gather(live, acknowledged, prefix, booked_after)
    checks = (_acknowledged, _accounted_for, _booked, _accepted_once, _followed, _told_once)
    found = [wrong for check in checks for wrong in check(evidence)]
    return found + [Wrong(what) for what in await _at_large(live)]


def _acknowledged(e: Evidence) -> Iterator[Wrong]:
    kept = {row["external_id"]: str(row["encounter_id"]) for row in e.encounters}
    for external_id, encounter_id in e.acknowledged.items():
        if kept.get(external_id) != encounter_id:
            yield Wrong(f"{external_id} was acknowledged but is not kept", encounter_id)
    for external_id in kept.keys() - e.acknowledged.keys():
        yield Wrong(f"{external_id} is kept but was never acknowledged", kept[external_id])


def _accounted_for(e: Evidence) -> Iterator[Wrong]:
    """Every encounter has its claims, or waits for a person, or is closed without one."""
    claims = Counter(str(row["encounter_id"]) for row in e.claims)
    for row in e.encounters:
        encounter_id, state = str(row["encounter_id"]), row["state"]
        waits = state == "held" and (encounter_id in e.reviews or row["waits_on"] in ("provider", "emr"))
        if not (claims[encounter_id] or waits or state == "closed"):
            yield Wrong(f"{state}, no claim, nobody it waits on", encounter_id)


def _booked(e: Evidence) -> Iterator[Wrong]:
    """The payer's books hold exactly the claims that are not held back."""
    ours = {row["patient_control_number"]: row for row in e.claims}
    for number, row in ours.items():
        if row["state"] != "held" and number not in e.booked:
            yield Wrong(f"claim {number} ({row['state']}) never reached the payer", str(row["encounter_id"]))
        if row["state"] == "held" and number in e.booked:
            yield Wrong(f"held claim {number} reached the payer", str(row["encounter_id"]))
        if row["state"] == "held" and str(row["claim_id"]) not in e.work_items:
            yield Wrong(f"held claim {number} is nobody's work", str(row["encounter_id"]))
    for number in e.booked.keys() - ours.keys():
        yield Wrong(f"the payer has a claim {number} that nobody built")


def _accepted_once(e: Evidence) -> Iterator[Wrong]:
    encounter_of = {row["patient_control_number"]: str(row["encounter_id"]) for row in e.claims}
    for number, rows in e.booked.items():
        accepted = [row for row in rows if row["stage"] == "accepted" and row["frequency_code"] == "1"]
        if len(accepted) > 1:
            yield Wrong(f"the payer accepted {number} {len(accepted)} times", encounter_of.get(number))
        files = Counter(row["file_id"] for row in rows)
        if len(rows) != len(files) or any(row["duplicate"] for row in rows):
            yield Wrong(f"the payer saw {number} twice", encounter_of.get(number))


def _followed(e: Evidence) -> Iterator[Wrong]:
    """Follow-up knows every claim, in the state and with the cents of the payer's books; what is open has an owner."""
    expected = states_by_books([row for rows in e.booked.values() for row in rows])
    for claim in e.claims:
        number, encounter_id = claim["patient_control_number"], str(claim["encounter_id"])
        known = e.followed.get(number)
        if known is None:
            yield Wrong(f"claim {number} is unknown to follow-up", encounter_id)
        elif number in e.booked:
            paid_cents = sum(row["paid_cents"] for row in e.booked[number] if not row["replaced"])
            if known["paid_cents"] != paid_cents:
                yield Wrong(f"claim {number}: {known['paid_cents']} posted, {paid_cents} booked", encounter_id)
            if known["state"] != expected[number]:
                yield Wrong(f"claim {number}: {known['state']} here, {expected[number]} at the payer", encounter_id)
            if known["state"] in OPEN_STATES and known["claim_id"] not in e.work_items:
                yield Wrong(f"claim {number} is {known['state']} and nobody's work", encounter_id)
            if known["state"] == "paid" and known["outstanding_cents"] == 0 and not known["closed"]:
                yield Wrong(f"claim {number} is paid but not closed", encounter_id)


def _told_once(e: Evidence) -> Iterator[Wrong]:
    """One EncounterReceived and one EncounterCoded per encounter; one of each claim event per claim."""
    claims = Counter(str(row["encounter_id"]) for row in e.claims if row["state"] != "held")
    for row in e.encounters:
        encounter_id = str(row["encounter_id"])
        wanted = {"EncounterReceived": 1} | dict.fromkeys(PER_CLAIM, claims[encounter_id])
        for event, number in wanted.items():
            if e.events[encounter_id, event] != number:
                yield Wrong(f"{e.events[encounter_id, event]} {event} instead of {number}", encounter_id)


async def _at_large(live: Live) -> Iterable[str]:
    found = []
    for service in SERVICE_DATABASES:
        waiting = await live.value(service, "SELECT count(*) FROM outbox WHERE published_at IS NULL")
        letters = await live.rows(service, "SELECT reason, event_type FROM dead_letter")
        found += [f"{service}: {waiting} events unpublished"] if waiting else []
        found += [f"{service}: dead letter {row['reason']} {row['event_type']}" for row in letters]
    for service in ("submission-svc", "followup-svc"):
        rest = await live.rows(service, "SELECT kind, state, reason FROM webhook WHERE state <> 'applied'")
        found += [f"{service}: webhook {tuple(row)}" for row in rest]
    found += await not_taken_in(live)
    found += [f"ledger {row[0]} does not balance" for row in await live.rows("followup-svc", CROOKED)]
    balance = await live.get("followup-svc", "/v1/ledger/balance", role="biller")
    return found if balance["balanced"] else [*found, f"trial balance: {balance}"]


async def not_taken_in(live: Live) -> list[str]:
    """Events that a service must have taken in and has not; for follow-up, those that its timelines lack."""
    found = []
    published = {
        service: await live.rows(service, "SELECT event_id, event_type, key, created_at FROM outbox")
        for service in SERVICE_DATABASES
    }
    for service, (query, wanted) in _TAKEN_IN.items():
        taken = {row[0] for row in await live.rows(service, query)}
        for publisher, types in wanted.items():
            missing = [e for e in published[publisher] if e["event_type"] in types and e["event_id"] not in taken]
            found += [f"{service} lacks {e['event_type']} of {e['created_at']} for {e['key']}" for e in missing]
    return found


_INBOX = "SELECT event_id FROM inbox"
_TAKEN_IN: Mapping[str, tuple[str, Mapping[str, set[str]]]] = {
    "coding-svc": (_INBOX, {"coding-svc": {"EncounterReceived"}, "followup-svc": {"CorrectionRequested"}}),
    "claim-builder": (
        _INBOX,
        {"coding-svc": {"EncounterCoded", "EncounterClosed"}, "followup-svc": {"CorrectionRequested"}},
    ),
    "submission-svc": (_INBOX, {"claim-builder": {"ClaimBuilt", "ClaimWithdrawn"}}),
    "followup-svc": (
        "SELECT event_id FROM timeline",
        {
            "coding-svc": {"EncounterReceived", "EncounterCoded", "EncounterHeld", "EncounterClosed"},
            "claim-builder": {"ClaimBuilt", "ClaimHeld", "ClaimWithdrawn"},
            "submission-svc": {"ClaimSubmitted", "ClaimAccepted", "ClaimRejected", "ClaimStalled"},
            "followup-svc": {"ClaimPaid", "ClaimDenied", "ClaimClosed", "CorrectionRequested"},
        },
    ),
}
_ENCOUNTERS = """
    SELECT encounter_id, external_id, state, waits_on FROM encounter WHERE starts_with(external_id, $1)
    ORDER BY created_at
"""
_REVIEWS = "SELECT encounter_id::text FROM review_item WHERE state = 'open' AND encounter_id = ANY($1)"
_CLAIMS = "SELECT claim_id, encounter_id, patient_control_number, state FROM claim WHERE encounter_id = ANY($1)"
_FOLLOWED = """
    SELECT c.claim_id::text, c.patient_control_number, c.state, c.closed, c.outstanding_cents,
           coalesce((SELECT sum(p.paid_cents) FROM claim_payment p
                     WHERE p.claim_id = c.claim_id AND p.state = 'posted'), 0)::bigint AS paid_cents
    FROM claim c WHERE c.encounter_id = ANY($1)
"""
_WORK_ITEMS = """
    SELECT claim_id::text FROM work_item WHERE state = 'open' AND claim_id IS NOT NULL AND encounter_id = ANY($1)
"""
_EVENTS = "SELECT key, event_type, count(*) AS number FROM outbox WHERE key = ANY($1) GROUP BY key, event_type"
