"""Webhooks of payers: verified, stored raw, answered, and worked off afterwards."""

from kit.webhooks.router import webhook_router
from kit.webhooks.worker import StoredWebhook, WebhookWorker

__all__ = ["StoredWebhook", "WebhookWorker", "webhook_router"]
