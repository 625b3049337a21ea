"""Places: so many at once, in order, none ever lost, and a server about to end gives none."""

import asyncio
import random
from collections import Counter
from contextlib import suppress

import pytest

from llmvox_plugins.integrations.openai.errors import APIError
from llmvox_plugins.integrations.openai.operation.admission import Admission


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def hold(admission: Admission, until: asyncio.Event) -> None:
    async with admission.place():
        await until.wait()


async def test_who_comes_first_speaks_first() -> None:
    admission, served = Admission(2, 10, 10.0), []

    async def come(number: int) -> None:
        async with admission.place():
            served.append(number)
            assert admission.taken <= 2
            await asyncio.sleep(0)

    await asyncio.gather(*[come(number) for number in range(12)])
    assert served == list(range(12))
    assert (admission.taken, admission.waiting) == (0, 0)


async def test_over_the_queue_and_after_patience_there_is_429() -> None:
    told: Counter[str] = Counter()
    admission = Admission(1, 1, 0.05, lambda reason: told.update([reason]))
    end = asyncio.Event()
    holder = asyncio.create_task(hold(admission, end))
    await settle()
    waiter = asyncio.create_task(hold(admission, end))
    await settle()
    with pytest.raises(APIError) as full:
        await hold(admission, end)
    with pytest.raises(APIError) as late:
        await waiter
    assert (full.value.status, full.value.body["code"]) == (429, "rate_limit_exceeded")
    assert late.value.status == 429
    assert all(1 <= int(error.value.headers["Retry-After"]) <= 60 for error in (full, late))
    assert told == {"queue_full": 1, "queue_timeout": 1}
    end.set()
    await holder
    assert (admission.taken, admission.waiting) == (0, 0)


async def test_how_long_to_wait_is_learnt_from_how_long_places_are_held() -> None:
    admission = Admission(1, 0, 40.0)

    async def retry_after() -> int:
        async with admission.place():
            with pytest.raises(APIError) as full:
                await hold(admission, asyncio.Event())
        return int(full.value.headers["Retry-After"])

    answers = [await retry_after() for _ in range(60)]
    assert answers[0] == 40
    assert answers == sorted(answers, reverse=True)
    assert answers[-1] == 1


@pytest.mark.parametrize("seed", range(5))
async def test_no_place_is_lost_whenever_somebody_gives_up(seed: int) -> None:
    """Also one who gives up between being given a place and knowing of it."""
    chance = random.Random(seed)
    admission = Admission(3, 50, 0.02)
    outcomes: Counter[str] = Counter()

    async def come(naps: int) -> None:
        try:
            async with admission.place():
                assert 0 < admission.taken <= 3
                for _ in range(naps):
                    await asyncio.sleep(0)
            outcomes["served"] += 1
        except APIError as error:
            outcomes[str(error.status)] += 1
        except asyncio.CancelledError:
            outcomes["gave up"] += 1
            raise

    tasks: list[asyncio.Task[None]] = []
    for _ in range(2000):
        tasks.append(asyncio.create_task(come(chance.randrange(6))))
        if chance.random() < 0.5:
            await asyncio.sleep(0)
        if chance.random() < 0.5:
            chance.choice(tasks[-8:]).cancel()
        if chance.random() < 0.02:
            await asyncio.sleep(0.005)
    await asyncio.gather(*tasks, return_exceptions=True)
    assert outcomes["gave up"] > 200 < outcomes["served"]
    assert (admission.taken, admission.waiting) == (0, 0)
    for _ in range(2):
        end = asyncio.Event()
        holders = [asyncio.create_task(hold(admission, end)) for _ in range(3)]
        await settle()
        assert (admission.taken, admission.waiting) == (3, 0)
        end.set()
        await asyncio.gather(*holders)


async def test_a_place_that_is_given_to_one_who_gives_up_goes_to_the_next() -> None:
    admission = Admission(1, 5, 10.0)
    first_end, end = asyncio.Event(), asyncio.Event()
    holder = asyncio.create_task(hold(admission, first_end))
    await settle()
    gives_up, next_one = (asyncio.create_task(hold(admission, end)) for _ in range(2))
    await settle()
    first_end.set()
    await asyncio.sleep(0)  # the holder leaves, and the place is handed over,
    assert holder.done()
    gives_up.cancel()  # but not yet taken
    await settle()
    assert gives_up.cancelled()
    assert (admission.taken, admission.waiting) == (1, 0)
    end.set()
    await next_one
    assert admission.taken == 0


async def test_at_the_end_those_who_speak_finish_and_nobody_else_begins() -> None:
    told: Counter[str] = Counter()
    admission = Admission(1, 5, 10.0, lambda reason: told.update([reason]))
    end = asyncio.Event()
    speaker = asyncio.create_task(hold(admission, end))
    await settle()
    waiters = [asyncio.create_task(hold(admission, end)) for _ in range(3)]
    await settle()
    waiters[0].cancel()
    closing = asyncio.create_task(admission.close(10.0))
    results = await asyncio.gather(*waiters, hold(admission, end), return_exceptions=True)
    assert [getattr(result, "status", None) for result in results] == [None, 503, 503, 503]
    assert told == {"shutting_down": 3}
    await settle()
    assert not closing.done()
    end.set()
    assert await closing
    await speaker


async def test_the_end_waits_only_so_long() -> None:
    admission = Admission(1, 0, 1.0)
    speaker = asyncio.create_task(hold(admission, asyncio.Event()))
    await settle()
    assert not await admission.close(0.02)
    speaker.cancel()
    with suppress(asyncio.CancelledError):
        await speaker
    assert await admission.close(0.0)
