from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import pytest

from gateway import registry
from gateway.activating import ActivePolicies
from gateway.building import guards_of
from gateway.domain.documents import Source
from gateway.domain.errors import ConfigurationError
from gateway.domain.facts import Facts
from gateway.domain.principals import Role
from gateway.lineage.recorder import Content
from gateway.policy.loading import load as load_policies
from gateway.sections import Adapter
from gateway.settings import Settings, load, shipped

ROOT = Path(__file__).parent.parent
HASH = "ab" * 32
SOUND = f"""
providers: [{{name: here, kind: demo}}]
models:
- {{name: small, provider: here}}
- {{name: big, provider: here, model: huge, fallbacks: [small, here]}}
applications: [{{name: bot, key_sha256: {HASH}, tenant: acme}}]
retrievers: [{{kind: inline}}]
detectors: [{{kind: patterns}}]
"""
PRODUCTION = {
    "VAULT_KEY": "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=",
    "DATABASE_PASSWORD": "pw-s3cret",
    "OPENAI_API_KEY": "sk-s3cret",
    "ANTHROPIC_API_KEY": "ak-s3cret",
    "SUPPORT_KEY_SHA256": "ab" * 32,
    "SOC_KEY_SHA256": "cd" * 32,
}
COMPANY = {"OPENAI_API_KEY": "sk-s3cret"} | {
    f"{name}_KEY_SHA256": sha256(name.encode()).hexdigest()
    for name in ("HELPDESK", "RESEARCH", "CLAIMS", "RETAIL_SOC", "INSURANCE_SOC")
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "gateway.yaml"


def read(file: Path, text: str = SOUND, **environ: str) -> Settings:
    file.write_text(text)
    return load(file, environ)


def refused(file: Path, text: str, **environ: str) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        read(file, text, **environ)
    return [line.replace(str(file), "f") for line in str(caught.value).splitlines()]


def test_the_embedded_configuration_serves_without_any_other() -> None:
    settings = load(None, {})

    assert [(provider.name, provider.kind) for provider in settings.providers] == [("demo", "demo")]
    assert settings.server.host == "127.0.0.1"
    assert settings.policies.path == shipped() / "policies"


@pytest.mark.parametrize(
    ("told", "compared"),
    [
        ("", "off"),
        ("collections: [{name: kb, chroma: {path: kb}}]", "local"),
        ("embedder: {kind: onnx}", "local"),
        ("attribution: {meaning: local}", "local"),
        ("embedder: {kind: openai}", "off"),
        ("embedder: {kind: openai}\nattribution: {meaning: any}", "any"),
        ("embedder: {kind: onnx}\nattribution: {meaning: off}", "off"),
    ],
)
def test_meanings_are_compared_where_a_model_is_configured_or_it_is_asked_for(
    file: Path, told: str, compared: str
) -> None:
    settings = read(file, f"{SOUND}\n{told}\n")
    searched = read(file, f"{SOUND}\n{told.replace('attribution', 'search')}\n")

    assert settings.meaning == searched.searched_meaning == compared


def test_the_keys_that_the_embedded_configuration_documents_are_its_keys() -> None:
    text = (ROOT / "config/gateway.yaml").read_text()

    hashes = {application.name: application.key_sha256 for application in load(None, {}).applications}

    assert hashes == {
        "demo": sha256(b"lineward-demo-key").hexdigest(),
        "soc": sha256(b"lineward-responder-key").hexdigest(),
    }
    assert "its key: lineward-demo-key" in text
    assert "its key: lineward-responder-key" in text


def test_the_example_for_production_is_sound_and_keeps_its_secrets() -> None:
    settings = load(ROOT / "config/production.yaml", PRODUCTION)

    assert "s3cret" in settings.store.url.get_secret_value()
    assert settings.providers[0].fields["api_key"] == "sk-s3cret"
    assert "s3cret" not in f"{settings!r} {settings}"


def test_the_example_company_has_what_its_policies_speak_of() -> None:
    settings = load(ROOT / "config/company.yaml", COMPANY)
    policies = load_policies(ROOT / settings.policies.path)
    callers = [one for one in settings.applications if Role.APP in one.roles]
    hosted = [provider.fields.get("self_hosted", False) for provider in settings.providers]

    assert len(callers) == 3
    assert {one.tenant for one in callers} == {
        one.tenant for one in settings.applications if Role.RESPONDER in one.roles
    }
    assert len({one.tenant for one in callers}) == 2
    assert sorted(hosted) == [False, True]
    assert {one.name: one.identity for one in callers}["claims-desk"] == "required"
    guards = guards_of(settings, ActivePolicies(policies))
    assert guards.problems(policies, hashes=False, destinations=settings.destinations) == []


@pytest.mark.parametrize("name", ["gateway.yaml", "production.yaml", "company.yaml"])
def test_every_adapter_of_the_shipped_configurations_can_be_built(name: str, caplog: pytest.LogCaptureFixture) -> None:
    settings = load(ROOT / "config" / name, PRODUCTION | COMPANY)
    sections: list[tuple[str, Sequence[Adapter]]] = [
        ("providers", settings.providers),
        ("detectors", settings.detectors),
        ("retrievers", settings.retrievers),
        ("embedders", [settings.embedder]),
    ]

    offered = dict.fromkeys(("embedder", "recogniser", "answers", "ledger", "spans"))
    built = [
        registry.configure(
            seam, one.kind, one.fields.apart("pool")[0], name="it", collections=settings.collections, **offered
        )
        for seam, adapters in sections
        for one in adapters
    ]

    assert all(built)
    assert caplog.messages == []


def test_the_example_for_production_names_every_variable_that_it_needs() -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(ROOT / "config/production.yaml", {})

    lines = str(caught.value).splitlines()
    assert {line.split("variable ")[1].split(" ")[0] for line in lines} == set(PRODUCTION)


def test_an_environment_variable_names_the_file(file: Path) -> None:
    file.write_text(SOUND)

    settings = load(None, {"LINEWARD_CONFIG": str(file)})

    assert settings.applications[0].name == "bot"
    assert settings.policies.path == Path("policies")


@pytest.mark.parametrize(
    ("variable", "value", "place", "expected"),
    [
        ("LINEWARD_SERVER__PORT", "9090", "port", 9090),
        ("LINEWARD_SERVER__HOST", "::1", "host", "::1"),
    ],
)
def test_a_variable_overrides_a_field(file: Path, variable: str, value: str, place: str, expected: object) -> None:
    settings = read(file, "server: {port: 1, host: h}\n" + SOUND, **{variable: value})

    assert getattr(settings.server, place) == expected


def test_a_variable_fills_in_for_a_reference_that_is_not_set(file: Path) -> None:
    settings = read(file, "store: {url: '${NOWHERE}'}\n" + SOUND, LINEWARD_STORE__URL="sqlite:///x.db")

    assert settings.store.url.get_secret_value() == "sqlite:///x.db"


def test_the_embedded_policies_can_be_overridden() -> None:
    assert load(None, {"LINEWARD_POLICIES__PATH": "mine"}).policies.path == Path("mine")


def test_a_misspelt_variable_is_an_error(file: Path) -> None:
    assert refused(file, SOUND, LINEWARD_SERVER__PRT="1", LINEWARD_SERVR__PORT="1") == [
        "environment variable LINEWARD_SERVR__PORT: servr.port: no variable can override this; known are "
        "LINEWARD_SERVER__…, LINEWARD_STORE__…, LINEWARD_LOG__…, LINEWARD_POLICIES__…, LINEWARD_EMBEDDER__…",
        "environment variable LINEWARD_SERVER__PRT: server.prt: is not known here; did you mean 'port'?",
    ]


def test_other_variables_are_nobodys_business(file: Path) -> None:
    assert read(file, SOUND, LINEWARD_KEY="x", PATH="y").applications[0].name == "bot"


def test_every_problem_is_told_with_file_line_and_field(file: Path) -> None:
    text = """server: {port: 99999, prt: 3}
store:
  content: maskd
  retention: 3y
providers:
- {name: openai, kind: openai, api_key: "${NOWHERE}"}
- {kind: demo}
models: [{name: gpt, provider: opnai}]
applications: [{name: a, key_sha256: lw-s3cret, tenant: acme, roles: [ap]}]
detectors: []
lg: {}
"""

    assert refused(file, text) == [
        "f:1: server.port: must be 65535 or less",
        "f:1: server.prt: is not known here; did you mean 'port'?",
        "f:1: retrievers: is required",
        "f:3: store.content: must be 'full', 'masked' or 'digests'",
        "f:4: store.retention: must be a duration such as 30s, 5m, 12h or 183d",
        "f:6: providers[0].api_key: the environment variable NOWHERE is not set",
        "f:7: providers[1].name: is required",
        "f:8: models[0].provider: there is no provider 'opnai'; did you mean 'openai'?",
        "f:9: applications[0].key_sha256: must be the key's SHA-256 as 64 hexadecimal digits, never the key itself; "
        "`lineward keys create` makes a key and prints the line to paste here",
        "f:9: applications[0].roles[0]: must be 'app', 'policy_admin', 'responder', 'auditor' or 'admin'",
        "f:10: detectors: must have at least one entry",
        "f:11: lg: is not known here; did you mean 'log'?",
    ]


@pytest.mark.parametrize("section", ["providers", "models", "applications", "retrievers", "detectors"])
def test_nothing_runs_without(file: Path, section: str) -> None:
    assert f"f:2: {section}: is required" in refused(file, SOUND.replace(f"{section}:", "exporters:"))


def test_unknown_names_are_found_at_any_depth(file: Path) -> None:
    assert refused(file, SOUND.replace("tenant: acme", "tenant: acme, role: [app]")) == [
        "f:6: applications[0].role: is not known here; did you mean 'roles'?"
    ]


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"nowhere.yaml: the configuration cannot be read: No such file"):
        load(tmp_path / "nowhere.yaml", {})


def test_a_file_that_is_no_text_is_told(file: Path) -> None:
    file.write_bytes(b"\xff\xfe")

    with pytest.raises(ConfigurationError, match="is not UTF-8 text"):
        load(file, {})


def test_empty_sections_take_their_defaults(file: Path) -> None:
    assert read(file, SOUND + "server:\ncollections:\n").server.port == 8080


def test_a_route_is_the_model_then_its_fallbacks(file: Path) -> None:
    settings = read(file)

    routes = {model.name: list(settings.route(model)) for model in settings.models}

    assert routes == {"small": [("here", "small")], "big": [("here", "huge"), ("here", "small"), ("here", "huge")]}


def test_an_applications_content_setting_wins_over_the_stores(file: Path) -> None:
    settings = read(file, SOUND.replace("tenant: acme", "tenant: acme, content: digests") + "store: {content: full}\n")
    plain = read(file, SOUND + "store: {content: full}\n")

    assert settings.content(settings.applications[0]) is Content.DIGESTS
    assert plain.content(plain.applications[0]) is Content.FULL


def test_adapters_keep_their_fields_for_their_class(file: Path) -> None:
    settings = read(file, SOUND + "embedder: {kind: onnx, model: m}\ncollections: [{name: kb, chroma: {path: p}}]\n")

    assert dict(settings.embedder.fields) == {"model": "m"}
    assert dict(settings.collections[0].fields) == {"path": "p"}
    assert settings.providers[0].name == "here"
    assert dict(settings.providers[0].fields) == {}


def test_registered_sources_give_their_labels_to_documents(file: Path) -> None:
    sources = """
sources:
- {namespace: "s3://hr", labels: {classification: confidential}, owner: hr@acme.example}
- {namespace: "s3://hr", name: leave, labels: {classification: internal, readers: [staff]}}
"""
    labels = read(file, SOUND + sources).source_labels

    assert labels.of(Source("s3://hr", "pay")) == Facts(classification="confidential", owner="hr@acme.example")
    assert labels.of(Source("s3://hr", "leave")) == Facts(
        classification="internal", owner="hr@acme.example", readers=("staff",)
    )
    assert labels.of(Source("file", "/kb")) == Facts()
