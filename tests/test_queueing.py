"""The line before the answering threads: bounded, in order, short when it overflows, and left by whoever goes away."""

import asyncio
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator

import pytest

from assistant.errors import BusyError
from assistant.serving.queueing import Line, gone
from assistant.serving.turns import Turns

HELD = 0.02
"""Seconds that a piece of work takes in these tests."""


@pytest.fixture(autouse=True)
def usual_turns() -> Iterator[float]:
    """A line that overflows in a test and is not closed leaves this process's setting as it was."""
    usual = sys.getswitchinterval()
    yield usual
    sys.setswitchinterval(usual)


def work(number: int) -> int:
    """A piece of work that takes its time."""
    time.sleep(HELD)
    return number


def run(trial: Callable[[], Awaitable[None]]) -> None:
    """Run a trial to its end."""
    asyncio.run(asyncio.wait_for(trial(), 30))


async def results(line: Line, count: int, do: Callable[[int], int] = work) -> list[object]:
    """Do so many pieces of work at once; return what each gave or raised."""
    return list(await asyncio.gather(*(line.run(do, number) for number in range(count)), return_exceptions=True))


def test_all_that_fit_in_the_line_are_served_and_in_order() -> None:
    line, order = Line(2, most_waiting=30), list[int]()

    async def trial() -> None:
        def noted(number: int) -> int:
            order.append(number)
            return work(number)

        assert await asyncio.gather(*(line.run(noted, number) for number in range(32))) == list(range(32))
        assert sorted(order) == list(range(32))
        assert all(abs(place - number) <= 1 for place, number in enumerate(order))
        assert (line.waiting, line.working, line.done, sum(line.refused.values())) == (0, 0, 32, 0)

    run(trial)


def test_no_more_threads_work_than_the_line_has() -> None:
    line, at_work, most = Line(2), 0, 0
    lock = threading.Lock()

    def counted() -> None:
        nonlocal at_work, most
        with lock:
            at_work += 1
            most = max(most, at_work)
        time.sleep(HELD)
        with lock:
            at_work -= 1

    async def trial() -> None:
        await asyncio.gather(*(line.run(counted) for _ in range(10)))
        assert most == 2

    run(trial)


def test_what_the_work_raises_is_raised() -> None:
    async def trial() -> None:
        with pytest.raises(ZeroDivisionError):
            await Line().run(lambda: 1 // 0)

    run(trial)


def test_a_line_that_overflows_refuses_at_once_and_serves_those_who_came_last() -> None:
    line, all_have_come = Line(2, most_waiting=50), threading.Event()

    def held(number: int) -> int:
        all_have_come.wait(10)
        return number

    async def trial() -> None:
        await results(line, 40)  # so that it knows what a piece of work takes
        coming = asyncio.create_task(results(line, 100, held))
        await asyncio.sleep(HELD)
        all_have_come.set()
        given = await coming
        served = [each for each in given if isinstance(each, int)]
        assert all(isinstance(each, int | BusyError) for each in given)
        assert 2 <= len(served) <= 52
        # Of those in line then the last to join stayed; the one or two before them were at work already.
        last = served[2:]
        assert last == list(range(52 - len(last), 52))
        assert max(served) == 51
        assert line.refused["full"] == 100 - len(served)
        assert line.overflown
        started = time.perf_counter()
        refusing = [asyncio.create_task(line.run(work, 0)) for _ in range(60)]
        done = await asyncio.wait(refusing, timeout=0.05)
        assert time.perf_counter() - started < 0.5
        assert sum(isinstance(task.exception(), BusyError) for task in done[0]) > 20
        await asyncio.gather(*refusing, return_exceptions=True)

    run(trial)


def test_it_says_when_to_come_back() -> None:
    line = Line(2, most_waiting=1)

    async def trial() -> None:
        refused = [each for each in await results(line, 20) if isinstance(each, BusyError)]
        assert refused
        assert all(1 <= each.retry_after <= 5 for each in refused)

    run(trial)


def test_the_line_grows_again_once_hardly_any_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.serving.queueing._JUDGED_EVERY", 0.05)
    line = Line(2, most_waiting=20)

    async def trial() -> None:
        await results(line, 100)
        assert line.overflown
        for _ in range(8):
            assert await line.run(work, 1) == 1
        assert not line.overflown
        assert await results(line, 22) == list(range(22))

    run(trial)


def test_while_it_overflows_no_more_are_let_come_than_will_fit() -> None:
    line = Line(2, most_waiting=10)

    async def trial() -> None:
        await results(line, 100)
        for _ in range(100):
            try:
                line.admit(coming=True)
            except BusyError:
                break
            line.coming += 1
        assert 2 < line.coming <= 12

    run(trial)


def test_what_takes_too_long_is_given_up_and_the_others_go_on() -> None:
    line, held = Line(2, patience=0.1), threading.Event()

    async def trial() -> None:
        stuck = asyncio.create_task(line.run(held.wait, 20))
        await asyncio.sleep(0)
        assert await line.run(work, 5) == 5
        with pytest.raises(BusyError, match="in time"):
            await stuck
        assert line.refused["late"] == 1
        held.set()

    run(trial)


def test_whoever_goes_away_loses_the_place_before_any_work_is_done_for_it() -> None:
    line, begun = Line(1), list[int]()

    async def trial() -> None:
        left = asyncio.Event()

        def noted(number: int) -> int:
            begun.append(number)
            return work(number)

        async def leaving() -> None:
            await left.wait()

        first = asyncio.create_task(line.run(noted, 1))
        await asyncio.sleep(0)
        gone.set(lambda: leaving())
        second = asyncio.create_task(line.run(noted, 2))
        await asyncio.sleep(0)
        gone.set(None)
        third = asyncio.create_task(line.run(noted, 3))
        left.set()
        with pytest.raises(BusyError):
            await second
        assert (await first, await third) == (1, 3)
        assert begun == [1, 3]
        assert line.refused["gone"] == 1

    run(trial)


def test_a_cancelled_request_leaves_the_line_too() -> None:
    line = Line(1)

    async def trial() -> None:
        first, second = asyncio.create_task(line.run(work, 1)), asyncio.create_task(line.run(work, 2))
        await asyncio.sleep(0)
        assert line.waiting == 1
        second.cancel()
        await asyncio.gather(second, return_exceptions=True)
        assert (line.waiting, await first) == (0, 1)

    run(trial)


def test_closed_it_finishes_what_it_works_at_and_can_be_used_again() -> None:
    line = Line(1)

    async def trial() -> None:
        first, second = asyncio.create_task(line.run(work, 1)), asyncio.create_task(line.run(work, 2))
        await asyncio.sleep(HELD / 2)
        line.close()
        assert await first == 1
        with pytest.raises(BusyError):
            await second
        assert await line.run(work, 3) == 3

    run(trial)


def test_a_line_in_which_the_last_would_wait_long_overflows_before_it_is_full() -> None:
    line = Line(1)

    async def trial() -> None:
        await results(line, 60)  # at 0.02 s each, fifty are answered in a second
        given = await results(line, 240)
        assert line.overflown
        # 200 always fit, behind the one that is worked for; of them those who came last are served.
        assert max(each for each in given if isinstance(each, int)) == 200

    run(trial)


def test_a_line_stays_short_while_more_than_one_in_ten_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.serving.queueing._JUDGED_EVERY", 0.0)
    line = Line(1, most_waiting=10)

    async def trial() -> None:
        await results(line, 60)
        for answered, refused, stays in ((100, 50, True), (100, 11, True), (100, 10, False)):
            assert line.overflown
            line.done += answered
            line.refused["full"] += refused
            line.admit()
            assert line.overflown is stays

    run(trial)


def test_turns_are_short_while_much_is_refused_and_as_before_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.serving.queueing._JUDGED_EVERY", 0.05)
    line, usual = Line(2, most_waiting=20), sys.getswitchinterval()

    async def trial() -> None:
        await results(line, 100)
        assert sys.getswitchinterval() == pytest.approx(0.002)
        assert sys.getswitchinterval() < usual / 2
        for _ in range(8):
            await line.run(work, 1)
        assert sys.getswitchinterval() == pytest.approx(usual)

    run(trial)


def test_of_two_who_ask_for_short_turns_the_shorter_has_them_until_it_leaves_off() -> None:
    turns, usual = Turns(), sys.getswitchinterval()
    with turns.shortened("loading", usual / 5):
        turns.shorten("refusing", usual / 50)
        assert sys.getswitchinterval() == pytest.approx(usual / 50, rel=0.02)
        turns.leave_off("refusing")
        assert sys.getswitchinterval() == pytest.approx(usual / 5)
        turns.leave_off("refusing")
    assert sys.getswitchinterval() == pytest.approx(usual)
