"""The whole HTTP surface, called as its own description allows and as it does not: nothing makes it fail."""

from collections.abc import Iterator
from contextlib import suppress

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable

from gateway.app import create_app
from gateway.settings import load
from tests.journeys.house import APP_KEY, House, serving, sha256
from tests.journeys.upstream import Upstream, Whole, completion

EVERYTHING = {**completion("ok"), "data": [], "results": [], "output": [], "content": []}
"""A body that is an answer in every dialect."""


@pytest.fixture(scope="module")
def open_house(upstream_server: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    anybody = {"name": "any", "key_sha256": sha256(APP_KEY), "tenant": "acme", "roles": ["admin"],
               "purposes": ["support"], "collections": ["kb"]}  # fmt: skip
    with serving(tmp_path_factory.mktemp("fuzzed"), upstream_server, applications=[anybody]) as house:
        yield house


NO_HTTP = "Invalid HTTP request received."
"""What the server's parser answers, and nobody else hears of: in a header may stand what HTTP does not allow."""


def calls(case: schemathesis.Case) -> Iterator[schemathesis.Response]:
    """Call as *case* says, and once more with a model or collection that is there: any other goes no further."""
    case.headers = {**(case.headers or {}), "authorization": f"Bearer {APP_KEY}"}
    yield case.call()
    if "collection" in case.path_parameters:
        case.path_parameters["collection"] = "kb"
        yield case.call()
    elif isinstance(case.body, dict):
        case.body = {**case.body, "model": "gpt"}
        yield case.call()


def fuzz(operation: schemathesis.APIOperation, mode: schemathesis.GenerationMode) -> None:
    """Call *operation* many times; nothing may fail, and every refusal says why."""

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(max_examples=20, phases=[Phase.generate], suppress_health_check=[*HealthCheck],
              database=None, derandomize=True)  # fmt: skip
    def called(case: schemathesis.Case) -> None:
        for reply in calls(case):
            assert reply.status_code != 500, (operation.label, case.body, reply.text)
            if reply.status_code >= 400 and reply.text != NO_HTTP:
                error = reply.json()["error"]
                assert error["message"] and error["type"], (operation.label, reply.text)

    called()


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("mode", sorted(schemathesis.GenerationMode))
def test_no_request_makes_it_fail(open_house: House, mode: schemathesis.GenerationMode):
    """A provider that fails, a search that cannot be made and a refusal are no failures of the gateway."""
    open_house.upstream.says = [Whole(EVERYTHING)]
    surface = schemathesis.openapi.from_url(f"{open_house.url}/openapi.json")
    operations = [found.ok() for found in surface.get_all_operations()]

    for operation in operations:
        with suppress(Unsatisfiable):  # without parameters there is nothing to get wrong
            fuzz(operation, mode)

    assert len(operations) > 15


def test_every_endpoint_is_described(open_house: House):
    described = set(open_house.http.get("/openapi.json").json()["paths"])
    served = create_app(load(open_house.folder / "gateway.yaml", {"UPSTREAM_KEY": "k"}))

    assert set(served.endpoints) <= described
