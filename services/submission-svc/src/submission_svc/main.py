"""The only wiring: what submission-svc consumes, serves and does in the background."""

from __future__ import annotations

from events import Topic
from kit.context import Context
from kit.lifecycle import Service
from kit.webhooks import WebhookWorker, webhook_router

from submission_svc import api, batching
from submission_svc.acknowledgements import overdue
from submission_svc.acknowledgements.taking import Acknowledgements
from submission_svc.gateway import Gateways
from submission_svc.gateway.http import HttpGateways, HttpTimeouts
from submission_svc.sender import Sender
from submission_svc.settings import Settings
from submission_svc.worker import handler_table

NAME = "submission-svc"
GATEWAYS = "gateways"


def service(settings: Settings) -> Service:
    """submission-svc as data."""

    async def send(context: Context) -> None:
        await Sender(context, settings, gateways_of(context)).run()

    async def take_acknowledgements(context: Context) -> None:
        acknowledgements = Acknowledgements(context)
        await WebhookWorker(acknowledgements.take, acknowledgements.quarantine).run(context)

    async def retry_acknowledgements(context: Context) -> None:
        await Acknowledgements(context).run(context)

    def prepare(context: Context) -> None:
        timeouts = HttpTimeouts(
            settings.connect_timeout_seconds, settings.write_timeout_seconds, settings.read_timeout_seconds
        )
        context.parts[GATEWAYS] = HttpGateways(timeouts)

    async def close(context: Context) -> None:
        await gateways_of(context).close()

    return Service(
        name=NAME,
        package="submission_svc",
        settings=settings,
        publishes=Topic.SUBMISSIONS,
        handlers=handler_table,
        routers=[api.router, webhook_router()],
        background={
            "batching": batching.run,
            "sender": send,
            # Two, so that one long file does not hold up the short ones.
            "acknowledgements-1": take_acknowledgements,
            "acknowledgements-2": take_acknowledgements,
            "waiting-acknowledgements": retry_acknowledgements,
            "overdue": overdue.run,
        },
        prepare=prepare,
        close=close,
    )


def gateways_of(context: Context) -> Gateways:
    """The gateways of this process."""
    gateways: Gateways = context.parts[GATEWAYS]
    return gateways
