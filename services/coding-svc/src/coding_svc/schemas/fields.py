"""The types of the fields of an encounter: lengths are those of the X12 elements that the values end in."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Final

from kit.api.fields import Storable
from pydantic import AfterValidator, Field

MAX_CHARGE_CENTS: Final = 99_999_999_99
"""SV102 and CLM02 hold at most ten characters: 99,999,999.99."""


def _without_hyphen(value: str) -> str:
    """ZIP+4 is stored as nine digits, as N403 wants it."""
    return value.replace("-", "")


def _without_dot(value: str) -> str:
    """ICD-10-CM codes are stored with the dot after the third character, however they came."""
    plain = value.replace(".", "").upper()
    return f"{plain[:3]}.{plain[3:]}" if len(plain) > 3 else plain


Key = Annotated[str, Field(min_length=1, max_length=64), Storable]
LastName = Annotated[str, Field(min_length=1, max_length=60), Storable]
FirstName = Annotated[str, Field(min_length=1, max_length=35), Storable]
MiddleName = Annotated[str, Field(min_length=1, max_length=25), Storable]
Suffix = Annotated[str, Field(min_length=1, max_length=10), Storable]
AddressLine = Annotated[str, Field(min_length=1, max_length=55), Storable]
City = Annotated[str, Field(min_length=2, max_length=30), Storable]
State = Annotated[str, Field(pattern=r"^[A-Z]{2}$"), Storable]
PostalCode = Annotated[str, Field(pattern=r"^[A-Z0-9][A-Z0-9 -]{2,14}$"), Storable, AfterValidator(_without_hyphen)]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$"), Storable]
Phone = Annotated[str, Field(pattern=r"^[0-9]{7,15}$"), Storable]
Npi = Annotated[str, Field(pattern=r"^[0-9]{10}$"), Storable]
Taxonomy = Annotated[str, Field(pattern=r"^[A-Z0-9]{10}$"), Storable]
TaxId = Annotated[str, Field(pattern=r"^[0-9]{9}$"), Storable]
PayerId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._-]{1,79}$"), Storable]
MemberId = Annotated[str, Field(min_length=2, max_length=80), Storable]
Reference = Annotated[str, Field(min_length=1, max_length=50), Storable]
Clia = Annotated[str, Field(pattern=r"^[0-9]{2}D[0-9]{7}$"), Storable]
PlaceOfService = Annotated[str, Field(pattern=r"^[0-9]{2}$"), Storable]
ProcedureCode = Annotated[str, Field(pattern=r"^[A-Z0-9]{5}$"), Storable]
ChargeCode = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,39}$"), Storable]
"""The practice's own code of a service, as in its chargemaster."""
Modifier = Annotated[str, Field(pattern=r"^[A-Z0-9]{2}$"), Storable]
Icd10Cm = Annotated[
    str, Field(pattern=r"^[A-Za-z][0-9][0-9A-Za-z](\.?[0-9A-Za-z]{1,4})?$"), AfterValidator(_without_dot)
]
SnomedCt = Annotated[str, Field(pattern=r"^[0-9]{6,18}$"), Storable]
Ndc = Annotated[str, Field(pattern=r"^[0-9]{11}$"), Storable]
Units = Annotated[Decimal, Field(gt=0, le=Decimal("9999999.999"), max_digits=10, decimal_places=3)]
Cents = Annotated[int, Field(ge=0, le=MAX_CHARGE_CENTS)]
BusinessDate = Annotated[date, Field(ge=date(1870, 1, 1), le=date(2199, 12, 31))]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$"), Storable]
Text80 = Annotated[str, Field(min_length=1, max_length=80), Storable]
"""NTE02, K301, CR109, CR2 descriptions: 80 characters."""
Code2 = Annotated[str, Field(pattern=r"^[A-Z0-9]{2}$"), Storable]
Code1To3 = Annotated[str, Field(pattern=r"^[A-Z0-9]{1,3}$"), Storable]
Quantity = Annotated[Decimal, Field(ge=0, le=Decimal("9999999.999"), max_digits=10, decimal_places=3)]
TimeOfDay = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3])[0-5][0-9]$"), Storable]
"""HHMM at the facility."""
RevenueCode = Annotated[str, Field(pattern=r"^[0-9]{4}$"), Storable]
Icd10Pcs = Annotated[str, Field(pattern=r"^[0-9A-HJ-NP-Z]{7}$"), Storable]
