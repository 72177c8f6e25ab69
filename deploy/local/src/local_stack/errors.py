"""The one error of the local stack: a code, what happened, and what to do about it."""

from __future__ import annotations

from pathlib import Path


class StackError(Exception):
    """A fault that the person at the keyboard can cure.

    `code` is stable and searchable (`stack.port-in-use`), `message` says what happened, `hint` what to do.
    """

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.hint = hint

    def render(self) -> str:
        """The error as the two lines that are printed."""
        lines = [f"error [{self.code}] {self.message}"]
        if self.hint:
            lines.append(f"  what to do: {self.hint}")
        return "\n".join(lines)


def start_failure(name: str, output: str, log: Path) -> StackError:
    """Why a part did not start, from the last lines of its output: a full disk is named, the rest is shown."""
    if "No space left on device" in output:
        return StackError(
            "stack.disk-full", f"{name} cannot start: no space left on the disk", "free some space and run it again"
        )
    return StackError(f"stack.{name}-not-started", f"{name} does not start; its last words:\n{output}", f"see {log}")
