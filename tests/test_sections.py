from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from gateway.domain.facts import Facts
from gateway.domain.principals import Principal, Role
from gateway.lineage.recorder import Content
from gateway.sections import Application, Policies, RegisteredSource, Server, Store, duration

HASH = "ab" * 32


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("250ms", timedelta(milliseconds=250)),
        ("30s", timedelta(seconds=30)),
        ("1.5 m", timedelta(seconds=90)),
        ("12h", timedelta(hours=12)),
        ("183d", timedelta(days=183)),
        ("2w", timedelta(days=14)),
    ],
)
def test_durations_are_numbers_with_a_unit(written: str, meant: timedelta) -> None:
    assert duration(written) == meant
    assert duration(meant) == meant


@pytest.mark.parametrize("written", ["30", "30y", "-5s", "", "s", 30, None])
def test_a_number_without_unit_is_no_duration(written: object) -> None:
    with pytest.raises(ValueError, match="such as 30s"):
        duration(written)


@pytest.mark.parametrize("url", ["sqlite:///data/x.db", "postgresql://h/db", "postgresql+psycopg://u@h/db"])
def test_the_log_is_kept_in_sqlite_or_postgresql(url: str) -> None:
    assert Store.model_validate({"url": url}).url.get_secret_value() == url


@pytest.mark.parametrize("url", ["mysql://h/db", "data/x.db", ""])
def test_no_other_database_is_taken(url: str) -> None:
    with pytest.raises(ValidationError, match="must begin with sqlite:///"):
        Store.model_validate({"url": url})


def test_a_database_password_is_never_shown() -> None:
    store = Store.model_validate({"url": "postgresql://u:s3cret@h/db"})

    assert "s3cret" not in f"{store!r} {store} {store.model_dump_json()}"


def test_a_keys_hash_is_compared_in_lower_case() -> None:
    application = Application.model_validate({"name": "a", "tenant": "t", "key_sha256": HASH.upper()})

    assert application.key_sha256 == HASH


@pytest.mark.parametrize("key", ["lw-s3cret", HASH[:-1], HASH + "0", "g" * 64])
def test_a_key_itself_is_refused_without_being_shown(key: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Application.model_validate({"name": "a", "tenant": "t", "key_sha256": key})

    assert "lineward keys create" in str(caught.value)
    assert key not in str(caught.value)


def test_an_application_speaks_for_a_principal() -> None:
    application = Application.model_validate({
        "name": "bot", "tenant": "acme", "key_sha256": HASH, "purposes": ["support", "research"],
        "roles": ["app", "auditor"], "models": ["big"], "collections": ["kb"], "content": "full",
    })  # fmt: skip

    assert application.content is Content.FULL
    assert application.principal == Principal(
        application="bot", tenant="acme", roles=frozenset({Role.APP, Role.AUDITOR}), purposes=("support", "research"),
        models=("big",), collections=("kb",), purpose="support",
    )  # fmt: skip


def test_sections_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Server().port = 1


def test_sizes_may_have_a_unit() -> None:
    assert Server.model_validate({"max_body_bytes": "1MB"}).max_body_bytes == 1_000_000


def test_an_applications_texts_are_english_unless_it_says_otherwise() -> None:
    application = {"name": "a", "tenant": "t", "key_sha256": HASH}

    assert Application.model_validate(application).languages == ("en",)
    assert Application.model_validate({**application, "languages": ["de", "gsw"]}).languages == ("de", "gsw")


@pytest.mark.parametrize("languages", [[], ["English"], ["EN"], "en"])
def test_languages_are_a_list_of_short_names(languages: object) -> None:
    with pytest.raises(ValidationError):
        Application.model_validate({"name": "a", "tenant": "t", "key_sha256": HASH, "languages": languages})


def test_a_key_for_hashing_is_long_and_never_shown() -> None:
    policies = Policies.model_validate({"hash_key": "s3cret" * 6})

    assert "s3cret" not in f"{policies!r} {policies} {policies.model_dump_json()}"
    with pytest.raises(ValidationError) as caught:
        Policies.model_validate({"hash_key": "s3cret"})
    assert "s3cret" not in str(caught.value)


def test_a_source_s_owner_is_one_of_its_labels() -> None:
    given = {
        "namespace": "s3://hr",
        "labels": {"readers": "hr", "expires_at": "2030-01-01"},
        "owner": "hr@acme.example",
    }

    source = RegisteredSource.model_validate(given)

    assert dict(source.facts) == {
        "readers": ("hr",),
        "expires_at": datetime(2030, 1, 1, tzinfo=UTC),
        "owner": "hr@acme.example",
    }
    assert RegisteredSource.model_validate({"namespace": "file"}).facts == Facts()


@pytest.mark.parametrize("labels", [["x"], {"tenant": "rival"}, {"expires_at": "soon"}, {"deep": {"er": 1}}])
def test_a_label_of_a_source_is_one_that_policies_can_read(labels: object) -> None:
    with pytest.raises(ValidationError, match="label"):
        RegisteredSource.model_validate({"namespace": "file", "labels": labels})
