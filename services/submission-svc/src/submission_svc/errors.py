"""What can go wrong here, by name. Texts hold no patient data, so that they may be logged."""

from __future__ import annotations


class IncompleteClaim(ValueError):
    """The claim's content lacks what an 837P needs; `pointer` is the JSON pointer into ClaimContent."""

    def __init__(self, pointer: str) -> None:
        super().__init__(f"an 837P needs {pointer}")
        self.pointer = pointer


class UnreadableAcknowledgement(ValueError):
    """The file is no TA1, 999 or 277CA that can be read; `code` is stable."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class AccountUnusable(RuntimeError):
    """Nothing can be sent through this account until it is put right; no claim is to blame. `code` is stable."""

    def __init__(self, account_id: str, code: str) -> None:
        super().__init__(f"{account_id}: {code}")
        self.account_id = account_id
        self.code = code
