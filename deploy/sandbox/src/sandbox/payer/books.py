"""The payer's books: everything it took, decided, owes and sent, in one SQLite file that survives `kill -9`.

One connection, one thread, full fsync at each commit: a file is on disk, with its claims, decisions and planned
webhooks, before the gateway answers 202.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from sandbox.payer.domain import Money

NO_MONEY: Final = Money()
_MONEY_COLUMNS: Final = "paid_cents, contractual_cents, patient_cents, prior_payer_cents, denied_cents"


@dataclass(frozen=True, slots=True)
class TakenFile:
    """A file that the gateway accepted."""

    file_id: str
    sha256: bytes


@dataclass(frozen=True, slots=True)
class Earlier:
    """How often a claim's number was accepted, and whether one of these stands: one more would be a duplicate."""

    times: int
    stands: bool


@dataclass(frozen=True, slots=True)
class BookedClaim:
    """A claim as it enters the books. `stage` is accepted, rejected_ta1, rejected_999 or rejected_277ca."""

    account: str
    file_id: str
    patient_control_number: str
    frequency_code: str
    payer_id: str
    payer_sequence: str
    member_id: str
    charge_cents: int
    stage: str
    outcome: str
    received_at: float
    payer_claim_control_number: str | None = None
    duplicate: bool = False
    unprocessable: bool = False
    money: Money = NO_MONEY
    decision: str | None = None


@dataclass(frozen=True, slots=True)
class DueInstallment:
    """What one 835 has to say about one claim; JSON texts of `Installment` and `Parties`."""

    seq: int
    claim_seq: int
    account: str
    payer_id: str
    payee_id: str
    road: str
    parties: str
    content: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """A webhook to send. `due_at` is seconds since the epoch; `claims` a JSON list of claim seqs."""

    webhook_id: str
    account: str
    kind: str
    body: bytes
    traceparent: str
    claims: str
    due_at: float
    seq: int = 0
    attempts: int = 0


class Books:
    """All reads and writes. Not thread-safe: use it from one thread only."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.executescript(files("sandbox.payer").joinpath("books.sql").read_text(encoding="ascii"))

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, fsynced at the end."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """A part of a transaction that is undone alone when it raises."""
        self._db.execute("SAVEPOINT attempt")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK TO attempt")
            self._db.execute("RELEASE attempt")
            raise
        self._db.execute("RELEASE attempt")

    def next_number(self, name: str, count: int = 1) -> int:
        """The first of `count` new numbers of a sequence, from 1."""
        row = self._db.execute(
            "INSERT INTO counter VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + ? RETURNING value",
            (name, count, count),
        ).fetchone()
        return int(row[0]) - count + 1

    # --- files ---------------------------------------------------------------------------------------------------

    def taken_file(self, account: str, key: str) -> TakenFile | None:
        """The file taken under this idempotency key, or None."""
        row = self._db.execute(
            "SELECT file_id, sha256 FROM file WHERE account = ? AND idempotency_key = ?", (account, key)
        ).fetchone()
        return TakenFile(*row) if row else None

    def take_file(self, account: str, key: str, file: TakenFile, received_at: float) -> None:
        """Book a file; the key is new."""
        self._db.execute(
            "INSERT INTO file VALUES (?, ?, ?, ?, ?)", (account, key, file.file_id, file.sha256, received_at)
        )

    def count_attempt(self, account: str, key: str) -> int:
        """Count one more attempt under this key; the number of attempts so far, this one included."""
        row = self._db.execute(
            "INSERT INTO attempt VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET count = count + 1 RETURNING count",
            (account, key),
        ).fetchone()
        return int(row[0])

    def attempts(self, account: str, key: str) -> int:
        """How many attempts under this key were counted; none are where no member asks for a gateway fault."""
        row = self._db.execute(
            "SELECT count FROM attempt WHERE account = ? AND idempotency_key = ?", (account, key)
        ).fetchone()
        return int(row[0]) if row else 0

    def is_new_interchange(self, account: str, sender_id: str, control_number: int, file_id: str) -> bool:
        """Book an ISA13; False if this sender used it before."""
        cursor = self._db.execute(
            "INSERT INTO interchange VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (account, sender_id, control_number, file_id),
        )
        return cursor.rowcount == 1

    # --- claims --------------------------------------------------------------------------------------------------

    def book_claim(self, claim: BookedClaim) -> int:
        """Insert a claim; its seq."""
        m = claim.money
        values = (
            *(claim.account, claim.file_id, claim.patient_control_number, claim.frequency_code, claim.payer_id),
            *(claim.payer_sequence, claim.member_id, claim.charge_cents, claim.stage, claim.outcome),
            *(claim.payer_claim_control_number, claim.duplicate, claim.unprocessable, claim.decision),
            *(m.paid_cents, m.contractual_cents, m.patient_cents, m.prior_payer_cents, m.denied_cents),
            claim.received_at,
        )
        cursor = self._db.execute(
            "INSERT INTO claim (account, file_id, patient_control_number, frequency_code, payer_id, payer_sequence,"
            " member_id, charge_cents, stage, outcome, payer_claim_control_number, duplicate, unprocessable, decision,"
            f" {_MONEY_COLUMNS}, received_at) VALUES ({', '.join('?' * len(values))})",
            values,
        )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def was_rejected(self, account: str, patient_control_number: str, stage: str) -> bool:
        """True if a claim of this number was rejected at this stage before."""
        return self._exists(
            "claim WHERE account = ? AND patient_control_number = ? AND stage = ?",
            (account, patient_control_number, stage),
        )

    def earlier(self, account: str, patient_control_number: str) -> Earlier:
        """What is accepted of this number already."""
        row = self._db.execute(
            "SELECT count(*), coalesce(max(NOT replaced AND NOT unprocessable), 0) FROM claim"
            " WHERE account = ? AND patient_control_number = ? AND stage = 'accepted'",
            (account, patient_control_number),
        ).fetchone()
        return Earlier(int(row[0]), bool(row[1]))

    def find_original(self, account: str, payer_id: str, payer_claim_control_number: str) -> tuple[int, str] | None:
        """Seq and decision (JSON) of the active claim that the payer gave this number, or None."""
        row = self._db.execute(
            "SELECT seq, decision FROM claim WHERE account = ? AND payer_claim_control_number = ?"
            " AND payer_id = ? AND stage = 'accepted' AND NOT replaced ORDER BY seq DESC LIMIT 1",
            (account, payer_claim_control_number, payer_id),
        ).fetchone()
        return (int(row[0]), str(row[1])) if row else None

    def replace_claim(self, seq: int) -> None:
        """A replacement or void took the place of this claim: nothing of its money stays."""
        zero = ", ".join(f"{column} = 0" for column in _MONEY_COLUMNS.split(", "))
        self._db.execute(f"UPDATE claim SET replaced = 1, {zero} WHERE seq = ?", (seq,))
        self._db.execute("DELETE FROM service WHERE claim_seq = ?", (seq,))

    def book_services(self, fingerprints: Iterable[bytes], claim_seq: int) -> None:
        """Remember services for the duplicate check."""
        rows = [(fingerprint, claim_seq) for fingerprint in fingerprints]
        self._db.executemany("INSERT INTO service VALUES (?, ?) ON CONFLICT DO NOTHING", rows)

    def has_service(self, fingerprint: bytes) -> bool:
        """True if this service was adjudicated before."""
        return self._exists("service WHERE fingerprint = ?", (fingerprint,))

    def deductible_used_cents(self, account: str, member_id: str, year: int) -> int:
        """What the member's claims of a year have used of the deductible."""
        row = self._db.execute(
            "SELECT deductible_cents FROM accumulator WHERE account = ? AND member_id = ? AND year = ?",
            (account, member_id, year),
        ).fetchone()
        return int(row[0]) if row else 0

    def use_deductible(self, account: str, member_id: str, year: int, cents: int) -> None:
        """Add to a member's accumulator; negative gives back."""
        self._db.execute(
            "INSERT INTO accumulator VALUES (?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET deductible_cents = deductible_cents + excluded.deductible_cents",
            (account, member_id, year, cents),
        )

    # --- remittances ---------------------------------------------------------------------------------------------

    def plan_installment(self, installment: DueInstallment, chain: str, due_at: float, *, has_claims: bool) -> None:
        """Plan what a coming 835 says. Installments of one chain leave in the order in which they were planned."""
        i = installment
        self._db.execute(
            "INSERT INTO installment (claim_seq, chain, account, payer_id, payee_id, road, parties, content,"
            " has_claims, due_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (i.claim_seq, chain, i.account, i.payer_id, i.payee_id, i.road, i.parties, i.content, has_claims, due_at),
        )

    def due_installments(self, now: float, limit: int) -> list[DueInstallment]:
        """Those that are due, the first of each chain only, in the order of planning."""
        rows = self._db.execute(
            "SELECT seq, claim_seq, account, payer_id, payee_id, road, parties, content FROM installment AS i"
            " WHERE trace_number IS NULL AND due_at <= ? AND NOT EXISTS (SELECT 1 FROM installment AS earlier"
            "  WHERE earlier.trace_number IS NULL AND earlier.chain = i.chain AND earlier.seq < i.seq)"
            " ORDER BY seq LIMIT ?",
            (now, limit),
        )
        return [DueInstallment(*row) for row in rows]

    def remitted(self, seqs: Sequence[int], trace_number: str) -> None:
        """Mark installments as said in the 835 of that trace number."""
        rows = [(trace_number, seq) for seq in seqs]
        self._db.executemany("UPDATE installment SET trace_number = ? WHERE seq = ?", rows)

    def forwarded_balance(self, account: str, payer_id: str, payee_id: str) -> tuple[int, str]:
        """What the payee still owes from an 835 that came out negative: cents > 0 and that 835's trace number."""
        row = self._db.execute(
            "SELECT cents, trace_number FROM forwarded_balance WHERE account = ? AND payer_id = ? AND payee_id = ?",
            (account, payer_id, payee_id),
        ).fetchone()
        return (int(row[0]), str(row[1])) if row else (0, "")

    def forward_balance(self, account: str, payer_id: str, payee_id: str, cents: int, trace_number: str) -> None:
        """Set what is owed; 0 clears it."""
        self._db.execute(
            "INSERT INTO forwarded_balance VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE"
            " SET cents = excluded.cents, trace_number = excluded.trace_number",
            (account, payer_id, payee_id, cents, trace_number),
        )

    # --- webhooks ------------------------------------------------------------------------------------------------

    def plan_deliveries(self, deliveries: Iterable[Delivery]) -> list[tuple[float, int]]:
        """Plan webhooks; due time and seq of each."""
        planned: list[tuple[float, int]] = []
        for d in deliveries:
            cursor = self._db.execute(
                "INSERT INTO delivery (webhook_id, account, kind, body, traceparent, claims, due_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (d.webhook_id, d.account, d.kind, d.body, d.traceparent, d.claims, d.due_at),
            )
            assert cursor.lastrowid is not None
            planned.append((d.due_at, cursor.lastrowid))
        return planned

    def open_deliveries(self) -> list[tuple[float, int]]:
        """Due time and seq of everything not yet delivered."""
        return list(self._db.execute("SELECT due_at, seq FROM delivery WHERE delivered_at IS NULL"))

    def delivery(self, seq: int) -> Delivery:
        """One webhook with its body."""
        row = self._db.execute(
            "SELECT webhook_id, account, kind, body, traceparent, claims, due_at, seq, attempts FROM delivery"
            " WHERE seq = ?",
            (seq,),
        ).fetchone()
        return Delivery(*row)

    def tried(self, results: Iterable[tuple[int, float | None]]) -> None:
        """Count attempts; the time of delivery where it was taken."""
        rows = [(delivered_at, seq) for seq, delivered_at in results]
        self._db.executemany("UPDATE delivery SET attempts = attempts + 1, delivered_at = ? WHERE seq = ?", rows)

    # --- reading -------------------------------------------------------------------------------------------------

    def claims(self, after: int, limit: int) -> list[dict[str, Any]]:
        """Booked claims after a seq, in order of arrival, without decisions."""
        cursor = self._db.execute(
            "SELECT seq, account, file_id, patient_control_number, frequency_code, payer_id, payer_sequence, member_id,"
            " charge_cents, stage, outcome, payer_claim_control_number, duplicate, unprocessable, replaced,"
            f" {_MONEY_COLUMNS} FROM claim WHERE seq > ? ORDER BY seq LIMIT ?",
            (after, limit),
        )
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]

    def times_accepted(self) -> dict[tuple[str, str], int]:
        """Per account and patient control number: 1, and one more for each acceptance that was a duplicate."""
        rows = self._db.execute(
            "SELECT account, patient_control_number, 1 + sum(duplicate) FROM claim WHERE stage = 'accepted'"
            " GROUP BY account, patient_control_number"
        )
        return {(account, number): int(count) for account, number, count in rows}

    def sent(self) -> Iterator[tuple[str, str, bool]]:
        """Kind, claims (JSON list of seqs) and delivered of every planned webhook."""
        yield from self._db.execute("SELECT kind, claims, delivered_at IS NOT NULL FROM delivery")

    def counts_by_outcome(self) -> dict[str, int]:
        """Claims per outcome, rejected ones included, replaced ones not."""
        rows = self._db.execute("SELECT outcome, count(*) FROM claim WHERE NOT replaced GROUP BY outcome")
        return {str(name): int(count) for name, count in rows}

    def totals(self) -> dict[str, int]:
        """Accepted claims, duplicates among them, and the money of all accepted claims in cents."""
        sums = ", ".join(f"coalesce(sum({column}), 0) AS {column}" for column in _MONEY_COLUMNS.split(", "))
        cursor = self._db.execute(
            "SELECT count(*) AS accepted, coalesce(sum(duplicate), 0) AS duplicates,"
            " coalesce(sum(CASE WHEN replaced OR outcome = 'void' THEN 0 ELSE charge_cents END), 0) AS charge_cents,"
            f" {sums} FROM claim WHERE stage = 'accepted'"
        )
        names = [column[0] for column in cursor.description]
        return dict(zip(names, (int(value) for value in cursor.fetchone()), strict=True))

    def open_work(self) -> dict[str, int]:
        """What is still to come: claims not remitted, takebacks that wait for funds, webhooks not delivered."""
        waiting = dict(
            self._db.execute("SELECT has_claims, count(*) FROM installment WHERE trace_number IS NULL GROUP BY 1")
        )
        deliveries = self._db.execute("SELECT count(*) FROM delivery WHERE delivered_at IS NULL").fetchone()[0]
        return {"remittances": waiting.get(1, 0), "takebacks": waiting.get(0, 0), "deliveries": int(deliveries)}

    def _exists(self, clause: str, values: tuple[object, ...]) -> bool:
        return self._db.execute(f"SELECT 1 FROM {clause} LIMIT 1", values).fetchone() is not None
