"""What the tests of searches share: a module has one record, `records`, and each test a tenant of its own in it."""

import pytest

from gateway.domain.digests import new_id


@pytest.fixture
def record(records):
    """The record, in which a tenant begins that has nothing yet."""
    records.catch_up()
    records.tenant = new_id()
    return records


@pytest.fixture(params=["indexed", "behind"])
def settled(record, request):
    """Return what is called after recording: everything is found, whether the index has come that far or not."""
    return record.catch_up if request.param == "indexed" else lambda: None
