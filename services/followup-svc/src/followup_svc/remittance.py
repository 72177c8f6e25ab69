"""An 835 from its raw bytes to payments: read, balance, recognise what came before, keep, match, settle.

Money is never dropped and never guessed: what does not balance, or repeats a trace number with other content, is kept
with a work item; a payment of an unknown claim waits in suspense and is posted by itself when the claim arrives.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from kit.database import Transaction
from kit.messaging import Refused
from kit.telemetry import metrics, names
from kit.telemetry.spans import annotate
from kit.webhooks import StoredWebhook
from x12 import remittance_835
from x12.findings import Finding
from x12.remittance_835.models import ClaimPayment, Remittance, ServicePayment

from followup_svc.domain import AdjudicatedLine, Adjudication, Adjustment, Payment, Transfer, derive_id
from followup_svc.following import FACTS, Desk, follow
from followup_svc.posting import provider_adjustments, suspend
from followup_svc.repository import facts, reading, saving
from followup_svc.worklist import UNKNOWN_CLAIM, WorkItem, suspense_item, work_item

TAKEBACKS = frozenset({"WO", "FB", "72", "CS", "AP", "B2", "J1", "L3", "LE", "LS", "PI", "OB", "OR", "50", "51"})
"""PLB reason codes that a person should look at: money withheld or moved between remittances."""
MAX_SEGMENTS = 500_000
"""Some 20,000 claims: no payer sends as many in one file."""
READ_ASIDE_BYTES = 50_000
"""Larger files are read in a thread, so that the service answers meanwhile."""
UNBALANCED, TRACE_REUSED, POSTED = "unbalanced", "trace_reused", "posted"


@dataclass(frozen=True, slots=True)
class Advice:
    """One remittance in our own words, with what identifies it."""

    remittance_id: UUID
    payer_id: str
    trace_number: str
    content_sha256: bytes
    paid_on: date
    amount_cents: int
    method_code: str
    payments: tuple[Payment, ...]
    contents: tuple[str, ...]
    """JSON text of each payment's adjudication."""
    provider_adjustments: tuple[tuple[str, str, int], ...]
    """PLB reason code, reference, cents."""
    faults: tuple[Finding, ...]


def read_advices(body: bytes, tenant_id: str, today: date) -> list[Advice]:
    """Every remittance of a file. Raises Refused where the file is no complete 835: a person must look at it."""
    _refuse_unlikely(body)
    parsed = remittance_835.read(body)
    if not parsed.transaction_sets:
        raise Refused("remittance.unreadable", "no 835 transaction set found")
    cut_off = [finding.code for finding in parsed.errors if finding.code in _CUT_OFF]
    if cut_off:
        raise Refused("remittance.cut-off", f"the file ends early: {cut_off[0]}")
    return [advice_of(remittance, tenant_id, today) for remittance in parsed.transaction_sets]


def _refuse_unlikely(body: bytes) -> None:
    """What can be told without reading: a file that is cut off, or that would take minutes and gigabytes to read."""
    start = body.find(b"ISA")
    if start < 0:
        return
    if b"IEA" not in body[start:]:
        raise Refused("remittance.cut-off", "the file ends early: no IEA segment")
    if b"\x00" in body[start:].rstrip(b"\x00\r\n "):
        raise Refused("remittance.unreadable", "NUL is no character of X12, and no database holds it")
    if body.count(body[start + 105 : start + 106] or b"~") > MAX_SEGMENTS:
        raise Refused("remittance.too-large", f"more than {MAX_SEGMENTS} segments")


_CUT_OFF = frozenset({"IK502-2", "TA105-023", "AK905-3"})
"""Missing SE, IEA or GE: claims or provider adjustments may be missing at the end."""


def advice_of(remittance: Remittance, tenant_id: str, today: date) -> Advice:
    """A remittance in our own words. Its ids follow from its content, whatever file brings it."""
    payment = remittance.payment
    paid_on = payment.effective_date if payment.effective_date.year > 1 else remittance.production_date or today
    adjudications = [adjudication_of(claim) for claim in remittance.claims]
    plb = tuple((a.reason_code, a.reference, a.amount_cents) for a in remittance.provider_adjustments)
    payer_id = payer_of(remittance)
    contents = tuple(json_of(adjudication) for adjudication in adjudications)
    content = _sha256(json.dumps([payment.amount_cents, paid_on.isoformat(), contents, plb]))
    remittance_id = derive_id("remittance", tenant_id, payer_id, payment.trace_number, content.hex())
    return Advice(
        remittance_id=remittance_id,
        payer_id=payer_id,
        trace_number=payment.trace_number,
        content_sha256=content,
        paid_on=paid_on,
        amount_cents=payment.amount_cents,
        method_code=payment.method_code,
        payments=tuple(_payments(remittance_id, payer_id, payment.trace_number, paid_on, adjudications)),
        contents=contents,
        provider_adjustments=plb,
        faults=tuple(finding for finding in remittance_835.balance.check(remittance) if finding.is_error),
    )


def payer_of(remittance: Remittance) -> str:
    """The payer's id: REF*2U, else N104, else the originator of the payment (TRN03)."""
    told = [reference.value for reference in remittance.payer.secondary_ids if reference.qualifier == "2U"]
    return next((name for name in (*told, remittance.payer.id, remittance.payment.originator_id) if name), "unknown")


def _payments(
    remittance_id: UUID, payer_id: str, trace_number: str, paid_on: date, adjudications: Sequence[Adjudication]
) -> Iterable[Payment]:
    seen: Counter[str] = Counter()
    for number, adjudication in enumerate(adjudications, start=1):
        name = "|".join(
            (
                payer_id,
                trace_number,
                adjudication.patient_control_number,
                adjudication.payer_claim_control_number,
                adjudication.status_code,
            )
        )
        seen[name] += 1
        yield Payment(
            payment_id=derive_id("payment", remittance_id, number),
            remittance_id=remittance_id,
            number=number,
            payer_id=payer_id,
            paid_on=paid_on,
            adjudication=adjudication,
            key=f"{name}|{seen[name]}",
        )


def _sha256(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def json_of(adjudication: Adjudication) -> str:
    """The JSON text under which an adjudication is kept; repository.books.adjudication_of reads it."""
    lines = [{**_fields(line), "adjustments": [_fields(a) for a in line.adjustments]} for line in adjudication.lines]
    adjustments = [_fields(item) for item in adjudication.adjustments]
    whole = {**_fields(adjudication), "lines": lines, "adjustments": adjustments}
    return json.dumps(whole, separators=(",", ":"))


def _fields(item: Adjudication | AdjudicatedLine | Adjustment) -> dict[str, Any]:
    # Not dataclasses.asdict: it copies deeply, and cost more than all the rest of reading a remittance.
    return {name: getattr(item, name) for name in item.__slots__}


def adjudication_of(claim: ClaimPayment) -> Adjudication:
    """A CLP without names: codes and amounts only."""
    return Adjudication(
        patient_control_number=_number(claim.patient_control_number),
        status_code=claim.status_code,
        charge_cents=claim.charge_cents,
        paid_cents=claim.paid_cents,
        payer_claim_control_number=claim.payer_claim_control_number,
        frequency_code=claim.frequency_code,
        adjustments=tuple(Adjustment(a.group_code, a.reason_code, a.amount_cents) for a in claim.adjustments),
        remark_codes=claim.remark_codes,
        lines=tuple(_line(position, line) for position, line in enumerate(claim.service_payments, start=1)),
    )


def _number(text: str) -> str:
    """A patient control number as we write them: payers may send it back in lower case or with punctuation."""
    return "".join(character for character in text.upper() if character.isascii() and character.isalnum())[:38]


def _line(position: int, line: ServicePayment) -> AdjudicatedLine:
    procedure = line.submitted_procedure or line.procedure
    other = line.procedure.code != procedure.code
    return AdjudicatedLine(
        position=position,
        control_number=line.line_item_control_number,
        procedure_code=procedure.code,
        modifiers=procedure.modifiers,
        units=str(line.units) if line.units is not None else "1",
        charge_cents=line.charge_cents,
        paid_cents=line.paid_cents,
        adjustments=tuple(Adjustment(a.group_code, a.reason_code, a.amount_cents) for a in line.adjustments),
        remark_codes=tuple(remark.code for remark in line.remark_codes),
        decided_code=line.procedure.code if other else "",
        decided_modifiers=line.procedure.modifiers if other else (),
    )


# --- working it off -------------------------------------------------------------------------------------------------


async def apply_remittance(tx: Transaction, desk: Desk, stored: StoredWebhook, today: date) -> None:
    """Work off one stored 835. Raises Refused for what is not a complete 835."""
    if len(stored.body) > READ_ASIDE_BYTES:
        advices = await asyncio.to_thread(read_advices, stored.body, stored.tenant_id, today)
    else:
        advices = read_advices(stored.body, stored.tenant_id, today)
    annotate(attributes={names.CLAIM_COUNT: sum(len(advice.payments) for advice in advices)})
    for advice in advices:
        await _apply(tx, desk, stored, advice)


async def _apply(tx: Transaction, desk: Desk, stored: StoredWebhook, advice: Advice) -> None:
    # Two copies of one remittance may be worked at the same time: the second waits here and then sees the first.
    await reading.lock_trace(tx, stored.tenant_id, advice.payer_id, advice.trace_number)
    known = await facts.remittances_of(tx, advice.payer_id, advice.trace_number)
    state = _state_of(advice, known)
    if state is None:
        return
    added = await facts.add_remittance(tx, _remittance_entry(advice, stored, desk, state))
    if not added:
        return
    now = desk.clock.now()
    if state != POSTED:
        metrics.PAYER_ANSWERS.add(1, {"type": "835", "result": state})
        await saving.open_items(tx, [(stored.tenant_id, _remittance_item(advice, state))], now)
        return
    await saving.close_items(tx, [_unbalanced_key(advice)], now)
    await _post(tx, desk, stored.tenant_id, advice)


def _state_of(advice: Advice, known: Sequence[Any]) -> str | None:
    """What to do with it: post, keep as unbalanced, keep as a reused trace number; None for a copy."""
    if any(bytes(row.content_sha256) == advice.content_sha256 for row in known):
        return None
    posted = [row for row in known if row.state == POSTED]
    # One trace number is one payment. Zero payments may share one: they move no money, and their CLPs have own keys.
    if any(row.amount_cents or advice.amount_cents for row in posted):
        return TRACE_REUSED
    return UNBALANCED if advice.faults else POSTED


def _remittance_entry(advice: Advice, stored: StoredWebhook, desk: Desk, state: str) -> facts.RemittanceEntry:
    return facts.RemittanceEntry(
        remittance_id=advice.remittance_id,
        tenant_id=stored.tenant_id,
        payer_id=advice.payer_id,
        trace_number=advice.trace_number,
        content_sha256=advice.content_sha256,
        paid_on=advice.paid_on,
        amount_cents=advice.amount_cents,
        method_code=advice.method_code,
        claim_count=len(advice.payments),
        provider_adjustments=[
            {"reason_code": code, "reference": reference, "cents": cents}
            for code, reference, cents in advice.provider_adjustments
        ],
        state=state,
        webhook_id=stored.id,
        received_at=desk.clock.now(),
    )


def _unbalanced_key(advice: Advice) -> str:
    return f"unbalanced|{advice.payer_id}|{advice.trace_number}"


def _remittance_item(advice: Advice, state: str) -> WorkItem:
    details = {
        "payer_id": advice.payer_id,
        "stated_cents": advice.amount_cents,
        "claims_cents": sum(payment.adjudication.paid_cents for payment in advice.payments),
        "provider_adjustments_cents": sum(cents for _, _, cents in advice.provider_adjustments),
        "faults": sorted({f"{finding.code} {finding.element}".strip() for finding in advice.faults}),
    }
    reason = "remittance.unbalanced" if state == UNBALANCED else "remittance.trace-reused"
    key = _unbalanced_key(advice) if state == UNBALANCED else f"trace-reused|{advice.remittance_id}"
    amount_cents = abs(advice.amount_cents)
    return work_item(key, reason, advice.paid_on, amount_cents, remittance_id=advice.remittance_id, details=details)


async def _post(tx: Transaction, desk: Desk, tenant_id: str, advice: Advice) -> None:
    now = desk.clock.now()
    entries = [_payment_entry(p, text, tenant_id) for p, text in zip(advice.payments, advice.contents, strict=True)]
    known = await facts.payments_by_key(tx, [entry.payment_key for entry in entries])
    fresh = await facts.add_payments(tx, [entry for entry in entries if entry.payment_key not in known])
    changed = [e for e in entries if e.payment_key in known and known[e.payment_key] != e.content_sha256]
    await saving.open_items(tx, [(tenant_id, _changed_item(entry)) for entry in changed], now)
    encounters = await facts.adopt(tx, payment_ids=fresh)
    await follow(tx, desk, encounters)
    unknown = await reading.unmatched(tx, fresh)
    await _suspend(tx, desk, tenant_id, [p for p in advice.payments if p.payment_id in unknown])
    await _post_provider_level(tx, desk, tenant_id, advice)


def _payment_entry(payment: Payment, content: str, tenant_id: str) -> facts.PaymentEntry:
    return facts.PaymentEntry(
        payment_id=payment.payment_id,
        tenant_id=tenant_id,
        remittance_id=payment.remittance_id,
        number=payment.number,
        payment_key=payment.key,
        content_sha256=_sha256(content),
        payer_id=payment.payer_id,
        paid_on=payment.paid_on,
        patient_control_number=payment.adjudication.patient_control_number,
        payer_claim_control_number=payment.adjudication.payer_claim_control_number,
        charge_cents=payment.adjudication.charge_cents,
        paid_cents=payment.adjudication.paid_cents,
        adjudication=content,
    )


def _changed_item(entry: facts.PaymentEntry) -> WorkItem:
    """The same payment came again with other amounts: it is not posted a second time."""
    amount_cents = abs(entry.paid_cents or entry.charge_cents)
    key = f"payment-changed|{entry.payment_id}"
    details = {"paid_cents": entry.paid_cents, "charge_cents": entry.charge_cents}
    return work_item(
        key,
        "payment.trace-reused",
        entry.paid_on,
        amount_cents,
        remittance_id=entry.remittance_id,
        details=details,
    )


async def _suspend(tx: Transaction, desk: Desk, tenant_id: str, payments: Sequence[Payment]) -> None:
    """Keep the cash of payments whose claim nobody knows yet, each with a work item."""
    now = desk.clock.now()
    transfers: list[tuple[str, Transfer]] = [(tenant_id, t) for payment in payments for t in suspend(payment)]
    await saving.post_transfers(tx, transfers, actor=FACTS, now=now)
    await saving.mark_parked(tx, [payment.payment_id for payment in payments])
    await saving.open_items(tx, [(tenant_id, suspense_item(p, UNKNOWN_CLAIM)) for p in payments], now)


async def _post_provider_level(tx: Transaction, desk: Desk, tenant_id: str, advice: Advice) -> None:
    now = desk.clock.now()
    amounts = [(code, cents) for code, _, cents in advice.provider_adjustments]
    transfers = [(tenant_id, t) for t in provider_adjustments(advice.remittance_id, amounts)]
    await saving.post_transfers(tx, transfers, actor=FACTS, now=now)
    taken = [(code, cents) for code, cents in amounts if code in TAKEBACKS and cents]
    if taken:
        key, cents = f"provider-level|{advice.remittance_id}", sum(abs(cents) for _, cents in taken)
        details = {"adjustments": [{"reason_code": code, "cents": amount} for code, amount in taken]}
        item = work_item(
            key,
            "provider-level.takeback",
            advice.paid_on,
            cents,
            remittance_id=advice.remittance_id,
            details=details,
        )
        await saving.open_items(tx, [(tenant_id, item)], now)


async def quarantine(tx: Transaction, desk: Desk, stored: StoredWebhook, code: str) -> None:
    """Open a work item for a webhook that cannot be read: a payer does not send twice."""
    item = work_item(
        f"quarantine|{stored.id}",
        "webhook.quarantined",
        desk.clock.now().date(),
        0,
        details={"webhook_id": str(stored.id), "code": code, "transaction_set": stored.kind},
    )
    await saving.open_items(tx, [(stored.tenant_id, item)], desk.clock.now())


async def match_suspense(tx: Transaction, desk: Desk) -> int:
    """Give payments their claims where both crossed each other in two transactions; returns how many were waiting."""
    waiting = await facts.unadopted(tx)
    if waiting:
        await follow(tx, desk, await facts.adopt(tx, payment_ids=waiting))
    return len(waiting)
