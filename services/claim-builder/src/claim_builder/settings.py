"""Settings of claim-builder, from environment variables with the prefix CLEANCLAIM_."""

from __future__ import annotations

from pathlib import Path

from kit.settings import ServiceSettings
from pydantic import Field


class Settings(ServiceSettings):
    """Where the practice's prices, payer data and rules lie."""

    payers: Path | None = Field(
        default=None,
        description="The practice's own payer data (see scrubbing/payers.py), before the packaged one.",
    )
    rules: Path | None = Field(
        default=None,
        description="Folder of the practices' own rules (docs/rules.md); a sub-folder is one practice's.",
    )
    fee_schedule_dir: Path | None = Field(
        default=None,
        description="Folder of fee schedules (see fees.py). Unset: only charges that the EMR sends.",
    )
