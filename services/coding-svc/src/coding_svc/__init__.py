"""Reads an encounter's documentation and assigns codes with evidence."""
