"""The supervisor: what dies comes back alone, what cannot start is told, everything ends in reverse order."""

from __future__ import annotations

import threading

import pytest
from local_stack.errors import StackError
from local_stack.process import wait_until
from local_stack.supervisor import Supervisor


class FakePart:
    def __init__(self, name: str, history: list[str], fail_starts: int = 0) -> None:
        self.name = name
        self.history = history
        self.fail_starts = fail_starts
        self.up = False
        self.starts = 0

    def start(self) -> None:
        self.starts += 1
        if self.starts <= self.fail_starts:
            raise StackError("stack.part-not-started", f"{self.name} does not start")
        self.up = True
        self.history.append(f"start {self.name}")

    def stop(self) -> None:
        self.up = False
        self.history.append(f"stop {self.name}")

    kill = stop

    def alive(self) -> bool:
        return self.up

    ready = alive


def test_what_dies_comes_back_and_the_rest_is_not_touched() -> None:
    history: list[str] = []
    notices: list[str] = []
    one, two = FakePart("one", history), FakePart("two", history)
    supervisor = Supervisor(notices.append)
    supervisor.start([one, two])
    try:
        one.up = False
        assert wait_until(lambda: one.up, 5)
        assert supervisor.restarts == {"one": 1}
        assert (one.starts, two.starts) == (2, 1)
        assert wait_until(lambda: "one is back" in notices, 5)
        assert notices == ["one ended; it is started again", "one is back"]
    finally:
        supervisor.stop()


def test_a_part_that_does_not_come_back_is_tried_again_and_delays_no_other() -> None:
    history: list[str] = []
    notices: list[str] = []
    broken, sound = FakePart("broken", history), FakePart("sound", history)
    supervisor = Supervisor(notices.append)
    supervisor.start([broken, sound])
    try:
        broken.fail_starts = 3  # counted with the first start: two failures, then success
        broken.up = False
        sound.up = False
        assert wait_until(lambda: sound.up, 5)
        assert wait_until(lambda: broken.up, 10)
        assert broken.starts == 4
        assert sum("stack.part-not-started" in notice for notice in notices) == 2
    finally:
        supervisor.stop()


def test_the_last_tier_ends_first_and_nothing_restarts_afterwards() -> None:
    history: list[str] = []
    base, service = FakePart("base", history), FakePart("service", history)
    supervisor = Supervisor()
    supervisor.start([base])
    supervisor.start([service])
    supervisor.stop()
    supervisor.stop()
    assert history == ["start base", "start service", "stop service", "stop base"]
    assert not wait_until(lambda: base.up or service.up, 0.5)


def test_a_first_start_that_fails_is_raised_and_the_others_can_be_ended() -> None:
    history: list[str] = []
    good, bad = FakePart("good", history), FakePart("bad", history, fail_starts=9)
    supervisor = Supervisor()
    with pytest.raises(StackError, match="bad does not start"):
        supervisor.start([good, bad])
    assert wait_until(lambda: good.starts == 1, 5)
    supervisor.stop()
    assert not good.up


def test_stop_during_a_restart_ends_the_part_that_was_coming_up() -> None:
    entered, go_on = threading.Event(), threading.Event()

    class SlowPart(FakePart):
        def start(self) -> None:
            if self.starts:
                entered.set()
                assert go_on.wait(5)
            super().start()

    part = SlowPart("slow", [])
    supervisor = Supervisor()
    supervisor.start([part])
    part.up = False
    assert entered.wait(5)
    stopping = threading.Thread(target=supervisor.stop)
    stopping.start()
    go_on.set()
    stopping.join(5)
    assert not stopping.is_alive()
    assert not part.up


def test_a_part_that_is_held_stays_down_until_it_is_let_go() -> None:
    part, other = FakePart("part", []), FakePart("other", [])
    supervisor = Supervisor()
    supervisor.start([part, other])
    try:
        assert set(supervisor.parts) == {"part", "other"}
        with supervisor.holding("part"):
            supervisor.parts["part"].stop()
            other.up = False
            assert wait_until(lambda: other.up, 5)
            assert not wait_until(lambda: part.up, 0.6)
        assert wait_until(lambda: part.up, 5)
    finally:
        supervisor.stop()
