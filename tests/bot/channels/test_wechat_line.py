"""So many at a time, in the order in which they came."""

import asyncio

import pytest

from bot.channels.wechat_line import Line
from tests.wechat import run_jumping


def test_the_first_to_come_is_the_first_served_and_who_leaves_holds_up_nobody() -> None:
    served: list[int] = []

    async def one(line: Line, number: int) -> None:
        async with line.place(str(number)):
            served.append(number)
            await asyncio.sleep(1)

    async def scene() -> None:
        line = Line(2)
        tasks = [asyncio.create_task(one(line, number)) for number in range(10)]
        await asyncio.sleep(0.5)
        assert served == [0, 1]
        for gone in (3, 6):
            tasks[gone].cancel()
        await asyncio.sleep(0.5)
        tasks[4].cancel()  # at the moment at which it is called, or served
        await asyncio.wait(tasks)
        assert [number for number in served if number != 4] == [0, 1, 2, 5, 7, 8, 9]
        async with line.place("a"), line.place("b"):  # both places are free again
            assert asyncio.get_running_loop().time() < 6

    run_jumping(scene())


def test_a_turn_that_fails_gives_its_place_back() -> None:
    async def scene() -> None:
        line = Line(1)
        for _ in range(3):
            with pytest.raises(OSError, match="broken"):
                async with line.place("a"):
                    raise OSError("broken")
        async with line.place("a"):
            pass

    run_jumping(scene())


def test_who_will_wait_long_is_known_at_once_and_who_has_waited_long_later() -> None:
    async def scene() -> None:
        line = Line(1)

        async def hold(who: str) -> None:
            async with line.place(who):
                await asyncio.sleep(1)

        tasks = [asyncio.create_task(hold("first"))]
        await asyncio.sleep(3)  # now it is known how long a turn takes, roughly
        tasks += [asyncio.create_task(hold(str(number))) for number in range(30)]
        await asyncio.sleep(0)
        assert not line.is_long_for("0", 2) and not line.is_long_for("1", 2) and line.is_long_for("29", 2)
        assert not line.is_long_for("nobody", 0)
        await asyncio.sleep(2.5)
        assert line.is_long_for("9", 2)
        await asyncio.wait(tasks)
        assert not line.is_long_for("29", 2)

    run_jumping(scene())
