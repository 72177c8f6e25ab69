"""Whatever happens to a file, every reader gives models and located findings, never an exception."""

from hypothesis import given, settings
from hypothesis import strategies as st
from x12 import ta1
from x12.examining import examine
from x12.findings import Finding
from x12.showing import show
from x12.transactions import TRANSACTIONS

from tests.codec.damage import damaged

OUTSIDE = ("TA105", "AK905", "IK502")
"""What concerns interchanges, groups and whole transaction sets has no place in a set."""


@given(seed=st.integers(0, 2**32))
@settings(max_examples=120, deadline=None)
def test_no_reader_raises_and_every_finding_is_located(seed: int) -> None:
    data = damaged(seed)
    ta1.read(data)
    for transaction in {each.read: each for each in TRANSACTIONS}.values():
        for finding in transaction.read(data).findings:
            assert finding.message
            assert finding.position > 0 or finding.code.startswith(OUTSIDE)


@given(seed=st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
def test_damaged_files_are_examined_and_shown(seed: int) -> None:
    data = damaged(seed)
    assert all(each.action for each in examine(data) if isinstance(each, Finding))
    list(show(data))
