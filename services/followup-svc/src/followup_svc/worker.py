"""Which event leads to which deed, and what runs in the background."""

from __future__ import annotations

import asyncio
from functools import partial

from events import (
    AcknowledgementQuarantined,
    ClaimAccepted,
    ClaimBuilt,
    ClaimHeld,
    ClaimRejected,
    ClaimStalled,
    ClaimSubmitted,
    ClaimWithdrawn,
    CorrectionRefused,
    EncounterClosed,
    EncounterCoded,
    EncounterHeld,
    EncounterReceived,
)
from kit.context import Context
from kit.database import Transaction, is_transient
from kit.messaging import HandlerTable
from kit.telemetry import logs
from kit.webhooks import StoredWebhook, WebhookWorker
from sqlalchemy.exc import DBAPIError

from followup_svc.following import Desk
from followup_svc.handlers import Handlers
from followup_svc.remittance import apply_remittance, match_suspense, quarantine
from followup_svc.settings import Settings

_log = logs.get_logger("followup_svc.worker")
DESK = "desk"


def desk_of(context: Context) -> Desk:
    """The desk of this process."""
    desk: Desk = context.parts[DESK]
    return desk


def handler_table(context: Context) -> HandlerTable:
    """Event to handler; the timeline is complete because every event of every other service is here."""
    handlers = Handlers(desk_of(context))
    return {
        EncounterReceived: handlers.note,
        EncounterCoded: handlers.follow_encounters,
        EncounterHeld: handlers.follow_encounters,
        EncounterClosed: handlers.follow_encounters,
        ClaimBuilt: handlers.open_claims,
        ClaimHeld: handlers.follow_claims,
        ClaimWithdrawn: handlers.follow_claims,
        CorrectionRefused: handlers.follow_claims,
        ClaimSubmitted: handlers.submit_claims,
        ClaimAccepted: handlers.accept_claims,
        ClaimRejected: handlers.follow_claims,
        ClaimStalled: handlers.follow_claims,
        AcknowledgementQuarantined: handlers.show_quarantined,
    }


def webhook_worker(context: Context) -> WebhookWorker:
    """Works off stored 835s."""
    desk = desk_of(context)

    async def apply(tx: Transaction, stored: StoredWebhook) -> None:
        zone = context.tenants.by_id[stored.tenant_id].time_zone
        await apply_remittance(tx, desk, stored, context.clock.today(zone))

    return WebhookWorker(apply, partial(_quarantine, desk))


async def _quarantine(desk: Desk, tx: Transaction, stored: StoredWebhook, code: str) -> None:
    await quarantine(tx, desk, stored, code)


async def run_webhooks(context: Context) -> None:
    """Background loop: remittances, one webhook after the other."""
    await webhook_worker(context).run(context)


async def run_suspense(context: Context) -> None:
    """Background loop: payments whose claim arrived in the same moment are matched afterwards."""
    settings = context.settings
    assert isinstance(settings, Settings)
    while True:
        await asyncio.sleep(settings.suspense_interval_seconds)
        try:
            async with context.database.transaction(context.tenants.by_id) as tx:
                await match_suspense(tx, desk_of(context))
        except (DBAPIError, OSError, TimeoutError) as error:
            if not is_transient(error):
                raise
            _log.warning("suspense will be looked at again", **logs.describe(error))
