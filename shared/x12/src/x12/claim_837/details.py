"""Small parts of a claim or service line that 837P and 837I share, each mostly one segment."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Attachment:
    """PWK: report type, transmission code (AA, BM, EL, EM, FT, FX), attachment control number."""

    report_type_code: str
    transmission_code: str
    control_number: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """NTE: reference code (ADD, CER, DCP, DGN, TPO) and text of up to 80 characters."""

    text: str
    reference_code: str = "ADD"


@dataclass(frozen=True, slots=True)
class Contract:
    """CN1: contract type, amount, percentage, code, terms discount, version."""

    type_code: str
    amount_cents: int | None = None
    percentage: Decimal | None = None
    code: str = ""
    terms_discount_percentage: Decimal | None = None
    version: str = ""


@dataclass(frozen=True, slots=True)
class Repricing:
    """HCP: what a repricer made of the charge (claim or line)."""

    methodology_code: str
    allowed_cents: int
    saving_cents: int | None = None
    organization_id: str = ""
    rate: Decimal | None = None
    ambulatory_group_code: str = ""
    ambulatory_group_cents: int | None = None
    procedure_qualifier: str = ""
    procedure_code: str = ""
    unit_code: str = ""
    units: Decimal | None = None
    reject_reason_code: str = ""
    compliance_code: str = ""
    exception_code: str = ""
    revenue_code: str = ""  # HCP08: 837I only


@dataclass(frozen=True, slots=True)
class Drug:
    """Loop 2410: NDC (11 digits, no hyphens), quantity with its unit (F2, GR, ME, ML, UN), prescription number.

    ``prescription_qualifier`` is XZ (prescription) or VY (link of a compound).
    """

    ndc: str
    quantity: Decimal
    unit_code: str
    prescription_number: str = ""
    prescription_qualifier: str = "XZ"
    qualifier: str = "N4"


@dataclass(frozen=True, slots=True)
class LineReference:
    """A line's prior authorization or referral number; ``payer_id`` is REF04-2, for another payer's number."""

    value: str
    payer_id: str = ""


@dataclass(frozen=True, slots=True)
class Condition:
    """CRC: one to five codes of a category: 07 ambulance, 09 DME, 70 hospice, 75 homebound, E1-E3 vision, ZZ EPSDT."""

    category: str
    applies: bool
    codes: tuple[str, ...]
