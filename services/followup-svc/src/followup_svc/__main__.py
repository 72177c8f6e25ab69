"""Command line of followup-svc."""

from kit.lifecycle import run

from followup_svc.main import service
from followup_svc.settings import Settings


def main() -> None:
    """`followup-svc api | worker | relay | all | migrate | dead-letters`."""
    run("followup-svc", Settings, service, description="Posts remittances and works denials until the claim is paid.")


if __name__ == "__main__":
    main()
