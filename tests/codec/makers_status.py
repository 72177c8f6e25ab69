"""Makes varied, valid claim status requests and responses."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from x12.claim_status import models as party
from x12.claim_status_276 import models as asked
from x12.claim_status_277 import models as told
from x12.parties import Identification

from tests.codec.makers_parts import PartsMaker

CODES = (("F1", "65", ""), ("F2", "88", ""), ("P1", "20", "1P"), ("A4", "35", ""), ("R3", "294", "1P"))


class StatusMaker(PartsMaker):
    """276, 277."""

    def status_payer(self, *, contact: bool) -> party.Payer:
        return party.Payer(
            self.text(30), self.code(), self.pick(("PI", "XV")), self.contact(("TE", "EM")) if contact else None
        )

    def status_receiver(self) -> party.Receiver:
        return party.Receiver(replace(self.name(), suffix=""), self.code())

    def service_provider(self) -> party.ServiceProvider:
        return party.ServiceProvider(self.name(), Identification("XX", self.npi()))

    def inquirer(self, *, asking: bool) -> party.Subscriber:
        return party.Subscriber(
            self.person(),
            self.code(5, 12),
            self.pick(("MI", "II", "24")),
            self.birth() if asking else None,
            self.pick(("F", "M")) if asking else "",
        )

    def status_dependent(self, *, asking: bool) -> party.Dependent:
        return party.Dependent(self.person(), self.birth() if asking else None, self.pick(("F", "M")) if asking else "")

    def status_numbers(self) -> dict[str, str]:
        names = (
            "payer_claim_control_number", "bill_type", "patient_control_number", "prescription_number",
            "clearinghouse_claim_number",
        )  # fmt: skip
        return {name: self.code(3, 12) for name in names if self.rng.random() < 0.4}

    # --- 276

    def line_inquiry(self) -> asked.LineInquiry:
        start = self.day()
        return asked.LineInquiry(
            self.procedure(),
            self.cents(),
            self.decimal(),
            start,
            self.maybe(lambda: start + timedelta(days=1), None, 0.2),
            self.maybe(lambda: "0450", "", 0.2),
            self.maybe(self.code, ""),
        )

    def claim_inquiry(self) -> asked.ClaimInquiry:
        start = self.maybe(self.day, None, 0.8)
        return asked.ClaimInquiry(
            trace_number=self.code(4, 20),
            location_number=self.maybe(self.code, "", 0.1),
            group_number=self.maybe(self.code, "", 0.2),
            charge_cents=self.maybe(self.cents, None, 0.8),
            service_date=start,
            service_date_end=start + timedelta(days=2) if start and self.rng.random() < 0.3 else None,
            lines=self.some(self.line_inquiry, 2),
            **self.status_numbers(),
        )

    def subscriber_inquiries(self) -> asked.SubscriberInquiries:
        dependents = self.some(
            lambda: asked.DependentInquiries(self.status_dependent(asking=True), self.some(self.claim_inquiry, 2, 1)), 2
        )
        return asked.SubscriberInquiries(
            self.inquirer(asking=True), self.some(self.claim_inquiry, 2, 0 if dependents else 1), dependents
        )

    def provider_inquiries(self) -> asked.ProviderInquiries:
        return asked.ProviderInquiries(
            self.some(self.service_provider, 2, 1), self.some(self.subscriber_inquiries, 3, 1)
        )

    def claim_status_request(self, number: int) -> asked.ClaimStatusRequest:
        receivers = self.some(
            lambda: asked.ReceiverInquiries(
                self.status_payer(contact=False), self.status_receiver(), self.some(self.provider_inquiries, 2, 1)
            ),
            2,
            1,
        )
        return asked.ClaimStatusRequest(f"{number:04d}", self.code(4, 20), self.moment(), receivers)

    # --- 277

    def told_status(self, codes: tuple[tuple[str, str, str], ...] = CODES) -> told.Status:
        made = tuple(party.StatusCode(*self.pick(codes)) for _ in range(self.rng.randint(1, 3)))
        return told.Status(made, self.day())

    def claim_told(self) -> told.Status:
        paid = self.rng.random() < 0.5
        return replace(
            self.told_status(),
            charge_cents=self.cents(),
            paid_cents=self.cents() if paid else 0,
            adjudication_date=self.maybe(self.day, None, 0.5),
            payment_date=self.day() if paid else None,
            trace_number=self.code(4, 16) if paid else "",
        )

    def line_told(self) -> told.LineStatus:
        start = self.day()
        return told.LineStatus(
            self.procedure(),
            self.cents(),
            self.cents(),
            self.decimal(),
            self.some(self.told_status, 2, 1),
            start,
            self.maybe(lambda: start + timedelta(days=1), None, 0.2),
            "",
            self.maybe(self.code, ""),
        )

    def claim_answer(self) -> told.ClaimStatus:
        start = self.maybe(self.day, None, 0.8)
        return told.ClaimStatus(
            trace_number=self.code(4, 20),
            statuses=self.some(self.claim_told, 2, 1),
            voucher_number=self.maybe(self.code, "", 0.1),
            service_date=start,
            service_date_end=start + timedelta(days=2) if start and self.rng.random() < 0.3 else None,
            lines=self.some(self.line_told, 2),
            **self.status_numbers(),
        )

    def subscriber_statuses(self) -> told.SubscriberStatuses:
        dependents = self.some(
            lambda: told.DependentStatuses(self.status_dependent(asking=False), self.some(self.claim_answer, 2, 1)), 2
        )
        return told.SubscriberStatuses(
            self.inquirer(asking=False), self.some(self.claim_answer, 2, 0 if dependents else 1), dependents
        )

    def provider_statuses(self) -> told.ProviderStatuses:
        providers = self.some(self.service_provider, 2, 1)
        if self.rng.random() < 0.2:
            rejected = told.Trace(self.code(), (self.told_status((("D0", "35", "1P"), ("E1", "0", ""))),))
            return told.ProviderStatuses(providers, rejected)
        return told.ProviderStatuses(providers, None, self.some(self.subscriber_statuses, 3, 1))

    def receiver_statuses(self) -> told.ReceiverStatuses:
        payer, receiver = self.status_payer(contact=self.rng.random() < 0.3), self.status_receiver()
        if self.rng.random() < 0.1:
            return told.ReceiverStatuses(
                payer, receiver, told.Trace(self.code(), (self.told_status((("E0", "24", "41"),)),))
            )
        return told.ReceiverStatuses(payer, receiver, None, self.some(self.provider_statuses, 2, 1))

    def claim_status_response(self, number: int) -> told.ClaimStatusResponse:
        return told.ClaimStatusResponse(
            f"{number:04d}", self.code(4, 20), self.moment(), self.some(self.receiver_statuses, 2, 1)
        )
