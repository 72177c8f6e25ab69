"""`submission-svc api | worker | relay | all | migrate | dead-letters`."""

from __future__ import annotations

from kit.lifecycle import run

from submission_svc.main import NAME, service
from submission_svc.settings import Settings


def main() -> None:
    """The command line."""
    run(NAME, Settings, service, description="Sends claims to payer gateways and takes their acknowledgements.")


if __name__ == "__main__":
    main()
