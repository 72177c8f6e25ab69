"""What the system has done so far, in numbers: two fingerprints that are equal say that nothing was done in between."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from local_stack.config import SERVICE_DATABASES

from tests.support.live import Live

Fingerprint = Mapping[str, int]

_COUNTED: Mapping[str, tuple[str, ...]] = {
    "coding-svc": ("encounter", "encounter_version", "coding_outcome", "review_item", "review_decision", "correction"),
    "claim-builder": ("encounter", "claim", "claim_version", "claim_fix"),
    "submission-svc": (
        *("submission", "withdrawal", "interchange", "transaction_set", "interchange_member"),
        *("acknowledgement", "claim_acknowledgement"),
    ),
    "followup-svc": (
        *("encounter", "timeline", "claim", "claim_version", "remittance", "claim_payment", "correction"),
        *("work_item", "ledger", "ledger_transfer"),
    ),
}
_SUMS: Mapping[str, Mapping[str, str]] = {
    "coding-svc": {"states": "SELECT sum(hashtext(encounter_id::text || state))::bigint FROM encounter"},
    "claim-builder": {"states": "SELECT sum(hashtext(claim_id::text || claim_version || state))::bigint FROM claim"},
    "submission-svc": {
        "posts": "SELECT sum(post_count) FROM interchange",
        "states": "SELECT sum(hashtext(claim_id::text || claim_version || state))::bigint FROM submission",
        "quarantined": "SELECT count(*) FROM webhook WHERE state = 'quarantined'",
    },
    "followup-svc": {
        "states": "SELECT sum(hashtext(claim_id::text || claim_version || state || closed))::bigint FROM claim",
        "open items": "SELECT count(*) FROM work_item WHERE state = 'open'",
        "cents moved": "SELECT sum(amount_cents) FROM ledger_transfer",
        "outstanding": "SELECT sum(outstanding_cents) FROM ledger",
        "quarantined": "SELECT count(*) FROM webhook WHERE state = 'quarantined'",
    },
}
_AT_THE_PAYER = ("file", "attempt", "interchange", "claim", "service", "installment", "delivery")


async def fingerprint(live: Live) -> Fingerprint:
    """Rows of every table that holds something done, events by type, sums of money, states, and the payer's books."""
    found: dict[str, int] = {}
    for service in SERVICE_DATABASES:
        for table in _COUNTED[service]:
            found[f"{service}: {table}"] = await live.value(service, f'SELECT count(*) FROM "{table}"')
        for name, query in _SUMS[service].items():
            found[f"{service}: {name}"] = int(await live.value(service, query) or 0)
        events = await live.rows(service, "SELECT event_type, count(*) FROM outbox GROUP BY event_type")
        found |= {f"{service}: {event}": number for event, number in events}
        found[f"{service}: dead letters"] = await live.value(service, "SELECT count(*) FROM dead_letter")
    return found | _payer(live)


def _payer(live: Live) -> dict[str, int]:
    path = live.stack.config.folder / "sandbox" / "books.sqlite3"
    books = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return {f"payer: {t}": books.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in _AT_THE_PAYER}
    finally:
        books.close()


def differences(before: Fingerprint, after: Fingerprint) -> dict[str, tuple[int, int]]:
    """What is not the same: before and after."""
    return {
        name: (before.get(name, 0), after.get(name, 0))
        for name in sorted(before.keys() | after.keys())
        if before.get(name, 0) != after.get(name, 0)
    }
