"""What is fuzzed: every reader, and everything of the command line. Each takes any bytes; none may raise.

A target also looks at what came out, so that a wrong answer counts as much as an exception.
"""

from __future__ import annotations

import io
from collections.abc import Callable

from x12 import ack_999, claim_837i, claim_837p, remittance_835, ta1
from x12.examining import Summary, examine
from x12.findings import MAX_FINDINGS, Finding
from x12.showing import show
from x12.sourcing import Source
from x12.transactions import TRANSACTIONS

Target = Callable[[bytes], None]


def _reader(read: Callable[[Source], object]) -> Target:
    def target(data: bytes) -> None:
        parsed = read(data)
        assert read(io.BytesIO(data)) == parsed, "a stream is read as the bytes are"
        assert len(parsed.findings) <= MAX_FINDINGS

    return target


def interchange_acknowledgements(data: bytes) -> None:
    """TA1."""
    ta1.read(data)


def summary(data: bytes) -> None:
    """``x12 summary``: counts and cents are integers, statuses are counted per claim."""
    for each in examine(data, rules=False):
        if isinstance(each, Summary) and each.set_id == "835":
            assert sum(each.statuses.values()) == each.claims


def validate(data: bytes) -> None:
    """``x12 validate``: every finding says what, where and what to do."""
    for each in examine(data):
        if isinstance(each, Finding):
            assert each.code
            assert each.message
            assert each.action
            assert each.segment or each.position or each.code.startswith(("TA105", "AK905", "IK502"))


def shown(data: bytes) -> None:
    """``x12 show``."""
    for line in show(data):
        assert isinstance(line, str)


def acknowledged(data: bytes) -> None:
    """``x12 ack``: what is answered says how many sets it answers."""
    _, acknowledgements = ack_999.acknowledge(data)
    for each in acknowledgements:
        assert len(each.responses) == each.received_count
        assert sum(not response.rejected for response in each.responses) == each.accepted_count


def streamed(data: bytes) -> None:
    """Remittances and claims one by one."""
    stream = remittance_835.stream(data)
    read = remittance_835.read(data)
    for remittance, whole in zip(stream, read.transaction_sets, strict=True):
        claims = [claim.payment for claim in remittance.claims()]
        assert claims == list(whole.claims)
        errors = any(finding.is_error for finding in remittance_835.balance.check(whole))
        assert remittance.balances == (not errors)
    assert stream.findings == read.findings
    for codec in (claim_837p, claim_837i):
        assert list(codec.stream(data)) == [
            claim for each in codec.read(data).transaction_sets for claim in each.claims
        ]


TARGETS: dict[str, Target] = {
    **{f"read-{each.guide.transaction_set_id}-{each.guide.version}": _reader(each.read) for each in TRANSACTIONS},
    "read-TA1": interchange_acknowledgements,
    "stream": streamed,
    "summary": summary,
    "validate": validate,
    "show": shown,
    "ack": acknowledged,
}
