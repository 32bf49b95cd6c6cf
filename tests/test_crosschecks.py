import hashlib

import pytest

from gateway.crosschecks import PUBLIC_KEYS, problems
from gateway.yamlfile import parse


def told(text: str, **environ: str) -> list[str]:
    file, _ = parse(text, "f", environ)
    return [file.told(problem) for problem in problems(file)]


PROVIDERS = "providers: [{name: openai, kind: openai}, {name: here, kind: demo}]\n"
MODELS = PROVIDERS + "models: [{name: big, provider: openai}, {name: small, provider: here}]\n"


def test_a_sound_file_has_no_problems() -> None:
    assert told(MODELS + "applications: [{name: a, models: [big, '*'], collections: []}]") == []


def test_a_token_can_be_required_only_where_somebody_verifies_it() -> None:
    text = "applications: [{name: a, identity: required}]"

    assert told(text) == ["f:1: applications[0].identity: needs the section 'identity': nobody could verify a token"]
    assert told(text + "\nidentity: {jwks: keys.json}") == []


def test_a_kind_must_be_installed() -> None:
    text = "detectors: [{kind: patterns}, {kind: paterns}]\nembedder: {kind: word2vec}\nexporters: [{kind: telegram}]"

    assert told(text) == [
        "f:2: embedder.kind: there is no kind of embedders 'word2vec'; known are onnx, openai",
        "f:1: detectors[1].kind: there is no kind of detectors 'paterns'; did you mean 'patterns'?",
        "f:3: exporters[0].kind: there is no kind of exporters 'telegram'; known are openlineage, otlp",
    ]


def test_a_models_provider_must_exist() -> None:
    assert told(PROVIDERS + "models: [{name: big, provider: opnai}]") == [
        "f:2: models[0].provider: there is no provider 'opnai'; did you mean 'openai'?"
    ]


def test_a_fallback_is_a_model_or_a_provider() -> None:
    text = MODELS.replace("provider: openai}", "provider: openai, fallbacks: [small, here, nobody]}")

    assert told(text) == [
        "f:2: models[0].fallbacks[2]: there is no model or provider 'nobody'; known are big, here, openai, small"
    ]


def test_a_model_is_not_its_own_fallback() -> None:
    assert told(MODELS.replace("provider: here", "provider: here, fallbacks: [small]")) == [
        "f:2: models[1].fallbacks: the model cannot be its own fallback"
    ]


def test_a_model_is_no_pattern() -> None:
    assert told(PROVIDERS + "models: [{name: 'gpt-*', provider: here}]") == [
        "f:2: models[0].name: names one model; patterns are not supported"
    ]


def test_what_an_application_may_use_must_exist() -> None:
    text = MODELS + "collections: [{name: kb}]\napplications:\n- {name: a, models: [bigg], collections: [kb, kbb]}"

    assert told(text) == [
        "f:5: applications[0].models[0]: there is no model 'bigg'; did you mean 'big'?",
        "f:5: applications[0].collections[1]: there is no collection 'kbb'; did you mean 'kb'?",
    ]


@pytest.mark.parametrize("section", ["providers", "applications", "collections"])
def test_names_are_given_once(section: str) -> None:
    assert told(f"{section}:\n- {{name: a}}\n- {{name: b}}\n- {{name: a}}") == [
        f"f:4: {section}[2].name: another of the {section} has the same name"
    ]


def test_a_key_belongs_to_one_application() -> None:
    text = f"applications:\n- {{name: a, key_sha256: {'a' * 64}}}\n- {{name: b, key_sha256: {'a' * 64}}}"

    assert told(text) == ["f:3: applications[1].key_sha256: another of the applications has the same key_sha256"]


@pytest.mark.parametrize("name", ["api_key", "key", "Authorization", "x-api-key", "auth_token", "password"])
def test_a_secret_does_not_stand_in_the_file(name: str) -> None:
    text = f"providers: [{{name: a, headers: {{{name}: VALUE}}}}]"

    [sentence] = told(text.replace("VALUE", "sk-live-1"))

    assert "a secret does not belong in this file" in sentence
    assert "sk-live-1" not in sentence
    assert told(text.replace("VALUE", "'Bearer ${KEY}'"), KEY="sk-live-1") == []
    assert told(text.replace("VALUE", "''")) == []


def test_a_password_in_a_url_is_a_secret_too() -> None:
    assert told("store: {url: 'postgresql+psycopg://u:pw@host/db'}") == [
        "f:1: store.url: the password does not belong in this file; write ${NAME} or ${file:PATH} in its place"
    ]
    assert told("store: {url: 'postgresql+psycopg://u:${PW}@host/db'}", PW="pw") == []
    assert told("store: {url: 'postgresql+psycopg://u@host/db'}") == []


def test_a_secret_may_come_from_an_overriding_variable() -> None:
    file, _ = parse("store: {}", "f", {})

    assert problems(file.with_value(("store", "url"), "postgresql://u:pw@h/db", "LINEWARD_STORE__URL")) == []


@pytest.mark.parametrize(("host", "kind", "refused"), [
    ("0.0.0.0", "openai", True), ("::", "openai", True), ("127.0.0.1", "openai", False), ("0.0.0.0", "demo", False),
])  # fmt: skip
def test_documented_keys_do_not_open_real_providers_to_strangers(host: str, kind: str, refused: bool) -> None:
    key = hashlib.sha256(b"lineward-demo-key").hexdigest()
    text = f"server: {{host: '{host}'}}\nproviders: [{{kind: {kind}}}]\napplications: [{{key_sha256: {key}}}]"

    sentences = told(text)

    assert key in PUBLIC_KEYS
    assert [
        sentence.startswith("f:3: applications[0].key_sha256: this key is documented") for sentence in sentences
    ] == ([True] if refused else [])


@pytest.mark.parametrize("odd", ["models: 3", "models: [3]", "models: [{name: 3, fallbacks: {}}]", "server: 3"])
def test_an_odd_shape_is_left_to_the_validation(odd: str) -> None:
    assert told(odd) == []


def test_a_source_is_registered_once() -> None:
    text = "sources: [{namespace: file}, {namespace: file, name: kb}, {namespace: file, name: ''}]"

    assert told(text) == ["f:1: sources[2]: another of the sources has the same namespace and name"]
