"""Every route, every role, own and other tenant: who may ask, and that nobody is told what is another tenant's.

A route that is not in ROUTES makes a test fail: whoever adds one says here who may call it, and what of a tenant's it
names.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import httpx
import pytest

from gateway.domain.principals import Role
from tests.journeys.house import APP_KEY, House, serving, sha256
from tests.journeys.upstream import Upstream, Whole, completion

MARK = "only-acme-knows"
"""Stands in everything that belongs to acme."""

TENANTS = ("acme", "rival")
APP = frozenset({Role.APP})
READERS = frozenset({Role.RESPONDER, Role.AUDITOR})
RESPONDERS = frozenset({Role.RESPONDER})
ANY_KEY = frozenset(Role)
ADMINS = frozenset({Role.ADMIN})
"""What is granted to keys one by one (`lineage_namespaces`) and to no role."""

NOBODY = frozenset[Role]()
RUN = {
    "eventType": "COMPLETE", "eventTime": "2026-11-01T10:00:00Z", "producer": "https://etl.example/1",
    "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
    "run": {"runId": "01930000-0000-7000-8000-000000000000"}, "job": {"namespace": "etl", "name": "copy"},
    "inputs": [], "outputs": [],
}  # fmt: skip
ACMES_RUN = "01930000-0000-7000-8000-000000000001"
EVERYTHING = {**completion("ok"), "data": [], "results": [], "output": [], "content": []}
MESSAGES = [{"role": "user", "content": "May I?"}]
POLICY_ADMINS = frozenset({Role.POLICY_ADMIN})


@dataclass(frozen=True)
class Route:
    """Who may call a route, and how it is called as acme would."""

    roles: frozenset[Role]
    """Besides `admin`; without any it needs no key."""
    at: str = ""
    """The path, with what belongs to acme in it; the route's own if that names nothing."""
    body: Mapping[str, object] | list[object] | None = None
    foreign: int | None = None
    """What another tenant gets for it; `None` where that is no error, because all is its own."""
    allowed: int = 200


ROUTES = {
    "GET /healthz": Route(NOBODY),
    "GET /readyz": Route(NOBODY),
    "GET /metrics": Route(NOBODY),
    "GET /v1/models": Route(APP),
    "GET /v1/models/{id}": Route(APP, "/v1/models/gpt"),
    "POST /v1/traces": Route(APP, body={"resourceSpans": []}),
    "POST /v1/chat/completions": Route(APP, body={"model": "gpt", "messages": MESSAGES}),
    "POST /v1/completions": Route(APP, body={"model": "gpt", "prompt": "May I?"}),
    "POST /v1/responses": Route(APP, body={"model": "gpt", "input": "May I?"}),
    "POST /v1/messages": Route(APP, body={"model": "gpt", "messages": MESSAGES, "max_tokens": 9}),
    "POST /v1/messages/count_tokens": Route(APP, body={"model": "gpt", "messages": MESSAGES}, allowed=400),
    "POST /v1/embeddings": Route(APP, body={"model": "gpt", "input": "May I?"}),
    "POST /v1/moderations": Route(APP, body={"model": "gpt", "input": "May I?"}),
    "POST /v1/rerank": Route(APP, body={"model": "gpt", "query": "May I?", "documents": ["a"]}),
    "POST /v2/rerank": Route(APP, body={"model": "gpt", "query": "May I?", "documents": ["a"]}),
    "POST /v1/vector_stores/{collection}/search": Route(
        APP, "/v1/vector_stores/kb/search", {"query": "May I?"}, foreign=403
    ),
    "POST /beta/litellm_basic_guardrail_api": Route(APP, body={"input_type": "request", "texts": ["May I?"]}),
    "POST /api/v1/documents": Route(APP, body={"documents": [{"id": "new.md", "text": "A new page."}]}),
    "GET /api/v1/documents": Route(READERS),
    "GET /api/v1/documents/{id}": Route(READERS, "/api/v1/documents/{document}", foreign=404),
    "GET /api/v1/documents/{id}/versions": Route(READERS, "/api/v1/documents/{document}/versions", foreign=404),
    "GET /api/v1/documents/{id}/impact": Route(READERS, "/api/v1/documents/{document}/impact", foreign=404),
    "POST /api/v1/documents/{id}/quarantine": Route(
        RESPONDERS, "/api/v1/documents/{spare}/quarantine", {"reason": "why"}, foreign=404
    ),
    "POST /api/v1/documents/{id}/release": Route(
        RESPONDERS, "/api/v1/documents/{spare}/release", {"reason": "why"}, foreign=404
    ),
    "GET /api/v1/documents/{id}/quarantine": Route(READERS, "/api/v1/documents/{spare}/quarantine", foreign=404),
    "POST /api/v1/incidents": Route(RESPONDERS, body={"title": "another one"}),
    "GET /api/v1/incidents": Route(READERS),
    "GET /api/v1/incidents/{id}": Route(READERS, "/api/v1/incidents/{incident}", foreign=404),
    "POST /api/v1/incidents/{id}/items": Route(
        RESPONDERS, "/api/v1/incidents/{incident}/items", {"items": ["source/x"], "remove": True}, foreign=404
    ),
    "POST /api/v1/incidents/{id}/notes": Route(
        RESPONDERS, "/api/v1/incidents/{incident}/notes", {"text": "noted"}, foreign=404
    ),
    "POST /api/v1/incidents/{id}/hold": Route(
        RESPONDERS, "/api/v1/incidents/{incident}/hold", {"reason": "why"}, foreign=404
    ),
    "POST /api/v1/incidents/{id}/free": Route(
        RESPONDERS, "/api/v1/incidents/{incident}/free", {"reason": "why"}, foreign=404
    ),
    "POST /api/v1/incidents/{id}/close": Route(RESPONDERS, "/api/v1/incidents/none/close", {}, 404, 404),
    "POST /api/v1/incidents/{id}/bundle": Route(RESPONDERS, "/api/v1/incidents/{incident}/bundle", foreign=404),
    "POST /api/v1/responses/{id}/replay": Route(RESPONDERS, "/api/v1/responses/{response}/replay", {}, foreign=404),
    "GET /api/v1/quarantines": Route(READERS),
    "GET /api/v1/timeline": Route(READERS),
    "GET /api/v1/exposure": Route(READERS),
    "GET /api/v1/documents/{id}/diff": Route(READERS, "/api/v1/documents/{document}/diff", allowed=400, foreign=404),
    "GET /api/v1/chunks": Route(READERS, "/api/v1/chunks?q=refund"),
    "GET /api/v1/chunks/{digest}": Route(READERS, "/api/v1/chunks/{chunk}", foreign=404),
    "GET /api/v1/responses/{id}/prompt": Route(READERS, "/api/v1/responses/{response}/prompt", foreign=404),
    "GET /api/v1/responses/{id}/diff/{other}": Route(
        READERS, "/api/v1/responses/{response}/diff/{response}", foreign=404
    ),
    "GET /api/v1/versions/{digest}/impact": Route(READERS, "/api/v1/versions/{version}/impact", foreign=404),
    "GET /api/v1/chunks/{digest}/impact": Route(READERS, "/api/v1/chunks/{chunk}/impact", foreign=404),
    "GET /api/v1/sources": Route(READERS),
    "GET /api/v1/sources/{name}/impact": Route(READERS, "/api/v1/sources/{source}/impact", foreign=404),
    "GET /api/v1/responses": Route(READERS),
    "GET /api/v1/responses/{id}": Route(READERS, "/api/v1/responses/{response}", foreign=404),
    "GET /api/v1/responses/{id}/accesses": Route(READERS, "/api/v1/responses/{response}/accesses", foreign=404),
    "GET /api/v1/responses/{id}/attribution": Route(READERS, "/api/v1/responses/{response}/attribution", foreign=404),
    "GET /api/v1/responses/{id}/proof": Route(READERS, "/api/v1/responses/{response}/proof", foreign=404),
    "GET /api/v1/responses/{id}/bundle": Route(READERS, "/api/v1/responses/{response}/bundle", foreign=404),
    "GET /api/v1/responses/{id}/upstream": Route(READERS, "/api/v1/responses/{response}/upstream", foreign=404),
    "GET /api/v1/responses/{id}/prov": Route(READERS, "/api/v1/responses/{response}/prov", foreign=404),
    "GET /api/v1/documents/{id}/upstream": Route(READERS, "/api/v1/documents/{document}/upstream", foreign=404),
    "GET /api/v1/sources/{id}/upstream": Route(READERS, "/api/v1/sources/{source}/upstream", foreign=404),
    "GET /api/v1/datasets/{id}/upstream": Route(READERS, "/api/v1/datasets/{source}/upstream", foreign=404),
    "GET /api/v1/datasets/{id}/impact": Route(READERS, "/api/v1/datasets/etl/{dataset}/impact", foreign=404),
    "GET /api/v1/runs/{id}/impact": Route(READERS, "/api/v1/runs/{run}/impact", foreign=404),
    "POST /api/v1/lineage": Route(ADMINS, body=RUN, allowed=201),
    "POST /api/v1/lineage/batch": Route(ADMINS, body=[RUN]),
    "GET /api/v1/accesses": Route(READERS),
    "GET /api/v1/policies": Route(frozenset({Role.POLICY_ADMIN, Role.AUDITOR})),
    "POST /api/v1/policies/check": Route(POLICY_ADMINS, body={"files": {"p.yaml": "version: 1\n"}}),
    "POST /api/v1/policies/backtest": Route(POLICY_ADMINS, body={"since": "1d"}),
    "POST /api/v1/policies/activate": Route(POLICY_ADMINS),
    "GET /api/v1/breaches": Route(READERS),
    "GET /v1/responses/{id}": Route(APP, "/v1/responses/resp_none", allowed=404),
    "DELETE /v1/responses/{id}": Route(APP, "/v1/responses/resp_none", allowed=404),
    "GET /v1/responses/{id}/input_items": Route(APP, "/v1/responses/resp_none/input_items", allowed=404),
    "POST /api/v1/erasures": Route(ADMINS, body={"subject": "nobody-at-all", "dry_run": True}),
    "GET /api/v1/subjects/{id}": Route(RESPONDERS, "/api/v1/subjects/nobody-at-all"),
    "GET /api/v1/holds": Route(READERS),
    "POST /api/v1/holds": Route(RESPONDERS, body={"kind": "subject", "target": "nobody"}),
    "DELETE /api/v1/holds/{id}": Route(ADMINS, "/api/v1/holds/none", allowed=404, foreign=404),
    "GET /api/v1/log/checkpoint": Route(ANY_KEY),
    "GET /api/v1/log/proof/inclusion": Route(ANY_KEY, "/api/v1/log/proof/inclusion?index=0"),
    "GET /api/v1/log/proof/consistency": Route(ANY_KEY, "/api/v1/log/proof/consistency?from=1"),
}


def key(tenant: str, role: Role) -> str:
    return f"lw-{tenant}-{role}"


def application(tenant: str, role: Role) -> dict:
    return {
        "name": f"{tenant}-{role}", "key_sha256": sha256(key(tenant, role)), "tenant": tenant, "roles": [str(role)],
        "purposes": ["support"], "collections": ["kb"] if tenant == "acme" else [],
    }  # fmt: skip


@pytest.fixture(scope="module")
def manned(upstream_server: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A gateway with a key for each role of each tenant."""
    everybody = [application(tenant, role) for tenant in TENANTS for role in Role]
    own = {"name": "bot", "key_sha256": sha256(APP_KEY), "tenant": "acme", "collections": ["kb"]}
    folder = tmp_path_factory.mktemp("manned")
    with serving(folder, upstream_server, applications=[own, *everybody]) as house:
        yield house


@pytest.fixture(scope="module")
def names(manned: House) -> Mapping[str, str]:
    """What acme has, by the name that paths call it by."""
    manned.upstream.says = [Whole(completion(f"{MARK}, it says."))]
    document = {"id": f"{MARK}.md", "text": f"The page that {MARK} about is long enough to be told from others.",
                "source": f"wiki/{MARK}"}  # fmt: skip
    asked = {
        "model": "gpt", "documents": [document], "user": MARK,
        "messages": [{"role": "user", "content": f"What do {MARK}?"}],
    }  # fmt: skip
    reply = manned.http.post("/v1/chat/completions", json=asked)
    assert reply.status_code == 200, reply.text
    spare = {"id": f"{MARK}-spare.md", "text": "A page that may be put out of use."}
    manned.http.post("/api/v1/documents", json={"documents": [spare]})
    response = reply.headers["x-lineward-response-id"]
    soc = {"authorization": f"Bearer {key('acme', Role.RESPONDER)}"}
    incident = manned.http.post("/api/v1/incidents", json={"title": MARK}, headers=soc).json()
    etl = {"authorization": f"Bearer {key('acme', Role.ADMIN)}"}
    told = {**RUN, "run": {"runId": ACMES_RUN}, "outputs": [{"namespace": "etl", "name": MARK}]}
    assert manned.http.post("/api/v1/lineage", json=told, headers=etl).status_code == 201
    (context,) = manned.record(response, key("acme", Role.RESPONDER))["context"]
    return {
        "response": response,
        "document": context["document"],
        "spare": spare["id"],
        "incident": incident["id"],
        "dataset": MARK,
        "run": ACMES_RUN,
    } | {name: context[name] for name in ("chunk", "version", "source")}


def called(house: House, name: str, names: Mapping[str, str], presented: str | None) -> httpx.Response:
    method, _, path = name.partition(" ")
    route = ROUTES[name]
    house.upstream.says = [Whole(EVERYTHING)]
    headers = {"authorization": f"Bearer {presented}" if presented else "none"}
    return house.http.request(method, (route.at or path).format(**names), json=route.body, headers=headers)


def test_every_route_is_in_the_table(manned: House):
    paths = manned.http.get("/openapi.json").json()["paths"]
    described = {f"{method.upper()} {path}" for path, operations in paths.items() for method in operations}

    assert described == set(ROUTES)


@pytest.mark.parametrize("name", ROUTES)
def test_only_its_roles_may_call_it(manned: House, names: Mapping[str, str], name: str):
    route = ROUTES[name]

    stranger = [called(manned, name, names, presented).status_code for presented in (None, "lw-unknown")]
    told = {role: called(manned, name, names, key("acme", role)) for role in Role}

    assert stranger == ([200, 200] if not route.roles else [401, 401])
    for role, reply in told.items():
        if not route.roles or role in {*route.roles, Role.ADMIN}:
            assert reply.status_code == route.allowed, (role, reply.text)
        else:
            assert reply.status_code == 403, (role, reply.text)
            assert "may not" in reply.text or "role" in reply.text


@pytest.mark.parametrize("name", ROUTES)
def test_no_role_is_told_what_is_another_tenants(manned: House, names: Mapping[str, str], name: str):
    route = ROUTES[name]

    told = {role: called(manned, name, names, key("rival", role)) for role in Role}

    for role, reply in told.items():
        # The id that they asked by is theirs already.
        assert MARK not in _without(reply.text, names), (role, reply.text)
        if not route.roles or role in {*route.roles, Role.ADMIN}:
            assert reply.status_code == (route.foreign or route.allowed), (role, reply.text)


def _without(text: str, names: Mapping[str, str]) -> str:
    for name in names.values():
        text = text.replace(name, "")
    return text


def test_auditors_only_read():
    writing = {name for name, route in ROUTES.items() if Role.AUDITOR in route.roles and not name.startswith("GET ")}

    assert writing == set()
