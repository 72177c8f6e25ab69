"""One PostgreSQL pool per process; one transaction per request or batch, with its tenants and its events."""

from kit.database.engine import Database, Transaction, is_transient

__all__ = ["Database", "Transaction", "is_transient"]
