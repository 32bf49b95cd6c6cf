"""The sections of the configuration file: what each field means, and what it may hold."""

import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ByteSize, ConfigDict, Field, SecretStr, StrictBool

from gateway.domain.errors import BadRequest
from gateway.domain.facts import NONE, Facts
from gateway.domain.labels import read_labels
from gateway.domain.principals import Principal, Role
from gateway.domain.tags import TYPED
from gateway.fields import Fields
from gateway.identity import ALGORITHMS
from gateway.lineage.notes import named_well
from gateway.lineage.recorder import Content

_UNITS = {"ms": "milliseconds", "s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|[smhdw])")
_DATABASE = re.compile(r"(?:sqlite|postgresql)(?:\+[a-z0-9_]+)?://")


def duration(value: object) -> object:
    """Return the time that *value* means: `250ms`, `30s`, `5m`, `12h`, `183d`, `2w`. Raises `ValueError`."""
    if isinstance(value, timedelta):
        return value
    parts = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if parts is None:
        raise ValueError("must be a duration such as 30s, 5m, 12h or 183d")
    return timedelta(**{_UNITS[parts[2]]: float(parts[1])})


def _database(url: SecretStr) -> SecretStr:
    if not _DATABASE.match(url.get_secret_value()):
        raise ValueError("must begin with sqlite:/// or postgresql+psycopg://")
    return url


def _key_hash(value: str) -> str:
    if not re.fullmatch(r"[0-9a-fA-F]{64}", value):
        raise ValueError(
            "must be the key's SHA-256 as 64 hexadecimal digits, never the key itself; "
            "`lineward keys create` makes a key and prints the line to paste here"
        )
    return value.lower()


def _languages(names: tuple[str, ...]) -> tuple[str, ...]:
    if not names or not all(re.fullmatch(r"[a-z]{2,3}", name) for name in names):
        raise ValueError("must be a list of ISO 639 codes such as [en, de]")
    return names


def _origin(name: str) -> str:
    if not named_well(name):
        raise ValueError("must be a name without spaces and plus signs, such as example.com/lineward")
    return name


def _hash_key(key: SecretStr) -> SecretStr:
    if len(key.get_secret_value()) < 32:
        raise ValueError("must have at least 32 characters; make one with `openssl rand -base64 32`")
    return key


Duration = Annotated[timedelta, BeforeValidator(duration)]
Name = Annotated[str, Field(min_length=1)]


class Section(BaseModel):
    """A mapping of the file: unknown names in it are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True, hide_input_in_errors=True)


class Server(Section):
    """Where the gateway listens."""

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    """0 takes any free port."""
    workers: int = Field(default=1, ge=1, le=256)
    """Processes that share the port."""
    max_body_bytes: ByteSize = Field(default=ByteSize(20_000_000), gt=0)
    """Longer request bodies are refused with 413. Also `20MB`."""
    keep_alive: Duration = timedelta(seconds=75)
    """How long an idle connection stays open."""
    grace: Duration = timedelta(seconds=30)
    """How long running answers may go on after a request to stop."""


class Store(Section):
    """Where the log is kept, and what of the texts."""

    url: Annotated[SecretStr, AfterValidator(_database)] = SecretStr("sqlite:///data/lineward.db")
    """`sqlite:///relative/path`, `sqlite:////absolute/path` or `postgresql+psycopg://user:password@host/name`."""
    key_file: Path | None = None
    """Keys that texts are sealed under, base64, a line each; it is made if it is not there. Else it stands beside the
    SQLite file, as `lineward.db.key`; for PostgreSQL it is `data/lineward.key`. Whoever loses it loses the texts."""
    keys: dict[Name, SecretStr] = Field(default_factory=dict)
    """The same without a file: 32 bytes each in base64 (`openssl rand -base64 32`). The first seals, all open."""
    content: Content = Content.MASKED
    """Which texts of a response are kept: `full`, `masked` or `digests`."""
    retention: Duration | None = None
    """Age at which texts that nothing has used since are removed, by whole days; never without it. What the search
    index knows of them goes too."""


class Anchor(Section):
    """Where checkpoints of the log are copied to, so that nobody who can write the log can take them back."""

    url: Name
    """A folder, or an address that fsspec knows, such as `s3://bucket/prefix`; its secrets come from elsewhere."""
    every: Duration = timedelta(minutes=1)
    """How often, as long as something happens."""


class Log(Section):
    """The name and key under which checkpoints of the log are signed."""

    origin: Annotated[Name, AfterValidator(_origin)] = "lineward"
    """Name of the log, as it stands in every checkpoint: a domain and path of yours, without spaces."""
    signing_key_file: Path | None = None
    """An Ed25519 key in PEM. It is made by the first start on a log that has none; without one nothing is signed."""
    anchor: Anchor | None = None


class Adapter(Section):
    """One implementation of a seam: its kind, and the fields that its class takes."""

    kind: Name
    fields: Fields


class ProviderSettings(Adapter):
    """Somewhere to send prompts, under a name of its own."""

    name: Name


class Collection(Section):
    """Documents that can be searched: `{name: kb, chroma: {path: data/chroma}}` gives kind and fields."""

    name: Name
    kind: Name
    """Kind of the retriever that searches it."""
    fields: Fields


class Model(Section):
    """A model that callers may name."""

    name: Name
    provider: Name
    model: str = ""
    """The provider's own name for it, when that is another."""
    fallbacks: tuple[Name, ...] = ()
    """Models, or providers of a model of the same name, to try in this order when the first gives no answer."""


class Application(Section):
    """A caller: the key that it shows and what that key may do."""

    name: Name
    key_sha256: Annotated[str, AfterValidator(_key_hash)]
    revoked: StrictBool = False
    """Whether the key opens nothing any more."""
    tenant: Name
    purposes: tuple[Name, ...] = ()
    """What it may use documents for, the usual purpose first."""
    noncommercial: tuple[Name, ...] = ()
    """Those of its purposes that earn nobody money: documents under non-commercial licences may be used for them."""
    roles: frozenset[Role] = frozenset({Role.APP})
    models: tuple[Name, ...] = ("*",)
    """Models that it may name; `*` is all."""
    collections: tuple[Name, ...] = ()
    """Collections that it may search."""
    lineage_namespaces: tuple[Name, ...] = ()
    """OpenLineage namespaces that it may report about, as patterns: `airflow-prod`, `snowflake://acme-*`."""
    languages: Annotated[tuple[str, ...], AfterValidator(_languages)] = ("en",)
    """What its texts are written in: the detectors for one of these look at them, and those that any language suits."""
    content: Content | None = None
    """Which of its texts are kept, when that differs from the store's setting."""
    identity: Literal["required", "optional"] = "optional"
    """Whether it may ask without a token of its user, once `identity` is configured."""
    fail: Literal["closed"] = "closed"
    """What happens when a guard cannot judge: nothing may pass."""

    @property
    def principal(self) -> Principal:
        """Whom a request with this key speaks for."""
        return Principal(
            application=self.name,
            tenant=self.tenant,
            roles=self.roles,
            purposes=self.purposes,
            noncommercial=self.noncommercial,
            models=self.models,
            collections=self.collections,
            purpose=self.purposes[0] if self.purposes else "",
            lineage_namespaces=self.lineage_namespaces,
        )


def _asymmetric(names: tuple[str, ...]) -> tuple[str, ...]:
    if not names or not set(names) <= set(ALGORITHMS):
        raise ValueError(f"must be some of {', '.join(ALGORITHMS)}")
    return names


class Identity(Section):
    """Whose signed tokens (JWT) tell who an application's user is."""

    jwks: Name
    """The identity provider's public keys: an `https://` URL, or a file."""
    issuer: Name
    """What tokens say in `iss`."""
    audience: Name
    """What tokens must say in `aud`: that they are meant for this gateway."""
    algorithms: Annotated[tuple[str, ...], AfterValidator(_asymmetric)] = ("RS256", "ES256")
    user_claim: Name = "sub"
    """Where in a token the person's name stands; a dot leads into an object."""
    groups_claim: Name = "groups"
    """Where the person's groups stand."""
    header: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]+$")] = "x-lineward-user-token"
    leeway: Duration = timedelta(seconds=30)
    """By how much clocks may differ."""
    refresh: Duration = timedelta(minutes=10)
    """How often the keys are read again."""


class Attribution(Section):
    """How sentences of answers are attributed to the documents of their context, behind the answer."""

    meaning: Literal["local", "any", "off"] | None = None
    """With what those are compared by meaning whose words no document has: the embedder if it is `onnx`, which runs in
    this process; `any` embedder that is configured, to which answers and documents are then sent; or nothing. Without
    a word: `local` where an embedder or collections are configured, else `off`, since a model is 250 MB of memory."""


class Search(Section):
    """How responses are found by what was asked and answered."""

    meaning: Literal["local", "any", "off"] | None = None
    """With what they are found in other words: with the embedder if it is `onnx`, which runs in this process; with
    `any` embedder that is configured, to which questions and answers are then sent; or not at all. Three sentences cost
    it about 10 ms of one processor, behind the answer; the vectors stand in the index, as confidential as the texts.
    Without a word: as in `attribution`."""


class Vault(Section):
    """Where values stay while tokens stand for them, so that later turns of a conversation know them."""

    url: Annotated[SecretStr, AfterValidator(_database)] = SecretStr("sqlite:///data/vault.db")
    """A database of its own: `sqlite:///…` or `postgresql+psycopg://…`."""
    keys: dict[Name, SecretStr] = Field(min_length=1)
    """Keys by name, each 32 bytes in base64 (`openssl rand -base64 32`). The first seals, the others still open."""
    lifetime: Duration = timedelta(days=30)
    """How long a conversation's values are kept after its last turn; `store.retention`, if that is shorter."""


def _labels(given: object) -> Facts:
    if not isinstance(given, Mapping):
        raise ValueError("must be a mapping of labels, such as {classification: internal}")
    try:
        return read_labels(given, "labels")
    except BadRequest as exc:
        raise ValueError(exc.message.removeprefix("labels: ").rstrip(".")) from None


class RegisteredSource(Section):
    """A system that documents come from: what holds for all of them, which a document may only tighten."""

    namespace: Name
    """OpenLineage namespace: `file`, `s3://bucket`, `chroma://host:8000`, `lineward` …"""
    name: str = ""
    """OpenLineage name within it; empty for every source of the namespace."""
    labels: Annotated[Facts, BeforeValidator(_labels)] = NONE
    """Labels that its documents have."""
    owner: str = ""
    """Whom to ask about it: the label `owner`."""

    @property
    def facts(self) -> Facts:
        """The labels with the owner among them."""
        return self.labels | {"owner": self.owner} if self.owner else self.labels


def _typed(names: dict[str, str]) -> dict[str, str]:
    for name in names.values():
        if name not in TYPED:
            raise ValueError(f"{name!r} is no label that a tag can give; those are {', '.join(sorted(TYPED))}")
    return names


class Lineage(Section):
    """What other systems report by OpenLineage."""

    labels: Annotated[dict[Name, str], AfterValidator(_typed)] = Field(default_factory=dict)
    """Keys of tags that mean a label of another name: `{data_class: classification}`."""


class Policies(Section):
    """Where the policy files are, and what their effects need."""

    path: Path = Path("policies")
    strict: bool = True
    """Whether every rule that is enforced or in shadow must have an owner, a test and a use that it can apply to, and
    every test must pass. Without it a gateway also takes sets from before they had to."""
    watch: Duration = timedelta(seconds=2)
    """How often the files are looked at; once changed, and still for as long, they are put in force. 0: only when
    `POST /api/v1/policies/activate` says so."""
    hash_key: Annotated[SecretStr, AfterValidator(_hash_key)] | None = None
    """With what `effect: hash` makes tokens of values (`openssl rand -base64 32`). Another key makes other tokens."""
