"""Child processes: they end when asked, when they do not listen, and when their parent is killed."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest
from local_stack.errors import StackError
from local_stack.process import Command, ManagedProcess, wait_until


def _python(tmp_path: Path, script: str, **options: object) -> ManagedProcess:
    argv = [sys.executable, "-c", textwrap.dedent(script)]
    return ManagedProcess(Command(argv=argv, log=tmp_path / "log", **options))  # type: ignore[arg-type]


def test_output_is_appended_to_the_log(tmp_path: Path) -> None:
    process = _python(tmp_path, "print('hello')")
    for _ in range(2):
        process.start()
        assert wait_until(lambda: not process.alive(), 10)
    assert process.log_tail() == "hello\nhello"
    assert process.exit_code == 0


def test_stop_asks_first(tmp_path: Path) -> None:
    process = _python(
        tmp_path,
        """
        import signal, sys, time
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))
        print('up', flush=True)
        time.sleep(60)
        """,
    )
    process.start()
    assert wait_until(lambda: process.log_tail() == "up", 10)
    process.stop()
    assert process.exit_code == 7


def test_stop_kills_what_does_not_listen_and_its_children(tmp_path: Path) -> None:
    process = _python(
        tmp_path,
        """
        import signal, subprocess, sys, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        child = subprocess.Popen([sys.executable, '-c', 'import signal, time\\n'
            'signal.signal(signal.SIGTERM, signal.SIG_IGN)\\ntime.sleep(60)'])
        print(child.pid, flush=True)
        time.sleep(60)
        """,
        stop_timeout=0.3,
    )
    process.start()
    assert wait_until(lambda: process.log_tail().isdigit(), 10)
    grandchild = int(process.log_tail())
    process.stop()
    assert process.exit_code == -signal.SIGKILL
    assert wait_until(lambda: not _runs(grandchild), 5)


@pytest.mark.skipif(sys.platform != "linux", reason="the death signal is Linux's")
def test_kill_9_of_the_parent_leaves_no_orphan(tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            textwrap.dedent(
                f"""
                import time
                from pathlib import Path
                from local_stack.process import Command, ManagedProcess
                process = ManagedProcess(Command(["sleep", "60"], Path({str(tmp_path / "log")!r})))
                process.start()
                print(process.pid, flush=True)
                time.sleep(60)
                """
            ),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    with parent.stdout:
        child = int(parent.stdout.readline())
    assert _runs(child)
    parent.kill()
    parent.wait()
    assert wait_until(lambda: not _runs(child), 5)


def test_a_missing_program_is_an_explained_error(tmp_path: Path) -> None:
    process = ManagedProcess(Command(["/nowhere/at-all"], tmp_path / "log"))
    with pytest.raises(StackError, match=r"stack\.not-startable") as raised:
        process.start()
    assert "make setup" in raised.value.render()
    process.stop()  # nothing to stop, and no error


def _runs(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
