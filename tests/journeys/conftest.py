from collections.abc import Iterator

import pytest

from tests.journeys.house import House, serving
from tests.journeys.upstream import Upstream


@pytest.fixture(scope="session")
def upstream_server() -> Iterator[Upstream]:
    with Upstream() as upstream:
        yield upstream


@pytest.fixture(scope="session")
def house_of_all(upstream_server: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with serving(tmp_path_factory.mktemp("house"), upstream_server) as house:
        yield house


@pytest.fixture
def house(house_of_all: House) -> House:
    """The running gateway; its upstream starts each test with nothing remembered."""
    upstream = house_of_all.upstream
    upstream.requests.clear()
    upstream.keys.clear()
    upstream.says.clear()
    upstream.cut.clear()
    upstream.sent = 0
    return house_of_all


@pytest.fixture(params=["whole", "stream"])
def mode(request: pytest.FixtureRequest) -> str:
    return request.param
