"""Sends claims to payer gateways and takes the acknowledgements."""
