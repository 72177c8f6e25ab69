"""Settings of submission-svc, from environment variables with the prefix CLEANCLAIM_."""

from __future__ import annotations

from kit.settings import ServiceSettings
from pydantic import Field


class Settings(ServiceSettings):
    """Batching, sending, and how long an answer is waited for."""

    batch_size: int = Field(default=100, ge=1, le=5000, description="Claims per interchange at most.")
    batch_age_seconds: float = Field(default=1.0, ge=0, le=86_400, description="A claim waits this long for company.")
    claims_per_transaction_set: int = Field(
        default=50, ge=1, le=5000, description="A 999 refuses whole sets: smaller sets take fewer neighbours down."
    )
    open_interchanges: int = Field(
        default=8, ge=1, le=1000, description="Files per gateway account that may be unfinished before batching waits."
    )
    connect_timeout_seconds: float = Field(default=5, gt=0, le=60)
    write_timeout_seconds: float = Field(default=20, gt=0, le=300)
    read_timeout_seconds: float = Field(default=30, gt=0, le=300)
    lease_seconds: float = Field(
        default=15, ge=1, le=3600, description="A file in the hands of a dead process is taken up after this."
    )
    retry_base_seconds: float = Field(
        default=1.0, ge=0.01, le=3600, description="First wait before a retry; it doubles up to 30 times as much."
    )
    key_lifetime_seconds: float = Field(
        default=20 * 3600, ge=1, description="Idempotency keys are honoured for 24 h; after this nothing is re-sent."
    )
    acknowledgement_timeout_seconds: float = Field(
        default=3 * 86_400, ge=1, description="A delivered claim without a final 277CA for so long needs a person."
    )
