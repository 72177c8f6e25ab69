"""Outbox, inbox, consumer, relay, dead letters: one message, one transaction, one effect."""

from kit.messaging.received import Handler, HandlerTable, Received, Refused

__all__ = ["Handler", "HandlerTable", "Received", "Refused"]
