"""Puts the envelopes around transaction sets, and writes the segments that several transactions share."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import groupby

from x12.envelope import Envelope
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
from x12.segments import Element, SegmentWriter, refusal

TRIPLETS_PER_CAS = 6
_CONTROL_NUMBER = re.compile(r"[A-Za-z0-9]{4,9}", re.ASCII)


def interchange(
    envelope: Envelope,
    functional_id: str,
    version: str,
    transaction_sets: Sequence[tuple[str, str, Sequence[str]]],
    *,
    version_in_st: bool = True,
    before_group: Sequence[str] = (),
) -> bytes:
    """One interchange with one group; a transaction set is (set id, control number, segments between ST and SE).

    ``before_group`` are TA1 segments.

    Raises `WriteError` for control numbers, ids and delimiters that an envelope cannot carry.
    """
    lines = [*_header(envelope, _release(version)), *before_group, *_group_header(envelope, functional_id, version)]
    seen: set[str] = set()
    for set_id, control_number, segments in transaction_sets:
        if not _CONTROL_NUMBER.fullmatch(control_number) or control_number in seen:
            raise refusal("ST02", "the control number must have 4 to 9 letters and digits and be unique")
        seen.add(control_number)
        header = f"ST*{set_id}*{control_number}" + (f"*{version}" if version_in_st else "")
        lines.append(_own(header, envelope))
        lines.extend(segments)
        lines.append(_own(f"SE*{len(segments) + 2}*{control_number}", envelope))
    lines.append(_own(f"GE*{len(transaction_sets)}*{envelope.group_control_number}", envelope))
    lines.append(_own(f"IEA*1*{envelope.interchange_control_number:09d}", envelope))
    end = envelope.delimiters.segment
    return (end.join(lines) + end).encode("latin-1")


def interchange_without_groups(envelope: Envelope, segments: Sequence[str]) -> bytes:
    """An interchange that holds TA1 segments only."""
    lines = [*_header(envelope), *segments, _own(f"IEA*0*{envelope.interchange_control_number:09d}", envelope)]
    end = envelope.delimiters.segment
    return (end.join(lines) + end).encode("latin-1")


def _own(segment: str, envelope: Envelope) -> str:
    """A segment made of control values only, with this envelope's element separator."""
    return segment.replace("*", envelope.delimiters.element)


def _release(version: str) -> str:
    """ISA12: the release of the interchange control segments, ``00602`` for ``006020X314``."""
    return version[:5]


def _header(envelope: Envelope, release: str = "00501") -> list[str]:
    _check_numbers(envelope)
    delimiters = envelope.delimiters
    writer = SegmentWriter(delimiters)
    ids = (envelope.sender_qualifier, envelope.sender_id, envelope.receiver_qualifier, envelope.receiver_id)
    writer.add("ISA", *ids)  # refuses delimiters in them
    isa = [
        "ISA", "00", " " * 10, "00", " " * 10,
        f"{ids[0]:2}", f"{ids[1]:15}", f"{ids[2]:2}", f"{ids[3]:15}",
        envelope.created.strftime("%y%m%d"), envelope.created.strftime("%H%M"),
        delimiters.repetition, release, f"{envelope.interchange_control_number:09d}",
        "1" if envelope.acknowledgement_requested else "0", envelope.usage_indicator, delimiters.component,
    ]  # fmt: skip
    return [delimiters.element.join(isa)]


def _group_header(envelope: Envelope, functional_id: str, version: str) -> list[str]:
    writer = SegmentWriter(envelope.delimiters)
    writer.add(
        "GS",
        functional_id,
        envelope.application_sender or envelope.sender_id,
        envelope.application_receiver or envelope.receiver_id,
        envelope.created.date(),
        envelope.created.strftime("%H%M"),
        envelope.group_control_number,
        "X",
        version,
    )
    return writer.segments


def _check_numbers(envelope: Envelope) -> None:
    if not 1 <= envelope.interchange_control_number <= 999_999_999:
        raise refusal("ISA13", "the interchange control number must be 1 to 999999999")
    if not 1 <= envelope.group_control_number <= 999_999_999:
        raise refusal("GS06", "the group control number must be 1 to 999999999")
    if envelope.usage_indicator not in ("P", "T"):
        raise refusal("ISA15", "the usage indicator must be P or T")
    for at, value, low, high in (
        ("ISA05", envelope.sender_qualifier, 2, 2),
        ("ISA06", envelope.sender_id, 1, 15),
        ("ISA07", envelope.receiver_qualifier, 2, 2),
        ("ISA08", envelope.receiver_id, 1, 15),
        ("GS02", envelope.application_sender, 0, 15),
        ("GS03", envelope.application_receiver, 0, 15),
    ):
        if not low <= len(value) <= high:
            raise refusal(at, f"the value must have {low} to {high} characters")


def write_name(writer: SegmentWriter, entity: str, name: Name, id_qualifier: str = "", id: str = "") -> None:
    """NM1."""
    writer.add(
        "NM1", entity, name.entity_type, name.last, name.first, name.middle, None, name.suffix,
        id_qualifier if id else None, id,
    )  # fmt: skip


def write_address(writer: SegmentWriter, address: Address | None) -> None:
    """N3 and N4."""
    if address is None:
        return
    writer.add("N3", address.line_1, address.line_2)
    writer.add(
        "N4", address.city, address.state, address.postal_code, address.country_code, None, None,
        address.country_subdivision_code,
    )  # fmt: skip


def write_contact(writer: SegmentWriter, contact: Contact | None) -> None:
    """PER."""
    if contact is None:
        return
    numbers = [part for number in contact.numbers for part in (number.qualifier, number.number)]
    writer.add("PER", contact.function_code, contact.name, *numbers)


def write_references(writer: SegmentWriter, references: Iterable[Reference]) -> None:
    """REF segments."""
    for reference in references:
        writer.add("REF", reference.qualifier, reference.value)


def write_amount(writer: SegmentWriter, qualifier: str, amount_cents: int | None) -> None:
    """AMT, if there is an amount."""
    if amount_cents is not None:
        writer.add("AMT", qualifier, writer.money(amount_cents))


def write_adjustments(writer: SegmentWriter, adjustments: Iterable[Adjustment]) -> None:
    """CAS segments: neighbours of one group share a segment, up to six triplets."""
    for triplets in _runs(adjustments):
        elements = [
            part
            for adjustment in triplets
            for part in (adjustment.reason_code, writer.money(adjustment.amount_cents), adjustment.quantity)
        ]
        writer.add("CAS", triplets[0].group_code, *elements)


def _runs(adjustments: Iterable[Adjustment]) -> Iterator[list[Adjustment]]:
    for _, group in groupby(adjustments, key=lambda adjustment: adjustment.group_code):
        run = list(group)
        for start in range(0, len(run), TRIPLETS_PER_CAS):
            yield run[start : start + TRIPLETS_PER_CAS]


def date_range(start: date | None, end: date | None) -> str:
    """``CCYYMMDD-CCYYMMDD``; one day twice if there is no end, ``""`` if there is no start."""
    if start is None:
        return ""
    last = end or start
    return f"{start.year:04d}{start.month:02d}{start.day:02d}-{last.year:04d}{last.month:02d}{last.day:02d}"


def write_service_dates(writer: SegmentWriter, start: date | None, end: date | None) -> None:
    """DTP*472 as a day, or as a range if there is an end."""
    if start is not None and end is not None:
        writer.add("DTP", "472", "RD8", date_range(start, end))
    elif start is not None:
        writer.add("DTP", "472", "D8", start)


def procedure(writer: SegmentWriter, value: Procedure) -> tuple[str, ...]:
    """The composite of a procedure, for use as an element."""
    if not value.description:
        return (value.qualifier, value.code, *value.modifiers)
    padded = (*value.modifiers, "", "", "", "")[:4]
    return (value.qualifier, value.code, *padded, writer.text(value.description))


def write_outpatient(writer: SegmentWriter, value: OutpatientAdjudication | None) -> None:
    """MOA."""
    if value is None:
        return
    remarks = (*value.remark_codes, "", "", "", "", "")[:5]
    writer.add(
        "MOA",
        value.reimbursement_rate,
        writer.money(value.hcpcs_payable_cents),
        *remarks,
        writer.money(value.esrd_payment_cents),
        writer.money(value.nonpayable_professional_cents),
    )


def write_inpatient(writer: SegmentWriter, value: InpatientAdjudication | None) -> None:
    """MIA."""
    if value is None:
        return
    elements: list[Element] = [None] * 24
    elements[0] = value.covered_days
    for index, text in value.other:
        elements[index - 1] = text
    for index, code in zip((5, 20, 21, 22, 23), value.remark_codes, strict=False):
        elements[index - 1] = code
    writer.add("MIA", *elements)


class HierarchyWriter:
    """Numbers the HL levels of one transaction set as they are opened."""

    def __init__(self, writer: SegmentWriter) -> None:
        self.writer = writer
        self._count = 0

    def open(self, parent: int | None, code: str, child: str | None = None) -> int:
        """Write an HL below level ``parent``; returns its number. ``child`` is HL04, None where the guide has none."""
        self._count += 1
        mark = self.writer.separator
        level = f"HL{mark}{self._count}{mark}{'' if parent is None else parent}{mark}{code}"
        self.writer.segments.append(level if child is None else f"{level}{mark}{child}")
        return self._count
