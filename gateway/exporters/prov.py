"""The record of a response as PROV-JSON (https://www.w3.org/submissions/prov-json/); pure.

PROV keeps apart what lineage keeps apart: a generation `used` what stood in its context, and a response
`wasDerivedFrom` a chunk only where a part of it was attributed to it.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import timedelta

from gateway.domain.digests import digest
from gateway.domain.documents import ChunkState
from gateway.domain.json import JSON, Object
from gateway.domain.records import ContextEntry, ResponseRecord

PREFIXES: Mapping[str, str] = {
    "lineward": "urn:lineward:",
    **{
        kind: f"urn:lineward:{kind}:"
        for kind in ("agent", "chunk", "document", "generation", "policy", "prompt", "response", "retrieval", "version")
    },
}
_IN_PROMPT = (ChunkState.SENT, ChunkState.MASKED, ChunkState.ATTRIBUTED)


class Statements:
    """The statements of one document, by kind."""

    def __init__(self) -> None:
        self._kinds: dict[str, Object] = defaultdict(dict)
        self._relations = 0

    def say(self, kind: str, name: str, **attributes: JSON) -> str:
        """Say that there is a *kind* called *name*, and return the name."""
        self._kinds[kind][name] = _written(attributes)
        return name

    def relate(self, kind: str, **attributes: JSON) -> None:
        """Say that things are related."""
        self._relations += 1
        self._kinds[kind][f"_:r{self._relations}"] = _written(attributes)

    def told(self) -> Object:
        """Return the document."""
        return {"prefix": dict(PREFIXES), **self._kinds}


def provenance(record: ResponseRecord) -> Object:
    """Return the PROV-JSON document of *record*; names and digests, no text.

    A derivation of the response says how it is known, `lineward:method`, how near they are, `lineward:score`, and how
    many sentences it concerns: it is likeness, no proof of cause.
    """
    said = Statements()
    end = record.at + timedelta(milliseconds=record.total_ms or 0)
    times: dict[str, JSON] = {"prov_startTime": record.at.isoformat(), "prov_endTime": end.isoformat()}
    generation = said.say("activity", f"generation:{record.id}", prov_type=_type("Generation"), **times)
    prompt = said.say("entity", f"prompt:{record.id}", prov_type=_type("Prompt"), lineward_request=record.request)
    said.relate("used", prov_activity=generation, prov_entity=prompt)
    if record.released is not None:
        response = said.say(
            "entity", f"response:{record.id}", prov_type=_type("Response"), lineward_digest=record.released,
            lineward_decision=record.decision,
        )  # fmt: skip
        said.relate("wasGeneratedBy", prov_entity=response, prov_activity=generation)
    _agents(said, record, generation)
    if record.context:
        retrieval = said.say("activity", f"retrieval:{record.id}", prov_type=_type("Retrieval"))
        said.relate("wasInformedBy", prov_informed=generation, prov_informant=retrieval)
        for entry in record.context:
            _context(said, record, entry, retrieval, generation)
    return said.told()


def _agents(said: Statements, record: ResponseRecord, generation: str) -> None:
    gateway = said.say("agent", "agent:lineward", prov_type="prov:SoftwareAgent")
    policy = said.say("entity", f"policy:{_key(record.policy)}", prov_type="prov:Plan", lineward_digest=record.policy)
    said.relate("wasAssociatedWith", prov_activity=generation, prov_agent=gateway, prov_plan=policy)
    if record.provider:
        model = said.say(
            "agent", f"agent:{_key(record.provider, record.model_served or record.model)}",
            prov_type="prov:SoftwareAgent", lineward_provider=record.provider,
            lineward_model=record.model_served or record.model,
        )  # fmt: skip
        said.relate("wasAssociatedWith", prov_activity=generation, prov_agent=model)
    application = said.say(
        "agent", f"agent:{_key(record.tenant, record.application)}", prov_type="prov:SoftwareAgent",
        lineward_application=record.application,
    )  # fmt: skip
    said.relate("actedOnBehalfOf", prov_delegate=gateway, prov_responsible=application, prov_activity=generation)
    if record.end_user:
        person = said.say(
            "agent", f"agent:{_key(record.tenant, record.application, record.end_user)}", prov_type="prov:Person",
            lineward_user=record.end_user,
        )  # fmt: skip
        said.relate("actedOnBehalfOf", prov_delegate=application, prov_responsible=person, prov_activity=generation)


def _context(said: Statements, record: ResponseRecord, entry: ContextEntry, retrieval: str, generation: str) -> None:
    place = (record.tenant, entry.source, entry.document)
    document = said.say(
        "entity", f"document:{_key(*place)}", prov_type=_type("Document"), lineward_source=entry.source,
        lineward_name=entry.document,
    )  # fmt: skip
    version = said.say(
        "entity", f"version:{_key(*place, entry.version)}", prov_type=_type("Version"), lineward_digest=entry.version
    )
    said.relate("specializationOf", prov_specificEntity=version, prov_generalEntity=document)
    chunk = said.say(
        "entity", f"chunk:{_key(*place, entry.version, str(entry.ordinal), entry.chunk)}", prov_type=_type("Chunk"),
        lineward_digest=entry.chunk, lineward_ordinal=entry.ordinal,
    )  # fmt: skip
    said.relate("wasDerivedFrom", prov_generatedEntity=chunk, prov_usedEntity=version)
    said.relate(
        "used", prov_activity=retrieval, prov_entity=chunk, lineward_rank=entry.rank, lineward_score=entry.score,
        lineward_how=entry.how.value, lineward_state=entry.state.value, lineward_rule=entry.rule,
    )  # fmt: skip
    if entry.state in _IN_PROMPT:
        said.relate("used", prov_activity=generation, prov_entity=chunk)
        said.relate("wasDerivedFrom", prov_generatedEntity=f"prompt:{record.id}", prov_usedEntity=chunk)
    share = entry.attribution
    if share is not None and record.released is not None:
        said.relate(
            "wasDerivedFrom", prov_generatedEntity=f"response:{record.id}", prov_usedEntity=chunk,
            prov_activity=generation, lineward_method=share.method, lineward_score=share.score,
            lineward_sentences=share.sentences,
        )  # fmt: skip


def _type(name: str) -> Object:
    return {"$": f"lineward:{name}", "type": "prov:QUALIFIED_NAME"}


def _key(*parts: str) -> str:
    """Return a name that *parts* have and nothing else, with letters that every notation takes."""
    return digest("\n".join(f"{len(part)} {part}" for part in parts)).removeprefix("sha256:")


def _written(attributes: Mapping[str, JSON]) -> Object:
    """Return *attributes*, named with an underscore for the colon; what is not known is left out."""
    return {name.replace("_", ":", 1): value for name, value in attributes.items() if value not in (None, "")}
