"""The engine: one call codes one encounter."""

from __future__ import annotations

from coding_svc.domain import ClinicalEncounter, CodingResult


class CodingEngine:
    """Holds the compiled tables; build one per process, it is immutable and safe to share between threads."""

    def code(self, encounter: ClinicalEncounter) -> CodingResult:
        """Code one encounter. Deterministic, no I/O, never raises on any text."""
        raise NotImplementedError
