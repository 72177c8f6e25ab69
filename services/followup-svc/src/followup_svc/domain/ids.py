"""Ids that follow from what they name."""

from __future__ import annotations

from uuid import UUID, uuid5

NAMESPACE = UUID("3f0a5a3c-2c0f-5a61-8c61-9c1a3f6f7d10")
"""Of all ids that this service derives: remittances, payments, work items."""


def derive_id(*parts: object) -> UUID:
    """UUIDv5 of the parts: the same thing has the same id in every redo."""
    return uuid5(NAMESPACE, "|".join(str(part) for part in parts))
