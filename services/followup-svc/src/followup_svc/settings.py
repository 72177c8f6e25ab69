"""Settings of followup-svc beside those that every service has."""

from __future__ import annotations

from pathlib import Path

from kit.settings import ServiceSettings
from pydantic import Field


class Settings(ServiceSettings):
    """Environment variables with the prefix CLEANCLAIM_."""

    suspense_interval_seconds: float = Field(default=5.0, gt=0, le=3600)
    playbook_file: Path | None = Field(default=None, description="A playbook of your own instead of the one inside.")
    payer_rules_file: Path | None = Field(default=None, description="Your own table of frequency codes by payer.")
