import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from gateway.domain.documents import Source
from gateway.domain.errors import ConfigurationError, ExportFailed
from gateway.exporters.otlp import OTLPExporter
from gateway.retrievers.conventions import retrieved
from gateway.stores.opening import open_ledger, open_store
from gateway.tracing import protobuf
from tests.contracts.test_exporters import consumer  # noqa: F401
from tests.stores.material import chunk, edges, ended, intent, started

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.fixture
def told():
    start = started(intent(*edges(chunk(source=Source("s3://kb", "x")), chunk("b.md"))))
    return start, ended(start)


@pytest.fixture
def ledger(tmp_path, told):
    url = f"sqlite:///{tmp_path}/lineage.db"
    store = open_store(url)
    store.append(told)
    store.close()
    ledger = open_ledger(url)
    yield ledger
    ledger.close()


def at(consumer):  # noqa: F811
    return f"http://127.0.0.1:{consumer.server_address[1]}"


def test_a_response_arrives_as_spans_that_any_collector_reads(consumer, ledger, told):  # noqa: F811
    OTLPExporter(ledger, at(consumer), service="support").export(told)
    [resource] = ExportTraceServiceRequest.FromString(consumer.bodies[0]).resource_spans
    written = resource.scope_spans[0].spans

    assert resource.resource.attributes[0].value.string_value == "support"
    assert [span.name for span in written] == ["retrieval s3://kb/x", "retrieval file/kb", "chat gpt-4o-mini"]
    assert {span.trace_id.hex() for span in written} == {TRACE}
    assert all(0 < span.start_time_unix_nano <= span.end_time_unix_nano for span in written)
    assert b"May I, u-1" not in consumer.bodies[0] and b"You may." not in consumer.bodies[0]


def test_our_own_gateway_reads_them_too(consumer, ledger, told):  # noqa: F811
    OTLPExporter(ledger, at(consumer)).export(told)
    chunks = [one for span in protobuf.spans(consumer.bodies[0]) for one in retrieved(span).chunks]

    assert [(str(one.source), one.document) for one in chunks] == [
        ("s3://kb/x", "page-1.md"),
        ("lineward/trace:file/kb", "b.md"),
    ]
    assert chunks[0].digest == chunk(source=Source("s3://kb", "x")).digest


def test_content_is_sent_when_that_is_configured(consumer, ledger, told):  # noqa: F811
    OTLPExporter(ledger, at(consumer), content=True).export(told)

    assert b"You may." in consumer.bodies[0]


def test_what_is_only_begun_is_not_told_yet(consumer, ledger, told):  # noqa: F811
    OTLPExporter(ledger, at(consumer)).export(told[:1])

    assert consumer.bodies == []


def test_what_will_never_be_taken_is_not_sent_for_ever(consumer, ledger, told):  # noqa: F811
    consumer.status = 400
    OTLPExporter(ledger, at(consumer)).export(told)

    assert len(consumer.bodies) == 1


def test_who_does_not_answer_is_a_failure_without_secrets(ledger, told):
    exporter = OTLPExporter(ledger, "http://127.0.0.1:9", {"authorization": "hunter2"}, timeout=1.0)
    with pytest.raises(ExportFailed) as caught:
        exporter.export(told)

    assert "hunter2" not in caught.value.message + repr(exporter)


@pytest.mark.parametrize("endpoint", ["collector:4318", "file:///etc/passwd", "http://", ""])
def test_an_endpoint_is_an_address_of_the_web(ledger, endpoint):
    with pytest.raises(ConfigurationError, match="http"):
        OTLPExporter(ledger, endpoint)


@pytest.mark.parametrize(
    ("endpoint", "url"),
    [
        ("http://c:4318", "http://c:4318/v1/traces"),
        ("http://c/", "http://c/v1/traces"),
        ("http://c/own", "http://c/own"),
    ],
)
def test_traces_go_to_their_usual_path_or_to_their_own(ledger, endpoint, url):
    assert OTLPExporter(ledger, endpoint).name == f"otlp {url}"
