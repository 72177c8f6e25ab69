"""An interchange acknowledgement, TA1: could the interchange's envelope be read?"""

from datetime import datetime

from x12.values import value

ACCEPTED = "A"
ACCEPTED_WITH_ERRORS = "E"
REJECTED = "R"


@value(frozen=True, slots=True)
class InterchangeAcknowledgement:
    """TA1. Number and time are those of the interchange answered (its ISA13, ISA09, ISA10).

    ``ack_code`` A, E (goes on) or R (the whole interchange is gone, no 999 follows); ``note_code`` 000 to 031.
    """

    interchange_control_number: int
    interchange_created: datetime
    ack_code: str
    note_code: str = "000"

    @property
    def rejected(self) -> bool:
        """True if nothing of the interchange was taken."""
        return self.ack_code == REJECTED
