"""OpenTelemetry traces, from a webhook to its page to each delivery.

Nothing of OpenTelemetry is imported unless its own variables ask for it. Between processes, and over hours, a
page carries its trace as the text of a `traceparent` header. Source: w3.org/TR/trace-context.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import structlog

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.trace import Span as OtelSpan
    from opentelemetry.trace import Tracer

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
_FLUSH_S = 2.0  # a collector that does not answer holds up no stop for longer
_log = structlog.get_logger(__name__)

Kind = Literal["server", "internal", "client"]
Value = str | int | float


@dataclass(frozen=True, slots=True)
class Span:
    """Something that takes time; it is told once it has ended."""

    _span: OtelSpan

    @property
    def traceparent(self) -> str:
        """What a span that follows names as its parent."""
        context = self._span.get_span_context()
        return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"

    def note(self, attributes: Mapping[str, Value]) -> None:
        """Say more of it."""
        self._span.set_attributes(dict(attributes))

    def fail(self, why: str) -> None:
        """Say that it failed, without secrets."""
        from opentelemetry.trace import StatusCode

        self._span.set_status(StatusCode.ERROR, why)

    def end(self) -> None:
        """End it."""
        self._span.end()


current: ContextVar[Span | None] = ContextVar("current", default=None)
"""The span of the request in hand; None when it is not traced."""

_tracer: Tracer | None = None


def is_on() -> bool:
    """Return whether this process traces."""
    return _tracer is not None


def start(environ: Mapping[str, str]) -> Callable[[], None]:
    """Trace from now on, if OpenTelemetry's variables name a collector; returns what stops it.

    What cannot be traced is said in the log: it is no reason not to page.
    """
    if not any(environ.get(name) for name in _ENDPOINTS) or _is_off(environ):
        return lambda: None
    protocol = next(filter(None, map(environ.get, _PROTOCOLS)), "http/protobuf")
    if protocol != "http/protobuf":
        _log.warning("traces are sent as http/protobuf, whatever protocol is asked for", asked=protocol)
    try:
        return _start(environ)
    except ImportError:
        _log.warning("no traces: install pingparrot[otel], or unset OTEL_EXPORTER_OTLP_ENDPOINT")
        return lambda: None


def _is_off(environ: Mapping[str, str]) -> bool:
    disabled = environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"
    return disabled or environ.get("OTEL_TRACES_EXPORTER", "").strip() == "none"


def _start(environ: Mapping[str, str]) -> Callable[[], None]:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    global _tracer
    logging.getLogger("opentelemetry").setLevel(logging.ERROR)  # its retries are its own affair
    named = environ.get("OTEL_SERVICE_NAME") or "service.name=" in environ.get("OTEL_RESOURCE_ATTRIBUTES", "")
    resource = Resource.create({} if named else {"service.name": "pingparrot"})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    _tracer = provider.get_tracer("pingparrot")

    def stop() -> None:
        global _tracer
        _tracer = None
        flush = threading.Thread(target=provider.shutdown, name="traces-flush", daemon=True)
        flush.start()
        flush.join(_FLUSH_S)

    return stop


def begin(
    name: str, kind: Kind, attributes: Mapping[str, Value], *, parent: str = "", links: Sequence[str] = ()
) -> Span | None:
    """Begin a span; None in a process that does not trace.

    Parameters:
      parent: the `traceparent` of what caused it; what is no such text begins a trace of its own.
      links: likewise, of what it belongs to without being a part; what is no such text is left out.
    """
    if _tracer is None:
        return None
    from opentelemetry import trace

    linked = [trace.get_current_span(_context(link)).get_span_context() for link in links]
    span = _tracer.start_span(
        name,
        context=_context(parent),
        kind=trace.SpanKind[kind.upper()],
        attributes=dict(attributes),
        links=[trace.Link(context) for context in linked if context.is_valid],
    )
    return Span(span)


@contextmanager
def spanning(span: Span | None) -> Iterator[None]:
    """Make a span the current one, and end it with the block, if that fails as failed."""
    if span is None:
        yield
        return
    token = current.set(span)
    try:
        yield
    except BaseException as failure:
        span.fail(type(failure).__name__)
        raise
    finally:
        current.reset(token)
        span.end()


def _context(traceparent: str) -> Context:
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    carrier: dict[str, Any] = {"traceparent": traceparent}
    return TraceContextTextMapPropagator().extract(carrier)
