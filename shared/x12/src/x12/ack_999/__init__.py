"""The implementation acknowledgement, 999 005010X231A1.

``write(envelope, acknowledgements) -> bytes``, ``read(source) -> Parsed[ImplementationAcknowledgement]``,
``acknowledge(source) -> (TA1s, 999s)``: what a receiver of ``source`` would send,
``answer_each(source)`` and ``write_answer(answer, created, control_number)``: the same as interchanges to send back,
``balance.check(acknowledgement) -> list[Finding]``.
"""

from x12.ack_999 import balance
from x12.ack_999.acknowledge import acknowledge, answer_each
from x12.ack_999.answering import write_answer
from x12.ack_999.read import build, read
from x12.ack_999.write import write

__all__ = ["acknowledge", "answer_each", "balance", "build", "read", "write", "write_answer"]
