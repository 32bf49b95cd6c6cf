import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.domain.errors import ProviderFailed, ProviderRefused
from gateway.providers.resilience import Circuit, Clock, Passing, Resilience, seconds


@dataclass
class Time:
    """A clock that a test sets; sleeping moves it."""

    now: float = 1000.0
    slept: list[float] = field(default_factory=list)
    chance: float = 1.0

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def clock(self) -> Clock:
        return Clock(lambda: self.now, lambda: self.now, self.sleep, lambda: self.chance)


@dataclass
class Script:
    """A call whose outcomes are listed."""

    outcomes: list
    calls: int = 0

    async def __call__(self) -> str:
        self.calls += 1
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome


def resilience(time: Time, *, failures: int = 0, **changes) -> Resilience:
    circuit = Circuit("p", failures=failures, cooldown=30, now=lambda: time.now)
    return Resilience(circuit, clock=time.clock(), **changes)


def down(**more) -> Passing:
    return Passing(ProviderFailed("Provider 'p' is down."), **more)


def limited(retry_after: str | None = None) -> Passing:
    error = ProviderRefused("Slow down.", status=429, retry_after=retry_after)
    return Passing(error, retry_after=retry_after, is_outage=False)


async def test_a_call_that_succeeds_is_made_once():
    time, script = Time(), Script(["ok"])

    assert await resilience(time).call(script) == "ok"
    assert (script.calls, time.slept) == (1, [])


async def test_passing_failures_are_tried_again_with_doubling_pauses():
    time, script = Time(), Script([down(), down(), down(), "ok"])

    answer = await resilience(time, retries=3, backoff=0.5).call(script)

    assert (answer, script.calls) == ("ok", 4)
    assert time.slept == [0.5, 1.0, 2.0]


async def test_pauses_are_spread_from_nothing_to_their_limit():
    time = Time(chance=0.25)

    await resilience(time, retries=2, backoff=1.0).call(Script([down(), down(), "ok"]))

    assert time.slept == [0.25, 0.5]


async def test_pauses_never_exceed_the_longest():
    time = Time()

    await resilience(time, retries=5, backoff=1.0, max_wait=3.0).call(Script([down()] * 5 + ["ok"]))

    assert time.slept == [1.0, 2.0, 3.0, 3.0, 3.0]


async def test_when_the_tries_are_used_up_the_failure_itself_is_raised():
    last = down()

    with pytest.raises(ProviderFailed) as caught:
        await resilience(Time(), retries=1).call(Script([down(), last]))

    assert caught.value is last.failure


async def test_a_refusal_is_not_tried_again():
    script = Script([ProviderRefused("No.", status=400)])

    with pytest.raises(ProviderRefused):
        await resilience(Time()).call(script)

    assert script.calls == 1


async def test_the_provider_says_how_long_to_wait():
    time = Time(chance=0.0)

    await resilience(time).call(Script([limited("4"), "ok"]))

    assert time.slept == [4.0]


async def test_a_provider_that_asks_for_too_long_is_not_waited_for():
    time, script = Time(), Script([limited("60"), "ok"])

    with pytest.raises(ProviderRefused) as caught:
        await resilience(time, max_wait=10.0).call(script)

    assert (script.calls, time.slept, caught.value.retry_after) == (1, [], "60")


@pytest.mark.parametrize("value", ["soon", "-1", "nan", "1e9", "", "٣"])
async def test_a_retry_after_that_makes_no_sense_is_overlooked(value):
    time = Time()

    await resilience(time, backoff=0.5).call(Script([limited(value), "ok"]))

    assert time.slept == [0.5]


async def test_the_circuit_opens_after_failures_in_a_row_and_fails_at_once():
    time, script = Time(), Script([down(), down(), "never"])
    calls = resilience(time, failures=2, retries=0)
    for _ in range(2):
        with pytest.raises(ProviderFailed, match="is down"):
            await calls.call(script)

    with pytest.raises(ProviderFailed, match=r"'p' failed 2 times in a row.*30 more seconds") as caught:
        await calls.call(script)

    assert (caught.value.code, caught.value.status, script.calls) == ("provider_circuit_open", 502, 2)


async def test_retries_stop_when_the_circuit_opens_and_tell_the_failure_itself():
    script = Script([down()] * 5)

    with pytest.raises(ProviderFailed, match="is down"):
        await resilience(Time(), failures=2, retries=4).call(script)

    assert script.calls == 2


async def test_a_success_between_failures_keeps_the_circuit_closed():
    calls = resilience(Time(), failures=2, retries=1)

    for _ in range(5):
        assert await calls.call(Script([down(), "ok"])) == "ok"


@pytest.mark.parametrize("outcome", [limited(), ProviderRefused("No.", status=400)])
async def test_a_provider_that_refuses_is_alive(outcome):
    calls = resilience(Time(), failures=1, retries=0)

    for _ in range(3):
        with pytest.raises(ProviderRefused):
            await calls.call(Script([outcome]))

    assert not calls.circuit.is_open


async def opened(time: Time) -> Resilience:
    calls = resilience(time, failures=1, retries=0)
    with pytest.raises(ProviderFailed):
        await calls.call(Script([down()]))
    return calls


async def test_after_the_cooldown_one_call_tries_and_the_others_wait_for_its_outcome():
    time = Time()
    calls = await opened(time)
    time.now += 30
    gate, answered = asyncio.Event(), asyncio.Event()

    async def slow() -> str:
        answered.set()
        await gate.wait()
        return "ok"

    probe = asyncio.create_task(calls.call(slow))
    await answered.wait()
    with pytest.raises(ProviderFailed, match="until one call has tried it again"):
        await calls.call(Script(["early"]))
    gate.set()

    assert await probe == "ok"
    assert await calls.call(Script(["after"])) == "after"


async def test_a_probe_that_fails_opens_the_circuit_for_another_cooldown():
    time = Time()
    calls = await opened(time)
    time.now += 30
    with pytest.raises(ProviderFailed, match="is down"):
        await calls.call(Script([down()]))
    time.now += 29

    with pytest.raises(ProviderFailed, match="2 times in a row") as caught:
        await calls.call(Script(["early"]))

    assert caught.value.code == "provider_circuit_open"


@pytest.mark.parametrize("outcome", [asyncio.CancelledError(), limited()])
async def test_a_probe_without_outcome_lets_the_next_call_try(outcome):
    time = Time()
    calls = await opened(time)
    time.now += 30
    with pytest.raises((asyncio.CancelledError, ProviderRefused)):
        await calls.call(Script([outcome]))

    assert await calls.call(Script(["ok"])) == "ok"


async def test_a_call_from_before_the_opening_does_not_prolong_it():
    time = Time()
    calls = resilience(time, failures=1, retries=0)
    gate = asyncio.Event()

    async def straggler() -> str:
        await gate.wait()
        raise down()

    late = asyncio.create_task(calls.call(straggler))
    await asyncio.sleep(0)
    with pytest.raises(ProviderFailed):
        await calls.call(Script([down()]))
    time.now += 29
    gate.set()
    with pytest.raises(ProviderFailed):
        await late
    time.now += 1

    assert await calls.call(Script(["ok"])) == "ok"


def test_both_forms_of_retry_after_are_read():
    date = format_datetime(datetime.fromtimestamp(1100, UTC), usegmt=True)

    assert [seconds("7", 1000), seconds(" 0.5 ", 1000), seconds(date, 1000), seconds(date, 2000)] == [7, 0.5, 100, 0]


@given(st.text())
@example("0\x1f")
def test_no_retry_after_is_an_error(value):
    read = seconds(value, 1000.0)

    assert read is None or read >= 0
