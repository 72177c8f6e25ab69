"""Attachments to one claim, 275: who sends what about whom, and the documents themselves.

An answer to a request (277) and what is sent along with a claim unasked are told apart by ``purpose_code`` and by
``Answer.trace_number``: the request's TRN02, or the attachment control number of the claim's PWK06.
"""

from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Iterator
from dataclasses import field
from datetime import date, datetime

from x12.claim_status.models import Payer, Receiver, StatusCode
from x12.parties import Address, Identification, Name, Reference
from x12.values import value

VERSION = "006020X314"
VERSION_5010 = "005010X210"
FUNCTIONAL_ID = "PI"
UNSOLICITED = "02"
BASE_64 = "B64"
ASCII = "ASC"


@value(frozen=True, slots=True)
class Provider:
    """Loop 1000C: the provider of the service (NM1*1P). ``id``: XX (NPI), FI or SV.

    ``address_code`` is NX101 of loop 1100C, ``specialty_code`` PRV01.
    """

    name: Name
    id: Identification
    taxonomy_code: str = ""
    secondary_ids: tuple[Reference, ...] = ()
    address: Address | None = None
    specialty_code: str = "BI"
    address_code: str = "1P"


@value(frozen=True, slots=True)
class Patient:
    """Loop 1000D: the patient and the claim that is supported. ``claim_number`` (REF*X1) is of X314 only."""

    name: Name
    member_id: str = ""
    id_qualifier: str = "MI"
    patient_control_number: str = ""  # REF*EJ: the claim's CLM01
    bill_type: str = ""  # REF*BLT
    medical_record_number: str = ""  # REF*EA
    clearinghouse_claim_number: str = ""  # REF*D9
    claim_number: str = ""  # REF*X1
    service_date: date | None = None
    service_date_end: date | None = None


@value(frozen=True, slots=True)
class AssociatedObject:
    """OOI (X314): id, type and name of what the document is."""

    id: str
    type_code: str
    name: str = ""


@value(frozen=True, slots=True)
class Document:
    """Loop 2100B: one document. ``data`` are the octets of BIN02 or BDS03, whatever they are.

    What is public of the payers' companion guides to X314 has a MIME entity there; it is the caller's to make.

    ``filter_code`` is BDS01 (X314): B64 says that ``data`` are base64, ASC that they are plain. ``category_code``
    CAT01 (AE: attachment), ``format_code`` CAT02 (HL for HL7 documents, TX text, IA image, ...), ``security_code``
    EFI01 (X210).
    """

    submitted: date
    data: bytes = field(repr=False)
    category_code: str = "AE"
    format_code: str = "HL"
    format_version: str = ""  # CAT03
    filter_code: str = BASE_64
    security_code: str = "05"
    associated_object: AssociatedObject | None = None

    @classmethod
    def of(cls, content: bytes, submitted: date, format_code: str = "HL") -> "Document":
        """A document for X314 with its content in base64."""
        return cls(submitted, b64encode(content), format_code=format_code)

    @property
    def content(self) -> bytes:
        """``data``, decoded where they are base64; as they are where they are not right base64."""
        if self.filter_code != BASE_64:
            return self.data
        try:
            return b64decode(self.data)
        except Error:
            return self.data


@value(frozen=True, slots=True)
class ServiceReference:
    """A further REF of loop 2000A (procedure, revenue code, modifier): qualifier, value, and those of REF04."""

    qualifier: str
    value: str
    other: Reference | None = None


@value(frozen=True, slots=True)
class Answer:
    """Loop 2000A: one LX, an answer to one question or one unasked attachment.

    ``trace_type`` (TRN01): 2 answers a 277, 1 goes with a claim's PWK. ``questions`` are the codes of the 277's STC.
    """

    trace_number: str = field(repr=False)
    documents: tuple[Document, ...]
    trace_type: str = "1"
    questions: tuple[StatusCode, ...] = ()
    line_item_control_number: str = ""  # REF*FJ
    service_references: tuple[ServiceReference, ...] = ()
    service_date: date | None = None
    service_date_end: date | None = None


@value(frozen=True, slots=True)
class AttachmentSubmission:
    """One ST..SE of a 275: the attachments of one claim. ``reference`` is BGN02."""

    control_number: str
    reference: str
    created: datetime
    payer: Payer
    submitter: Receiver
    provider: Provider
    patient: Patient
    answers: tuple[Answer, ...]
    purpose_code: str = UNSOLICITED

    @property
    def documents(self) -> Iterator[Document]:
        """Every document, in file order."""
        return (document for answer in self.answers for document in answer.documents)
