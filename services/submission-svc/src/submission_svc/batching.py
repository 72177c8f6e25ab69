"""Pending claims become interchanges: one tenant, one submitter, one gateway; all committed before any POST."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import uuid4
from zoneinfo import ZoneInfo

from events.phi import ClaimContent
from kit.context import Context
from kit.database import Transaction, is_transient
from kit.telemetry import logs, names, span
from kit.tenancy import GatewayAccount, Tenant
from x12 import claim_837i, claim_837p
from x12.claim_837.models import Receiver, Submitter
from x12.envelope import Envelope
from x12.findings import WriteError
from x12.parties import CommunicationNumber, Contact, Name

from submission_svc import claim_837i as institutional
from submission_svc import claim_837p as professional
from submission_svc.domain import Interchange, InterchangeState
from submission_svc.errors import AccountUnusable, IncompleteClaim
from submission_svc.repository import interchanges as repository
from submission_svc.repository import submissions
from submission_svc.repository.interchanges import Account, ControlNumbers, InterchangeRecord, PendingClaim, SetRecord
from submission_svc.settings import Settings
from submission_svc.standing import settle

_log = logs.get_logger("submission.batching")
IDLE_SECONDS = 0.2
AWAY_SECONDS = 1.0
UNUSABLE_SECONDS = 60.0
REROUTE_LIMIT = 5000


Claim = claim_837p.models.Claim | claim_837i.models.Claim
ClaimTransactionSet = claim_837p.models.ClaimTransactionSet | claim_837i.models.ClaimTransactionSet


@dataclass(frozen=True, slots=True)
class EncodableClaim:
    """A pending claim with its 837P or 837I model."""

    pending: PendingClaim
    model: Claim


async def run(context: Context) -> None:
    """Form interchanges for ever: at once when a batch is full, else when its oldest claim has waited long enough."""
    batcher = Batcher(context)
    rerouted = False
    while True:
        try:
            if not rerouted:
                await reroute(context)
                rerouted = True
            formed = await batcher.form_due()
        except Exception as error:  # a background loop's edge: only what passes by itself is swallowed
            if not is_transient(error):
                raise
            _log.warning("batching will be repeated", **logs.describe(error))
            await asyncio.sleep(AWAY_SECONDS)
            continue
        if not formed:
            await asyncio.sleep(IDLE_SECONDS)


@dataclass(slots=True)
class Batcher:
    """Forms interchanges for all accounts; one that cannot be used is left out for a minute and holds up no other."""

    context: Context
    left_out_until: dict[Account, float] = field(default_factory=dict)

    async def form_due(self) -> int:
        """One interchange for each account that is due; returns how many were formed."""
        settings = _settings(self.context)
        now = time.monotonic()
        accounts = {(t.id, a.id): (t, a) for t in self.context.tenants.tenants for a in t.gateways}
        rooms = [(a, settings.open_interchanges) for a in accounts if self.left_out_until.get(a, 0.0) <= now]
        async with self.context.database.transaction(self.context.tenants.by_id) as tx:
            due = await repository.due_accounts(tx, rooms, settings.batch_size, settings.batch_age_seconds)
        return sum([await self._form(account, *accounts[account]) for account in due])

    async def _form(self, key: Account, tenant: Tenant, account: GatewayAccount) -> bool:
        try:
            return await form_interchange(self.context, tenant, account)
        except AccountUnusable as error:
            _log.error("gateway account cannot be used", account_id=account.id, reason=error.code)
            self.left_out_until[key] = time.monotonic() + UNUSABLE_SECONDS
            return False


async def form_interchange(context: Context, tenant: Tenant, account: GatewayAccount) -> bool:
    """Take the account's oldest pending claims and commit their interchange; False if none was left to take.

    Raises AccountUnusable; the claims stay pending.
    """
    settings, now = _settings(context), context.clock.now()
    async with context.database.transaction([tenant.id]) as tx:
        taken = await repository.take_pending(tx, (tenant.id, account.id), settings.batch_size)
        good, bad = translated(_distinct(taken))
        good = _of_one_kind(good)
        if good:
            set_count = -(-len(good) // settings.claims_per_transaction_set)
            numbers = await repository.draw_control_numbers(tx, (tenant.id, account.id), set_count)
            with span("form interchange", attributes={names.GATEWAY_ID: account.id, names.CLAIM_COUNT: len(good)}):
                former = Former(tenant, account, numbers, settings.claims_per_transaction_set, now)
                record, refused = former.form(good)
            bad += refused
            if record is not None:
                await repository.insert_interchange(tx, record)
        await _park(tx, bad, now)
    return bool(taken)


def translated(taken: Sequence[PendingClaim]) -> tuple[list[EncodableClaim], list[PendingClaim]]:
    """Claims as 837P or 837I models, and those whose content does not suffice for one."""
    good: list[EncodableClaim] = []
    bad: list[PendingClaim] = []
    for pending in taken:
        try:
            model = model_of(ClaimContent.model_validate_json(pending.content))
        except IncompleteClaim as error:
            _tell_not_encodable(pending, error)
            bad.append(pending)
        else:
            good.append(EncodableClaim(replace(pending, billing_npi=model.billing_provider.npi), model))
    return good, bad


def model_of(content: ClaimContent) -> Claim:
    """The 837I claim of a content with UB-04 data, else the 837P claim. Raises IncompleteClaim."""
    return professional.claim(content) if content.institutional is None else institutional.claim(content)


def _of_one_kind(claims: Sequence[EncodableClaim]) -> list[EncodableClaim]:
    """Those of the oldest one's kind: an 837I and an 837P never share a group; the others wait for their own."""
    kind = type(claims[0].model) if claims else None
    return [claim for claim in claims if type(claim.model) is kind]


@dataclass(frozen=True, slots=True)
class Former:
    """Makes the interchange of one account from claims and control numbers."""

    tenant: Tenant
    account: GatewayAccount
    numbers: ControlNumbers
    claims_per_set: int
    now: datetime

    def form(self, claims: Sequence[EncodableClaim]) -> tuple[InterchangeRecord | None, list[PendingClaim]]:
        """The interchange, and the claims that the writer refuses: a bad one must not hold up its neighbours.

        Raises AccountUnusable when the account's own data make every file unwritable.
        """
        try:
            return self._record(claims), []
        except WriteError:
            self._check_account()
            good = [claim for claim in claims if self._can_write(claim)]
            refused = [claim.pending for claim in claims if claim not in good]
            return (self._record(good) if good else None), refused

    def _record(self, claims: Sequence[EncodableClaim]) -> InterchangeRecord:
        local = self.now.astimezone(ZoneInfo(self.tenant.time_zone))
        ordered, size = _neighbours_together(claims), self.claims_per_set
        groups = [ordered[start : start + size] for start in range(0, len(ordered), size)]
        sets = [
            transaction_set(self.account, group, self.numbers, self.numbers.first_transaction_set + n, local)
            for n, group in enumerate(groups)
        ]
        content = self._write(sets, local)
        return InterchangeRecord(
            tenant_id=self.tenant.id,
            gateway_id=self.account.id,
            interchange=Interchange(uuid4(), InterchangeState.INTENT),
            numbers=self.numbers,
            content=content,
            content_sha256=hashlib.sha256(content).digest(),
            created_at=self.now,
            sets=tuple(
                SetRecord(st.control_number, st.reference, tuple(c.pending for c in group))
                for st, group in zip(sets, groups, strict=True)
            ),
        )

    def _check_account(self) -> None:
        try:
            self._write([transaction_set(self.account, [], self.numbers, 1, self.now)], self.now)
        except WriteError as error:
            code = f"account.{error.finding.element or error.finding.segment}-invalid".lower()
            raise AccountUnusable(self.account.id, code) from None

    def _write(self, sets: Sequence[ClaimTransactionSet], local: datetime) -> bytes:
        made = envelope(self.account, self.numbers, local)
        stays = [each for each in sets if isinstance(each, claim_837i.models.ClaimTransactionSet)]
        visits = [each for each in sets if isinstance(each, claim_837p.models.ClaimTransactionSet)]
        return claim_837i.write(made, stays) if stays else claim_837p.write(made, visits)

    def _can_write(self, claim: EncodableClaim) -> bool:
        try:
            self._record([claim])
        except WriteError as error:
            _tell_not_encodable(claim.pending, error)
            return False
        return True


def _tell_not_encodable(pending: PendingClaim, error: IncompleteClaim | WriteError) -> None:
    # The errors' texts name places, never values.
    _log.warning("claim cannot be encoded", claim_id=str(pending.claim_id), reason=str(error))


def transaction_set(
    account: GatewayAccount, claims: Sequence[EncodableClaim], numbers: ControlNumbers, number: int, local: datetime
) -> ClaimTransactionSet:
    """One ST..SE. BHT03 is ISA13 followed by ST02: unique for the account, and what a 277CA gives back."""
    phone = CommunicationNumber("TE", _digits(account.submitter_phone))
    submitter = Submitter(
        name=Name.organization(account.submitter_name),
        id=account.submitter_id,
        contacts=(Contact(account.submitter_contact_name, (phone,)),),
    )
    head = (f"{number:04d}", f"{numbers.interchange:09d}{number:04d}", local, submitter)
    receiver = Receiver(account.receiver_name, account.receiver_id)
    stays = tuple(claim.model for claim in claims if isinstance(claim.model, claim_837i.models.Claim))
    if stays:
        return claim_837i.models.ClaimTransactionSet(*head, receiver, stays)
    visits = tuple(claim.model for claim in claims if isinstance(claim.model, claim_837p.models.Claim))
    return claim_837p.models.ClaimTransactionSet(*head, receiver, visits)


def envelope(account: GatewayAccount, numbers: ControlNumbers, local: datetime) -> Envelope:
    """ISA and GS of an account; a TA1 is asked for (ISA14)."""
    return Envelope(
        sender_qualifier=account.sender_qualifier,
        sender_id=account.submitter_id,
        receiver_qualifier=account.receiver_qualifier,
        receiver_id=account.receiver_id,
        created=local,
        interchange_control_number=numbers.interchange,
        group_control_number=numbers.group,
        usage_indicator=account.usage_indicator,
        acknowledgement_requested=True,
    )


async def _park(tx: Transaction, bad: Sequence[PendingClaim], now: datetime) -> None:
    if bad:
        await submissions.mark_not_encodable(tx, [claim.key for claim in bad])
        await settle(tx, [claim.claim_id for claim in bad], now)


def _distinct(taken: Sequence[PendingClaim]) -> list[PendingClaim]:
    """At most one claim per patient control number, for acknowledgements name claims by it; the others wait."""
    return list({claim.patient_control_number: claim for claim in reversed(taken)}.values())[::-1]


def _neighbours_together(claims: Sequence[EncodableClaim]) -> list[EncodableClaim]:
    """Claims of one billing provider and subscriber side by side, so that they share their HL levels."""
    return sorted(
        claims, key=lambda c: (c.model.billing_provider.npi, c.model.subscriber.member_id, c.pending.claim_id)
    )


async def reroute(context: Context) -> None:
    """Give a gateway to claims that had none, if the tenants file now names one; done at start."""
    async with context.database.transaction(context.tenants.by_id) as tx:
        waiting = await submissions.unrouted(tx, REROUTE_LIMIT)
        found = [(key, context.tenants.by_id[tenant].gateway_for(payer)) for key, tenant, payer in waiting]
        routes = [(key, account.id) for key, account in found if account is not None]
        if routes:
            ids = [key[0] for key, _ in routes]
            await submissions.lock_claims(tx, ids)
            await submissions.set_route(tx, routes)
            await settle(tx, ids, context.clock.now())


def _settings(context: Context) -> Settings:
    settings = context.settings
    if not isinstance(settings, Settings):
        raise TypeError("submission-svc runs with its own settings")
    return settings


def _digits(text: str) -> str:
    return "".join(c for c in text if c.isdigit() and c.isascii())
