"""Measuring the engine against labelled notes: `coding-svc evaluate GOLD.jsonl`."""
