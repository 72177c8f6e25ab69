"""SQL of interchanges: taking pending claims, control numbers, the commit before the POST, leases, outcomes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kit.database import Transaction
from sqlalchemy import text

from submission_svc.domain import ClaimState, Interchange, InterchangeState
from submission_svc.errors import AccountUnusable
from submission_svc.repository.submissions import ClaimKey

Account = tuple[str, str]
"""Tenant id and gateway account id."""
MAX_CONTROL_NUMBER = 999_999_999


@dataclass(frozen=True, slots=True)
class PendingClaim:
    """A claim version taken for a batch, locked."""

    claim_id: UUID
    claim_version: int
    encounter_id: UUID
    patient_control_number: str
    content: str
    billing_npi: str = ""

    @property
    def key(self) -> ClaimKey:
        """Claim id and version."""
        return self.claim_id, self.claim_version


@dataclass(frozen=True, slots=True)
class ControlNumbers:
    """ISA13, GS06 and the first ST02 of an interchange."""

    interchange: int
    group: int
    first_transaction_set: int


@dataclass(frozen=True, slots=True)
class SetRecord:
    """A transaction set of an interchange: ST02, BHT03 and the claims in it."""

    control_number: str
    reference: str
    claims: tuple[PendingClaim, ...]


@dataclass(frozen=True, slots=True)
class InterchangeRecord:
    """Everything that is committed before the first POST and never changes."""

    tenant_id: str
    gateway_id: str
    interchange: Interchange
    numbers: ControlNumbers
    content: bytes
    content_sha256: bytes
    created_at: datetime
    sets: tuple[SetRecord, ...]


@dataclass(frozen=True, slots=True)
class Leased:
    """An interchange that this process may post until its lease ends."""

    tenant_id: str
    gateway_id: str
    interchange: Interchange
    idempotency_key: UUID
    interchange_control_number: int
    content: bytes
    age_seconds: float


@dataclass(frozen=True, slots=True)
class Member:
    """A claim version in an interchange, with what its events and spans need."""

    claim_id: UUID
    claim_version: int
    encounter_id: UUID
    encounter_version: int
    payer_id: str
    patient_control_number: str
    charge_cents: int
    control_number: str
    state: ClaimState
    built_traceparent: str | None

    @property
    def key(self) -> ClaimKey:
        """Claim id and version."""
        return self.claim_id, self.claim_version


async def due_accounts(
    tx: Transaction, accounts: Sequence[tuple[Account, int]], size: int, age_seconds: float
) -> list[Account]:
    """The accounts with a full batch or a pending claim older than `age_seconds`, and room for one more file.

    The number beside an account is how many unfinished interchanges it may have: behind a dead gateway claims stay
    pending, where they can still be withdrawn or replaced.
    """
    rows = await tx.execute(
        text(
            """
            SELECT a.tenant_id, a.gateway_id
            FROM unnest(CAST(:tenants AS text[]), CAST(:gateways AS text[]), CAST(:rooms AS int[]))
                AS a (tenant_id, gateway_id, room)
            CROSS JOIN LATERAL (
                SELECT count(*) AS n, min(queued_at) AS oldest FROM (
                    SELECT queued_at FROM submission s
                    WHERE s.tenant_id = a.tenant_id AND s.gateway_id = a.gateway_id AND s.state = 'pending'
                    ORDER BY queued_at LIMIT :size
                ) AS head
            ) AS p
            WHERE (p.n >= :size OR p.oldest < clock_timestamp() - make_interval(secs => :age))
              AND a.room > (
                SELECT count(*) FROM interchange i
                WHERE i.tenant_id = a.tenant_id AND i.gateway_id = a.gateway_id
                  AND i.state IN ('intent', 'sending', 'unknown'))
            """
        ),
        {
            "tenants": [account[0] for account, _ in accounts],
            "gateways": [account[1] for account, _ in accounts],
            "rooms": [room for _, room in accounts],
            "size": size,
            "age": age_seconds,
        },
    )
    return [(row.tenant_id, row.gateway_id) for row in rows]


async def take_pending(tx: Transaction, account: Account, size: int) -> list[PendingClaim]:
    """Lock up to `size` pending claim versions of an account, oldest first; those locked elsewhere are left out."""
    rows = await tx.execute(
        text(
            """
            SELECT claim_id, claim_version, encounter_id, patient_control_number, content FROM submission
            WHERE tenant_id = :tenant AND gateway_id = :gateway AND state = 'pending'
            ORDER BY queued_at LIMIT :size FOR UPDATE SKIP LOCKED
            """
        ),
        {"tenant": account[0], "gateway": account[1], "size": size},
    )
    return [PendingClaim(**row) for row in rows.mappings()]


async def draw_control_numbers(tx: Transaction, account: Account, set_count: int) -> ControlNumbers:
    """The next control numbers of an account; its counter row stays locked until commit.

    Raises AccountUnusable after nine digits: a number used again would be refused as a duplicate.
    """
    row = (
        await tx.execute(
            text(
                """
                INSERT INTO control_number AS c (tenant_id, gateway_id, interchange, functional_group, transaction_set)
                VALUES (:tenant, :gateway, 1, 1, :sets)
                ON CONFLICT (tenant_id, gateway_id) DO UPDATE SET interchange = c.interchange + 1,
                    functional_group = c.functional_group + 1, transaction_set = c.transaction_set + :sets
                RETURNING interchange, functional_group, transaction_set
                """
            ),
            {"tenant": account[0], "gateway": account[1], "sets": set_count},
        )
    ).one()
    if max(row) > MAX_CONTROL_NUMBER:
        raise AccountUnusable(account[1], "account.control-numbers-exhausted")
    return ControlNumbers(row.interchange, row.functional_group, row.transaction_set - set_count + 1)


async def insert_interchange(tx: Transaction, record: InterchangeRecord) -> None:
    """Write the interchange, its sets and members, and mark the claims as batched: the INTENT before any POST."""
    await tx.execute(
        text(
            """
            INSERT INTO interchange (tenant_id, interchange_id, gateway_id, interchange_control_number,
                group_control_number, idempotency_key, content, content_sha256, claim_count, created_at)
            VALUES (:tenant, :id, :gateway, :isa, :gs, :key, :content, :sha256, :claims, :created)
            """
        ),
        {
            "tenant": record.tenant_id,
            "id": record.interchange.interchange_id,
            "gateway": record.gateway_id,
            "isa": record.numbers.interchange,
            "gs": record.numbers.group,
            "key": record.interchange.idempotency_key,
            "content": record.content,
            "sha256": record.content_sha256,
            "claims": sum(len(s.claims) for s in record.sets),
            "created": record.created_at,
        },
    )
    await _insert_sets(tx, record)
    await _insert_members(tx, record)


async def _insert_sets(tx: Transaction, record: InterchangeRecord) -> None:
    await tx.execute(
        text(
            """
            INSERT INTO transaction_set (tenant_id, gateway_id, interchange_id, control_number, reference, claim_count)
            SELECT :tenant, :gateway, :id, * FROM unnest(CAST(:numbers AS text[]), CAST(:references AS text[]),
                CAST(:counts AS int[]))
            """
        ),
        {
            "tenant": record.tenant_id,
            "gateway": record.gateway_id,
            "id": record.interchange.interchange_id,
            "numbers": [s.control_number for s in record.sets],
            "references": [s.reference for s in record.sets],
            "counts": [len(s.claims) for s in record.sets],
        },
    )


async def _insert_members(tx: Transaction, record: InterchangeRecord) -> None:
    members = [(claim, s.control_number) for s in record.sets for claim in s.claims]
    await tx.execute(
        text(
            """
            WITH m AS (
                INSERT INTO interchange_member (tenant_id, interchange_id, claim_id, claim_version, control_number,
                    patient_control_number, billing_npi)
                SELECT :tenant, :id, * FROM unnest(CAST(:claims AS uuid[]), CAST(:versions AS int[]),
                    CAST(:sets AS text[]), CAST(:numbers AS text[]), CAST(:npis AS text[]))
                RETURNING claim_id, claim_version
            )
            UPDATE submission AS s SET state = 'batched', interchange_id = :id, attempt_count = attempt_count + 1
            FROM m WHERE s.claim_id = m.claim_id AND s.claim_version = m.claim_version
            """
        ),
        {
            "tenant": record.tenant_id,
            "id": record.interchange.interchange_id,
            "claims": [claim.claim_id for claim, _ in members],
            "versions": [claim.claim_version for claim, _ in members],
            "sets": [number for _, number in members],
            "numbers": [claim.patient_control_number for claim, _ in members],
            "npis": [claim.billing_npi for claim, _ in members],
        },
    )


async def lease(tx: Transaction, accounts: Sequence[tuple[Account, int]], lease_seconds: float) -> list[Leased]:
    """Take interchanges that are due, per account at most as many as it has free slots, and begin their POST.

    Fresh files go first: one that has failed before says less about the gateway's health. One that was left in SENDING
    by a dead process is due when its lease has ended. Real time, told by the database.
    """
    rows = await tx.execute(
        text(
            """
            WITH due AS (
                SELECT i.interchange_id, i.state
                FROM unnest(CAST(:tenants AS text[]), CAST(:gateways AS text[]), CAST(:slots AS int[]))
                    AS a (tenant_id, gateway_id, slots)
                CROSS JOIN LATERAL (
                    SELECT interchange_id, state FROM interchange
                    WHERE tenant_id = a.tenant_id AND gateway_id = a.gateway_id
                      AND state IN ('intent', 'sending', 'unknown') AND due_at <= clock_timestamp()
                    ORDER BY post_count, due_at LIMIT a.slots FOR UPDATE SKIP LOCKED
                ) AS i
            )
            UPDATE interchange AS i SET state = 'sending', post_count = post_count + 1,
                due_at = clock_timestamp() + make_interval(secs => :lease),
                first_posted_at = coalesce(first_posted_at, clock_timestamp())
            FROM due WHERE i.interchange_id = due.interchange_id
            RETURNING i.tenant_id, i.gateway_id, i.interchange_id, i.idempotency_key, i.interchange_control_number,
                i.content, i.post_count, due.state AS state_before,
                CAST(extract(epoch FROM clock_timestamp() - first_posted_at) AS double precision) AS age_seconds
            """
        ),
        {
            "tenants": [account[0] for account, _ in accounts],
            "gateways": [account[1] for account, _ in accounts],
            "slots": [slots for _, slots in accounts],
            "lease": lease_seconds,
        },
    )
    return [
        Leased(
            tenant_id=row.tenant_id,
            gateway_id=row.gateway_id,
            interchange=Interchange(row.interchange_id, InterchangeState(row.state_before), row.post_count - 1).post(),
            idempotency_key=row.idempotency_key,
            interchange_control_number=row.interchange_control_number,
            content=bytes(row.content),
            age_seconds=row.age_seconds,
        )
        for row in rows
    ]


async def renew(tx: Transaction, held: Sequence[Interchange], lease_seconds: float) -> None:
    """Lengthen the leases of POSTs that are still running here."""
    await tx.execute(
        text(
            """
            UPDATE interchange AS i SET due_at = clock_timestamp() + make_interval(secs => :lease)
            FROM unnest(CAST(:ids AS uuid[]), CAST(:counts AS int[])) AS h (interchange_id, post_count)
            WHERE i.interchange_id = h.interchange_id AND i.post_count = h.post_count AND i.state = 'sending'
            """
        ),
        {
            "lease": lease_seconds,
            "ids": [interchange.interchange_id for interchange in held],
            "counts": [interchange.post_count for interchange in held],
        },
    )


async def for_update(tx: Transaction, interchange_ids: Sequence[UUID]) -> dict[UUID, Interchange]:
    """Lock interchanges in one order for everybody, always before their claims."""
    rows = await tx.execute(
        text(
            """
            SELECT interchange_id, state, post_count FROM interchange
            WHERE interchange_id = ANY(CAST(:ids AS uuid[])) ORDER BY interchange_id FOR UPDATE
            """
        ),
        {"ids": list(interchange_ids)},
    )
    return {
        row.interchange_id: Interchange(row.interchange_id, InterchangeState(row.state), row.post_count) for row in rows
    }


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a POST or a question led to, for one interchange."""

    interchange: Interchange
    code: str
    reference: str | None
    delay_seconds: float
    delivered_at: datetime | None
    traceparent: str | None


async def save_outcome(tx: Transaction, outcome: Outcome) -> None:
    """Write the state after an answer; `delay_seconds` is when an unknown one is due again."""
    await tx.execute(
        text(
            """
            UPDATE interchange SET state = :state, last_answer = :code,
                gateway_reference = coalesce(:reference, gateway_reference),
                due_at = clock_timestamp() + make_interval(secs => :delay),
                delivered_at = coalesce(delivered_at, :delivered_at),
                traceparent = coalesce(:traceparent, traceparent)
            WHERE interchange_id = :id
            """
        ),
        {
            "id": outcome.interchange.interchange_id,
            "state": outcome.interchange.state.value,
            "code": outcome.code,
            "reference": outcome.reference,
            "delay": outcome.delay_seconds,
            "delivered_at": outcome.delivered_at,
            "traceparent": outcome.traceparent,
        },
    )


async def members(tx: Transaction, interchange_id: UUID) -> list[Member]:
    """The claims of an interchange in the order of the file's sets."""
    rows = await tx.execute(
        text(
            """
            SELECT m.claim_id, m.claim_version, s.encounter_id, s.encounter_version, s.payer_id,
                s.patient_control_number, s.charge_cents, m.control_number, s.state, s.built_traceparent
            FROM interchange_member m JOIN submission s USING (claim_id, claim_version)
            WHERE m.interchange_id = :id ORDER BY m.control_number, m.claim_id
            """
        ),
        {"id": interchange_id},
    )
    return [Member(**{**row, "state": ClaimState(row["state"])}) for row in rows.mappings()]


async def set_delivered(
    tx: Transaction, interchange_id: UUID, now: datetime, traceparents: Sequence[tuple[ClaimKey, str | None]]
) -> None:
    """Move the claims of a delivered interchange that no acknowledgement has moved yet; keep their submit spans."""
    await tx.execute(
        text(
            """
            UPDATE submission AS s SET
                state = CASE WHEN s.state = 'batched' THEN 'delivered' ELSE s.state END,
                delivered_at = coalesce(s.delivered_at, :now),
                submit_traceparent = coalesce(c.traceparent, s.submit_traceparent)
            FROM unnest(CAST(:claims AS uuid[]), CAST(:versions AS int[]), CAST(:traces AS text[]))
                AS c (claim_id, claim_version, traceparent)
            WHERE s.claim_id = c.claim_id AND s.claim_version = c.claim_version AND s.interchange_id = :id
            """
        ),
        {
            "id": interchange_id,
            "now": now,
            "claims": [key[0] for key, _ in traceparents],
            "versions": [key[1] for key, _ in traceparents],
            "traces": [traceparent for _, traceparent in traceparents],
        },
    )


async def control_number(tx: Transaction, interchange_id: UUID) -> int:
    """ISA13 of an interchange."""
    found = await tx.execute(
        text("SELECT interchange_control_number FROM interchange WHERE interchange_id = :id"), {"id": interchange_id}
    )
    return int(found.scalar_one())


async def retry(tx: Transaction, interchange: Interchange) -> None:
    """A person takes the file up again: due at once, with the key's time counted from now."""
    await tx.execute(
        text(
            """
            UPDATE interchange SET state = :state, due_at = clock_timestamp(), first_posted_at = NULL
            WHERE interchange_id = :id
            """
        ),
        {"id": interchange.interchange_id, "state": interchange.state.value},
    )
