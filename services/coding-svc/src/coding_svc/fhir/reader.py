"""What every part of the reading shares: the bundle, the practice's time zone, and where to name things."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from coding_svc.fhir.bundle import Bundle
from coding_svc.fhir.notices import Notices
from coding_svc.fhir.values import Moment, moment


@dataclass(frozen=True, slots=True)
class Reader:
    """One encounter's reading of a bundle. `zone` is the practice's IANA time zone."""

    bundle: Bundle
    zone: str
    notices: Notices

    def moment(self, value: Any, pointer: str) -> Moment | None:
        """A date or instant; what cannot be used, or was told from UTC, is named."""
        if value is None:
            return None
        read = moment(value, self.zone)
        if read is None:
            self.notices.add("fhir.date-not-usable", pointer)
        elif read.told_from_utc:
            self.notices.add("fhir.date-in-utc", pointer)
        return read
