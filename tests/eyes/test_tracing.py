"""Traces lead from a webhook over its page to each delivery, across processes, and cost nothing unasked."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bench.stage import Receiver, Server, webhook
from router import tracing
from router.clock import utc_now
from router.store import pages, traces
from router.store.engine import Database
from router.store.tables import PAGES
from router.store.writer import Transaction
from tests.eyes.collector import Told, spans, wait_for
from tests.operations.house import Client, change, server_on, settle
from tests.operations.post import open_post
from tests.operations.test_digests import run
from tests.servers import free_port
from tests.sinks import HttpSink, Reply

TRACE, CALLER = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
HEADERS = {"traceparent": f"00-{TRACE}-{CALLER}-01"}


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[HttpSink]:
    """A collector that the environment names."""
    with HttpSink() as sink:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", sink.url())
        monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "50")
        yield sink


def start(stack: ExitStack, server: Server) -> Server:
    stack.enter_context(server).start(40)
    return server


def test_one_trace_leads_from_the_senders_request_over_the_page_to_the_delivery(
    sqlite_url: str, tmp_path: Path, collector: HttpSink
) -> None:
    with ExitStack() as stack:
        receiver = stack.enter_context(Receiver())
        client = stack.enter_context(Client(settle(sqlite_url, {"alice": [receiver.contact]})))
        server = start(stack, server_on(sqlite_url, tmp_path / "serve"))
        answer = client.post(server, webhook("host-1"), **HEADERS).json()
        told = wait_for(collector, lambda told: len(told) >= 3)

    by_name = {span.name: span for span in told}
    request, page = by_name["POST /api/adapters/alertmanager"], by_name["page"]
    delivery = by_name["deliver webhook"]
    assert {span.trace for span in told} == {TRACE}
    assert [request.parent, page.parent, delivery.parent] == [CALLER, request.id, page.id]
    assert request.attributes["pingparrot.integration"] == "prometheus-eu"
    assert request.attributes["pingparrot.alerts.created"] == 1
    assert request.attributes["http.response.status_code"] == 200
    page_id = answer["alerts"][0]["page_id"]
    assert page.attributes["pingparrot.page_id"] == delivery.attributes["pingparrot.page_id"] == page_id
    assert (delivery.attributes["pingparrot.outcome"], delivery.failed) == ("ok", "")
    assert {span.resource["service.name"] for span in told} == {"pingparrot"}


def test_the_worker_goes_on_with_the_trace_that_the_api_began(
    postgres_url: str,
    redis_url: str,
    tmp_path: Path,
    collector: HttpSink,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with ExitStack() as stack:
        receiver = stack.enter_context(Receiver())
        client = stack.enter_context(Client(settle(postgres_url, {"alice": [receiver.contact]})))
        servers = {}
        for role in ("api", "worker"):
            monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", f"role={role}")
            server = server_on(postgres_url, tmp_path / role, role=role, broker_url=redis_url)
            servers[role] = start(stack, server)
        client.post(servers["api"], webhook("host-1"), **HEADERS)
        told = wait_for(collector, lambda told: len(told) >= 3)

    assert {span.trace for span in told} == {TRACE}
    roles = {span.name.split()[0]: span.resource["role"] for span in told}
    assert roles == {"POST": "api", "page": "api", "deliver": "worker"}


def test_a_repeat_has_a_trace_of_its_own_with_a_link_to_the_page(
    sqlite_url: str, tmp_path: Path, collector: HttpSink
) -> None:
    past = utc_now() - timedelta(minutes=1)
    with ExitStack() as stack:
        receiver = stack.enter_context(Receiver())
        client = stack.enter_context(Client(settle(sqlite_url, {"alice": [receiver.contact]})))
        server = start(stack, server_on(sqlite_url, tmp_path / "serve"))
        client.post(server, webhook("host-1"), **HEADERS)
        wait_for(collector, lambda told: len(told) >= 3)
        change(sqlite_url, sa.update(PAGES).values(next_repeat_at=past, next_wake_at=past))
        told = wait_for(collector, lambda told: any(_is_repeat(span) for span in told))

    page = next(span for span in told if span.name == "page")
    repeat = next(span for span in told if _is_repeat(span))
    assert (repeat.parent, repeat.links) == ("", ((TRACE, page.id),))
    assert repeat.trace != TRACE


def _is_repeat(span: Told) -> bool:
    return span.attributes.get("pingparrot.kind") == "repeat"


def test_a_digest_is_linked_to_every_page_that_it_tells_of(sqlite: Database, collector: HttpSink) -> None:
    stop = tracing.start(os.environ)
    with open_post(sqlite) as post:
        post.burst = 1
        made = [post.page() for _ in range(4)]

        def trace(tx: Transaction) -> None:
            found = pages.load(tx.connection, made).values()
            traces.keep(tx, [traces.Opened(page, "") for page in found])

        post.writer.run(trace)
        post.deliver()
        run(post, 10)
    stop()

    told = spans(collector)
    page_of = {span.trace: span.attributes["pingparrot.page_id"] for span in told if span.name == "page"}
    sent = [{span.trace, *(linked for linked, _ in span.links)} for span in told if span.name != "page"]
    assert [{page_of[trace] for trace in ids} for ids in sent] == [set(made[:1]), set(made[1:])]


def test_a_page_sent_by_key_is_traced_and_a_delivery_that_fails_says_so(
    sqlite_url: str, tmp_path: Path, collector: HttpSink
) -> None:
    with ExitStack() as stack:
        phone = stack.enter_context(HttpSink())
        phone.otherwise = Reply(404)
        client = stack.enter_context(Client(settle(sqlite_url, {"alice": [phone.url("json")]})))
        server = start(stack, server_on(sqlite_url, tmp_path / "serve"))
        sent = {"subject": "Disk full", "message": "It is.", "delivery_mode": "broadcast"}
        # What is no traceparent is passed over: the request begins a trace of its own.
        answer = client.ask(server, "POST", "/api/external/pages", json=sent, headers={"traceparent": "00-x"})
        told = wait_for(collector, lambda told: len(told) >= 3)

    assert answer.status_code == 201
    delivery = next(span for span in told if span.attributes.get("pingparrot.kind") == "page")
    trace = {span.name for span in told if span.trace == delivery.trace}
    assert trace == {"POST /api/external/pages", "page", "deliver webhook"}
    assert delivery.attributes["pingparrot.outcome"] == "permanent"
    assert "404" in delivery.failed


def test_a_collector_that_is_away_holds_up_neither_pages_nor_the_stop(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{free_port()}")
    with ExitStack() as stack:
        receiver = stack.enter_context(Receiver())
        client = stack.enter_context(Client(settle(sqlite_url, {"alice": [receiver.contact]})))
        server = start(stack, server_on(sqlite_url, tmp_path / "serve"))
        client.fire(server, "host-1")
        assert receiver.wait(lambda got: len(got) == 1, 20)
        assert server.stop() == 0


def test_without_a_collector_nothing_of_opentelemetry_is_imported() -> None:
    program = (
        "import sys, router.app, router.worker; from router import tracing; tracing.start({}); "
        "sys.exit(any(name.startswith('opentelemetry') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False, timeout=60).returncode == 0


@pytest.mark.parametrize("more", [{"OTEL_SDK_DISABLED": "true"}, {"OTEL_TRACES_EXPORTER": "none"}])
def test_opentelemetrys_own_switches_turn_traces_off(more: dict[str, str], collector: HttpSink) -> None:
    tracing.start({"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url(), **more})()
    assert not tracing.is_on()
    assert spans(collector) == []


def test_a_server_without_the_extra_says_so_and_pages(
    collector: HttpSink, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    stop = tracing.start({"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url()})
    assert not tracing.is_on()
    assert tracing.begin("page", "internal", {}) is None
    stop()
    assert "install pingparrot[otel]" in capsys.readouterr().out
