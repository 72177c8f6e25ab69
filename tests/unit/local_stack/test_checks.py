"""What stands in the way of a start is said with a code, what it is, and what to do."""

from __future__ import annotations

import io
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from local_stack import preflight, run
from local_stack.config import ExternalDatabase, StackConfig
from local_stack.errors import StackError, start_failure
from local_stack.ports import DEFAULT_PORTS, chosen_ports, free_port, is_free, is_open, require_free, variable
from local_stack.progress import PlainReporter
from local_stack.stack import RunningStack


@pytest.fixture
def listener() -> Iterator[int]:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def test_a_port_in_use_names_port_part_holder_and_variable(listener: int) -> None:
    assert not is_free(listener)
    assert is_open(listener)
    with pytest.raises(StackError) as raised:
        require_free("claim-builder", listener)
    text = raised.value.render()
    assert "[stack.port-in-use]" in text
    for expected in (str(listener), "claim-builder", f"process {os.getpid()}", "CLEANCLAIM_PORT_CLAIM_BUILDER=<port>"):
        assert expected in text


def test_a_free_port_passes() -> None:
    port = free_port()
    assert is_free(port)
    assert not is_open(port)
    require_free("kafka", port)


def test_every_port_can_be_moved() -> None:
    moved = chosen_ports({variable(part): str(20000 + index) for index, part in enumerate(DEFAULT_PORTS)})
    assert list(moved.values()) == list(range(20000, 20000 + len(DEFAULT_PORTS)))
    assert chosen_ports({}) == dict(DEFAULT_PORTS)


@pytest.mark.parametrize("value", ["http", "-1", "0", "65536", "80 80", "٣"])
def test_a_value_that_is_no_port_is_refused(value: str) -> None:
    with pytest.raises(StackError, match=r"stack\.port-invalid"):
        chosen_ports({"CLEANCLAIM_PORT_ZIPKIN": value})


def test_two_parts_on_one_port_are_refused() -> None:
    with pytest.raises(StackError, match=r"stack\.port-twice.*zipkin.*coding-svc"):
        chosen_ports({"CLEANCLAIM_PORT_ZIPKIN": "8101"})


def test_too_little_space_is_told_in_megabytes(tmp_path: Path) -> None:
    with pytest.raises(StackError, match=r"stack\.disk-full: 12 MB are free for .* 1000 MB are needed"):
        preflight.require_space(tmp_path, lambda path: 12_000_000)
    preflight.require_space(tmp_path, lambda path: preflight.NEEDED_BYTES)


def test_a_disk_that_fills_while_a_part_starts_is_named() -> None:
    failure = start_failure("kafka", "java.io.IOException: No space left on device", Path("kafka.log"))
    assert failure.code == "stack.disk-full"
    assert start_failure("kafka", "something else", Path("kafka.log")).code == "stack.kafka-not-started"


def test_a_folder_that_is_a_file_is_not_writable(tmp_path: Path) -> None:
    (tmp_path / ".local").write_text("")
    with pytest.raises(StackError, match=r"stack\.not-writable"):
        preflight.require_writable(tmp_path / ".local")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_of_somebody_else_is_not_writable(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(StackError, match=r"stack\.not-writable"):
        preflight.require_writable(tmp_path / ".local")


def test_missing_commands_point_to_setup(tmp_path: Path) -> None:
    config = StackConfig.from_environment({}, tmp_path)
    with pytest.raises(StackError, match=r"stack\.not-set-up.*coding-svc.*sandbox-payer"):
        preflight.require_commands(config, tmp_path)


def test_a_second_stack_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    config = StackConfig.from_environment({}, tmp_path)
    refused = pytest.raises(StackError, match=rf"stack\.already-running.*{os.getpid()}")
    with preflight.only_one(config), refused, preflight.only_one(config):
        pass
    with preflight.only_one(config):  # free again
        pass


def test_what_lies_elsewhere_is_not_started_here(tmp_path: Path) -> None:
    everything = StackConfig.from_environment({}, tmp_path)
    assert everything.local_parts == [
        "postgres", "kafka", "kafka-controller", "zipkin", "otlp-bridge",
        "coding-svc", "claim-builder", "submission-svc", "followup-svc", "sandbox",
    ]  # fmt: skip
    elsewhere = {
        "CLEANCLAIM_KAFKA_BOOTSTRAP": "broker:9092",
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318",
    }
    for service in ("CODING_SVC", "CLAIM_BUILDER", "SUBMISSION_SVC", "FOLLOWUP_SVC"):
        elsewhere[f"CLEANCLAIM_{service}_DATABASE_URL"] = f"postgresql+asyncpg://app@db/{service}"
        elsewhere[f"CLEANCLAIM_{service}_MIGRATION_DATABASE_URL"] = f"postgresql+asyncpg://owner@db/{service}"
    config = StackConfig.from_environment(elsewhere, tmp_path)
    assert config.local_parts == ["coding-svc", "claim-builder", "submission-svc", "followup-svc", "sandbox"]
    assert config.databases["claim-builder"] == ExternalDatabase(
        "postgresql+asyncpg://app@db/CLAIM_BUILDER", "postgresql+asyncpg://owner@db/CLAIM_BUILDER"
    )


def test_one_database_elsewhere_leaves_our_server_for_the_others(tmp_path: Path) -> None:
    config = StackConfig.from_environment(
        {"CLEANCLAIM_CODING_SVC_DATABASE_URL": "x", "CLEANCLAIM_CODING_SVC_MIGRATION_DATABASE_URL": "y"}, tmp_path
    )
    assert config.runs_postgres


def test_a_database_url_without_its_twin_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StackError, match=r"stack\.database-url-alone.*MIGRATION"):
        StackConfig.from_environment({"CLEANCLAIM_CODING_SVC_DATABASE_URL": "x"}, tmp_path)


def test_feeding_without_a_running_stack_says_so(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    command = [sys.executable, "-m", "local_stack", "feed", str(tmp_path / "notes")]
    env = {**os.environ, "CLEANCLAIM_LOCAL_FOLDER": str(tmp_path / "stack")}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, "stack.not-running" in done.stderr) == (1, True)
    for nothing in (str(tmp_path / "absent"), ""):
        command[-1] = nothing
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
        assert (done.returncode, "stack.no-notes" in done.stderr) == (1, True)


def test_a_stack_that_was_killed_does_not_count_as_running(tmp_path: Path) -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    stack = RunningStack(ended.pid, {"coding-svc": "http://127.0.0.1:1"}, {"a": {"emr": "k"}}, None, "/nowhere")
    stack.save(tmp_path / "run" / "stack.json")
    with pytest.raises(StackError, match=r"stack\.not-running"):
        RunningStack.load(tmp_path / "run" / "stack.json")
    alive = replace(stack, pid=os.getpid())
    alive.save(tmp_path / "run" / "stack.json")
    assert RunningStack.load(tmp_path / "run" / "stack.json") == alive
    assert (tmp_path / "run" / "stack.json").stat().st_mode & 0o777 == 0o600


def test_reset_clears_the_folder_but_not_under_a_running_stack(tmp_path: Path) -> None:
    config = StackConfig.from_environment({}, tmp_path)
    (config.folder / "postgres").mkdir(parents=True)
    out = io.StringIO()
    with preflight.only_one(config), pytest.raises(StackError, match=r"stack\.already-running"):
        run.reset(config, PlainReporter(out))
    assert (config.folder / "postgres").exists()
    assert run.reset(config, PlainReporter(out)) == 0
    assert not config.folder.exists()
    assert run.reset(config, PlainReporter(out)) == 0
