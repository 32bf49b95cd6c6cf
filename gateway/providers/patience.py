"""A limit to the silence of a server in the middle of an answer."""

import asyncio

import aiohttp


class Patience:
    """Reads *content* and ends a wait for its next bytes that lasts longer than *seconds*.

    Only waiting counts: a caller that takes its time over what has arrived may take any time. (aiohttp's own
    `sock_read` goes on counting then, and would break off a healthy answer to a slow reader.) One timer serves the
    whole answer, so that a read costs no timer of its own.
    """

    def __init__(self, content: aiohttp.StreamReader, seconds: float) -> None:
        self._content = content
        self._seconds = seconds
        self._loop = asyncio.get_running_loop()
        self._since: float | None = None
        """When the present wait began."""
        self._timer: asyncio.TimerHandle | None = None

    async def more(self) -> bytes:
        """Return the next bytes, none at the end. Raises `TimeoutError`, and what aiohttp raises."""
        self._since = self._loop.time()
        if self._timer is None and not self._content.is_eof():
            self._timer = self._loop.call_later(self._seconds, self._look)
        try:
            return await self._content.readany()
        finally:
            self._since = None

    def close(self) -> None:
        """Stop looking at the time."""
        if self._timer is not None:
            self._timer.cancel()

    def _look(self) -> None:
        now = self._loop.time()
        due = (now if self._since is None else self._since) + self._seconds
        if due <= now:
            self._content.set_exception(TimeoutError())
        else:
            self._timer = self._loop.call_at(due, self._look)
