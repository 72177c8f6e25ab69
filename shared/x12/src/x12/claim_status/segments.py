"""Segments of the status transactions bound to models, for both directions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, TypeVar

from x12.claim_status.models import Dependent, Payer, Receiver, ServiceProvider, StatusCode, Subscriber
from x12.elements import element
from x12.extracting import contact, day, name
from x12.parties import Identification, Name
from x12.segments import Element, SegmentWriter
from x12.walking import Node
from x12.writing import HierarchyWriter, write_contact, write_name

T = TypeVar("T")

CLAIM_REFERENCES = {
    "1K": "payer_claim_control_number",
    "BLT": "bill_type",
    "LU": "location_number",
    "6P": "group_number",
    "EJ": "patient_control_number",
    "EA": "medical_record_number",
    "XZ": "prescription_number",
    "VV": "voucher_number",
    "D9": "clearinghouse_claim_number",
}
"""REF qualifiers of a claim: every status transaction has its own choice of them."""
_STATUS_POSITIONS = (1, 10, 11)


def status_codes(segment: list[str], component: str) -> tuple[StatusCode, ...]:
    """STC01, STC10 and STC11."""
    return tuple(_code(text, component) for at in _STATUS_POSITIONS if (text := element(segment, at)))


def _code(text: str, component: str) -> StatusCode:
    parts = [*text.split(component), "", "", ""]
    return StatusCode(parts[0], parts[1], parts[2], parts[3])


def status_elements(codes: tuple[StatusCode, ...]) -> tuple[Element, Element, Element]:
    """The elements STC01, STC10 and STC11."""
    made = [(code.category_code, code.status_code, code.entity_code, code.code_list) for code in codes]
    first, second, third = (*made, None, None, None)[:3]
    return first, second, third


def read_payer(node: Node | None) -> Payer:
    """Loop 2100A."""
    nm1 = node.first("NM1") if node else []
    return Payer(element(nm1, 3), element(nm1, 9), element(nm1, 8), contact(node.first("PER")) if node else None)


def write_payer(writer: SegmentWriter, payer: Payer) -> None:
    """Loop 2100A."""
    write_name(writer, "PR", Name.organization(payer.name), payer.id_qualifier, payer.id)
    write_contact(writer, payer.contact)


def read_receiver(node: Node | None) -> Receiver:
    """Loop 2100B."""
    nm1 = node.first("NM1") if node else []
    return Receiver(name(nm1), element(nm1, 9))


def write_receiver(writer: SegmentWriter, receiver: Receiver) -> None:
    """Loop 2100B."""
    write_name(writer, "41", receiver.name, "46", receiver.id)


def read_providers(node: Node) -> tuple[ServiceProvider, ...]:
    """Loops 2100C."""
    return tuple(_provider(child.first("NM1")) for child in node.each("2100C"))


def _provider(nm1: list[str]) -> ServiceProvider:
    return ServiceProvider(name(nm1), Identification(element(nm1, 8), element(nm1, 9)))


def write_providers(writer: SegmentWriter, providers: tuple[ServiceProvider, ...]) -> None:
    """Loops 2100C."""
    for provider in providers:
        write_name(writer, "1P", provider.name, provider.id.qualifier, provider.id.value)


class _Named(Protocol):
    """A provider's level, whatever is below it."""

    @property
    def providers(self) -> tuple[ServiceProvider, ...]:
        """Loops 2100C."""
        ...


P = TypeVar("P", bound=_Named)
P_co = TypeVar("P_co", bound=_Named, covariant=True)


class _Asked(Protocol[P_co]):
    """The levels of payer and receiver in a request."""

    @property
    def payer(self) -> Payer:
        """Loop 2100A."""
        ...

    @property
    def receiver(self) -> Receiver:
        """Loop 2100B."""
        ...

    @property
    def providers(self) -> Sequence[P_co]:
        """Loops 2000C."""
        ...


def write_request_levels(
    levels: HierarchyWriter, receivers: Iterable[_Asked[P]], below: Callable[[HierarchyWriter, P, int], None]
) -> None:
    """Loops 2000A to 2000C of a request; ``below(levels, provider, number)`` writes what a provider holds."""
    for asked in receivers:
        source = levels.open(None, "20", "1")
        write_payer(levels.writer, asked.payer)
        receiver = levels.open(source, "21", "1")
        write_receiver(levels.writer, asked.receiver)
        for provider in asked.providers:
            number = levels.open(receiver, "19", "1")
            write_providers(levels.writer, provider.providers)
            below(levels, provider, number)


def read_subscriber(node: Node) -> Subscriber:
    """DMG of a 2000D and its 2100D."""
    inner = node.child("2100D")
    nm1, dmg = inner.first("NM1") if inner else [], node.first("DMG")
    return Subscriber(name(nm1), element(nm1, 9), element(nm1, 8), day(dmg, 2), element(dmg, 3))


def write_subscriber(writer: SegmentWriter, subscriber: Subscriber) -> None:
    """DMG and 2100D."""
    if subscriber.birth_date is not None:
        writer.add("DMG", "D8", subscriber.birth_date, subscriber.sex)
    write_name(writer, "IL", subscriber.name, subscriber.id_qualifier, subscriber.member_id)


def read_dependent(node: Node) -> Dependent:
    """DMG of a 2000E and its 2100E."""
    inner, dmg = node.child("2100E"), node.first("DMG")
    return Dependent(name(inner.first("NM1") if inner else []), day(dmg, 2), element(dmg, 3))


def write_dependent(writer: SegmentWriter, dependent: Dependent) -> None:
    """DMG and 2100E."""
    if dependent.birth_date is not None:
        writer.add("DMG", "D8", dependent.birth_date, dependent.sex)
    write_name(writer, "QC", dependent.name)


def taken(items: list[T]) -> tuple[T, ...]:
    """What a level held, which is left empty for the next one."""
    made = tuple(items)
    items.clear()
    return made
