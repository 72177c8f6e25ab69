"""The whole history of one encounter for a failure report: events, attempts, acknowledgements, webhooks, bookings."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any

from local_stack.config import SERVICE_DATABASES

from tests.support.live import Live

_EVENTS = """
    SELECT created_at, event_type, event_id::text, published_at IS NOT NULL AS published FROM outbox
    WHERE key = $1 ORDER BY id
"""
_INBOX = "SELECT event_id::text FROM inbox WHERE event_id = ANY($1::uuid[])"
_ATTEMPTS = """
    SELECT s.claim_version, s.state, s.reason, s.patient_control_number, i.interchange_id::text,
           i.interchange_control_number, i.state AS interchange, i.post_count, i.last_answer, i.created_at, i.due_at
    FROM submission s LEFT JOIN interchange_member m USING (claim_id, claim_version)
    LEFT JOIN interchange i ON i.interchange_id = m.interchange_id
    WHERE s.encounter_id = $1::uuid ORDER BY s.claim_version, i.created_at
"""
_FACTS = """
    SELECT a.received_at, a.source, a.verdict, a.status_codes, a.claim_version FROM claim_acknowledgement a
    JOIN submission s USING (claim_id, claim_version) WHERE s.encounter_id = $1::uuid ORDER BY a.received_at
"""
_CLAIMS = """
    SELECT claim_id::text, patient_control_number, turn, state, closed, charge_cents, outstanding_cents FROM claim
    WHERE encounter_id = $1::uuid
"""
_PAYMENTS = """
    SELECT p.patient_control_number, p.state, p.paid_cents, p.denied_cents, r.trace_number, r.received_at
    FROM claim_payment p JOIN remittance r USING (remittance_id) WHERE p.patient_control_number = ANY($1)
"""
_ITEMS = "SELECT reason_code, waits_on, state, claim_id::text FROM work_item WHERE encounter_id = $1::uuid"
_WEBHOOKS = "SELECT webhook_id, kind, state, attempts, reason, received_at FROM webhook WHERE webhook_id = ANY($1)"
_BOOKED = """
    SELECT seq, patient_control_number, stage, outcome, duplicate, paid_cents, denied_cents, received_at FROM claim
    WHERE patient_control_number IN ({})
"""
_DELIVERIES = "SELECT webhook_id, kind, attempts, delivered_at, due_at, claims FROM delivery"


async def history(live: Live, encounter_id: str) -> str:
    """As text; ids and codes only."""
    lines = [f"--- history of encounter {encounter_id}"]
    async for title, rows in _chapters(live, encounter_id):
        lines += [f"{title}:", *(f"    {dict(row)}" for row in rows)]
    return "\n".join(lines)


async def _chapters(live: Live, encounter_id: str) -> Any:
    events = {name: await live.rows(name, _EVENTS, encounter_id) for name in SERVICE_DATABASES}
    ids = [row["event_id"] for rows in events.values() for row in rows]
    for service, rows in events.items():
        yield f"{service} published", rows
        seen = {row[0] for row in await live.rows(service, _INBOX, ids)}
        yield f"{service} took in", [{"event_id": event_id} for event_id in ids if event_id in seen]
    attempts = await live.rows("submission-svc", _ATTEMPTS, encounter_id)
    yield "attempts", attempts
    yield "acknowledgements", await live.rows("submission-svc", _FACTS, encounter_id)
    numbers = sorted({row["patient_control_number"] for row in attempts})
    yield "claims in follow-up", await live.rows("followup-svc", _CLAIMS, encounter_id)
    yield "payments", await live.rows("followup-svc", _PAYMENTS, numbers)
    yield "work items", await live.rows("followup-svc", _ITEMS, encounter_id)
    booked = list(_books(live, _BOOKED.format(",".join("?" * len(numbers))), numbers))
    yield "payer's books", booked
    seqs = {row["seq"] for row in booked}
    sent = [row for row in _books(live, _DELIVERIES, []) if seqs & set(json.loads(row["claims"]))]
    yield "payer sent", sent
    ids = [row["webhook_id"] for row in sent]
    for service in ("submission-svc", "followup-svc"):
        yield f"webhooks at {service}", await live.rows(service, _WEBHOOKS, ids)


def _books(live: Live, query: str, values: Sequence[str]) -> Iterator[dict[str, Any]]:
    path = live.stack.config.folder / "sandbox" / "books.sqlite3"
    books = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    books.row_factory = sqlite3.Row
    try:
        yield from (dict(row) for row in books.execute(query, values))
    finally:
        books.close()


async def times_posted_again(live: Live) -> int:
    """Interchanges that were posted or asked after more than once under one key."""
    return int(await live.value("submission-svc", "SELECT count(*) FROM interchange WHERE post_count > 1"))
