"""The only wiring of this service."""

from __future__ import annotations

from events import Topic
from kit.context import Context
from kit.lifecycle.service import Service

from claim_builder import api, forms, worker
from claim_builder.fees import FeeSchedules
from claim_builder.handlers import Handlers
from claim_builder.rules import RuleBook
from claim_builder.scrubbing import load_profiles, warm_up
from claim_builder.settings import Settings


def service(settings: Settings) -> Service:
    """claim-builder as data."""

    def prepare(context: Context) -> None:
        fees = FeeSchedules.load(settings.fee_schedule_dir)
        context.parts["handlers"] = Handlers(
            context.clock, context.tenants, fees, load_profiles(settings.payers), RuleBook.load(settings.rules)
        )
        warm_up(context.clock.now().date())

    return Service(
        name="claim-builder",
        package="claim_builder",
        settings=settings,
        publishes=Topic.CLAIMS,
        handlers=worker.handler_table,
        routers=[api.router, forms.router],
        prepare=prepare,
    )
