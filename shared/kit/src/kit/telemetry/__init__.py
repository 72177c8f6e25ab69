"""Traces, metrics and logs that hold no PHI: attributes and fields come from an allow-list."""

from kit.telemetry.spans import annotate, current_traceparent, span

__all__ = ["annotate", "current_traceparent", "span"]
