from dataclasses import dataclass, replace

import pytest

from gateway.admitting import PolicyAdmissions
from gateway.dialects.chat import CHAT
from gateway.domain.digests import digest
from gateway.domain.documents import Chunk, How, Source
from gateway.domain.facts import Facts
from gateway.domain.filters import Compared, Comparison
from gateway.domain.principals import Principal
from gateway.policy.engine import PolicySet
from gateway.policy.loading import parse
from gateway.providers.demo import DemoProvider
from gateway.routing import Destination

RULES = """
version: 1
rules:
- {id: house, target: chunk, match: {chunk.license: X, dest.self_hosted: false}, effect: drop_chunk}
- {id: readers, target: chunk, match: {chunk.readers: {exists: true}}, when: '!(user.end_user in chunk.readers)', effect: drop_chunk}
"""  # noqa: E501 - a rule a line
WHO = Principal("bot", "acme", end_user="ann")


@dataclass
class Active:
    current: PolicySet


@pytest.fixture
def admissions() -> PolicyAdmissions:
    provider = DemoProvider(name="demo")
    there = {
        name: [Destination(provider, name, provider.facts | {"model": name, "self_hosted": name == "inside"})]
        for name in ("inside", "outside")
    }
    return PolicyAdmissions(Active(parse({"p.yaml": RULES}).policies), there)


def asked(model: str):
    return CHAT.parse({"model": model, "messages": [{"role": "user", "content": "q"}]})


def found(**labels: object) -> Chunk:
    return Chunk(Source("file", "kb"), "d", "v", 0, "t", How.RETRIEVED, digest("t"), labels=Facts(labels))


def test_what_is_admitted_depends_on_where_the_request_goes(admissions: PolicyAdmissions):
    inside, outside = (admissions.of(asked(model), WHO) for model in ("inside", "outside"))

    assert inside and outside
    assert (inside.admits(found(license="X")), outside.admits(found(license="X"))) == (True, False)
    assert (inside.filter, outside.filter) == (None, Compared("license", Comparison.NIN, ("X",)))


def test_readers_are_asked_about_although_they_are_no_filter(admissions: PolicyAdmissions):
    outside = admissions.of(asked("outside"), WHO)

    assert outside
    assert [outside.admits(found(readers=readers)) for readers in (("ann",), ("bob",))] == [True, False]


def test_another_tenant_s_chunk_is_not_admitted(admissions: PolicyAdmissions):
    outside = admissions.of(asked("outside"), WHO)

    assert outside
    assert not outside.admits(found(tenant="rival"))


def test_of_a_model_that_is_not_configured_nothing_is_known(admissions: PolicyAdmissions):
    assert admissions.of(asked("nobody"), WHO) is None


class Licensed:
    """Knows that everything of one document is licensed upstream."""

    def remembered(self, chunk: Chunk, tenant: str, unlabelled: str | None) -> Chunk:
        return replace(chunk, labels=Facts(license="X")) if chunk.document == "upstream" else chunk


def test_labels_that_are_known_to_have_travelled_count(admissions: PolicyAdmissions):
    admission = replace(admissions, travels=Licensed()).of(asked("outside"), WHO)
    pieces = [Chunk(Source("file", "kb"), name, digest(name), 0, "", How.RETRIEVED) for name in ("own", "upstream")]

    assert admission is not None
    assert [admission.admits(piece) for piece in pieces] == [True, False]
