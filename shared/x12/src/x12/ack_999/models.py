"""An implementation acknowledgement, 999 005010X231A1: did a functional group comply with its guide?"""

from dataclasses import field

from x12.values import value

VERSION = "005010X231A1"
FUNCTIONAL_ID = "FA"
ACCEPTED = "A"
ACCEPTED_WITH_ERRORS = "E"
PARTIALLY_ACCEPTED = "P"
REJECTED = "R"
REJECTED_CODES = frozenset("RMWX")


@value(frozen=True, slots=True)
class Context:
    """CTX: ``name`` is ``SITUATIONAL TRIGGER`` or what identifies the business unit (``CLM01``) with its ``value``."""

    name: str
    value: str = field(default="", repr=False)
    segment_id: str = ""
    segment_position: int | None = None
    loop_id: str = ""
    element_position: int | None = None
    component_position: int | None = None


@value(frozen=True, slots=True)
class ElementNote:
    """IK4: element, component and repetition position, element reference number, error code (IK403), bad value."""

    element_position: int
    error_code: str
    component_position: int | None = None
    repetition_position: int | None = None
    reference_number: str = ""
    bad_value: str = field(default="", repr=False)
    contexts: tuple[Context, ...] = ()


@value(frozen=True, slots=True)
class SegmentNote:
    """IK3: segment, its position in the set (ST = 1), loop, error code (IK304), with contexts and elements."""

    segment_id: str
    position: int
    error_code: str
    loop_id: str = ""
    contexts: tuple[Context, ...] = ()
    element_notes: tuple[ElementNote, ...] = ()


@value(frozen=True, slots=True)
class TransactionSetResponse:
    """AK2 .. IK5. ``ack_code`` IK501: A; E accepted, errors noted, goes on; R, M, W, X rejected."""

    transaction_set_id: str
    control_number: str
    ack_code: str
    version: str = ""
    error_codes: tuple[str, ...] = ()
    segment_notes: tuple[SegmentNote, ...] = ()

    @property
    def rejected(self) -> bool:
        """True if every claim of this transaction set is unsent."""
        return self.ack_code in REJECTED_CODES


@value(frozen=True, slots=True)
class ImplementationAcknowledgement:
    """One ST..SE of a 999: AK1, the responses, AK9. ``ack_code`` AK901: A, E, P (partially), R, M, W, X."""

    control_number: str
    functional_id: str
    group_control_number: str
    ack_code: str
    included_count: int
    received_count: int
    accepted_count: int
    version: str = ""
    responses: tuple[TransactionSetResponse, ...] = ()
    error_codes: tuple[str, ...] = ()

    @property
    def rejected(self) -> bool:
        """True if the whole group was refused."""
        return self.ack_code in REJECTED_CODES
