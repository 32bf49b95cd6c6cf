"""Getting over a provider's passing failures: retries with full jitter, and a circuit breaker.

Only what happens before an answer's first byte is tried again: after it the caller has seen a part, and a second
answer would not continue the first. A library's retry loop (tenacity) costs 20 us on a call that succeeds at once;
this one costs one.
"""

import asyncio
import random
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

from gateway.domain.errors import ProviderFailed

T = TypeVar("T")


class Passing(Exception):
    """A failure that may pass by itself, so that another try is worth it."""

    def __init__(self, failure: ProviderFailed, *, retry_after: str | None = None, is_outage: bool = True) -> None:
        super().__init__(failure.message)
        self.failure = failure
        """What the caller gets when no try is left."""
        self.retry_after = retry_after
        """The provider's `Retry-After` header."""
        self.is_outage = is_outage
        """Whether it counts for the circuit: a provider that limits its rate is alive."""


@dataclass(frozen=True, slots=True)
class Clock:
    """Time and chance, handed in."""

    now: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    chance: Callable[[], float] = random.random
    """A number from 0 up to 1."""


class Circuit:
    """Leaves a provider alone that failed *failures* times in a row, for *cooldown* seconds.

    Then one call is let through: its success closes the circuit, its failure opens it again. *failures* of 0 means
    that it never opens. All calls run on one event loop, so there is no lock.
    """

    def __init__(self, provider: str, *, failures: int, cooldown: float, now: Callable[[], float]) -> None:
        self._provider = provider
        self._most = failures
        self._cooldown = cooldown
        self._now = now
        self._failed = 0
        self._opened: float | None = None
        self._probing = False

    def admit(self) -> bool:
        """Let a call through and return whether it is the one that tries a failed provider again.

        Raises `ProviderFailed` with the code `provider_circuit_open` when the provider is being left alone.
        """
        if self._opened is None:
            return False
        left = self._opened + self._cooldown - self._now()
        if left > 0 or self._probing:
            raise ProviderFailed(
                f"Provider {self._provider!r} failed {self._failed} times in a row and is left alone "
                + (f"for {left:.0f} more seconds." if left > 0 else "until one call has tried it again."),
                code="provider_circuit_open",
            )
        self._probing = True
        return True

    def succeeded(self) -> None:
        """Note that the provider is alive."""
        self._failed = 0
        self._opened = None
        self._probing = False

    def failed(self, *, probe: bool) -> None:
        """Note that the provider did not answer."""
        self._failed += 1
        # Calls that began before the circuit opened do not prolong it.
        if probe or (self._opened is None and 0 < self._most <= self._failed):
            self._opened = self._now()
            self._probing = False

    def abandoned(self, *, probe: bool) -> None:
        """Note that the call ended without telling whether the provider is alive."""
        if probe:
            self._probing = False

    @property
    def is_open(self) -> bool:
        """Whether the provider is being left alone."""
        return self._opened is not None


@dataclass(frozen=True, slots=True)
class Resilience:
    """Tries a call until it succeeds, fails for good, or the tries are used up."""

    circuit: Circuit
    retries: int = 2
    backoff: float = 0.25
    """The longest first pause in seconds; it doubles with every try."""
    max_wait: float = 10.0
    """The longest pause. A provider that asks for more is not waited for: the caller can choose another."""
    clock: Clock = Clock()

    async def call(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """Return what *attempt* returns; when it raises `Passing`, wait and try again.

        Raises the `failure` of the last `Passing`, and whatever else *attempt* raises at once.
        """
        tried = 0
        while True:
            try:
                return await self._once(attempt)
            except Passing as passing:
                pause = self._pause(tried, passing.retry_after)
                if pause is None or tried >= self.retries or self.circuit.is_open:
                    raise passing.failure from passing.__cause__
            await self.clock.sleep(pause)
            tried += 1

    async def _once(self, attempt: Callable[[], Awaitable[T]]) -> T:
        probe = self.circuit.admit()
        try:
            result = await attempt()
        except Passing as passing:
            if passing.is_outage:
                self.circuit.failed(probe=probe)
            else:
                self.circuit.abandoned(probe=probe)
            raise
        except ProviderFailed:  # a refusal: it answers
            self.circuit.succeeded()
            raise
        except BaseException:
            self.circuit.abandoned(probe=probe)
            raise
        self.circuit.succeeded()
        return result

    def _pause(self, tried: int, retry_after: str | None) -> float | None:
        """Return how long to wait after *tried* retries, `None` for longer than is worth it."""
        asked = seconds(retry_after, self.clock.wall()) if retry_after else None
        if asked is None:
            # "Full jitter": spreads the callers that failed together over the whole pause.
            return self.clock.chance() * min(self.max_wait, self.backoff * 2.0**tried)
        if asked > self.max_wait:
            return None
        return asked + self.clock.chance() * self.backoff


def seconds(retry_after: str, now: float) -> float | None:
    """Return how many seconds after *now* (Unix time) a `Retry-After` allows, `None` when it is neither form.

    Both forms of RFC 9110 section 10.2.3: a number of seconds (fractions are in use) or an HTTP date.
    """
    number = retry_after.strip()
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]+)?", number):
        return float(number)
    try:
        date: datetime = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    return max(0.0, date.replace(tzinfo=date.tzinfo or UTC).timestamp() - now)
