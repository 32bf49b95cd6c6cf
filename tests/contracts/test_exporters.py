"""What every exporter promises; a new one is added to EXPORTERS with the fields that send to a local server."""

import threading
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from gateway.domain.errors import ExportFailed
from gateway.fields import Fields
from gateway.registry import configure, kinds
from gateway.stores.opening import open_ledger, open_store
from tests.exporters.test_openlineage import Places, events

EXPORTERS = {"openlineage": lambda url: {"url": url, "mode": "all"}, "otlp": lambda url: {"endpoint": url}}


class Consumer(BaseHTTPRequestHandler):
    """Takes what it is sent, with the status that its server is told."""

    def do_POST(self):
        self.server.bodies.append(self.rfile.read(int(self.headers["content-length"])))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def consumer():
    server = HTTPServer(("127.0.0.1", 0), Consumer)
    server.bodies, server.status = [], 200
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(params=EXPORTERS)
def exporter(request, consumer, tmp_path):
    url = f"sqlite:///{tmp_path}/lineage.db"
    told = events()
    with closing(open_store(url)) as store:
        store.append(told)
    fields = Fields(EXPORTERS[request.param](f"http://127.0.0.1:{consumer.server_address[1]}"))
    with closing(open_ledger(url)) as ledger:
        made = configure("exporters", request.param, fields, ledger=ledger, places=Places())
        made_of = made, told
        yield made_of
        made.close()


def test_every_kind_is_here():
    assert set(EXPORTERS) == set(kinds("exporters"))


def test_what_was_sent_has_arrived_when_export_returns(exporter, consumer):
    made, told = exporter
    made.export(iter(told))

    assert consumer.bodies
    assert all(b"May I, u-1, ask?" not in body for body in consumer.bodies)


def test_what_is_not_taken_is_a_failure(exporter, consumer):
    made, told = exporter
    consumer.status = 503

    with pytest.raises(ExportFailed):
        made.export(told)


def test_nothing_is_sent_of_nothing(exporter, consumer):
    made, _ = exporter
    made.export([])

    assert consumer.bodies == []


def test_its_place_in_the_log_has_a_name_and_it_says_when_it_is_its_turn(exporter):
    made, _ = exporter

    assert made.name and made.since in ("now", "beginning")
    assert made.window is None or made.window >= 0
