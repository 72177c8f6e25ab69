"""Makes varied, valid institutional claims."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from x12.claim_837i import models as inst
from x12.parties import InpatientAdjudication, Name, Procedure, Reference

from tests.codec.makers_claim import ClaimMaker
from tests.codec.makers_parts import RESPONSIBILITY

IDS = ("0B", "1G", "G2", "LU")
ENTITIES = ("71", "72", "ZZ", "77", "82", "DN", "85")


class InstitutionalMaker(ClaimMaker):
    """837I."""

    def physician(self, ids: tuple[str, ...] = IDS, *, taxonomy: bool = False) -> inst.Provider:
        return self.provider(person=True, taxonomy=taxonomy, ids=ids)

    def referrer(self) -> inst.Provider:
        return replace(self.physician(("0B", "1G", "G2")), qualifier="DN", taxonomy_code="")

    def institution(self) -> inst.BillingProvider:
        made = self.billing_provider()
        return replace(made, name=self.organization(), tax_id_qualifier="EI", license_ids=())

    def insured(self, responsibility: str) -> inst.Subscriber:
        made = self.subscriber(responsibility)
        details = replace(
            made.details, date_of_death=None, weight_pounds=None, pregnant=False, property_casualty_contact=None
        )
        return replace(made, insurance_type_code="", details=details)

    def dependent(self) -> inst.Patient:
        made = self.patient()
        details = replace(
            made.details, date_of_death=None, weight_pounds=None, pregnant=False, property_casualty_contact=None
        )
        return replace(made, details=details)

    def plan(self) -> inst.Payer:
        made = self.payer()
        return replace(made, billing_provider_ids=made.billing_provider_ids[:1])

    def diagnosis(self) -> inst.Diagnosis:
        return inst.Diagnosis(
            f"{self.pick(tuple('ABCDEJMR'))}{self.digits(3)}", self.maybe(lambda: self.pick(("Y", "N", "U", "W")), "")
        )

    def procedure_code(self) -> inst.DatedCode:
        return inst.DatedCode("0" + self.code(6, 6), self.day())

    def occurrence(self) -> inst.DatedCode:
        return inst.DatedCode(self.digits(2), self.day())

    def span(self) -> inst.OccurrenceSpan:
        start = self.day()
        return inst.OccurrenceSpan(self.digits(2), start, start + timedelta(days=self.rng.randint(0, 9)))

    def institutional_adjudication(self, payer: str, charge: int) -> inst.LineAdjudication:
        paid = self.rng.randint(0, charge)
        return inst.LineAdjudication(
            payer,
            paid,
            "0" + self.digits(3),
            self.decimal(),
            self.day(),
            self.maybe(self.procedure, None, 0.6),
            self.cob(charge - paid),
            self.maybe(lambda: 1, None, 0.1),
            self.maybe(self.cents, None, 0.2),
        )

    def institutional_line(self, other_payers: tuple[str, ...]) -> inst.ServiceLine:
        charge, start = self.cents(), self.maybe(self.day, None, 0.7)
        self.serial += 1
        return inst.ServiceLine(
            revenue_code="0" + self.digits(3),
            charge_cents=charge,
            units=self.decimal(),
            procedure=self.maybe(
                lambda: Procedure("J1885", ("59",), "HC", self.maybe(lambda: self.text(40), "", 0.2)), None, 0.7
            ),
            unit_code=self.pick(("UN", "DA")),
            non_covered_cents=self.maybe(self.cents, None, 0.2),
            service_date=start,
            service_date_end=start + timedelta(days=3) if start and self.rng.random() < 0.3 else None,
            line_item_control_number=f"L{self.serial}",
            repriced_reference=self.maybe(self.code, "", 0.1),
            adjusted_repriced_reference=self.maybe(self.code, "", 0.1),
            attachments=self.maybe(lambda: self.some(self.attachment, 2), (), 0.2),
            service_tax_cents=self.maybe(self.cents, None, 0.1),
            facility_tax_cents=self.maybe(self.cents, None, 0.1),
            third_party_note=self.maybe(lambda: self.text(80), "", 0.1),
            repricing=self.maybe(lambda: replace(self.repricing(), revenue_code="0450"), None, 0.1),
            drug=self.maybe(self.drug, None, 0.2),
            operating_physician=self.maybe(self.physician, None, 0.1),
            other_operating_physician=self.maybe(self.physician, None, 0.1),
            rendering_provider=self.maybe(self.physician, None, 0.1),
            referring_provider=self.maybe(self.referrer, None, 0.1),
            adjudications=tuple(self.institutional_adjudication(payer, charge) for payer in other_payers),
        )

    def other_plan(self, responsibility: str, payer_id: str) -> inst.OtherCoverage:
        entities = tuple(entity for entity in ENTITIES if self.rng.random() < 0.2)
        return replace(
            self.other_coverage(responsibility, payer_id),
            patient_signature_source="",
            inpatient_adjudication=self.maybe(
                lambda: InpatientAdjudication(Decimal(3), ("MA01", "N130"), ((4, "1250.5"), (15, "2"))), None, 0.3
            ),
            providers=tuple(
                inst.OtherPayerProvider(entity, "2" if entity in ("77", "85") else "1", (Reference("G2", self.code()),))
                for entity in entities
            ),
        )

    def institutional_claim(
        self,
        provider: inst.BillingProvider,
        subscriber: inst.Subscriber,
        payer: inst.Payer,
        patient: inst.Patient | None,
    ) -> inst.Claim:
        turns = {"P": (), "S": ("P",), "T": ("P", "S")}[subscriber.payer_responsibility]
        payers = tuple(self.code(4, 9) for _ in turns)
        lines = tuple(self.institutional_line(payers) for _ in range(self.rng.choice((1, 2, 4))))
        start = self.day()
        inpatient = self.rng.random() < 0.5
        frequency = self.pick(("1", "1", "7", "8"))
        self.serial += 1
        return inst.Claim(
            billing_provider=provider,
            subscriber=subscriber,
            payer=payer,
            patient_control_number=f"PCN{self.serial:06d}",
            charge_cents=sum(line.charge_cents for line in lines),
            facility_type_code="11" if inpatient else "13",
            statement_from=start,
            statement_through=start + timedelta(days=self.rng.randint(0, 9)),
            patient_status_code="01",
            principal_diagnosis=self.diagnosis(),
            service_lines=lines,
            patient=patient,
            frequency_code=frequency,
            assignment_code=self.pick(("A", "B", "C")),
            benefits_assignment=self.pick(("Y", "N", "W")),
            release_of_information=self.pick(("Y", "I")),
            delay_reason_code=self.maybe(lambda: "11", "", 0.1),
            icd_9=self.rng.random() < 0.05,
            discharge_time="1130" if inpatient else "",
            admission_date=start if inpatient else None,
            admission_time=self.maybe(lambda: "0815", "", 0.7) if inpatient else "",
            repricer_received=self.maybe(self.day, None, 0.1),
            admission_type_code="1" if inpatient else "3",
            admission_source_code="7" if inpatient else "1",
            attachments=self.maybe(lambda: self.some(self.attachment, 3), (), 0.3),
            contract=self.maybe(self.contract, None, 0.1),
            patient_estimated_due_cents=self.maybe(self.cents, None, 0.2),
            service_authorization_exception_code=self.maybe(lambda: "1", "", 0.1),
            referral_number=self.maybe(self.code, "", 0.2),
            prior_authorization_number=self.maybe(self.code, "", 0.3),
            payer_claim_control_number=self.code() if frequency != "1" else "",
            repriced_claim_number=self.maybe(self.code, "", 0.1),
            adjusted_repriced_claim_number=self.maybe(self.code, "", 0.1),
            investigational_device_numbers=self.some(self.code, 3),
            clearinghouse_claim_number=self.maybe(self.code, "", 0.1),
            auto_accident_state=self.maybe(lambda: "TX", "", 0.1),
            medical_record_number=self.maybe(self.code, "", 0.3),
            demonstration_project_id=self.maybe(self.code, "", 0.1),
            peer_review_approval_number=self.maybe(self.code, "", 0.1),
            file_information=self.maybe(lambda: self.some(lambda: self.text(60), 2, 1), (), 0.1),
            notes=self.some(lambda: inst.Note(self.text(80), self.pick(("ALG", "DCP", "DGN", "MED"))), 2),
            billing_note=self.maybe(lambda: self.text(80), "", 0.3),
            epsdt_referral=self.maybe(lambda: self.condition("ZZ", ("AV", "NU", "S2", "ST"), 3), None, 0.1),
            admitting_diagnosis_code=self.maybe(lambda: "R0789", "", 0.6),
            reasons_for_visit=self.some(lambda: f"R{self.digits(3)}", 3),
            external_causes=self.some(lambda: inst.Diagnosis(f"W{self.digits(3)}"), 3),
            drg_code=self.maybe(lambda: self.digits(3), "", 0.4) if inpatient else "",
            other_diagnoses=self.some(self.diagnosis, 24),
            principal_procedure=self.maybe(self.procedure_code, None),
            other_procedures=self.some(self.procedure_code, 14),
            occurrence_spans=self.some(self.span, 2),
            occurrences=self.some(self.occurrence, 3),
            values=self.some(lambda: inst.Value(self.digits(2), self.cents()), 14),
            condition_codes=self.some(lambda: self.digits(2), 14),
            treatment_codes=self.some(self.code, 2),
            repricing=self.maybe(self.repricing, None, 0.1),
            attending_provider=self.maybe(lambda: self.physician(taxonomy=True), None, 0.9),
            operating_physician=self.maybe(self.physician, None, 0.3),
            other_operating_physician=self.maybe(self.physician, None, 0.2),
            rendering_provider=self.maybe(self.physician, None, 0.2),
            service_facility=self.maybe(lambda: self.facility(contact=False), None, 0.2),
            referring_provider=self.maybe(self.referrer, None, 0.2),
            other_coverages=tuple(self.other_plan(turn, id) for turn, id in zip(turns, payers, strict=True)),
        )

    def institutional_claims(self, count: int) -> tuple[inst.Claim, ...]:
        made: list[inst.Claim] = []
        while len(made) < count:
            provider, subscriber = self.institution(), self.insured(self.pick(RESPONSIBILITY))
            payer, patient = self.plan(), self.maybe(self.dependent, None, 0.4)
            made += [
                self.institutional_claim(provider, subscriber, payer, patient) for _ in range(self.rng.randint(1, 3))
            ]
        return tuple(made[:count])

    def institutional_sets(self, sets: int, claims: int) -> tuple[inst.ClaimTransactionSet, ...]:
        return tuple(
            inst.ClaimTransactionSet(
                f"{number:04d}",
                self.code(4, 20),
                self.moment(),
                inst.Submitter(Name.organization(self.text(30)), self.code(), self.some(self.contact, 2, 1)),
                inst.Receiver(self.text(30), self.code()),
                self.institutional_claims(claims),
                self.pick(("CH", "RP")),
                self.pick(("00", "18")),
            )
            for number in range(1, sets + 1)
        )
