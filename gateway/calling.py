"""Tool calls in an answer that is still arriving, judged by name before anything of what they ask for may go on.

It comes before the guard, which judges what is written in a call; whether a call may be made at all depends on the
tool. A whole answer is a stream with one delta here too.
"""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from gateway.domain.chat import Call, Delta, Dialect

Judge = Callable[[str, str], None]
"""Decides on a call of the tool with that name at a place of the answer. Raises `PolicyViolation`."""


async def call_by_call(
    deltas: AsyncGenerator[Delta, None], *, dialect: Dialect, judge: Judge
) -> AsyncGenerator[Delta, None]:
    """Yield *deltas*, which speak *dialect*, none of which holds anything of a call that *judge* was not asked about.

    A name that may come in pieces is judged when the call says more than its name, or something else follows; until
    then deltas are held. A call that says what it wants before it has a name is held until it has one, or nothing
    follows. Closes *deltas* whatever happens.
    """
    calls = _Calls(judge)
    held: list[Delta] = []
    async with aclosing(deltas):
        async for delta in deltas:
            held.append(delta)
            if calls.heard(dialect.calls(delta)):
                for each in held:
                    yield each
                held.clear()
        calls.end()
        for each in held:
            yield each


class _Calls:
    """What is known of the calls of one answer."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._names: dict[str, str] = {}
        """The name of each call as far as it has come, by the call's place."""
        self._open: dict[str, None] = {}
        """The calls that were not judged yet."""

    def heard(self, calls: list[Call]) -> bool:
        """Take in *calls* of one delta, and judge each that can be; return whether all were. Raises what `judge` does.

        A name that goes on after its call was judged is judged again, as the whole that a reader may make of the
        pieces, and as the last piece alone; the same name once more is a repetition.
        """
        growing = set()
        for call in calls:
            known = self._names.get(call.place, "")
            judged = call.place in self._names and call.place not in self._open
            if judged and call.name in ("", known):
                continue
            if judged:
                self._judge(call.name, call.place)
            self._names[call.place] = known + call.name
            self._open[call.place] = None
            if not (call.is_named or call.asks) or not self._names[call.place]:
                growing.add(call.place)
        for place in [*self._open]:
            if place not in growing and self._names[place]:
                self._settle(place)
        return not self._open

    def end(self) -> None:
        """Judge what is left as it is: nothing follows."""
        for place in [*self._open]:
            self._settle(place)

    def _settle(self, place: str) -> None:
        del self._open[place]
        self._judge(self._names[place], place)
