"""The infrastructure as one running program: restarts alone, keeps its data, ends cleanly, leaves no orphan."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil  # type: ignore[import-untyped]
import pytest
from local_stack.otlp_bridge import PROTOBUF
from local_stack.ports import DEFAULT_PORTS, free_port, is_open, variable
from local_stack.process import wait_until
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span


@dataclass
class RunningInfrastructure:
    """`local-stack infra` in a folder and on ports of its own."""

    folder: Path
    ports: dict[str, int]
    process: subprocess.Popen[bytes] | None = None

    @property
    def output(self) -> str:
        return (self.folder / "output").read_text()

    def start(self) -> float:
        """Start it; seconds until it says that it is up."""
        env = {**os.environ, "CLEANCLAIM_LOCAL_FOLDER": str(self.folder / "stack")}
        env |= {variable(part): str(port) for part, port in self.ports.items()}
        begin = time.monotonic()
        with (self.folder / "output").open("wb") as output:
            command = [sys.executable, "-m", "local_stack", "infra"]
            self.process = subprocess.Popen(command, env=env, stdout=output, stderr=subprocess.STDOUT)
        assert wait_until(lambda: "Up after" in self.output or self.process.poll() is not None, 90)  # type: ignore[union-attr]
        assert "Up after" in self.output, self.output
        return time.monotonic() - begin

    def children(self) -> dict[str, psutil.Process]:
        """Its processes by what they are."""
        assert self.process is not None
        found = {}
        for child in psutil.Process(self.process.pid).children():
            line = " ".join(child.cmdline())
            for name in ("kafka.Kafka", "zipkin-server", "otlp-bridge", "bin/postgres"):
                if name in line:
                    found[name] = child
        return found

    def nothing_listens(self) -> bool:
        return not any(is_open(self.ports[part]) for part in ("kafka", "postgres", "zipkin", "otlp-bridge"))


@pytest.fixture
def infrastructure() -> Iterator[RunningInfrastructure]:
    folder = Path(tempfile.mkdtemp(prefix="cleanclaim-infra-"))
    folder.chmod(0o711)
    running = RunningInfrastructure(folder, {part: free_port() for part in DEFAULT_PORTS})
    yield running
    if running.process is not None and running.process.poll() is None:
        running.process.send_signal(signal.SIGINT)
        running.process.wait(40)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.chaos
def test_life_of_the_infrastructure(infrastructure: RunningInfrastructure) -> None:
    infrastructure.start()
    before = infrastructure.children()
    assert len(before) == 4, before

    _a_span_sent_to_the_bridge_is_found_in_zipkin(infrastructure)

    for killed in ("kafka.Kafka", "bin/postgres"):
        before[killed].kill()
    assert wait_until(lambda: {"kafka is back", "postgres is back"} <= set(infrastructure.output.splitlines()), 60)
    after = infrastructure.children()
    for untouched in ("zipkin-server", "otlp-bridge"):
        assert after[untouched].pid == before[untouched].pid
    for restarted in ("kafka.Kafka", "bin/postgres"):
        assert after[restarted].pid != before[restarted].pid

    assert infrastructure.process is not None
    infrastructure.process.kill()
    infrastructure.process.wait()
    gone, alive = psutil.wait_procs(list(after.values()), timeout=20)
    assert not alive
    assert len(gone) == 4
    assert infrastructure.nothing_listens()

    secrets = (infrastructure.folder / "stack" / "secrets" / "secrets.json").read_text()
    infrastructure.start()
    assert (infrastructure.folder / "stack" / "secrets" / "secrets.json").read_text() == secrets
    infrastructure.process.send_signal(signal.SIGINT)
    assert infrastructure.process.wait(40) == 0
    assert "shutdown" in infrastructure.output
    assert infrastructure.nothing_listens()


def _a_span_sent_to_the_bridge_is_found_in_zipkin(infrastructure: RunningInfrastructure) -> None:
    request = ExportTraceServiceRequest()
    trace_id = os.urandom(16)
    now = time.time_ns()
    request.resource_spans.add().scope_spans.add().spans.append(
        Span(
            trace_id=trace_id, span_id=os.urandom(8), name="x", start_time_unix_nano=now, end_time_unix_nano=now + 5000
        )
    )
    url = f"http://127.0.0.1:{infrastructure.ports['otlp-bridge']}/v1/traces"
    answer = httpx.post(url, content=request.SerializeToString(), headers={"content-type": PROTOBUF})
    assert answer.status_code == 200
    trace = f"http://127.0.0.1:{infrastructure.ports['zipkin']}/api/v2/trace/{trace_id.hex()}"
    assert wait_until(lambda: httpx.get(trace).status_code == 200, 10)
    assert [span["name"] for span in httpx.get(trace).json()] == ["x"]
