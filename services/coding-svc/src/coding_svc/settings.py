"""Settings of coding-svc; those that every service has are in kit.settings."""

from __future__ import annotations

from kit.settings import ServiceSettings
from pydantic import Field


class Settings(ServiceSettings):
    """Read from environment variables with the prefix CLEANCLAIM_."""

    fhir_limit_bytes: int = Field(
        default=20_000_000,
        ge=1_000,
        le=200_000_000,
        description="Largest FHIR bundle taken, in bytes; documents inside it are base64.",
    )
