"""What a handler is given, and how it refuses."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from events.envelope import Event

from kit.phi import PhiCipher

if TYPE_CHECKING:
    from kit.database.engine import Transaction

E = TypeVar("E", bound=Event)


class Refused(Exception):
    """A message or webhook that can never be applied: it goes to the dead letters with `code`.

    `detail` is for operators and must hold no PHI.
    """

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Received(Generic[E]):
    """One event as it arrived, with the trace context of its `process` span and that of the span which published it."""

    event: E
    cipher: PhiCipher
    traceparent: str | None = None
    origin: str | None = None

    def open(self) -> Any:
        """The event's PHI part as its typed model; raises kit.phi.UnreadablePart."""
        return self.cipher.open(self.event)


Handler = Callable[["Transaction", Sequence[Received[Any]]], Awaitable[None]]
"""Handles all events of one type in a poll's batch, inside one transaction; must be idempotent by business keys."""
HandlerTable = Mapping[type[Event], Handler]
