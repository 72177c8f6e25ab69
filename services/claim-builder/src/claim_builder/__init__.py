"""Builds a claim from codes and coverage and scrubs it until clean."""
