"""Loading and saving the books of a set of encounters: what is decided about them is decided on one locked snapshot."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from kit.database import Transaction
from sqlalchemy import text

from followup_svc.domain import (
    AdjudicatedLine,
    Adjudication,
    Adjustment,
    Balances,
    BilledLine,
    Claim,
    ClaimVersion,
    Fact,
    Payment,
    Transfer,
)


@dataclass(frozen=True, slots=True)
class EncounterBooks:
    """Everything known of one encounter, as one locked snapshot.

    `reversible` holds the transfers of posted payments, `parked` the payments whose cash lies in suspense,
    `corrected` the (claim, reason) pairs that were corrected already, `traceparents` the submit span
    of each claim, or the newest trace of one that was not submitted.
    """

    tenant_id: str
    encounter_id: UUID
    facts: tuple[Fact, ...]
    claims: tuple[Claim, ...]
    balances: Mapping[UUID, Balances]
    reversible: Mapping[UUID, tuple[Transfer, ...]] = field(default_factory=dict)
    parked: frozenset[UUID] = frozenset()
    corrected: frozenset[tuple[UUID, str]] = frozenset()
    closed_as: Mapping[UUID, str] = field(default_factory=dict)
    traceparents: Mapping[UUID, str] = field(default_factory=dict)


# One statement makes the row or locks the one that is there.
_LOCK = text(
    """
    INSERT INTO encounter AS e (encounter_id, tenant_id, first_seen_at)
    SELECT id, tenant_id, :now FROM unnest(CAST(:ids AS uuid[]), CAST(:tenants AS text[])) AS t (id, tenant_id)
    ORDER BY id ON CONFLICT (encounter_id) DO UPDATE SET first_seen_at = e.first_seen_at
    """
)
_LOCKED = text(
    """
    SELECT encounter_id, tenant_id FROM encounter WHERE encounter_id = ANY (CAST(:ids AS uuid[]))
    ORDER BY encounter_id FOR UPDATE
    """
)
_FACTS = text(
    """
    SELECT encounter_id, event_type, encounter_version, claim_id, claim_version, occurred_at, data::text, traceparent
    FROM timeline WHERE encounter_id = ANY (CAST(:ids AS uuid[]))
      AND event_type = ANY (ARRAY['EncounterCoded', 'EncounterHeld', 'EncounterClosed', 'ClaimBuilt', 'ClaimHeld',
        'ClaimWithdrawn', 'CorrectionRefused', 'ClaimSubmitted', 'ClaimAccepted', 'ClaimRejected', 'ClaimStalled'])
    ORDER BY occurred_at, event_id
    """
)
_CLAIMS = text(
    """
    SELECT tenant_id, encounter_id, claim_id, payer_id, turn, patient_control_number, ledger_id, opened_lines::text,
           opening_number, closing_number, closed, closed_as
    FROM claim WHERE encounter_id = ANY (CAST(:ids AS uuid[])) ORDER BY turn, claim_id
    """
)
_VERSIONS = text(
    """
    SELECT claim_id, claim_version, encounter_version, frequency_code, charge_cents, built_at, lines::text, later_turns,
           filing_indicator, corrects_claim_id, correction_action
    FROM claim_version WHERE encounter_id = ANY (CAST(:ids AS uuid[])) ORDER BY claim_id, claim_version
    """
)
_PAYMENTS = text(
    """
    SELECT payment_id, remittance_id, number, payer_id, paid_on, adjudication::text, payment_key, claim_id, turn, state,
           parked, patient_cents, contractual_cents, denied_cents, category, reversed_by
    FROM claim_payment WHERE claim_id = ANY (CAST(:ids AS uuid[])) ORDER BY paid_on, remittance_id, number
    """
)
_BALANCES = text(
    """
    SELECT ledger_id, account, sum(cents)::bigint AS cents FROM (
        SELECT ledger_id, debit_account AS account, amount_cents AS cents
        FROM ledger_transfer WHERE ledger_id = ANY (CAST(:ids AS uuid[]))
        UNION ALL
        SELECT ledger_id, credit_account, -amount_cents
        FROM ledger_transfer WHERE ledger_id = ANY (CAST(:ids AS uuid[]))
    ) AS entries GROUP BY ledger_id, account
    """
)
_TRANSFERS = text(
    """
    SELECT key, ledger_id, debit_account, credit_account, amount_cents, reason, encounter_id, claim_id, payment_id,
           remittance_id, line_number
    FROM ledger_transfer WHERE payment_id = ANY (CAST(:ids AS uuid[])) AND ledger_id <> remittance_id
    ORDER BY transfer_id
    """
)
_CORRECTED = text("SELECT claim_id, reason_code FROM correction WHERE claim_id = ANY (CAST(:ids AS uuid[]))")


async def lock(tx: Transaction, encounters: Mapping[UUID, str], now: datetime) -> None:
    """Serialise what is done about these encounters (id to tenant); always in the order of ids."""
    ids = sorted(encounters)
    await tx.execute(_LOCK, {"ids": ids, "tenants": [encounters[i] for i in ids], "now": now})


async def load(tx: Transaction, encounter_ids: Iterable[UUID]) -> list[EncounterBooks]:
    """Lock the encounters that are known (see `lock`) and load their books."""
    ids = sorted(set(encounter_ids))
    if not ids:
        return []
    locked = list(await tx.execute(_LOCKED, {"ids": ids}))
    rows = list(await tx.execute(_CLAIMS, {"ids": ids}))
    facts, traces = await _load_facts(tx, ids)
    versions = await _load_versions(tx, ids)
    payments, parked = await _load_payments(tx, [row.claim_id for row in rows])
    balances = await _load_balances(tx, [row.ledger_id for row in rows if row.ledger_id])
    corrected = await _load_corrected(tx, [row.claim_id for row in rows])
    reversible = await _load_reversible(tx, payments)
    claims: dict[UUID, list[Claim]] = defaultdict(list)
    for row in rows:
        claims[row.encounter_id].append(_claim(row, versions, facts[row.encounter_id], payments))
    closed_as = {row.claim_id: row.closed_as or "" for row in rows}
    return [
        EncounterBooks(
            tenant_id=row.tenant_id,
            encounter_id=row.encounter_id,
            facts=tuple(facts[row.encounter_id]),
            claims=tuple(claims[row.encounter_id]),
            balances=balances,
            reversible=reversible,
            parked=parked,
            corrected=corrected,
            closed_as=closed_as,
            traceparents=traces,
        )
        for row in locked
    ]


async def _load_facts(tx: Transaction, ids: Sequence[UUID]) -> tuple[dict[UUID, list[Fact]], dict[UUID, str]]:
    facts: dict[UUID, list[Fact]] = defaultdict(list)
    newest: dict[UUID, str] = {}
    submitted: dict[UUID, str] = {}
    for row in await tx.execute(_FACTS, {"ids": ids}):
        data = json.loads(row.data) if row.data != "{}" else {}
        fact = Fact(row.event_type, row.encounter_version, row.claim_id, row.claim_version, row.occurred_at, data)
        facts[row.encounter_id].append(fact)
        if row.claim_id and row.traceparent:
            (submitted if row.event_type == "ClaimSubmitted" else newest)[row.claim_id] = row.traceparent
    return facts, newest | submitted


async def _load_versions(tx: Transaction, ids: Sequence[UUID]) -> dict[UUID, list[ClaimVersion]]:
    versions: dict[UUID, list[ClaimVersion]] = defaultdict(list)
    for row in await tx.execute(_VERSIONS, {"ids": ids}):
        versions[row.claim_id].append(
            ClaimVersion(
                claim_version=row.claim_version,
                encounter_version=row.encounter_version,
                frequency_code=row.frequency_code,
                charge_cents=row.charge_cents,
                built_at=row.built_at,
                lines=tuple(BilledLine(**line) for line in json.loads(row.lines)),
                later_turns=tuple(row.later_turns),
                filing_indicator=row.filing_indicator,
                corrects_claim_id=row.corrects_claim_id,
                correction_action=row.correction_action,
            )
        )
    return versions


async def _load_payments(
    tx: Transaction, claim_ids: Sequence[UUID]
) -> tuple[dict[UUID, list[Payment]], frozenset[UUID]]:
    payments: dict[UUID, list[Payment]] = defaultdict(list)
    parked: set[UUID] = set()
    if not claim_ids:
        return payments, frozenset()
    for row in await tx.execute(_PAYMENTS, {"ids": claim_ids}):
        payments[row.claim_id].append(payment_of(row))
        if row.parked:
            parked.add(row.payment_id)
    return payments, frozenset(parked)


def payment_of(row: Any) -> Payment:
    """A payment from its row."""
    return Payment(
        payment_id=row.payment_id,
        remittance_id=row.remittance_id,
        number=row.number,
        payer_id=row.payer_id,
        paid_on=row.paid_on,
        adjudication=adjudication_of(json.loads(row.adjudication)),
        key=row.payment_key,
        claim_id=row.claim_id,
        turn=row.turn,
        state=row.state,
        patient_cents=row.patient_cents,
        contractual_cents=row.contractual_cents,
        denied_cents=row.denied_cents,
        category=row.category,
        reversed_by=row.reversed_by,
    )


def adjudication_of(data: Mapping[str, Any]) -> Adjudication:
    """An adjudication from its JSON (the dataclass's own field names)."""
    lines = tuple(
        AdjudicatedLine(
            **{
                **line,
                "modifiers": tuple(line["modifiers"]),
                "adjustments": tuple(Adjustment(**item) for item in line["adjustments"]),
                "remark_codes": tuple(line["remark_codes"]),
                "decided_modifiers": tuple(line.get("decided_modifiers", ())),
            }
        )
        for line in data["lines"]
    )
    adjustments = tuple(Adjustment(**item) for item in data["adjustments"])
    plain = {**data, "lines": lines, "adjustments": adjustments, "remark_codes": tuple(data["remark_codes"])}
    return Adjudication(**plain)


async def _load_balances(tx: Transaction, ledger_ids: Sequence[UUID]) -> dict[UUID, Balances]:
    if not ledger_ids:
        return {}
    amounts: dict[UUID, dict[str, int]] = defaultdict(dict)
    for row in await tx.execute(_BALANCES, {"ids": list(set(ledger_ids))}):
        credit_normal = row.account in ("charges", "suspense")
        amounts[row.ledger_id][row.account] = -row.cents if credit_normal else row.cents
    return {ledger_id: Balances(accounts) for ledger_id, accounts in amounts.items()}


async def _load_corrected(tx: Transaction, claim_ids: Sequence[UUID]) -> frozenset[tuple[UUID, str]]:
    if not claim_ids:
        return frozenset()
    return frozenset((row.claim_id, row.reason_code) for row in await tx.execute(_CORRECTED, {"ids": claim_ids}))


async def _load_reversible(
    tx: Transaction, payments: Mapping[UUID, Sequence[Payment]]
) -> dict[UUID, tuple[Transfer, ...]]:
    wanted = [
        payment.payment_id
        for found in payments.values()
        if any(p.adjudication.is_reversal and not p.posted for p in found)
        for payment in found
        if payment.stands
    ]
    transfers: dict[UUID, list[Transfer]] = defaultdict(list)
    if wanted:
        for row in await tx.execute(_TRANSFERS, {"ids": wanted}):
            transfers[row.payment_id].append(Transfer(**row._mapping))
    return {payment_id: tuple(found) for payment_id, found in transfers.items()}


def _claim(
    row: Any,
    versions: Mapping[UUID, Sequence[ClaimVersion]],
    facts: Sequence[Fact],
    payments: Mapping[UUID, Sequence[Payment]],
) -> Claim:
    return Claim(
        tenant_id=row.tenant_id,
        encounter_id=row.encounter_id,
        claim_id=row.claim_id,
        payer_id=row.payer_id,
        turn=row.turn,
        patient_control_number=row.patient_control_number,
        versions=tuple(versions.get(row.claim_id, ())),
        facts=tuple(fact for fact in facts if fact.claim_id == row.claim_id),
        payments=tuple(payments.get(row.claim_id, ())),
        ledger_id=row.ledger_id,
        opened_lines={int(number): cents for number, cents in json.loads(row.opened_lines).items()},
        opening_number=row.opening_number,
        closing_number=row.closing_number,
        closed=row.closed,
    )


_SEALED = text(
    """
    SELECT claim_id, claim_version, sealed_event FROM claim_version
    WHERE claim_id = ANY (CAST(:ids AS uuid[])) AND sealed_event IS NOT NULL
    """
)


async def sealed_events(tx: Transaction, claim_ids: Sequence[UUID]) -> dict[tuple[UUID, int], bytes]:
    """The stored ClaimBuilt events (their PHI part still encrypted) by claim and version."""
    rows = await tx.execute(_SEALED, {"ids": list(claim_ids)})
    return {(row.claim_id, row.claim_version): bytes(row.sealed_event) for row in rows}


async def claims_of_encounters(tx: Transaction, encounter_ids: Iterable[UUID]) -> list[Claim]:
    """All claims of these encounters, as stored."""
    return [claim for encounter in await load(tx, encounter_ids) for claim in encounter.claims]
