"""What pyx12 4.0.0 refuses in a valid claim, each with the proof in pyx12's own tables.

`PWK*CT` in loop 2400   005010X222A1 has two PWK segments there: line supplemental information, and the certificate of
                        medical necessity indicator, PWK*CT with AB, AD, AF, AG or NS. pyx12's map has both, but takes
                        the first whose PWK01 fits (CT is a report type as well), and refuses PWK02 by its list.
remark codes from N735  pyx12's code table ends at N734; the list (CARC/RARC, x12.org) has gone on since.
"""

from __future__ import annotations

import importlib.resources
from dataclasses import replace
from xml.etree import ElementTree as Xml

from x12.claim_837p.models import Claim, ClaimTransactionSet

LAST_REMARK_CODE = 734


def for_pyx12(transaction_set: ClaimTransactionSet) -> ClaimTransactionSet:
    """The set without what is listed above."""
    return replace(transaction_set, claims=tuple(map(_claim, transaction_set.claims)))


def _claim(claim: Claim) -> Claim:
    lines = tuple(replace(line, equipment_certificate_transmission_code="") for line in claim.service_lines)
    return replace(claim, service_lines=lines)


def line_supplement_codes() -> list[tuple[set[str], set[str]]]:
    """The codes of PWK01 and PWK02 of each PWK that pyx12's map allows in loop 2400."""
    return [
        (_codes(segment, "PWK01"), _codes(segment, "PWK02"))
        for loop in _map().iter("loop")
        if loop.get("xid") == "2400"
        for segment in loop.findall("segment")
        if segment.get("xid") == "PWK"
    ]


def remark_codes() -> set[str]:
    """The remittance advice remark codes that pyx12 knows."""
    table = Xml.parse(_file("codes.xml")).getroot()
    found = next(it for it in table.iter("codeset") if it.findtext("id") == "remark_code")
    return {code.text or "" for code in found.iter("code")}


def _codes(segment: Xml.Element, element: str) -> set[str]:
    found = next(it for it in segment.findall("element") if it.get("xid") == element)
    return {code.text or "" for code in found.iter("code")}


def _map() -> Xml.Element:
    return Xml.parse(_file("837.5010.X222.A1.xml")).getroot()


def _file(name: str) -> str:
    return str(importlib.resources.files("pyx12") / "map" / name)
