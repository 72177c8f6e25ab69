"""Posts interchanges. Crash-safe at every point: what is not committed is found again and repeated under the same key.

Each gateway account has its own slots, pool and breaker, so that a dead payer slows no other one.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID, uuid5

from kit.context import Context
from kit.database import Transaction, is_transient
from kit.telemetry import logs, metrics, names, span
from kit.telemetry.spans import current_traceparent, fail, traceparent_of
from kit.tenancy import GatewayAccount
from opentelemetry.trace import Span

from submission_svc.acknowledgements.applying import apply_facts
from submission_svc.acknowledgements.judging import FACT_NAMESPACE, Code, Fact, Sent
from submission_svc.delivery import File, SubmitSpans, announce, submit_spans
from submission_svc.domain import (
    Answer,
    AnswerKind,
    Interchange,
    InterchangeState,
    Verdict,
    WrongMoment,
    retry_delay_seconds,
)
from submission_svc.gateway import Gateways
from submission_svc.gateway.breaker import Breaker
from submission_svc.published import claim_stalled
from submission_svc.repository import interchanges as repository
from submission_svc.repository.interchanges import Account, Leased, Member, Outcome
from submission_svc.settings import Settings

_log = logs.get_logger("submission.sender")
IDLE_SECONDS = 0.2
AWAY_SECONDS = 1.0
STOP_SECONDS = 4.0
COMMIT_ATTEMPTS = 10


@dataclass(frozen=True, slots=True)
class Exchange:
    """What one attempt brought: the answer, and whether the gateway was known to hold no earlier copy."""

    answer: Answer
    only_copy: bool
    key_expired: bool


@dataclass(slots=True)
class Sender:
    """The background loop of the worker role."""

    context: Context
    settings: Settings
    gateways: Gateways
    breakers: dict[str, Breaker] = field(default_factory=lambda: defaultdict(Breaker))
    in_flight: Counter[str] = field(default_factory=Counter)
    tasks: dict[asyncio.Task[None], Interchange] = field(default_factory=dict)
    renewed_at: float = field(default_factory=time.monotonic)

    async def run(self) -> None:
        """Lease and post for ever. When it is stopped it lets POSTs end for a moment; the rest is found again."""
        try:
            while True:
                started = await self._start_due()
                await asyncio.sleep(0 if started else IDLE_SECONDS)
        finally:
            if self.tasks:
                await asyncio.wait(list(self.tasks), timeout=STOP_SECONDS)

    async def _start_due(self) -> int:
        try:
            await self._renew()
            leased = await self.lease()
        except Exception as error:  # a background loop's edge: only what passes by itself is swallowed
            if not is_transient(error):
                raise
            _log.warning("sending will be repeated", **logs.describe(error))
            await asyncio.sleep(AWAY_SECONDS)
            return 0
        for item in leased:
            self._start(item)
        return len(leased)

    async def lease(self) -> list[Leased]:
        """Interchanges to post now, of every account as many as it has free slots."""
        accounts = [(account, slots) for account, slots in self._free_slots() if slots]
        if not accounts:
            return []
        async with self.context.database.transaction(self.context.tenants.by_id) as tx:
            return await repository.lease(tx, accounts, self.settings.lease_seconds)

    async def _renew(self) -> None:
        """Keep the leases of running POSTs: a slow gateway is not a dead process."""
        if not self.tasks or time.monotonic() - self.renewed_at < self.settings.lease_seconds / 3:
            return
        async with self.context.database.transaction(self.context.tenants.by_id) as tx:
            await repository.renew(tx, list(self.tasks.values()), self.settings.lease_seconds)
        self.renewed_at = time.monotonic()

    def _free_slots(self) -> list[tuple[Account, int]]:
        return [
            ((t.id, a.id), self.breakers[a.id].allowance(a.max_concurrency, self.in_flight[a.id]))
            for t in self.context.tenants.tenants
            for a in t.gateways
        ]

    def _start(self, leased: Leased) -> None:
        self.in_flight[leased.gateway_id] += 1
        task = asyncio.create_task(self.post(leased))
        self.tasks[task] = leased.interchange
        task.add_done_callback(lambda done: self._ended(done, leased))

    def _ended(self, task: asyncio.Task[None], leased: Leased) -> None:
        del self.tasks[task]
        self.in_flight[leased.gateway_id] -= 1
        error = None if task.cancelled() else task.exception()
        if error is not None:
            # The lease ends and the interchange is taken up again, with the same bytes and key.
            described = logs.describe(error)
            _log.error(
                "interchange left to its lease", interchange_id=str(leased.interchange.interchange_id), **described
            )

    async def post(self, leased: Leased) -> None:
        """One attempt: look or post, then commit what it led to, with all its events, in one transaction."""
        async with self.context.database.transaction([leased.tenant_id]) as tx:
            members = await repository.members(tx, leased.interchange.interchange_id)
        file = File(
            leased.tenant_id,
            leased.gateway_id,
            leased.interchange.interchange_id,
            leased.interchange_control_number,
        )
        with ExitStack() as stack:
            spans = submit_spans(stack, file, members)
            exchange, traceparent = await self._exchange(leased, members, spans)
            if exchange.answer.kind is not AnswerKind.TAKEN:
                for submit in spans.values():
                    fail(submit, exchange.answer.code)
            conclusion = Conclusion(self.context, self.settings, file, members)
            await self._commit(conclusion, leased, exchange, spans, traceparent)

    async def _commit(
        self, conclusion: Conclusion, leased: Leased, exchange: Exchange, spans: SubmitSpans, traceparent: str | None
    ) -> None:
        """Commit what the attempt led to. While the database is away it is tried again, as the answer is known."""
        for attempt in range(1, COMMIT_ATTEMPTS + 1):
            try:
                async with self.context.database.transaction([leased.tenant_id]) as tx:
                    await conclusion.commit(tx, leased.interchange, exchange, spans, traceparent)
            except Exception as error:  # only what passes by itself is repeated
                if not is_transient(error) or attempt == COMMIT_ATTEMPTS:
                    raise
                _log.warning("outcome will be committed again", attempt=attempt, **logs.describe(error))
                await asyncio.sleep(AWAY_SECONDS)
            else:
                return

    async def _exchange(
        self, leased: Leased, members: Sequence[Member], spans: SubmitSpans
    ) -> tuple[Exchange, str | None]:
        account = self._account(leased)
        attributes = {
            names.TENANT_ID: leased.tenant_id,
            names.GATEWAY_ID: leased.gateway_id,
            names.INTERCHANGE_ID: str(leased.interchange.interchange_id),
            names.CLAIM_COUNT: len(spans),
        }
        links = [traceparent_of(submit.get_span_context()) for submit in spans.values()]
        with span("deliver interchange", root=True, attributes=attributes):
            peer = {**attributes, **_peer(account)}
            with span("POST interchange", kind="client", links=links, attributes=peer) as post:
                exchange = await self._attempt(leased, account)
                post.set_attribute(names.OUTCOME, exchange.answer.code)
                if exchange.answer.kind is not AnswerKind.TAKEN:
                    fail(post, exchange.answer.code)
                self._note(leased.gateway_id, exchange.answer)
                traceparent = current_traceparent()
            _tie(post, members, spans)
            return exchange, traceparent

    async def _attempt(self, leased: Leased, account: GatewayAccount) -> Exchange:
        gateway, key = self.gateways.of(account), leased.idempotency_key
        expired = leased.age_seconds >= self.settings.key_lifetime_seconds
        only_copy = leased.interchange.post_count <= 1
        if not only_copy:
            # Look before sending again: an earlier POST may have arrived without our knowing.
            found = await gateway.find(key)
            if found.kind in (AnswerKind.TAKEN, AnswerKind.UNKNOWN) or expired:
                return Exchange(found, only_copy=False, key_expired=expired)
            only_copy = found.kind is AnswerKind.ABSENT
        return Exchange(await gateway.send(leased.content, key), only_copy, expired)

    def _account(self, leased: Leased) -> GatewayAccount:
        found = self.context.tenants.account(leased.gateway_id)
        if found is None:
            raise LookupError(leased.gateway_id)
        return found[1]

    def _note(self, gateway_id: str, answer: Answer) -> None:
        metrics.PAYER_ANSWERS.add(1, {"type": "http", "result": answer.kind.value})
        breaker = self.breakers[gateway_id]
        if answer.kind is AnswerKind.UNKNOWN:
            breaker.failed()
        else:
            breaker.succeeded()


def _peer(account: GatewayAccount) -> dict[str, str | int | None]:
    """Whom the POST goes to; trace viewers draw their graph of services from it."""
    address = urlsplit(account.url)
    return {
        "http.request.method": "POST",
        "server.address": address.hostname,
        "server.port": address.port,
        "peer.service": account.id,
    }


def _tie(post: Span, members: Sequence[Member], spans: SubmitSpans) -> None:
    """Link each submit span with the POST; a short span beside the POST lets a search by encounter find its trace.

    Beside, not below it: a client span with children of its own counts as internal work in Zipkin's graph.
    """
    for member in members:
        submit = spans[member.key]
        if not submit.is_recording():
            continue
        submit.add_link(post.get_span_context())
        links = [traceparent_of(submit.get_span_context())]
        with span("carry claim", encounter_id=member.encounter_id, claim_id=member.claim_id, links=links):
            pass


@dataclass(frozen=True, slots=True)
class Conclusion:
    """Commits what an attempt led to: the interchange's state, its claims' states, their events."""

    context: Context
    settings: Settings
    file: File
    members: Sequence[Member]

    async def commit(
        self, tx: Transaction, leased: Interchange, exchange: Exchange, spans: SubmitSpans, traceparent: str | None
    ) -> None:
        """Nothing happens if an acknowledgement or another process settled it meanwhile, unless this is the proof."""
        now = self.context.clock.now()
        current = (await repository.for_update(tx, [self.file.interchange_id]))[self.file.interchange_id]
        concluded = self._concluded(current, leased, exchange)
        if concluded is None:
            return
        await repository.save_outcome(tx, self._outcome(concluded, exchange.answer, traceparent, now))
        if concluded.state is InterchangeState.DELIVERED:
            await announce(tx, self.file, self.members, spans, now)
        elif concluded.state is InterchangeState.REFUSED:
            await self._reject(tx, exchange.answer, now)
        elif concluded.state is InterchangeState.STALLED:
            for member in self.members:
                tx.publish(claim_stalled(member, self.file.tenant_id, "delivery_unknown", now))

    @staticmethod
    def _concluded(current: Interchange, leased: Interchange, exchange: Exchange) -> Interchange | None:
        if current.state is InterchangeState.DELIVERED:
            return None
        try:
            if current == leased:
                return current.conclude(exchange.answer, only_copy=exchange.only_copy, key_expired=exchange.key_expired)
            # The lease has passed on. Only a proof of delivery still counts: it is a fact, whoever brings it.
            return current.deliver() if exchange.answer.kind is AnswerKind.TAKEN else None
        except WrongMoment:
            return None

    def _outcome(self, concluded: Interchange, answer: Answer, traceparent: str | None, now: datetime) -> Outcome:
        wait = retry_delay_seconds(
            concluded.post_count, self.settings.retry_base_seconds, answer.retry_after_seconds, random.random()
        )
        delivered = concluded.state is InterchangeState.DELIVERED
        return Outcome(concluded, answer.code, answer.reference, wait, now if delivered else None, traceparent)

    async def _reject(self, tx: Transaction, answer: Answer, now: datetime) -> None:
        codes = (Code("HTTP", answer.code.removeprefix("http-")),)
        facts = [Fact(self._sent(member), "gateway", Verdict.REJECTED, codes) for member in self.members]
        await apply_facts(tx, self.file.tenant_id, refusal_id(self.file.interchange_id), facts, now)

    def _sent(self, member: Member) -> Sent:
        return Sent(
            interchange_id=self.file.interchange_id,
            claim_id=member.claim_id,
            claim_version=member.claim_version,
            control_number=member.control_number,
            patient_control_number=member.patient_control_number,
            billing_npi="",
            payer_id=member.payer_id,
            times_sent=1,
        )


def refusal_id(interchange_id: UUID) -> UUID:
    """The acknowledgement id of a gateway's refusal: there is one per interchange at most."""
    return uuid5(FACT_NAMESPACE, f"refusal|{interchange_id}")
