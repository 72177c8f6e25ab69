"""Dated medical code sets, looked up by date of service."""
