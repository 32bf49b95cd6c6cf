"""OpenLineage events as JSON, for every test that reports lineage."""

from tests.exporters.conforming import schemas

PRODUCER = "https://example.com/jobs/v1"
RUN = "0193a111-2222-7333-8444-555566667777"
KB = ("chroma://chroma.example:8000", "default_tenant.default_database.kb")
TABLE = ("snowflake://acme-prod", "CRM.SALESFORCE.KNOWLEDGE_ARTICLE")


def facet(name, **fields):
    """A facet of the version that the official client is of; one of somebody's own, if it has none of that name."""
    standard = [url for url in schemas() if url.endswith(f"/{name}")]
    return {"_producer": PRODUCER, "_schemaURL": (standard or [f"https://example.com/facets/{name}.json"])[0], **fields}


def tags(*pairs):
    """A tags facet of `(key, value)` or `(key, value, field)`."""
    listed = [dict(zip(("key", "value", "field"), pair, strict=False)) for pair in pairs]
    return facet("TagsDatasetFacet", tags=listed)


def dataset(named, **facets):
    namespace, name = named
    return {"namespace": namespace, "name": name, "facets": facets}


def run_event(
    inputs=(), outputs=(), *, run=RUN, state="COMPLETE", at="2026-11-20T06:10:00Z", job="kb_ingest.embed", **more
):
    return {
        "eventType": state,
        "eventTime": at,
        "producer": PRODUCER,
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
        "run": {"runId": run},
        "job": {"namespace": "airflow-prod", "name": job},
        "inputs": [one if isinstance(one, dict) else dataset(one) for one in inputs],
        "outputs": [one if isinstance(one, dict) else dataset(one) for one in outputs],
        **more,
    }


def dataset_event(named, *, at="2026-11-20T06:10:00Z", **facets):
    return {
        "eventTime": at,
        "producer": PRODUCER,
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/DatasetEvent",
        "dataset": dataset(named, **facets),
    }


def job_event(inputs=(), outputs=(), *, at="2026-11-20T06:10:00Z"):
    event = run_event(inputs, outputs, at=at)
    del event["run"], event["eventType"]
    return event | {"schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/JobEvent"}
