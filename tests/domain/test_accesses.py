from gateway.domain.accesses import accessed
from gateway.domain.digests import digest
from gateway.domain.principals import Principal, Role
from gateway.domain.runs import RunState

WHO = Principal("soc", "acme", frozenset({Role.RESPONDER}))


def test_an_access_belongs_to_the_tenant_of_who_looks_and_shows_each_thing_once():
    event = accessed(WHO, "list responses", ["response/1", "response/1"])

    assert (event.type, event.state, event.tenant) == ("access", RunState.COMPLETE, "acme")
    assert event.body.subjects == ("response/1",)
    assert event.body.query == ""


def test_of_a_query_only_the_digest_stands_in_it():
    assert accessed(WHO, "search", query="Jane").body.query == digest("Jane")
