"""The parties and codes of the transactions about a claim's status.

Text that is absent is ``""``, a date or amount that is absent is ``None``. Money is integer cents.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Generic, TypeVar

from x12.parties import Contact, Identification, Name
from x12.values import value

C = TypeVar("C")
"""What is asked or told of one claim."""


@value(frozen=True, slots=True)
class StatusCode:
    """STC01, STC10 or STC11: category (A0 to F4, ...), status code, entity.

    ``code_list`` (C043-04) is RX for NCPDP reject codes, LOI where the status code is a LOINC.
    """

    category_code: str
    status_code: str
    entity_code: str = ""
    code_list: str = ""


@value(frozen=True, slots=True)
class Payer:
    """Loop 2100A: the information source. ``contact`` stands in answers only."""

    name: str
    id: str
    id_qualifier: str = "PI"
    contact: Contact | None = None


@value(frozen=True, slots=True)
class Receiver:
    """Loop 2100B: the information receiver, which asks or is told (NM1*41 with qualifier 46)."""

    name: Name
    id: str


@value(frozen=True, slots=True)
class ServiceProvider:
    """Loop 2100C: the provider of service (NM1*1P). ``id``: XX (NPI), FI (tax id) or SV."""

    name: Name
    id: Identification


@value(frozen=True, slots=True)
class Subscriber:
    """Loop 2100D: the insured. Birth date and sex stand in requests only."""

    name: Name
    member_id: str
    id_qualifier: str = "MI"
    birth_date: date | None = None
    sex: str = ""


@value(frozen=True, slots=True)
class Dependent:
    """Loop 2100E: the patient, where that is not the subscriber."""

    name: Name
    birth_date: date | None = None
    sex: str = ""


@value(frozen=True, slots=True)
class DependentClaims(Generic[C]):
    """Loop 2000E: a dependent and their claims."""

    dependent: Dependent
    claims: tuple[C, ...]


@value(frozen=True, slots=True)
class SubscriberClaims(Generic[C]):
    """Loop 2000D: a subscriber with claims of their own and of dependents."""

    subscriber: Subscriber
    claims: tuple[C, ...] = ()
    dependents: tuple[DependentClaims[C], ...] = ()


def claims_of(subscribers: Iterable[SubscriberClaims[C]]) -> Iterator[C]:
    """Every claim of these subscribers and their dependents, in file order."""
    for subscriber in subscribers:
        yield from subscriber.claims
        for dependent in subscriber.dependents:
            yield from dependent.claims
