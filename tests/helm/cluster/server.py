"""The cluster's API over HTTP, on loopback: what Helm asks, answered as Kubernetes answers."""

from __future__ import annotations

import http.server
import json
import sys
import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.helm import schemas
from tests.helm.cluster import kinds
from tests.helm.cluster.admission import RefusalError
from tests.helm.cluster.answers import address_of, answer, failure, listed
from tests.helm.cluster.kinds import Kind
from tests.helm.cluster.request import Request, decoded
from tests.helm.cluster.store import Address, Event, Object, Store


@dataclass
class Cluster:
    """A cluster that runs.

    Parameters:
      url: of its API.
      requests: what it was asked, as `GET /api/v1/…`.
    """

    store: Store
    url: str
    requests: list[str]

    def objects(self) -> dict[str, Object]:
        """Return what people put there, without Helm's own books, by `Kind namespace/name`."""
        return {
            f"{address.kind.name} {address.namespace}/{address.name}": thing
            for address, thing in self.store.all().items()
            if address.kind not in (kinds.NAMESPACE, kinds.REPLICA_SET)
            and thing.get("type") != "helm.sh/release.v1"
        }

    def add(self, kind: str, namespace: str, name: str, **fields: Any) -> None:
        """Put an object of `v1` there, as a person would have before."""
        thing = {"apiVersion": "v1", "kind": kind, "metadata": {"name": name}, **fields}
        self.store.create(Address(kinds.of_object(thing), namespace, name), thing)

    def remove(self, kind: str, namespace: str, name: str) -> None:
        """Take an object of `v1` away."""
        self.store.delete(Address(kinds.of_object({"apiVersion": "v1", "kind": kind}), namespace, name))


@contextmanager
def run_cluster(*namespaces: str, version: str = schemas.NEWEST) -> Iterator[Cluster]:
    """Run a cluster of a Kubernetes version with some namespaces."""
    store = Store(version)
    asked: list[str] = []
    for name in namespaces:
        thing = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
        store.create(Address(kinds.NAMESPACE, "", name), thing)
    closing = threading.Event()
    handler = type("Handler", (_Handler,), {"store": store, "asked": asked, "closing": closing})
    server = _Server(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield Cluster(store, f"http://127.0.0.1:{server.server_port}", asked)
    finally:
        closing.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):  # Helm goes when it has seen enough
            super().handle_error(request, client_address)


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 1 << 16
    store: Store
    asked: list[str]
    closing: threading.Event

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: `asked` has it."""

    def _handle(self) -> None:
        parts = urllib.parse.urlsplit(self.path)
        raw = self.rfile.read(int(self.headers.get("content-length") or 0))
        content_type = self.headers.get("content-type", "")
        query = urllib.parse.parse_qs(parts.query)
        self.asked.append(f"{self.command} {self.path}")
        request = Request(self.command, parts.path, query, content_type, decoded(raw))
        try:
            if request.one("watch") in ("true", "1"):
                self._watch(request)
                return
            code, body = answer(self.store, request)
        except RefusalError as refusal:
            code, body = refusal.code, failure(refusal)
        self._reply(code, json.dumps(body).encode())

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _handle  # noqa: N815 - http.server's names

    def _reply(self, code: int, body: bytes) -> None:
        self.send_response(code)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _watch(self, request: Request) -> None:
        """Tell of changes as they come, until the client goes or the cluster closes."""
        kind, namespace, _ = address_of(request.path)
        with self.store.changed:
            after = int(request.one("resourceVersion") or 0)
            initial = request.one("sendInitialEvents") == "true"
            known = listed(self.store, kind, namespace, request) if initial or after == 0 else []
            after = max(after, self.store.newest) if initial or after == 0 else after
        self.close_connection = True
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("connection", "close")
        self.end_headers()
        self.wfile.flush()
        for thing in known:
            self._tell("ADDED", thing)
        if initial:
            self._tell("BOOKMARK", _bookmark(kind, after))
        while not self.closing.is_set():
            with self.store.changed:
                events = self.store.events(after) or self._wait(after)
            for event in events:
                after = event.version
                if _concerns(event, kind, namespace) and request.selects(event.object):
                    self._tell(event.type, event.object)

    def _wait(self, after: int) -> list[Event]:
        self.store.changed.wait(0.2)
        return self.store.events(after)

    def _tell(self, what: str, thing: Object) -> None:
        self.connection.sendall(json.dumps({"type": what, "object": thing}).encode() + b"\n")


def _concerns(event: Event, kind: Kind, namespace: str) -> bool:
    return event.address.kind == kind and namespace in ("", event.address.namespace)


def _bookmark(kind: Kind, version: int) -> Object:
    done = {"k8s.io/initial-events-end": "true"}
    meta = {"resourceVersion": str(version), "annotations": done}
    return {"kind": kind.name, "apiVersion": kind.api_version, "metadata": meta}
