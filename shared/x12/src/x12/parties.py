"""Names, addresses, contacts, references and adjustments: the parts that several transactions share."""

from decimal import Decimal

from x12.values import value

PERSON = "1"
ORGANIZATION = "2"


@value(frozen=True, slots=True)
class Name:
    """NM102 to NM107. ``entity_type`` is 1 (person) or 2 (organization, whose name is in ``last``)."""

    entity_type: str
    last: str = ""
    first: str = ""
    middle: str = ""
    suffix: str = ""

    @classmethod
    def person(cls, last: str, first: str = "", middle: str = "", suffix: str = "") -> "Name":
        """A person's name."""
        return cls(PERSON, last, first, middle, suffix)

    @classmethod
    def organization(cls, name: str) -> "Name":
        """An organization's name."""
        return cls(ORGANIZATION, name)


@value(frozen=True, slots=True)
class Address:
    """N3 and N4. ``postal_code`` has digits only (ZIP or ZIP+4) for US addresses; ``country_code`` is empty there."""

    line_1: str
    city: str
    state: str = ""
    postal_code: str = ""
    line_2: str = ""
    country_code: str = ""
    country_subdivision_code: str = ""


@value(frozen=True, slots=True)
class CommunicationNumber:
    """A qualifier (TE telephone, EX extension, EM e-mail, FX fax, UR web address) and the number."""

    qualifier: str
    number: str


@value(frozen=True, slots=True)
class Contact:
    """PER: a name (may be empty) and one to three communication numbers."""

    name: str
    numbers: tuple[CommunicationNumber, ...]
    function_code: str = "IC"


@value(frozen=True, slots=True)
class Reference:
    """REF: qualifier and value, e.g. ``Reference("G2", "KA6663")``."""

    qualifier: str
    value: str


@value(frozen=True, slots=True)
class Identification:
    """A code qualifier and an id, e.g. NM108 and NM109: ``Identification("XX", npi)``."""

    qualifier: str
    value: str


@value(frozen=True, slots=True)
class Adjustment:
    """One triplet of a CAS segment: group (CO, OA, PI, PR), reason (CARC), cents, quantity.

    A positive amount lowers the payment, a negative one raises it. Adjacent adjustments of one group are
    written into one CAS of up to six triplets.
    """

    group_code: str
    reason_code: str
    amount_cents: int
    quantity: Decimal | None = None


@value(frozen=True, slots=True)
class Procedure:
    """A composite medical procedure identifier (SV101, SVC01, SVD03): qualifier, code, up to four modifiers."""

    code: str
    modifiers: tuple[str, ...] = ()
    qualifier: str = "HC"
    description: str = ""


@value(frozen=True, slots=True)
class OutpatientAdjudication:
    """MOA: reimbursement rate, payable amount, up to five remark codes (RARC), ESRD and professional amounts."""

    reimbursement_rate: Decimal | None = None
    hcpcs_payable_cents: int | None = None
    remark_codes: tuple[str, ...] = ()
    esrd_payment_cents: int | None = None
    nonpayable_professional_cents: int | None = None


@value(frozen=True, slots=True)
class InpatientAdjudication:
    """MIA: covered days and remark codes; the other amounts stay as text by element number (3 to 24)."""

    covered_days: Decimal
    remark_codes: tuple[str, ...] = ()
    other: tuple[tuple[int, str], ...] = ()
