"""The command `coding-svc`."""

from __future__ import annotations

from kit.lifecycle import run

from coding_svc.main import service
from coding_svc.settings import Settings


def main() -> None:
    """Run one role, or a maintenance command."""
    run(
        "coding-svc",
        Settings,
        service,
        description="Takes encounters from EMRs, assigns codes with evidence, and lays before a coder what it doubts.",
    )


if __name__ == "__main__":
    main()
