"""Makes varied, valid attachments and requests for them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from x12.attachment_275 import models as sent
from x12.attachment_request_277 import models as wanted
from x12.claim_status.models import StatusCode
from x12.parties import Identification, Reference

from tests.codec.makers_status import StatusMaker

LOINCS = ("11506-3", "18842-5", "28570-0")


class AttachmentMaker(StatusMaker):
    """275, and the 277 that asks for it."""

    def questions(self) -> tuple[StatusCode, ...]:
        asked = StatusCode("R4", self.pick(LOINCS), "", "LOI")
        return (asked, StatusCode("R4", "18803-7", "", "LOI")) if self.rng.random() < 0.3 else (asked,)

    # --- 275

    def document(self, *, adopted: bool) -> sent.Document:
        data = self.rng.randbytes(self.rng.randint(1, 300)) + self.pick((b"", b"~SE*1*1~", b"*:^~\r\nIEA*1*1~"))
        made = sent.Document(self.day(), data, format_code=self.pick(("HL", "TX", "IA")))
        if not adopted:
            return replace(made, filter_code="", security_code=self.pick(("01", "05")))
        return replace(
            made,
            filter_code=self.pick(("B64", "ASC")),
            associated_object=self.maybe(lambda: sent.AssociatedObject("1", "47", "ATTACHMENT"), None, 0.5),
        )

    def answer(self, *, adopted: bool) -> sent.Answer:
        solicited, start = self.rng.random() < 0.5, self.maybe(self.day, None)
        return sent.Answer(
            trace_number=self.code(5, 30),
            documents=tuple(self.document(adopted=adopted) for _ in range(self.rng.randint(1, 2))),
            trace_type="2" if solicited else "1",
            questions=self.questions() if solicited else (),
            line_item_control_number=self.maybe(self.code, ""),
            service_references=self.maybe(
                lambda: (sent.ServiceReference("CPT", "44397", self.maybe(lambda: Reference("YJ", "0012"), None)),), ()
            ),
            service_date=start,
            service_date_end=start + timedelta(days=2) if start and self.rng.random() < 0.3 else None,
        )

    def submission(self, number: int, *, adopted: bool = True) -> sent.AttachmentSubmission:
        taxonomy = self.maybe(lambda: "207Q00000X", "")
        start = self.maybe(self.day, None, 0.7)
        return sent.AttachmentSubmission(
            control_number=f"{number:04d}",
            reference=self.code(4, 30),
            created=self.moment(),
            payer=self.status_payer(contact=self.rng.random() < 0.3),
            submitter=self.status_receiver(),
            provider=sent.Provider(
                self.name(),
                Identification("XX", self.npi()),
                taxonomy,
                self.maybe(lambda: (Reference("G2", self.code()),), ()),
                self.maybe(self.address, None),
            ),
            patient=sent.Patient(
                name=self.person(),
                member_id=self.code(5, 12),
                patient_control_number=self.code(),
                bill_type=self.maybe(lambda: "131", "", 0.2),
                medical_record_number=self.maybe(self.code, ""),
                clearinghouse_claim_number=self.maybe(self.code, ""),
                claim_number=self.maybe(self.code, "") if adopted else "",
                service_date=start,
                service_date_end=start + timedelta(days=1) if start and self.rng.random() < 0.3 else None,
            ),
            answers=tuple(self.answer(adopted=adopted) for _ in range(self.rng.randint(1, 3))),
            purpose_code=self.pick(("02", "11")),
        )

    # --- 277

    def question(self) -> wanted.Question:
        return wanted.Question(self.questions(), self.maybe(self.day, None), self.maybe(self.cents, None))

    def response_contact(self) -> wanted.ResponseContact:
        named = self.rng.random() < 0.5
        return wanted.ResponseContact(
            "OZ",
            self.pick(("EL", "BM", "FX")),
            self.maybe(self.code, ""),
            self.maybe(lambda: self.contact(("TE", "EM")), None),
            "PR" if named else "",
            self.text(20) if named else "",
            self.address() if named else None,
        )

    def line_request(self) -> wanted.LineRequest:
        return wanted.LineRequest(
            self.procedure(),
            self.cents(),
            self.some(self.question, 2, 1),
            self.maybe(self.decimal, None),
            self.maybe(lambda: "0450", "", 0.2),
            self.code(),
            self.day(),
        )

    def claim_request(self) -> wanted.ClaimRequest:
        return wanted.ClaimRequest(
            trace_number=self.code(4, 30),
            questions=self.some(self.question, 2, 1),
            payer_claim_control_number=self.code(),
            bill_type=self.maybe(lambda: "131", "", 0.2),
            patient_control_number=self.code(),
            medical_record_number=self.maybe(self.code, ""),
            clearinghouse_claim_number=self.maybe(self.code, ""),
            service_date=self.day(),
            due=self.maybe(self.day, None, 0.7),
            response_contact=self.maybe(self.response_contact, None),
            lines=self.some(self.line_request, 2),
        )

    def patient_requests(self) -> wanted.PatientRequests:
        return wanted.PatientRequests(self.inquirer(asking=False), self.some(self.claim_request, 2, 1))

    def information_request(self, number: int) -> wanted.InformationRequest:
        def providers() -> wanted.ProviderRequests:
            return wanted.ProviderRequests((self.service_provider(),), self.some(self.patient_requests, 2, 1))

        receiver = wanted.ReceiverRequests(
            self.status_payer(contact=True), self.status_receiver(), self.some(providers, 2, 1)
        )
        return wanted.InformationRequest(f"{number:04d}", self.code(4, 20), self.moment(), (receiver,))
