"""The table of all transactions of this package: by set id and guide number to guide, reader and writer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from x12 import (
    ack_999,
    attachment_275,
    attachment_request_277,
    claim_837i,
    claim_837p,
    claim_ack_277ca,
    claim_status_276,
    claim_status_277,
    remittance_835,
)
from x12.ack_999.loops import GUIDE as ACK
from x12.attachment_275 import loops as attachment
from x12.attachment_request_277 import loops as attachment_request
from x12.claim_837i.loops import GUIDE as INSTITUTIONAL_CLAIM
from x12.claim_837p.loops import GUIDE as PROFESSIONAL_CLAIM
from x12.claim_ack_277ca.loops import GUIDE as CLAIM_ACK
from x12.claim_status_276.loops import GUIDE as STATUS_REQUEST
from x12.claim_status_277.loops import GUIDE as STATUS_RESPONSE
from x12.envelope import Parsed
from x12.guide import Guide
from x12.remittance_835.loops import GUIDE as REMITTANCE
from x12.sourcing import Source


@dataclass(frozen=True, slots=True)
class Transaction:
    """One kind of transaction set. ``name`` is what people call it; ``read`` makes its models, ``write`` takes them."""

    name: str
    guide: Guide
    read: Callable[[Source], Parsed[Any]]
    write: Callable[..., bytes]


TRANSACTIONS = (
    Transaction("837P", PROFESSIONAL_CLAIM, claim_837p.read, claim_837p.write),
    Transaction("837I", INSTITUTIONAL_CLAIM, claim_837i.read, claim_837i.write),
    Transaction("835", REMITTANCE, remittance_835.read, remittance_835.write),
    Transaction("277CA", CLAIM_ACK, claim_ack_277ca.read, claim_ack_277ca.write),
    Transaction("276", STATUS_REQUEST, claim_status_276.read, claim_status_276.write),
    Transaction("277", STATUS_RESPONSE, claim_status_277.read, claim_status_277.write),
    Transaction("277", attachment_request.GUIDE, attachment_request_277.read, attachment_request_277.write),
    Transaction("277", attachment_request.GUIDE_5010, attachment_request_277.read, attachment_request_277.write),
    Transaction("275", attachment.GUIDE, attachment_275.read, attachment_275.write),
    Transaction("275", attachment.GUIDE_5010, attachment_275.read, attachment_275.write),
    Transaction("999", ACK, ack_999.read, ack_999.write),
)
_BY_GUIDE = {(each.guide.transaction_set_id, family): each for each in TRANSACTIONS for family in each.guide.families}


def find(set_id: str, version: str) -> Transaction | None:
    """The transaction of ST01 and ST03 (or GS08), whatever the release or erratum; None if there is none."""
    return _BY_GUIDE.get((set_id, version[6:10]))


def guides() -> dict[tuple[str, str], Guide]:
    """Every guide by set id and guide number (``("837", "X222")``)."""
    return {key: each.guide for key, each in _BY_GUIDE.items()}
