"""What a reader or checker found: located, coded in the standard's own codes, with what to do about it.

Codes name the acknowledgement element that would carry them, then the value: ``TA105-021`` (interchange),
``AK905-5`` (functional group), ``IK502-4`` (transaction set), ``IK304-3`` (segment), ``IK403-7`` (element).
Balance checks have codes of their own (``BAL-CLAIM``), as the standard has none for them.
"""

from dataclasses import dataclass, field
from enum import StrEnum


class Severity(StrEnum):
    """``ERROR``: a receiver may refuse it. ``WARNING``: read without loss, but not as the guide has it."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One irregularity at one place.

    ``snip`` is the SNIP type (1 syntax, 2 guide requirement, 3 balancing). ``position`` counts segments from
    ST = 1, as IK302 does; outside a transaction set from ISA = 1. ``element`` is the reference designator
    ("CLM02", "SV101-2"). ``value`` may be patient data: it is left out of ``repr`` and must not be logged.
    """

    severity: Severity
    code: str
    message: str
    action: str = ""
    snip: int = 1
    loop: str = ""
    segment: str = ""
    position: int = 0
    element: str = ""
    value: str = field(default="", repr=False)
    interchange_control_number: str = ""
    group_control_number: str = ""
    transaction_set_control_number: str = ""
    patient_control_number: str = field(default="", repr=False)

    @property
    def is_error(self) -> bool:
        """True if a receiver may refuse the file for it."""
        return self.severity is Severity.ERROR


class WriteError(ValueError):
    """The data cannot be written as valid X12; ``finding`` says where and what to do.

    The text holds no data value, so that it can be logged.
    """

    def __init__(self, finding: Finding) -> None:
        place = finding.element or finding.segment
        super().__init__(f"{finding.code} {finding.loop} {place}: {finding.message}")
        self.finding = finding


MAX_FINDINGS = 1000


class Report:
    """Collects findings while a file is read, and knows where the reader is. Keeps up to `MAX_FINDINGS`, counts all."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.count = 0
        self.error_count = 0
        self.interchange = ""
        self.group = ""
        self.transaction_set = ""

    def add(
        self,
        code: str,
        message: str,
        action: str = "",
        *,
        severity: Severity = Severity.ERROR,
        snip: int = 1,
        loop: str = "",
        segment: str = "",
        position: int = 0,
        element: str = "",
        value: str = "",
        patient_control_number: str = "",
    ) -> None:
        """Note a finding at the present place."""
        self.count += 1
        self.error_count += severity is Severity.ERROR
        if len(self.findings) >= MAX_FINDINGS:
            return
        self.findings.append(
            Finding(
                severity,
                code,
                message,
                action,
                snip,
                loop,
                segment,
                position,
                element,
                value[:MAX_VALUE],
                self.interchange,
                self.group,
                self.transaction_set,
                patient_control_number,
            )
        )

    def take(self) -> list[Finding]:
        """The findings that are kept, which are then forgotten; the counts stay."""
        if not self.findings:
            return []
        taken, self.findings = self.findings, []
        return taken


MAX_VALUE = 99  # IK404 carries no more
