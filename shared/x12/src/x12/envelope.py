"""Interchange (ISA/IEA), functional group (GS/GE) and transaction set (ST/SE): the envelopes of every file."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from x12.findings import Finding


@dataclass(frozen=True, slots=True)
class Delimiters:
    """The four characters that a file declares in its ISA: positions 4, 83, 105 and 106."""

    element: str = "*"
    repetition: str = "^"
    component: str = ":"
    segment: str = "~"


@dataclass(frozen=True, slots=True)
class Envelope:
    """Everything ISA and GS say about a file, except what follows from the transaction (GS01, GS08).

    ``created`` is given by the caller (ISA09/10, GS04/05; minutes are kept, seconds are not). Control numbers
    are ISA13 (1 to 999,999,999) and GS06. ``usage_indicator`` is ``P`` (production) or ``T`` (test).
    ``application_sender`` and ``application_receiver`` (GS02, GS03) default to the interchange ids.
    """

    sender_qualifier: str
    sender_id: str
    receiver_qualifier: str
    receiver_id: str
    created: datetime
    interchange_control_number: int
    group_control_number: int
    usage_indicator: str = "P"
    application_sender: str = ""
    application_receiver: str = ""
    acknowledgement_requested: bool = False
    delimiters: Delimiters = Delimiters()


T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class FunctionalGroup(Generic[T_co]):
    """One GS..GE as read, with the envelope around it. ``version`` is GS08."""

    envelope: Envelope
    version: str
    transaction_sets: tuple[T_co, ...]


@dataclass(frozen=True, slots=True)
class Parsed(Generic[T_co]):
    """What a reader makes of a file: groups in file order, and every irregularity as a finding."""

    groups: tuple[FunctionalGroup[T_co], ...]
    findings: tuple[Finding, ...] = field(default=())

    @property
    def transaction_sets(self) -> tuple[T_co, ...]:
        """All transaction sets of all groups, in file order."""
        return tuple(self._each())

    def _each(self) -> Iterator[T_co]:
        for group in self.groups:
            yield from group.transaction_sets

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings for which a receiver may refuse the file."""
        return tuple(finding for finding in self.findings if finding.is_error)
