from collections.abc import AsyncIterator

import pytest

from tests.providers.played import Played, playing


@pytest.fixture
async def upstream() -> AsyncIterator[Played]:
    """A provider on loopback."""
    async with playing() as played:
        yield played
