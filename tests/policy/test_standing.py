import pytest

from gateway.domain.decisions import Effect, Target
from gateway.policy.readings import Reading
from gateway.policy.standing import STANDING


def hits(target, values, wrong=()):
    reading = Reading(values, dict(wrong))
    return [hit for judge in STANDING[target] if (hit := judge(reading))]


@pytest.mark.parametrize(("target", "subject"), [(Target.CHUNK, "chunk"), (Target.INGEST, "document")])
@pytest.mark.parametrize(
    ("owner", "user", "refused"),
    [("acme", "acme", False), (None, "acme", False), ("acme", "other", True), ("acme", None, True), ("acme", "", True)],
)
def test_a_text_is_used_by_its_own_tenant_only(target, subject, owner, user, refused):
    named = {f"{subject}.tenant": owner, "user.tenant": user}
    found = hits(target, {name: value for name, value in named.items() if value is not None})

    assert [(hit.rule, hit.effect) for hit in found] == [("tenant-isolation", Effect.DENY)] * refused


def test_a_tenant_that_cannot_be_read_is_another_tenant():
    found = hits(Target.CHUNK, {"user.tenant": "acme"}, {"chunk.tenant": "chunk.tenant is not a string."})

    assert [hit.rule for hit in found] == ["tenant-isolation"]


def test_the_refusal_does_not_tell_whose_text_it_is():
    (hit,) = hits(Target.CHUNK, {"chunk.tenant": "rival", "user.tenant": "acme", "chunk.document": "plan.doc"})

    assert "rival" not in hit.reason
    assert "plan.doc" not in hit.reason
    assert hit.values == (("chunk.tenant", "rival"), ("user.tenant", "acme"))


@pytest.mark.parametrize(
    ("target", "subject", "effect"),
    [(Target.CHUNK, "chunk", Effect.DROP_CHUNK), (Target.INGEST, "document", Effect.QUARANTINE)],
)
def test_a_quarantined_text_is_not_used(target, subject, effect):
    name = f"{subject}.quarantined"

    assert [hit.effect for hit in hits(target, {name: True})] == [effect]
    assert [hit.effect for hit in hits(target, {}, {name: "unreadable"})] == [effect]
    assert hits(target, {name: False}) == []
