"""Makes varied, valid and balanced remittances."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from x12.parties import Adjustment, Reference
from x12.remittance_835 import models as era

from tests.codec.makers_parts import POS, REMARKS, PartsMaker


class RemittanceMaker(PartsMaker):
    """835."""

    def remittance(self, number: int, claims: int) -> era.Remittance:
        groups, left, lx = [], claims, 0
        while left > 0:
            lx += 1
            size = self.rng.randint(1, min(3, left))
            left -= size
            groups.append(era.ClaimGroup(str(lx), tuple(self.claim_payment() for _ in range(size))))
        adjustments = self.some(self.provider_adjustment, 8)
        paid = sum(payment.paid_cents for group in groups for payment in group.claims)
        payee_npi = self.npi()
        return era.Remittance(
            f"{number:04d}",
            self.payment(paid - sum(each.amount_cents for each in adjustments)),
            self.era_payer(),
            era.Payee(
                self.text(30), payee_npi, "XX", self.maybe(self.address, None), (Reference("TJ", self.digits(9)),)
            ),
            tuple(groups),
            adjustments,
            self.maybe(lambda: "USD", "", 0.1),
            self.maybe(self.code, ""),
            self.maybe(self.code, ""),
            self.maybe(self.day, None),
        )

    def payment(self, amount: int) -> era.Payment:
        originator = "1" + self.digits(9)
        if amount <= 0:
            return era.Payment(amount, "NON", self.day(), self.code(5, 15), originator, "H")
        if self.rng.random() < 0.5:
            return era.Payment(amount, "CHK", self.day(), self.digits(8), originator)
        bank = era.BankAccount("01", self.digits(9), "DA", self.digits(10))
        return era.Payment(
            amount,
            "ACH",
            self.day(),
            self.code(5, 15),
            originator,
            "I",
            "C",
            "CCP",
            bank,
            originator,
            self.maybe(lambda: self.digits(9), ""),
            bank,
        )

    def era_payer(self) -> era.Payer:
        contacts = (*self.some(lambda: self.contact(("TE", "EM"), "CX"), 1), self.contact(("TE", "EM"), "BL"))
        return era.Payer(
            self.text(30),
            self.address(),
            contacts,
            self.maybe(self.code, "", 0.3),
            self.maybe(lambda: self.distinct(("2U", "EO", "HI", "NF"), 3), ()),
        )

    def party(self) -> era.Party:
        return era.Party(self.person(), "MI", self.code(5, 12))

    def claim_payment(self) -> era.ClaimPayment:
        services = tuple(self.service_payment() for _ in range(self.rng.randint(1, 4)))
        charge = sum(service.charge_cents for service in services)
        adjusted = self.rng.choice((0, 0, 500))
        paid = sum(service.paid_cents for service in services) - adjusted
        self.serial += 1
        return era.ClaimPayment(
            patient_control_number=f"PCN{self.serial:06d}",
            status_code=self.pick(("1", "2", "3", "4", "19", "22", "25")),
            charge_cents=charge,
            paid_cents=paid,
            claim_filing_indicator=self.pick(("12", "MB", "MC", "HM")),
            payer_claim_control_number=self.code(8, 20),
            patient=self.party(),
            patient_responsibility_cents=self.maybe(self.cents, None),
            place_of_service_code=self.maybe(lambda: self.pick(POS), ""),
            frequency_code=self.maybe(lambda: self.pick(("1", "7")), ""),
            drg_code=self.maybe(lambda: "470", "", 0.1),
            drg_weight=self.maybe(lambda: Decimal("1.9"), None, 0.1),
            adjustments=(Adjustment("OA", "23", adjusted),) if adjusted else (),
            subscriber=self.maybe(self.party, None),
            corrected_insured=self.maybe(lambda: era.Party(self.person(), "C", self.code()), None, 0.2),
            service_provider=self.maybe(lambda: era.Party(self.person(), "XX", self.npi()), None, 0.6),
            crossover_carrier=self.maybe(lambda: era.Party(self.organization(), "PI", self.code()), None, 0.2),
            corrected_priority_payer=self.maybe(lambda: era.Party(self.organization(), "PI", self.code()), None, 0.1),
            other_subscriber=self.maybe(self.party, None, 0.1),
            inpatient=self.maybe(lambda: era.InpatientAdjudication(Decimal(0), REMARKS[:2], ((4, "100"),)), None, 0.1),
            outpatient=self.maybe(self.outpatient, None, 0.3),
            references=self.maybe(lambda: self.distinct(("1L", "CE", "EA", "F8", "G1"), 3), ()),
            statement_from=self.maybe(self.day, None),
            statement_to=self.maybe(self.day, None),
            coverage_expiration=self.maybe(self.day, None, 0.1),
            received=self.maybe(self.day, None),
            contacts=self.maybe(lambda: (self.contact(("TE", "EM"), "CX"),), (), 0.2),
            amounts=self.maybe(lambda: (era.Amount("AU", self.cents()), era.Amount("I", self.cents())), (), 0.4),
            quantities=self.maybe(lambda: (era.Quantity("CA", self.decimal()),), (), 0.1),
            service_payments=services,
        )

    def service_payment(self) -> era.ServicePayment:
        charge = self.cents()
        paid = self.rng.choice((0, charge, self.rng.randint(0, charge)))
        start = self.day()
        self.serial += 1
        return era.ServicePayment(
            procedure=self.procedure(),
            charge_cents=charge,
            paid_cents=paid,
            units=self.maybe(self.decimal, None),
            submitted_procedure=self.maybe(self.procedure, None, 0.2),
            original_units=self.maybe(self.decimal, None, 0.2),
            service_date=start,
            service_date_end=self.maybe(lambda: start + timedelta(days=2), None, 0.2),
            adjustments=self.adjustments(charge - paid),
            line_item_control_number=self.maybe(lambda: f"L{self.serial}", "", 0.8),
            references=self.maybe(lambda: self.distinct(("1S", "BB", "G1", "LU", "0K"), 2), (), 0.2),
            allowed_cents=self.maybe(self.cents, None, 0.6),
            amounts=self.maybe(lambda: (era.Amount("KH", self.cents()),), (), 0.1),
            quantities=self.maybe(lambda: (era.Quantity("ZK", self.decimal()),), (), 0.1),
            remark_codes=self.maybe(lambda: (era.RemarkCode("N130"), era.RemarkCode("M15")), (), 0.3),
        )

    def provider_adjustment(self) -> era.ProviderAdjustment:
        return era.ProviderAdjustment(
            "1234567893",
            date(2026, 12, 31),
            self.pick(("WO", "FB", "L6", "CS", "72")),
            self.rng.randint(-9000, 9000) or 1,
            self.maybe(self.code, "", 0.8),
        )
