import json
from base64 import b64decode, b64encode
from contextlib import closing
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.domain.errors import NotFound
from gateway.lineage.bundles import examine, gather, sealed, verify_sealed
from gateway.lineage.disclosing import narrowed
from gateway.stores.log import SQLLog
from gateway.stores.opening import open_store
from tests.lineage.test_notes import OTHER, SIGNER
from tests.stores.material import chunk, run
from tests.stores.signed import fill

ONE = chunk().digest


@pytest.fixture
def log(tmp_path):
    url = f"sqlite:///{tmp_path}/lineage.db"
    log = SQLLog(url, "x")
    log.starts = fill(url)
    with closing(log):
        yield log


@pytest.fixture
def bundle(log):
    return gather(log, log.starts[2].run, "acme")


def altered(data, change):
    """The envelope *data* with its statement changed, signed again by whoever changed it."""
    envelope = json.loads(data)
    statement = json.loads(b64decode(envelope["payload"]))
    change(statement["predicate"])
    envelope["payload"] = b64encode(json.dumps(statement).encode()).decode()
    return json.dumps(envelope).encode()


def test_a_bundle_needs_nothing_else(bundle):
    examination = verify_sealed(sealed(bundle, SIGNER))

    assert (examination.problems, examination.remarks) == ([], [])
    assert [entry.type for entry in examination.entries] == ["intent", "outcome"]
    assert examination.checkpoint.head.size == 12
    assert examination.key == SIGNER.key
    assert b"u-2" in examination.entries[0].detail
    assert "May I, u-1, ask?" in bundle.texts.values()


def test_it_is_an_in_toto_statement_in_a_dsse_envelope(bundle):
    envelope = json.loads(sealed(bundle, SIGNER))
    statement = json.loads(b64decode(envelope["payload"]))
    kind = envelope["payloadType"]
    payload = b64decode(envelope["payload"])
    signed = f"DSSEv1 {len(kind)} {kind} {len(payload)} ".encode() + payload

    assert kind == "application/vnd.in-toto+json"
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert SIGNER.key.verifies(b64decode(envelope["signatures"][0]["sig"]), signed)


CHANGES = {
    "a detail": lambda held: held["entries"][0].update(detail=held["entries"][0]["detail"].replace("u-2", "u-3")),
    "a leaf": lambda held: held["entries"][1].update(leaf=held["entries"][1]["leaf"].replace("masked", "denied")),
    "a path": lambda held: held["entries"][0]["path"].reverse(),
    "an index": lambda held: held["entries"][0].update(index=5),
    "a size": lambda held: held["entries"][0].update(size=11),
    "a type": lambda held: held["entries"][0].update(type="outcome"),
    "a secret": lambda held: held["entries"][0].update(secret="00" * 32),
    "a catalogue": lambda held: held["entries"][0].update(catalogue="{}"),
    "a text": lambda held: held["texts"].update({next(iter(held["texts"])): "May you?"}),
    "a text more": lambda held: held["texts"].update(
        {"sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824": "hello"}
    ),
    "the response": lambda held: held.update(id="0193"),
    "the checkpoint": lambda held: held.update(checkpoint=held["checkpoint"].replace("\n12\n", "\n13\n")),
    "no entries": lambda held: held.update(entries=[]),
}


@pytest.mark.parametrize("name", sorted(CHANGES))
def test_what_was_changed_is_found_whoever_signed_the_envelope(bundle, name):
    changed = altered(sealed(bundle, SIGNER), CHANGES[name])
    problems = verify_sealed(changed).problems

    assert "nobody whose key is known signed this bundle as it is" in problems
    assert len(problems) > 1


def test_a_bundle_of_somebody_elses_log_is_not_believed(bundle):
    problems = verify_sealed(sealed(bundle, SIGNER), [OTHER.key]).problems

    assert problems[0] == "the checkpoint is not signed by a key that is known"
    assert verify_sealed(sealed(bundle, SIGNER), [SIGNER.key]).problems == []


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"\xff", b'{"payloadType":"application/vnd.in-toto+json"}'])
def test_what_is_no_bundle_is_told(data):
    assert verify_sealed(data).problems == ["this is no evidence bundle, or it was cut short or altered"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 1 << 70) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=3,
)


def places(value, at=()):
    """Yield where in *value* something stands, in JSON that is written as a string, too."""
    if isinstance(value, str) and value.startswith("{"):
        value = json.loads(value)
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in items:
        yield (*at, name)
        yield from places(item, (*at, name))


def put(value, at, new):
    if not at:
        return new
    if isinstance(value, str):
        return json.dumps(put(json.loads(value), at, new))
    copy = value.copy()
    copy[at[0]] = put(value[at[0]], at[1:], new)
    return copy


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data(), JSON)
def test_whatever_somebody_writes_into_a_bundle_is_found_and_never_an_accident(bundle, log, data, new):
    shown = replace(bundle, entries=[(narrowed(one, {f"chunk/{ONE}"}), proof) for one, proof in bundle.entries])
    envelope = json.loads(sealed(data.draw(st.sampled_from([bundle, shown])), SIGNER))
    statement = json.loads(b64decode(envelope["payload"]))
    at = data.draw(st.sampled_from([*places(statement)]))
    envelope["payload"] = b64encode(json.dumps(put(statement, at, new)).encode()).decode()

    assert verify_sealed(json.dumps(envelope).encode(), [SIGNER.key]).problems


@pytest.mark.parametrize("nested", ["[" * 100_000, '{"a":' * 100_000])
def test_what_is_nested_too_deeply_is_no_bundle(nested):
    envelope = {"payloadType": "application/vnd.in-toto+json", "payload": b64encode(nested.encode()).decode()}

    for data in (nested, json.dumps({**envelope, "signatures": []})):
        assert verify_sealed(data.encode()).problems


def test_a_bundle_that_was_cut_short_is_told(bundle):
    assert verify_sealed(sealed(bundle, SIGNER)[:-40]).problems


def test_an_erased_secret_leaves_the_proof_and_says_so(bundle):
    entries = [(replace(entry, secret=None, detail=b"{}"), proof) for entry, proof in bundle.entries]
    examination = examine(replace(bundle, entries=entries, texts={}))

    assert examination.problems == []
    assert len(examination.entries) == len(examination.remarks) == 2
    assert "erased" in examination.remarks[0]


def test_an_unsigned_bundle_proves_only_that_its_parts_fit(tmp_path):
    url = f"sqlite:///{tmp_path}/unsigned.db"
    start, end = run()
    with closing(open_store(url)) as store:
        store.append([start, end])
    with closing(SQLLog(url, "x")) as log:
        data = sealed(gather(log, start.run, None), None)
    examination = verify_sealed(data)

    assert examination.problems == ["nobody whose key is known signed this bundle as it is"]
    assert "unsigned" in examination.remarks[0]


def test_a_response_of_another_tenant_is_not_there(log):
    with pytest.raises(NotFound):
        gather(log, log.starts[0].run, "rival")
