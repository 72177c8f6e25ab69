"""A remittance advice, 835 005010X221A1. Money is integer cents; absent text is ``""``, an absent amount ``None``."""

from datetime import date
from decimal import Decimal

from x12.parties import (
    Address,
    Adjustment,
    Contact,
    InpatientAdjudication,
    Name,
    OutpatientAdjudication,
    Procedure,
    Reference,
)
from x12.values import value

VERSION = "005010X221A1"
FUNCTIONAL_ID = "HP"
DENIED = "4"
REVERSAL = "22"


@value(frozen=True, slots=True)
class BankAccount:
    """BPR06 to BPR09 or BPR12 to BPR15: bank id with qualifier, account with qualifier."""

    bank_id_qualifier: str = ""
    bank_id: str = ""
    account_qualifier: str = ""
    account_number: str = ""


@value(frozen=True, slots=True)
class Payment:
    """BPR and TRN: what was paid and how to find the money.

    ``handling_code`` BPR01 (I remittance only, C with payment, H notification, ...); ``amount_cents`` BPR02;
    ``credit_debit`` BPR03; ``method_code`` BPR04 (ACH, BOP, CHK, FWT, NON); ``effective_date`` BPR16;
    ``trace_number`` TRN02 (check or EFT number) and ``originator_id`` TRN03 (also BPR10).
    """

    amount_cents: int
    method_code: str
    effective_date: date
    trace_number: str
    originator_id: str
    handling_code: str = "I"
    credit_debit: str = "C"
    format_code: str = ""
    sender: BankAccount = BankAccount()
    company_id: str = ""
    company_supplemental_code: str = ""
    receiver: BankAccount = BankAccount()
    trace_supplemental_code: str = ""


@value(frozen=True, slots=True)
class Payer:
    """Loop 1000A. ``id`` is N104 (plan id); further ids are REF*2U, EO, HI, NF; contacts have their function code."""

    name: str
    address: Address | None
    contacts: tuple[Contact, ...]
    id: str = ""
    secondary_ids: tuple[Reference, ...] = ()


@value(frozen=True, slots=True)
class Payee:
    """Loop 1000B. ``id_qualifier`` is XX (NPI), FI (tax id) or XV; a tax id beside an NPI is REF*TJ."""

    name: str
    id: str
    id_qualifier: str = "XX"
    address: Address | None = None
    secondary_ids: tuple[Reference, ...] = ()

    @property
    def npi(self) -> str:
        """The payee's NPI, or ``""``."""
        return self.id if self.id_qualifier == "XX" else ""

    @property
    def tax_id(self) -> str:
        """The payee's tax id from N104 or REF*TJ, or ``""``."""
        if self.id_qualifier == "FI":
            return self.id
        return next((ref.value for ref in self.secondary_ids if ref.qualifier == "TJ"), "")


@value(frozen=True, slots=True)
class Party:
    """An NM1 of loop 2100: name and id (either may be missing)."""

    name: Name
    id_qualifier: str = ""
    id: str = ""


@value(frozen=True, slots=True)
class Amount:
    """AMT: qualifier and cents. Information only, never part of a balance."""

    qualifier: str
    amount_cents: int


@value(frozen=True, slots=True)
class Quantity:
    """QTY: qualifier and quantity."""

    qualifier: str
    quantity: Decimal


@value(frozen=True, slots=True)
class RemarkCode:
    """LQ: code list (HE for RARC, RX for NCPDP) and code."""

    code: str
    qualifier: str = "HE"


@value(frozen=True, slots=True)
class ServicePayment:
    """Loop 2110. ``procedure`` is what was adjudicated (SVC01), ``submitted_procedure`` SVC06 what was sent.

    ``units`` SVC05 (paid units, 1 if absent), ``original_units`` SVC07. ``line_item_control_number`` is REF*6R:
    the number sent, or the LX number if none was sent. ``allowed_cents`` is AMT*B6.
    """

    procedure: Procedure
    charge_cents: int
    paid_cents: int
    units: Decimal | None = None
    submitted_procedure: Procedure | None = None
    original_units: Decimal | None = None
    revenue_code: str = ""
    service_date: date | None = None
    service_date_end: date | None = None
    adjustments: tuple[Adjustment, ...] = ()
    line_item_control_number: str = ""
    references: tuple[Reference, ...] = ()
    allowed_cents: int | None = None
    amounts: tuple[Amount, ...] = ()
    quantities: tuple[Quantity, ...] = ()
    remark_codes: tuple[RemarkCode, ...] = ()


@value(frozen=True, slots=True)
class ClaimPayment:
    """Loop 2100: one CLP. ``status_code`` CLP02: 1 to 3 processed, 4 not recognised, 19 to 21 forwarded, 22 reversal.

    A denial is not told by ``status_code``: status 1 with nothing paid is the ordinary one (RFI 1423).
    """

    patient_control_number: str
    status_code: str
    charge_cents: int
    paid_cents: int
    claim_filing_indicator: str
    payer_claim_control_number: str
    patient: Party
    patient_responsibility_cents: int | None = None
    place_of_service_code: str = ""
    frequency_code: str = ""
    drg_code: str = ""
    drg_weight: Decimal | None = None
    discharge_fraction: Decimal | None = None
    adjustments: tuple[Adjustment, ...] = ()
    subscriber: Party | None = None  # NM1*IL
    corrected_insured: Party | None = None  # NM1*74
    service_provider: Party | None = None  # NM1*82
    crossover_carrier: Party | None = None  # NM1*TT
    corrected_priority_payer: Party | None = None  # NM1*PR
    other_subscriber: Party | None = None  # NM1*GB
    inpatient: InpatientAdjudication | None = None
    outpatient: OutpatientAdjudication | None = None
    references: tuple[Reference, ...] = ()
    statement_from: date | None = None  # DTM*232
    statement_to: date | None = None  # DTM*233
    coverage_expiration: date | None = None  # DTM*036
    received: date | None = None  # DTM*050
    contacts: tuple[Contact, ...] = ()
    amounts: tuple[Amount, ...] = ()
    quantities: tuple[Quantity, ...] = ()
    service_payments: tuple[ServicePayment, ...] = ()

    @property
    def is_reversal(self) -> bool:
        """True for CLP02 = 22: every amount negates an earlier posting."""
        return self.status_code == REVERSAL

    @property
    def remark_codes(self) -> tuple[str, ...]:
        """Remark codes at claim level, from MIA and MOA."""
        inpatient = self.inpatient.remark_codes if self.inpatient else ()
        return inpatient + (self.outpatient.remark_codes if self.outpatient else ())


@value(frozen=True, slots=True)
class ProviderSummary:
    """TS3 and TS2 of loop 2000, kept as elements (from element 1 on); institutional, Medicare Part A."""

    ts3: tuple[str, ...] = ()
    ts2: tuple[str, ...] = ()


@value(frozen=True, slots=True)
class ClaimGroup:
    """Loop 2000: one LX with its claims. ``number`` is LX01."""

    number: str
    claims: tuple[ClaimPayment, ...]
    summary: ProviderSummary = ProviderSummary()


@value(frozen=True, slots=True)
class ProviderAdjustment:
    """One pair of a PLB segment. A **positive** amount lowers the payment. ``reason_code``: WO, FB, 72, L6, CS, ...

    Adjacent pairs of one provider and fiscal year are written into one PLB of up to six pairs.
    """

    provider_id: str
    fiscal_period_end: date
    reason_code: str
    amount_cents: int
    reference: str = ""


@value(frozen=True, slots=True)
class Remittance:
    """One ST..SE of an 835. ``receiver_id`` REF*EV, ``version_id`` REF*F2, ``production_date`` DTM*405."""

    control_number: str
    payment: Payment
    payer: Payer
    payee: Payee
    claim_groups: tuple[ClaimGroup, ...] = ()
    provider_adjustments: tuple[ProviderAdjustment, ...] = ()
    currency_code: str = ""
    receiver_id: str = ""
    version_id: str = ""
    production_date: date | None = None

    @property
    def claims(self) -> tuple[ClaimPayment, ...]:
        """Every claim payment, in file order."""
        return tuple(claim for group in self.claim_groups for claim in group.claims)
