"""What an OpenTelemetry collector on loopback was sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.operations.house import eventually
from tests.sinks import HttpSink


@dataclass(frozen=True)
class Told:
    """A span as the collector has it; ids in hexadecimal, links as pairs of trace and span."""

    name: str
    trace: str
    id: str
    parent: str
    links: tuple[tuple[str, str], ...]
    attributes: dict[str, Any]
    resource: dict[str, Any]
    failed: str


def spans(collector: HttpSink) -> list[Told]:
    """Return all spans so far."""
    found = []
    for request in list(collector.requests):
        assert request.path == "/v1/traces"
        sent = ExportTraceServiceRequest.FromString(request.body)
        for group in sent.resource_spans:
            resource = _plain(group.resource.attributes)
            found += [_told(span, resource) for scope in group.scope_spans for span in scope.spans]
    return found


def wait_for(collector: HttpSink, enough: Callable[[list[Told]], bool]) -> list[Told]:
    """Return all spans once they are enough."""
    assert eventually(lambda: enough(spans(collector))), [span.name for span in spans(collector)]
    return spans(collector)


def _told(span: Any, resource: dict[str, Any]) -> Told:
    return Told(
        span.name,
        span.trace_id.hex(),
        span.span_id.hex(),
        span.parent_span_id.hex(),
        tuple((link.trace_id.hex(), link.span_id.hex()) for link in span.links),
        _plain(span.attributes),
        resource,
        span.status.message,
    )


def _plain(attributes: Any) -> dict[str, Any]:
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in attributes}
