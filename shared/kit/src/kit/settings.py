"""Settings that every service has, read from environment variables with the prefix CLEANCLAIM_."""

from __future__ import annotations

import socket
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class ServiceSettings(BaseSettings):
    """The technical settings; a service subclasses this in its own settings.py and adds its own."""

    model_config = SettingsConfigDict(env_prefix="CLEANCLAIM_", frozen=True, extra="ignore")

    database_url: SecretStr = Field(description="SQLAlchemy URL of the application role: it must not own the tables.")
    migration_database_url: SecretStr | None = Field(default=None, description="URL of the owner; for `migrate` only.")
    database_pool_size: int = Field(default=10, ge=1, le=100)
    kafka_bootstrap: str = "127.0.0.1:19092"
    topic_partitions: int = Field(default=4, ge=1, le=256)
    topic_replication: int = Field(default=1, ge=1, le=5)
    topic_retention_days: int = Field(default=7, ge=1, le=365)
    inbox_retention_days: int = Field(default=30, ge=1, le=3650, description="Must exceed the topics' retention.")
    consumer_batch: int = Field(default=200, ge=1, le=1000, description="Records per poll and per transaction.")
    consumer_instance: str = Field(
        default_factory=socket.gethostname, description="Unique per replica: part of group.instance.id."
    )
    dead_letter_limit: int = Field(default=1000, ge=1, description="Open dead letters at which the consumer stops.")
    http_host: str = "127.0.0.1"
    http_port: int = Field(default=8100, ge=0, le=65535)
    body_limit_bytes: int = Field(default=1_000_000, ge=1_000, le=100_000_000)
    webhook_limit_bytes: int = Field(default=50_000_000, ge=1_000, le=500_000_000)
    tenants_file: Path
    master_keys: SecretStr = Field(
        description="`id:base64` pairs, comma separated; the first encrypts, all decrypt. 32 bytes each."
    )
    clock_offset_seconds: int = Field(default=0, description="Shifts business time; for simulations only.")
