"""A dry run of an X12 file: what the library finds in it, without anything that the file says of a patient."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from kit.api import Problem
from x12.examining import Summary, examine
from x12.findings import Finding

from claim_builder.schemas import MAX_FILE_FINDINGS, FileFindingOut, FileValidationOut, TransactionOut

MEDIA_TYPE: Final = "application/edi-x12"
BODY: Final = {"schema": {"type": "string", "format": "binary"}}
"""The body as OpenAPI describes it."""
_NO_INTERCHANGE: Final = "TA105-022"
_SEGMENT_ID: Final = re.compile(r"[A-Z][A-Z0-9]{1,2}")
_KNOWN_SETS: Final = frozenset(("837", "835", "277", "277CA", "276", "275", "999", "997", "TA1"))


def validated_file(content: bytes) -> FileValidationOut:
    """What is in the file and what is wrong with it. Problem 422 if there is no interchange in it.

    Left out: values, control numbers, and whatever stands where a segment's or transaction set's name should, as that
    may be a patient's. Texts name amounts, which are nobody's.
    """
    transactions: list[TransactionOut] = []
    findings: list[FileFindingOut] = []
    errors, count = 0, 0
    for each, number in _numbered(content):
        if isinstance(each, Summary):
            transactions.append(_transaction(each, number))
            continue
        if each.code == _NO_INTERCHANGE and not transactions:
            raise Problem(
                422, "body.not-x12", hint="There is no X12 interchange in it: send a file that begins with ISA."
            )
        count += 1
        errors += each.is_error
        if len(findings) < MAX_FILE_FINDINGS:
            findings.append(_finding(each, number))
    return FileValidationOut(
        clean=not errors, transactions=transactions, findings=findings, findings_left_out=count - len(findings)
    )


def _numbered(content: bytes) -> Iterator[tuple[Summary | Finding, int]]:
    """What comes up, with the number of its transaction set from 1: a set's summary follows its findings."""
    number = 1
    for each in examine(content):
        yield each, number
        number += isinstance(each, Summary)


def _transaction(summary: Summary, number: int) -> TransactionOut:
    return TransactionOut(
        transaction=number,
        set=summary.set_id if summary.set_id in _KNOWN_SETS else "",
        claims=summary.claims,
        lines=summary.lines,
        charge_cents=summary.charge_cents,
        paid_cents=summary.paid_cents,
        adjustment_cents=summary.adjustment_cents,
        plb_cents=summary.plb_cents,
    )


def _finding(found: Finding, transaction: int) -> FileFindingOut:
    named = _SEGMENT_ID.fullmatch(found.segment) is not None
    return FileFindingOut(
        code=found.code,
        severity="error" if found.is_error else "warning",
        snip=found.snip,
        transaction=transaction,
        segment=found.segment if named else "",
        position=found.position,
        loop=found.loop,
        element=found.element if named else "",
        text=found.message,
        action=found.action,
    )
