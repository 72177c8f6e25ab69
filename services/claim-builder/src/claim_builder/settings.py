"""Settings of claim-builder, from environment variables with the prefix CLEANCLAIM_."""

from __future__ import annotations

from pathlib import Path

from kit.settings import ServiceSettings
from pydantic import Field


class Settings(ServiceSettings):
    """Where the practice's prices and payer data lie."""

    payers: Path | None = Field(
        default=None,
        description="The practice's own payer data (see scrubbing/payers.py), before the packaged one.",
    )
    fee_schedule_dir: Path | None = Field(
        default=None,
        description="Folder of fee schedules (see fees.py). Unset: only charges that the EMR sends.",
    )
