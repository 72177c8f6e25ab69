"""The port to a payer gateway and its HTTP adapter."""

from submission_svc.gateway.port import Gateway, Gateways

__all__ = ["Gateway", "Gateways"]
