"""Responses as spans of OpenTelemetry's GenAI conventions, to whoever collects traces by OTLP over HTTP.

https://opentelemetry.io/docs/specs/otlp/#otlphttp
"""

import logging
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from gateway.domain.errors import ConfigurationError, ExportFailed
from gateway.domain.runs import Outcome, RunEvent
from gateway.interfaces import Ledger
from gateway.tracing import protobuf
from gateway.tracing.genai import spans

log = logging.getLogger(__name__)

REFUSED = frozenset({400, 413, 422})
"""What a collector answers to what it will never take; OTLP says that it must not be sent again."""


@dataclass(frozen=True, slots=True)
class OTLPExporter:
    """Sends each response, once it has ended, as spans in protobuf; no text, unless *content* asks for it."""

    ledger: Ledger
    endpoint: str
    """Where traces are collected: `http://collector:4318`, or with a path of its own."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What else the collector wants to be told, such as a key; secrets come from the environment."""
    content: bool = False
    """Whether what the store has kept of question and answer is sent, too."""
    service: str = "lineward"
    """`service.name` of the resource."""
    timeout: float = 10.0
    since: Literal["now", "beginning"] = "now"
    """Which entry of the log is the first that is told, when the exporter is new."""

    def __post_init__(self) -> None:
        if urlsplit(self.endpoint).scheme not in ("http", "https") or not urlsplit(self.endpoint).netloc:
            raise ConfigurationError("'endpoint' must be an address that begins with http:// or https://")

    @property
    def name(self) -> str:
        """Name of its cursor."""
        return f"otlp {self._url}"

    @property
    def window(self) -> float:
        """Responses are told of as they end."""
        return 0.0

    def export(self, events: Iterable[RunEvent]) -> None:
        """Send the responses that *events* end. Raises `ExportFailed`."""
        ended = [(event.run, event.tenant) for event in events if isinstance(event.body, Outcome)]
        records = [self.ledger.response(*one) for one in dict.fromkeys(ended)]
        told = [span for record in records if record for span in spans(record, content=self.content)]
        if told:
            self._send(protobuf.request(told, self.service))

    def close(self) -> None:
        """There is nothing to close: each request has a connection of its own."""

    @property
    def _url(self) -> str:
        return self.endpoint if urlsplit(self.endpoint).path.strip("/") else f"{self.endpoint.rstrip('/')}/v1/traces"

    def _send(self, body: bytes) -> None:
        headers = {**self.headers, "content-type": "application/x-protobuf"}
        request = urllib.request.Request(self._url, body, headers, method="POST")  # noqa: S310 - see __post_init__
        # Without the proxies of the environment: no connection that the configuration did not name.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=self.timeout) as answer:
                answer.read()
        except urllib.error.HTTPError as exc:
            with exc:
                if exc.code not in REFUSED:
                    raise ExportFailed(f"{self.name} answers {exc.code}.") from exc
                log.error("%s refuses spans for good (%s); they are not sent again", self.name, exc.code)
        except (OSError, ValueError) as exc:
            raise ExportFailed(f"{self.name} does not take spans: {type(exc).__name__}.") from exc
