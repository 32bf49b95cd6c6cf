import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.domain.decisions import Target, Use
from gateway.domain.digests import digest
from gateway.domain.documents import Chunk, How, Source
from gateway.domain.facts import Facts
from gateway.domain.filters import AllOf, AnyOf, Compared, Comparison
from gateway.policy.engine import PolicySet
from gateway.policy.filters import admitted
from gateway.policy.loading import parse
from gateway.policy.uses import chunk_facts
from gateway.retrievers.chroma import ChromaAddress, close
from gateway.retrievers.entries import chunk, metadata
from gateway.retrievers.wheres import where

SCHEMA = 'schema: {chunk: {team: string, level: int, region: "string?"}}'
USER = Facts(application="app", tenant="acme", end_user="ann", groups=("staff",), purpose="support", roles=("app",))
OUTSIDE = Facts(provider="o", model="m", region="eu", self_hosted=False, zero_retention=True, trains_on_data=False)
INSIDE = OUTSIDE | {"self_hosted": True}
BROKEN = Facts({name: value for name, value in OUTSIDE.items() if name != "self_hosted"})


def policies(*rules: dict, defaults: dict | None = None) -> PolicySet:
    given = [{"id": f"r{n}", "target": "chunk", "owner": "o@example.com", **rule} for n, rule in enumerate(rules)]
    head = f"version: 1\ndefaults: {json.dumps(defaults or {})}\n{SCHEMA}\nrules: "
    return parse({"p.yaml": head + json.dumps(given).replace('"now"', "now")}).policies


def drop(**match: object) -> dict:
    return {"match": {name.replace("__", "."): value for name, value in match.items()}, "effect": "drop_chunk"}


def test_what_a_rule_drops_is_not_searched_for():
    rules = policies(drop(chunk__classification="confidential", dest__self_hosted=False))

    assert admitted(rules, USER, OUTSIDE) == Compared(
        "classification", Comparison.IN, ("internal", "public", "restricted")
    )
    assert admitted(rules, USER, INSIDE) is None


def test_what_carries_no_label_is_searched_for_if_it_is_allowed_by_default():
    rule = drop(chunk__classification={"gte": "confidential"})

    loose, tight = (policies(rule, defaults={"unlabelled": one}) for one in ("internal", "confidential"))

    assert admitted(loose, USER, OUTSIDE) == Compared("classification", Comparison.NIN, ("confidential", "restricted"))
    assert admitted(tight, USER, OUTSIDE) == Compared("classification", Comparison.IN, ("internal", "public"))


def test_rules_join_and_the_conditions_of_one_are_alternatives():
    rules = policies(drop(chunk__license="X", chunk__tags={"intersects": ["a", "b"]}), drop(chunk__consent=False))

    assert admitted(rules, USER, OUTSIDE) == AllOf(
        (
            AnyOf(
                (
                    Compared("license", Comparison.NIN, ("X",)),
                    Compared("tags", Comparison.LACKS, ("a", "b")),
                )
            ),
            Compared("consent", Comparison.NIN, (False,)),
        )
    )


@pytest.mark.parametrize(
    "rule",
    [
        {**drop(chunk__license="X"), "mode": "shadow"},
        {**drop(chunk__license="X"), "mode": "off"},
        {**drop(chunk__license="X"), "until": "2020-01-01"},
        {**drop(chunk__license="X"), "effect": "flag"},
        {**drop(chunk__license="X"), "when": 'user.purpose == "support"'},
        drop(chunk__license="X", user__purpose="research"),
        drop(chunk__license={"exists": True}),
        drop(chunk__quality={"lt": 0.5}),
        drop(chunk__expires_at={"lte": "now"}),
        drop(chunk__region={"ne": "eu"}),
        drop(chunk__source="file/kb"),
        drop(chunk__license="X", chunk__how="declared"),
    ],
    ids=str,
)
def test_what_only_the_engine_can_tell_is_no_filter(rule: dict):
    assert admitted(policies(rule), USER, OUTSIDE) is None


WORDS = st.sampled_from(["a", "b", "X", "eu", "confidential", "secret"])
SHARED = st.fixed_dictionaries(
    {},
    optional={
        "classification": st.sampled_from(["public", "internal", "confidential", "restricted", "secret"]) | st.just(7),
        "license": WORDS,
        "region": WORDS,
        "team": WORDS | st.just(1),
        "level": st.sampled_from([0, 1, 2, 2**62, 1.0, 2.5, True]),
        "quality": st.sampled_from([0, 0.4, 1, 1.0]),
        "consent": st.sampled_from([True, False, 0, 1, 0.0, "no"]),
        "trust": st.sampled_from(["web", "internal", "moon"]),
        "tags": st.lists(WORDS, max_size=3).map(tuple) | st.just("a"),
        "expires_at": st.sampled_from([datetime(2020, 1, 1, tzinfo=UTC), datetime(2090, 1, 1, tzinfo=UTC)]),
    },
)
ABOUT_WORDS = st.one_of(
    WORDS,
    st.fixed_dictionaries({"ne": WORDS}),
    st.fixed_dictionaries({"in": st.lists(WORDS, min_size=1, unique=True)}),
    st.fixed_dictionaries({"not_in": st.lists(WORDS, min_size=1, unique=True)}),
)
EXISTS = st.fixed_dictionaries({"exists": st.booleans()})
LEVELS = st.sampled_from(["public", "internal", "confidential", "restricted"])
MATCH = st.fixed_dictionaries(
    {},
    optional={
        "chunk.classification": LEVELS | st.builds(lambda o, v: {o: v}, st.sampled_from(["gte", "lt", "ne"]), LEVELS),
        "chunk.license": ABOUT_WORDS | EXISTS,
        "chunk.region": ABOUT_WORDS | EXISTS,
        "chunk.team": ABOUT_WORDS,
        "chunk.document": st.sampled_from(["d1", {"not_in": ["d1", "d2"]}]),
        "chunk.level": st.one_of(
            st.integers(0, 2), st.builds(lambda o, v: {o: v}, st.sampled_from(["ne", "lt", "gte"]), st.integers(0, 2))
        ),
        "chunk.quality": st.sampled_from([1.0, {"lt": 0.5}, {"ne": 1.0}]),
        "chunk.consent": st.booleans() | EXISTS,
        "chunk.trust": st.sampled_from(["web", {"in": ["web", "internal"]}, {"exists": False}, {"ne": "web"}]),
        "chunk.tags": WORDS.map(lambda w: {"contains": w})
        | st.lists(WORDS, min_size=1, unique=True).map(lambda w: {"intersects": w}),
        "chunk.expires_at": st.sampled_from([{"lte": "now"}, {"exists": True}]),
        "chunk.how": st.sampled_from(["retrieved", "declared"]),
        "user.purpose": st.sampled_from(["support", "research"]),
        "dest.self_hosted": st.booleans(),
    },
).filter(bool)
RULES = st.lists(
    st.fixed_dictionaries(
        {"match": MATCH, "effect": st.sampled_from(["drop_chunk", "deny", "flag", "mask"])},
        optional={
            "mode": st.sampled_from(["enforce", "shadow"]),
            "when": st.sampled_from(['user.purpose == "support"', 'user.purpose == "research"']),
        },
    ),
    min_size=1,
    max_size=4,
)
DEFAULTS = st.fixed_dictionaries(
    {}, optional={"unlabelled": LEVELS, "on_error": st.sampled_from(["deny", "drop_chunk"])}
)


@pytest.fixture(scope="module")
def collection(tmp_path_factory):
    client = ChromaAddress(tmp_path_factory.mktemp("chroma")).open()
    yield client.create_collection("all", embedding_function=None)
    close(client)


@settings(max_examples=60)
@given(
    labels=st.lists(SHARED, min_size=1, max_size=12),
    rules=RULES,
    defaults=DEFAULTS,
    dest=st.sampled_from([OUTSIDE, INSIDE, BROKEN]),
)
def test_nothing_that_rules_allow_is_left_out(collection, labels, rules, defaults, dest):
    """And so what passes in Chroma and is allowed is what is allowed, whatever the entries and the rules say."""
    decided = policies(*rules, defaults=defaults)
    ids = [f"d{position}" for position in range(len(labels))]
    plain = Chunk(Source("file", "kb"), "d", "v", 0, "text", How.RETRIEVED, digest("text"))
    said = [
        metadata("acme", replace(plain, document=name, labels=Facts(one)))
        for name, one in zip(ids, labels, strict=True)
    ]
    collection.upsert(ids=ids, embeddings=[[0.0, 1.0]] * len(ids), documents=ids, metadatas=said)

    filtering = admitted(decided, USER, dest)
    passing = set(collection.get(ids=ids, where=where(filtering) if filtering else None)["ids"])
    collection.delete(ids=ids)

    allowed = {
        name
        for name, one in zip(ids, said, strict=True)
        if decided.decide(Use(Target.CHUNK, chunk_facts(chunk("text", one, 1.0), "acme"), USER, dest)).allowed
    }
    assert allowed <= passing
