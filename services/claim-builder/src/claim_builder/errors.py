"""What can go wrong here, by name. Texts hold no patient data, so that they may be logged."""

from __future__ import annotations

from collections.abc import Sequence

from claim_builder.scrubbing.edit import Finding


class FieldNotFixable(ValueError):
    """The field is not one that a biller may change, or this claim does not have it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class CorrectionRefused(ValueError):
    """A correction cannot be carried out; `code` is stable."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class StillBlocked(Exception):
    """A claim cannot be released: some of `findings` block it."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("blocking findings remain")
        self.findings = findings


class NothingToRelease(Exception):
    """The claim is neither held nor changed by a fix: a new version would say the same."""
