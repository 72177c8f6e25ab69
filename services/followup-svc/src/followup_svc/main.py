"""The only place where the parts of followup-svc are put together."""

from __future__ import annotations

from events import Topic
from kit.context import Context
from kit.lifecycle import Service
from kit.webhooks import webhook_router

from followup_svc import api, worker
from followup_svc.corrections import PayerRules
from followup_svc.denials import Playbook
from followup_svc.following import Desk
from followup_svc.settings import Settings
from followup_svc.settlement import Rulebook


def service(settings: Settings) -> Service:
    """The service as data."""
    rules = rulebook(settings)

    def prepare(context: Context) -> None:
        context.parts[worker.DESK] = new_desk(context, rules)

    return Service(
        name="followup-svc",
        package="followup_svc",
        settings=settings,
        publishes=Topic.FOLLOWUP,
        handlers=worker.handler_table,
        routers=[api.router, webhook_router()],
        background={"webhooks": worker.run_webhooks, "suspense": worker.run_suspense},
        prepare=prepare,
    )


def rulebook(settings: Settings) -> Rulebook:
    """The data tables: the user's own where given. Raises OSError, PlaybookError or tomllib.TOMLDecodeError."""
    playbook = Playbook.load(settings.playbook_file) if settings.playbook_file else Playbook.standard()
    payers = PayerRules.load(settings.payer_rules_file) if settings.payer_rules_file else PayerRules.standard()
    return Rulebook(playbook, payers)


def new_desk(context: Context, rules: Rulebook) -> Desk:
    """The desk of a process; its database must have been opened with a PHI cipher."""
    if context.database.cipher is None:
        raise ValueError("followup-svc needs the master keys")
    return Desk(context.clock, context.database.cipher, rules)
