"""The commands of the README work as they stand there, but for this run's folder and ports."""

from __future__ import annotations

import asyncio
import json
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

from local_stack.config import PROJECT
from local_stack.ports import DEFAULT_PORTS

from tests.support.live import Live
from tests.support.waiting import eventually

COMMANDS = re.findall(r"^curl .+$", (PROJECT / "README.md").read_text(), re.MULTILINE)


async def run(live: Live, command: str, **known: str) -> bytes:
    """One command of the README in the project's folder."""
    command = command.replace(".local/secrets", str(live.stack.config.secrets))
    for part, port in DEFAULT_PORTS.items():
        command = command.replace(f":{port}/", f":{live.stack.config.ports[part]}/")
    for name, value in known.items():
        command = command.replace(name, value)
    done = await asyncio.to_thread(
        subprocess.run,
        shlex.split(command),
        cwd=Path(PROJECT),
        capture_output=True,
        check=True,
    )
    return done.stdout


async def test_a_first_encounter_by_hand(live: Live) -> None:
    post, explain, find, timeline, submission, x12 = COMMANDS
    accepted = json.loads(await run(live, post))
    assert accepted == json.loads(await run(live, post)), "the same request again gives the same answer"
    encounter_id = accepted["encounter_id"]

    async def closed() -> Any:
        items = json.loads(await run(live, find, ENCOUNTER_ID=encounter_id))["items"]
        return items[0]["claim_id"] if items and items[0]["closed"] else None

    claim_id = await eventually(closed, 60, "the claim of the README is paid")
    explanation = json.loads(await run(live, explain, ENCOUNTER_ID=encounter_id))
    assert {"E11.9", "I10"} <= {diagnosis["code"] for diagnosis in explanation["diagnoses"]}
    claim = json.loads(await run(live, timeline, CLAIM_ID=claim_id))
    assert claim["state"] == "paid"
    assert claim["money"]["balanced"]
    version = json.loads(await run(live, submission, CLAIM_ID=claim_id))["versions"][0]
    sent = await run(live, x12, INTERCHANGE_ID=version["interchange_id"])
    assert sent.startswith(b"ISA*")
    assert claim["patient_control_number"].encode() in sent
