"""Settings of coding-svc; those that every service has are in kit.settings."""

from __future__ import annotations

from pathlib import Path

from kit.context import Context
from kit.settings import ServiceSettings
from pydantic import Field


class Settings(ServiceSettings):
    """Read from environment variables with the prefix CLEANCLAIM_."""

    quality_sample_rate: int = Field(
        default=200,
        ge=0,
        le=10_000,
        description="Releases coded a second time, blind, in parts of ten thousand (200 is 2 %).",
    )
    coding_payers: Path | None = Field(
        default=None,
        description="The practice's own payer data for coding (see payers.py), before the packaged one.",
    )
    chargemaster_dir: Path | None = Field(
        default=None,
        description="Folder of chargemasters (see chargemaster.py). Unset: charge codes are not understood.",
    )
    fhir_limit_bytes: int = Field(
        default=20_000_000,
        ge=1_000,
        le=200_000_000,
        description="Largest FHIR bundle taken, in bytes; documents inside it are base64.",
    )


def settings_of(context: Context) -> Settings:
    """The process's settings, typed."""
    assert isinstance(context.settings, Settings)
    return context.settings
