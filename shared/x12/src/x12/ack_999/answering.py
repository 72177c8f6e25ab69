"""Writes the answer to an interchange, addressed back to its sender."""

from __future__ import annotations

from datetime import datetime

from x12 import ta1
from x12.ack_999.acknowledge import InterchangeAnswer
from x12.ack_999.write import write
from x12.envelope import Envelope


def write_answer(answer: InterchangeAnswer, created: datetime, control_number: int) -> bytes:
    """One interchange with the 999s, and the TA1 where it is due; nothing if there is nothing to say.

    ``control_number`` becomes ISA13 and GS06. Raises `x12.findings.WriteError` if the sender cannot be addressed.
    """
    envelope = reply_to(answer.asked, created, control_number)
    ta1s = (answer.ta1,) if answer.ta1_due else ()
    if answer.acknowledgements:
        return write(envelope, answer.acknowledgements, ta1s)
    return ta1.write(envelope, ta1s) if ta1s else b""


def reply_to(asked: Envelope, created: datetime, control_number: int) -> Envelope:
    """The envelope back to a sender, by the names that it used."""
    return Envelope(
        sender_qualifier=asked.receiver_qualifier,
        sender_id=asked.receiver_id,
        receiver_qualifier=asked.sender_qualifier,
        receiver_id=asked.sender_id,
        created=created,
        interchange_control_number=control_number,
        group_control_number=control_number,
        usage_indicator=asked.usage_indicator if asked.usage_indicator in ("P", "T") else "P",
        application_sender=asked.application_receiver,
        application_receiver=asked.application_sender,
    )
