"""Makes varied, valid professional claims."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from x12.claim_837p import models as claim
from x12.parties import Adjustment, Name, Procedure, Reference

from tests.codec.makers_parts import FILING, POS, RESPONSIBILITY, PartsMaker


class ClaimMaker(PartsMaker):
    """837P."""

    def provider(
        self, *, person: bool = False, taxonomy: bool = False, ids: tuple[str, ...] = ("0B", "1G", "G2")
    ) -> claim.Provider:
        return claim.Provider(
            self.person() if person else self.name(),
            self.maybe(self.npi, "", 0.9),
            self.maybe(lambda: "207Q00000X", "", 0.7) if taxonomy else "",
            self.maybe(lambda: self.distinct(ids, 2), (), 0.3),
        )

    def referring(self, qualifier: str) -> claim.Provider:
        made = self.provider(person=True)
        return claim.Provider(made.name, made.npi, "", made.secondary_ids, qualifier)

    def ordering(self) -> claim.Provider:
        made = self.provider(person=True)
        return claim.Provider(
            made.name,
            made.npi,
            "",
            made.secondary_ids,
            "",
            self.maybe(self.address, None),
            self.maybe(self.contact, None),
        )

    def facility(self, ids: tuple[str, ...] = ("0B", "G2", "LU"), *, contact: bool = True) -> claim.ServiceFacility:
        return claim.ServiceFacility(
            self.text(30),
            self.address(),
            self.maybe(self.npi, ""),
            self.maybe(lambda: self.distinct(ids, 2), ()),
            self.maybe(lambda: self.contact(("TE",)), None) if contact else None,
        )

    def billing_provider(self) -> claim.BillingProvider:
        qualifier = self.pick(("EI", "SY"))
        return claim.BillingProvider(
            self.name(),
            self.npi(),
            self.digits(9),
            self.address(),
            qualifier,
            self.maybe(lambda: "261QP2300X", "", 0.8),
            self.some(self.contact, 2),
            self.maybe(lambda: (Reference("0B", self.code()),), ()),
            self.maybe(self.address, None),
            "2",
            self.maybe(self.pay_to_plan, None, 0.1),
            self.maybe(lambda: "USD", "", 0.1),
        )

    def pay_to_plan(self) -> claim.PayToPlan:
        return claim.PayToPlan(
            self.text(30),
            self.code(),
            self.address(),
            self.digits(9),
            "PI",
            self.maybe(lambda: self.distinct(("2U",), 1), ()),
        )

    def details(self) -> claim.PatientDetails:
        return claim.PatientDetails(
            self.maybe(self.day, None, 0.1),
            self.maybe(self.decimal, None, 0.2),
            self.rng.random() < 0.1,
            self.maybe(self.code, "", 0.2),
            self.maybe(lambda: self.contact(("TE",)), None, 0.1),
        )

    def subscriber(self, responsibility: str) -> claim.Subscriber:
        return claim.Subscriber(
            self.person(),
            self.code(5, 12),
            responsibility,
            self.pick(FILING),
            self.maybe(self.code, ""),
            self.maybe(self.text, "", 0.3),
            "12" if responsibility != "P" and self.rng.random() < 0.5 else "",
            self.address(),
            self.birth(),
            self.pick(("F", "M", "U")),
            "MI",
            self.maybe(lambda: self.digits(9), "", 0.1),
            self.details(),
        )

    def payer(self) -> claim.Payer:
        return claim.Payer(
            self.text(30),
            self.code(3, 10),
            self.pick(("PI", "XV")),
            self.maybe(self.address, None),
            self.maybe(lambda: self.distinct(("2U", "EI", "FY", "NF"), 3), ()),
            self.maybe(lambda: self.distinct(("G2", "LU"), 2), ()),
        )

    def patient(self) -> claim.Patient:
        return claim.Patient(
            self.person(),
            self.pick(("01", "19", "20", "21", "39", "40", "53", "G8")),
            self.address(),
            self.birth(),
            self.pick(("F", "M", "U")),
            self.maybe(lambda: self.reference(("1W", "SY")), None, 0.1),
            self.details(),
        )

    def dates(self) -> claim.ClaimDates:
        names = [name for name in claim.ClaimDates.__dataclass_fields__ if self.rng.random() < 0.3]
        return claim.ClaimDates(**{name: self.day() for name in names})

    def line_dates(self) -> claim.LineDates:
        names = [name for name in claim.LineDates.__dataclass_fields__ if self.rng.random() < 0.2]
        return claim.LineDates(**{name: self.day() for name in names})

    def attachment(self) -> claim.Attachment:
        if self.rng.random() < 0.3:
            return claim.Attachment("OZ", "AA")
        return claim.Attachment(
            self.pick(("OZ", "B3", "77", "RR")[:2]), self.pick(("EL", "FX", "BM", "EM", "FT")), self.code(5, 20)
        )

    def contract(self) -> claim.Contract:
        return claim.Contract(
            self.pick(("01", "02", "09")), self.cents(), Decimal("12.5"), self.code(), Decimal("2"), self.code()
        )

    def ambulance(self) -> claim.AmbulanceTransport:
        return claim.AmbulanceTransport(
            self.pick(tuple("ABCDE")),
            self.decimal(),
            self.maybe(self.decimal, None),
            self.maybe(self.text, ""),
            self.maybe(self.text, ""),
        )

    def repricing(self) -> claim.Repricing:
        return claim.Repricing(
            self.pick(("00", "03", "10")),
            self.cents(),
            self.cents(),
            self.digits(9),
            self.decimal(),
            self.code(2, 10),
            self.cents(),
        )

    def condition(self, category: str, codes: tuple[str, ...], most: int) -> claim.Condition:
        return claim.Condition(
            category, self.rng.random() < 0.7, tuple(self.rng.sample(codes, self.rng.randint(1, most)))
        )

    def location(self) -> claim.AmbulanceLocation:
        return claim.AmbulanceLocation(self.address())

    def drop_off(self) -> claim.AmbulanceLocation:
        return claim.AmbulanceLocation(self.address(), self.maybe(self.text, ""))

    def drug(self) -> claim.Drug:
        qualifier = self.pick(("XZ", "VY"))
        number = self.maybe(self.code, "")
        return claim.Drug(
            self.digits(11),
            self.decimal(),
            self.pick(("F2", "GR", "ME", "ML", "UN")),
            number,
            qualifier if number else "XZ",
        )

    def form(self) -> claim.Form:
        answers = (
            claim.FormAnswer("1", yes_no="Y"),
            claim.FormAnswer("2", text=self.text(20)),
            claim.FormAnswer("3", answer_date=self.day()),
            claim.FormAnswer("4", percentage=Decimal("56.5")),
        )
        return claim.Form("04.03", "UT", answers[: self.rng.randint(1, 4)])

    def line(self, pointers: int, other_payers: tuple[str, ...]) -> claim.ServiceLine:
        charge = self.cents()
        self.serial += 1
        start = self.day()
        return claim.ServiceLine(
            procedure=self.procedure(),
            charge_cents=charge,
            units=self.decimal(),
            service_date=start,
            diagnosis_pointers=tuple(self.rng.sample(range(1, pointers + 1), self.rng.randint(1, min(4, pointers)))),
            unit_code=self.pick(("UN", "MJ")),
            service_date_end=self.maybe(lambda: start + timedelta(days=self.rng.randint(0, 5)), None, 0.2),
            place_of_service_code=self.maybe(lambda: self.pick(POS), "", 0.3),
            line_item_control_number=f"L{self.serial}",
            emergency=self.rng.random() < 0.1,
            epsdt=self.rng.random() < 0.1,
            family_planning=self.rng.random() < 0.1,
            copay_exempt=self.rng.random() < 0.05,
            equipment=self.maybe(
                lambda: claim.DurableEquipment(Procedure("E0570"), self.decimal(), self.cents(), self.cents(), "4"),
                None,
                0.05,
            ),
            attachments=self.some(self.attachment, 2) if self.rng.random() < 0.2 else (),
            ambulance=self.maybe(self.ambulance, None, 0.1),
            equipment_certification=self.maybe(lambda: claim.EquipmentCertification("I", Decimal(12)), None, 0.05),
            conditions=self.maybe(
                lambda: (self.condition("07", ("01", "04", "05", "06"), 4), claim.Condition("70", True, ("65",))),
                (),
                0.1,
            ),
            dates=self.maybe(self.line_dates, claim.NO_LINE_DATES, 0.2),
            ambulance_patient_count=self.maybe(lambda: 2, None, 0.05),
            obstetric_units=self.maybe(self.decimal, None, 0.05),
            measurements=self.maybe(lambda: (claim.Measurement("TR", "R1", Decimal("113.4")),), (), 0.1),
            contract=self.maybe(self.contract, None, 0.05),
            repriced_reference=self.maybe(self.code, "", 0.05),
            adjusted_repriced_reference=self.maybe(self.code, "", 0.05),
            prior_authorizations=self.maybe(
                lambda: (
                    claim.LineReference(self.code()),
                    *(claim.LineReference(self.code(), p) for p in other_payers[:1]),
                ),
                (),
                0.1,
            ),
            referrals=self.maybe(lambda: (claim.LineReference(self.code()),), (), 0.1),
            mammography_certification_number=self.maybe(self.code, "", 0.05),
            clia_number=self.maybe(lambda: "12D4567890", "", 0.1),
            referring_clia_number=self.maybe(lambda: "12D4567891", "", 0.05),
            immunization_batch_number=self.maybe(self.code, "", 0.05),
            sales_tax_cents=self.maybe(self.cents, None, 0.05),
            postage_cents=self.maybe(self.cents, None, 0.05),
            file_information=self.maybe(lambda: self.some(lambda: self.text(60), 2, 1), (), 0.05),
            note=self.maybe(lambda: claim.Note(self.text(80), self.pick(("ADD", "DCP"))), None, 0.2),
            third_party_note=self.maybe(lambda: self.text(80), "", 0.05),
            purchased_service=self.maybe(lambda: claim.PurchasedService(self.code(), self.cents()), None, 0.05),
            repricing=self.maybe(self.repricing, None, 0.05),
            drug=self.maybe(self.drug, None, 0.2),
            rendering_provider=self.maybe(lambda: self.provider(taxonomy=True), None, 0.1),
            purchased_service_provider=self.maybe(lambda: claim.Provider(Name("2"), self.npi()), None, 0.05),
            service_facility=self.maybe(lambda: self.facility(("G2", "LU"), contact=False), None, 0.05),
            supervising_provider=self.maybe(lambda: self.provider(person=True), None, 0.05),
            ordering_provider=self.maybe(self.ordering, None, 0.1),
            referring_providers=self.maybe(lambda: (self.referring("DN"),), (), 0.1),
            ambulance_pick_up=self.maybe(self.location, None, 0.05),
            ambulance_drop_off=self.maybe(self.drop_off, None, 0.05),
            adjudications=tuple(self.line_adjudication(payer, charge) for payer in other_payers),
            forms=self.maybe(lambda: (self.form(),), (), 0.05),
        )

    def line_adjudication(self, payer: str, charge: int) -> claim.LineAdjudication:
        paid = self.rng.randint(0, charge)
        return claim.LineAdjudication(
            payer,
            paid,
            self.procedure(),
            self.decimal(),
            self.day(),
            self.cob(charge - paid),
            self.maybe(lambda: 1, None, 0.1),
            self.maybe(self.cents, None, 0.2),
        )

    def cob(self, amount: int) -> tuple[Adjustment, ...]:
        part = self.rng.randint(0, amount)
        parts = (
            Adjustment("CO", "45", part, self.maybe(self.decimal, None, 0.2)),
            Adjustment("PR", "2", amount - part),
        )
        return tuple(each for each in parts if each.amount_cents)

    def other_coverage(self, responsibility: str, payer_id: str) -> claim.OtherCoverage:
        return claim.OtherCoverage(
            payer_responsibility=responsibility,
            relationship_code=self.pick(("18", "01", "19", "G8")),
            subscriber_name=self.person(),
            member_id=self.code(5, 12),
            payer_name=self.text(30),
            payer_id=payer_id,
            claim_filing_indicator=self.pick(FILING),
            group_number=self.maybe(self.code, ""),
            group_name=self.maybe(self.text, ""),
            adjustments=self.maybe(lambda: self.cob(self.cents()), (), 0.3),
            paid_cents=self.maybe(self.cents, None, 0.7),
            non_covered_cents=self.maybe(self.cents, None, 0.1),
            remaining_patient_liability_cents=self.maybe(self.cents, None, 0.2),
            benefits_assignment=self.pick(("Y", "N", "W")),
            patient_signature_source=self.maybe(lambda: "P", ""),
            release_of_information=self.pick(("Y", "I")),
            outpatient_adjudication=self.maybe(self.outpatient, None, 0.3),
            subscriber_address=self.maybe(self.address, None),
            subscriber_social_security_number=self.maybe(lambda: self.digits(9), "", 0.1),
            payer_address=self.maybe(self.address, None),
            payer_secondary_ids=self.maybe(lambda: self.distinct(("2U", "EI", "FY", "NF"), 2), ()),
            prior_authorization_number=self.maybe(self.code, ""),
            referral_number=self.maybe(self.code, ""),
            claim_adjustment_indicator=self.maybe(lambda: "Y", "", 0.1),
            payer_claim_control_number=self.maybe(self.code, "", 0.6),
            providers=self.maybe(self.other_providers, (), 0.1),
        )

    def other_providers(self) -> tuple[claim.OtherPayerProvider, ...]:
        return (
            claim.OtherPayerProvider("DN", "1", self.distinct(("0B", "1G", "G2"), 2)),
            claim.OtherPayerProvider("82", "1", self.distinct(("0B", "1G", "G2", "LU"), 2)),
            claim.OtherPayerProvider("77", "2", self.distinct(("0B", "G2", "LU"), 2)),
            claim.OtherPayerProvider("85", "2", self.distinct(("G2", "LU"), 2)),
        )

    def claims(self, count: int) -> tuple[claim.Claim, ...]:
        """Claims that share billing providers, subscribers and patients now and then."""
        made: list[claim.Claim] = []
        provider = self.billing_provider()
        while len(made) < count:
            if self.rng.random() < 0.4:
                provider = self.billing_provider()
            responsibility = self.pick(RESPONSIBILITY)
            subscriber, payer = self.subscriber(responsibility), self.payer()
            patient = self.maybe(self.patient, None, 0.4)
            for _ in range(self.rng.randint(1, 3)):
                made.append(self.claim(provider, subscriber, payer, patient))
        return tuple(made[:count])

    def claim(
        self,
        provider: claim.BillingProvider,
        subscriber: claim.Subscriber,
        payer: claim.Payer,
        patient: claim.Patient | None,
    ) -> claim.Claim:
        turns = {"P": (), "S": ("P",), "T": ("P", "S")}[subscriber.payer_responsibility]
        payers = tuple(self.code(4, 9) for _ in turns)
        diagnoses = tuple(
            dict.fromkeys(f"{self.pick(tuple('ABCDEJMR'))}{self.digits(3)}" for _ in range(self.rng.randint(1, 12)))
        )
        lines = tuple(self.line(len(diagnoses), payers) for _ in range(self.rng.choice((1, 1, 2, 3, 5))))
        causes = self.maybe(lambda: tuple(self.rng.sample(("AA", "EM", "OA"), self.rng.randint(1, 2))), (), 0.2)
        self.serial += 1
        frequency = self.pick(("1", "1", "1", "7", "8"))
        return claim.Claim(
            billing_provider=provider,
            subscriber=subscriber,
            payer=payer,
            patient_control_number=f"PCN{self.serial:06d}",
            charge_cents=sum(line.charge_cents for line in lines),
            place_of_service_code=self.pick(POS),
            diagnosis_codes=diagnoses,
            service_lines=lines,
            patient=patient,
            frequency_code=frequency,
            provider_signature_on_file=self.rng.random() < 0.9,
            assignment_code=self.pick(("A", "B", "C")),
            benefits_assignment=self.pick(("Y", "N", "W")),
            release_of_information=self.pick(("Y", "I")),
            patient_signature_source=self.maybe(lambda: "P", "", 0.2),
            related_causes=causes,
            accident_state="TX" if "AA" in causes else "",
            special_program_code=self.maybe(lambda: "03", "", 0.1),
            delay_reason_code=self.maybe(lambda: "11", "", 0.1),
            icd_9=self.rng.random() < 0.05,
            dates=self.maybe(self.dates, claim.NO_CLAIM_DATES, 0.5),
            attachments=self.maybe(lambda: self.some(self.attachment, 3), (), 0.3),
            contract=self.maybe(self.contract, None, 0.1),
            patient_paid_cents=self.maybe(self.cents, None, 0.2),
            service_authorization_exception_code=self.maybe(lambda: "1", "", 0.05),
            medicare_crossover=self.maybe(lambda: "Y", "", 0.05),
            mammography_certification_number=self.maybe(self.code, "", 0.1),
            referral_number=self.maybe(self.code, "", 0.2),
            prior_authorization_number=self.maybe(self.code, "", 0.3),
            payer_claim_control_number=self.code() if frequency != "1" else "",
            clia_number=self.maybe(lambda: "12D4567890", "", 0.2),
            repriced_claim_number=self.maybe(self.code, "", 0.05),
            adjusted_repriced_claim_number=self.maybe(self.code, "", 0.05),
            investigational_device_number=self.maybe(self.code, "", 0.05),
            clearinghouse_claim_number=self.maybe(self.code, "", 0.1),
            medical_record_number=self.maybe(self.code, "", 0.3),
            demonstration_project_id=self.maybe(self.code, "", 0.05),
            care_plan_oversight_number=self.maybe(self.code, "", 0.05),
            file_information=self.maybe(lambda: self.some(lambda: self.text(60), 2, 1), (), 0.1),
            note=self.maybe(
                lambda: claim.Note(self.text(80), self.pick(("ADD", "CER", "DCP", "DGN", "TPO"))), None, 0.3
            ),
            ambulance=self.maybe(self.ambulance, None, 0.1),
            spinal_manipulation=self.maybe(lambda: claim.SpinalManipulation("A", self.text(), self.text()), None, 0.1),
            conditions=self.maybe(
                lambda: (self.condition("07", ("01", "04", "05", "06", "07"), 5), claim.Condition("75", True, ("IH",))),
                (),
                0.2,
            ),
            anesthesia_procedures=self.maybe(lambda: ("33960", "33961"), (), 0.1),
            condition_codes=self.maybe(lambda: ("AA", "AB"), (), 0.1),
            repricing=self.maybe(self.repricing, None, 0.1),
            referring_providers=self.maybe(
                lambda: (self.referring("DN"), self.referring("P3"))[: self.rng.randint(1, 2)], (), 0.4
            ),
            rendering_provider=self.maybe(lambda: self.provider(taxonomy=True), None, 0.7),
            service_facility=self.maybe(self.facility, None, 0.3),
            supervising_provider=self.maybe(lambda: self.provider(person=True), None, 0.1),
            ambulance_pick_up=self.maybe(self.location, None, 0.1),
            ambulance_drop_off=self.maybe(self.drop_off, None, 0.1),
            other_coverages=tuple(self.other_coverage(turn, id) for turn, id in zip(turns, payers, strict=True)),
        )

    def claim_sets(self, sets: int, claims: int) -> tuple[claim.ClaimTransactionSet, ...]:
        return tuple(
            claim.ClaimTransactionSet(
                f"{number:04d}",
                self.code(4, 20),
                self.moment(),
                claim.Submitter(self.organization(), self.code(), self.some(self.contact, 2, 1)),
                claim.Receiver(self.text(30), self.code()),
                self.claims(claims),
                self.pick(("CH", "RP")),
                self.pick(("00", "18")),
            )
            for number in range(1, sets + 1)
        )
