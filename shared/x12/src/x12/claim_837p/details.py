"""The smaller parts of a claim or service line, each mostly one segment."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from x12.parties import Procedure


@dataclass(frozen=True, slots=True)
class AmbulanceTransport:
    """CR1: weight in pounds, reason, miles, purposes."""

    reason_code: str
    distance_miles: Decimal
    weight_pounds: Decimal | None = None
    round_trip_purpose: str = ""
    stretcher_purpose: str = ""


@dataclass(frozen=True, slots=True)
class SpinalManipulation:
    """CR2: nature of the condition and two descriptions."""

    condition_code: str
    description: str = ""
    description_2: str = ""


@dataclass(frozen=True, slots=True)
class ClaimDates:
    """The claim's DTP segments by name; the qualifier stands behind each."""

    onset: date | None = None  # 431
    initial_treatment: date | None = None  # 454
    last_seen: date | None = None  # 304
    acute_manifestation: date | None = None  # 453
    accident: date | None = None  # 439
    last_menstrual_period: date | None = None  # 484
    last_x_ray: date | None = None  # 455
    hearing_vision_prescription: date | None = None  # 471
    disability_start: date | None = None  # 360, or 314 with an end
    disability_end: date | None = None  # 361, or 314 with a start
    last_worked: date | None = None  # 297
    return_to_work: date | None = None  # 296
    admission: date | None = None  # 435
    discharge: date | None = None  # 096
    assumed_care: date | None = None  # 090
    relinquished_care: date | None = None  # 091
    first_contact: date | None = None  # 444
    repricer_received: date | None = None  # 050


NO_CLAIM_DATES = ClaimDates()


@dataclass(frozen=True, slots=True)
class LineDates:
    """The line's other DTP segments by name; the qualifier stands behind each."""

    prescription: date | None = None  # 471
    certification_revision: date | None = None  # 607
    begin_therapy: date | None = None  # 463
    last_certification: date | None = None  # 461
    last_seen: date | None = None  # 304
    hemoglobin_test: date | None = None  # 738
    creatinine_test: date | None = None  # 739
    shipped: date | None = None  # 011
    last_x_ray: date | None = None  # 455
    initial_treatment: date | None = None  # 454


NO_LINE_DATES = LineDates()


@dataclass(frozen=True, slots=True)
class DurableEquipment:
    """SV5: length of need in days, rental and purchase price, rental unit (1 weekly, 4 monthly, 6 daily)."""

    procedure: Procedure
    days: Decimal
    rental_cents: int
    purchase_cents: int
    frequency_code: str


@dataclass(frozen=True, slots=True)
class EquipmentCertification:
    """CR3: certification type (I, R, S) and length of need in months."""

    type_code: str
    months: Decimal


@dataclass(frozen=True, slots=True)
class Measurement:
    """MEA: test result, e.g. ``Measurement("TR", "R1", Decimal("113.4"))``."""

    reference_code: str
    qualifier: str
    value: Decimal


@dataclass(frozen=True, slots=True)
class PurchasedService:
    """PS1: the purchased service provider's id and what it cost."""

    provider_id: str
    charge_cents: int


@dataclass(frozen=True, slots=True)
class FormAnswer:
    """FRM: question number and one of: Y/N/W, text, date, percentage."""

    question: str
    yes_no: str = ""
    text: str = ""
    answer_date: date | None = None
    percentage: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """Loop 2440: an answered certificate form. ``qualifier`` is AS (form type) or UT (CMS form)."""

    code: str
    qualifier: str = "UT"
    answers: tuple[FormAnswer, ...] = ()
