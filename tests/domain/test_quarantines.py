from gateway.domain.documents import Source
from gateway.domain.quarantines import Quarantine


def test_the_same_order_twice_is_one():
    orders = [Quarantine("acme", Source("file", "kb"), "a", "odd", "rule", None, "run") for _ in range(2)]

    assert len({*orders}) == 1
