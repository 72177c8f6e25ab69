"""Business time. Dates of service, deadlines and ageing are told from here, so that tests and simulations can move it.

Leases, timeouts and signature windows use real time (`time.monotonic`, `time.time`) and never this clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    """What a service may ask about business time."""

    def now(self) -> datetime:
        """The instant, aware, in UTC."""
        ...

    def today(self, zone: str) -> date:
        """The local date in an IANA time zone: a date of service is never a UTC date."""
        ...


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The machine's clock, shifted by a fixed offset."""

    offset: timedelta = timedelta()

    def now(self) -> datetime:
        """The shifted instant in UTC."""
        return datetime.now(UTC) + self.offset

    def today(self, zone: str) -> date:
        """The shifted local date in `zone`."""
        return self.now().astimezone(ZoneInfo(zone)).date()


@dataclass(slots=True)
class FixedClock:
    """A clock that stands still until it is moved; for tests."""

    instant: datetime

    def now(self) -> datetime:
        """The instant it was set to."""
        return self.instant

    def today(self, zone: str) -> date:
        """The local date of that instant in `zone`."""
        return self.instant.astimezone(ZoneInfo(zone)).date()

    def move(self, by: timedelta) -> None:
        """Advance (or set back) the clock."""
        self.instant += by
