"""`sandbox-payer`: run the payer gateway."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

import uvicorn

from sandbox.payer.app import build_app
from sandbox.payer.config import load
from sandbox.payer.office import Office


def main() -> None:
    """Parse the command line and serve until SIGTERM or Ctrl-C."""
    args = _arguments().parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    office = Office(load(args.config), args.state, args.seed, args.speed)
    uvicorn.run(
        build_app(office),
        host=args.host,
        port=args.port,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=2,
    )


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="sandbox-payer", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--state", type=Path, required=True, help="folder of the books (made if it is not there)")
    parser.add_argument("--config", type=Path, required=True, help="TOML file: accounts, webhooks, delays")
    parser.add_argument("--seed", type=int, default=1, help="decides members' terms and claim numbers")
    parser.add_argument("--speed", type=float, default=1.0, help="all delays are divided by this")
    return parser


if __name__ == "__main__":
    main()
