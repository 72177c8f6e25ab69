"""Checks the headers of interchanges and groups; what is wrong is reported as TA105 and AK905 codes."""

from __future__ import annotations

from x12.checking import is_time, parse_date
from x12.elements import element, number
from x12.findings import Report, Severity

_ISA_WIDTHS = (2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1)
_ID_QUALIFIERS = frozenset(["01", "14", "20", "27", "28", "29", "30", "33", "ZZ"])
_ISA_CODES: dict[int, tuple[frozenset[str], str]] = {
    1: (frozenset(["00", "01", "02", "03", "04", "05", "06", "07", "08"]), "010"),
    3: (frozenset(["00", "01"]), "012"),
    12: (frozenset(["00501", "00602"]), "017"),
    14: (frozenset("01"), "019"),
    15: (frozenset("PTI"), "020"),
}


def check_interchange(isa: list[str], report: Report) -> None:
    """Report what is wrong in an ISA segment, with TA105 codes."""
    if len(isa) < 17:
        return
    for index, (codes, note) in _ISA_CODES.items():
        if isa[index].strip() not in codes:
            _isa(report, note, index, isa[index], Severity.ERROR)
    for index in (5, 7):
        if isa[index].strip() not in _ID_QUALIFIERS:
            _isa(report, "005" if index == 5 else "007", index, isa[index], Severity.ERROR)
    for index in (6, 8):
        if not isa[index].strip():
            _isa(report, "006" if index == 6 else "008", index, isa[index], Severity.ERROR)
    if parse_date("20" + isa[9]) is None:
        _isa(report, "014", 9, isa[9], Severity.ERROR)
    if not is_time(isa[10]) or len(isa[10]) != 4:
        _isa(report, "015", 10, isa[10], Severity.ERROR)
    if number(isa[13]) <= 0:
        _isa(report, "018", 13, isa[13], Severity.ERROR)
    _check_form(isa, report)


def _check_form(isa: list[str], report: Report) -> None:
    """The widths of the elements, and that the repetition separator is one."""
    if isa[12].strip() != "00401" and (isa[11].isalnum() or isa[11] == isa[16]):
        _isa(report, "016", 11, isa[11], Severity.ERROR)
    for index, width in enumerate(_ISA_WIDTHS, 1):
        if len(isa[index]) != width:
            _isa(report, "022", index, isa[index], Severity.ERROR)


def _isa(report: Report, note: str, index: int, value: str, severity: Severity) -> None:
    report.add(
        f"TA105-{note}",
        f"ISA{index:02d} is not valid" if note != "022" else f"ISA{index:02d} has not its fixed width",
        "Send the ISA segment with its fixed widths and codes.",
        severity=severity,
        segment="ISA",
        position=1,
        element=f"ISA{index:02d}",
        value=value,
    )


def check_group(gs: list[str], report: Report) -> None:
    """Report what is wrong in a GS segment."""
    for index, name in ((2, "sender"), (3, "receiver")):
        if not element(gs, index).strip():
            message = f"GS{index:02d}, the {name}, is empty"
            report.add("AK905-26", message, "Send its code.", segment="GS", element=f"GS{index:02d}")
    if element(gs, 7) != "X":
        report.add("AK905-26", "GS07 is not X", "Send X, the standards committee.", segment="GS", element="GS07")
    if parse_date(element(gs, 4)) is None:
        report.add("AK905-26", "GS04 is not a date", "Send CCYYMMDD.", segment="GS", element="GS04")
    if not is_time(element(gs, 5)):
        report.add("AK905-26", "GS05 is not a time", "Send HHMM.", segment="GS", element="GS05")
    if number(element(gs, 6)) <= 0:
        report.add("AK905-6", "GS06 is not a number", "Send 1 to 9 digits.", segment="GS", element="GS06")
