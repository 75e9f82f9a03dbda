"""Receivers for the tests: they listen on loopback, keep what they get and answer as told."""

from __future__ import annotations

import contextlib
import ipaddress
import json
import socket
import ssl
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as modern
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.servers import free_port


@dataclass(frozen=True)
class Received:
    """A request as it came; header names in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """Return the body decoded."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """An answer, after a while if `after_s` says so. `hang` gives none until the sink closes."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    hang: bool = False
    after_s: float = 0


class HttpSink:
    """An HTTP server that records; answers come from `replies`, then `otherwise` again and again.

    with HttpSink() as sink: `sink.url("json")`, `sink.requests`, `sink.wait_for(2)`, `sink.connections`.
    """

    def __init__(self, *, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> None:
        self.requests: list[Received] = []
        self.replies: deque[Reply] = deque()
        self.otherwise: Reply | Callable[[Received], Reply] = Reply()
        self.connections = 0
        self._changed = threading.Condition()
        self._closing = threading.Event()
        self._open: set[socket.socket] = set()
        self._server = _Server((host, 0), _handler_of(self))
        if tls is not None:
            self._server.socket = tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), name="http-sink")

    def __enter__(self) -> HttpSink:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._server.shutdown()
        self._thread.join()
        with self._changed:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        self._server.server_close()

    def url(self, scheme: str = "http", path: str = "/") -> str:
        """Return the URL of a path here."""
        return f"{scheme}://127.0.0.1:{self.port}{path}"

    def wait_for(self, count: int, seconds: float = 10) -> list[Received]:
        """Return the requests once there are so many; raises AssertionError when they do not come."""
        with self._changed:
            came = self._changed.wait_for(lambda: len(self.requests) >= count, seconds)
        assert came, f"{len(self.requests)} of {count} requests came within {seconds} s"
        return list(self.requests)

    def _opened(self, connection: socket.socket) -> None:
        with self._changed:
            self.connections += 1
            self._open.add(connection)

    def _closed(self, connection: socket.socket) -> None:
        with self._changed:
            self._open.discard(connection)

    def _answer(self, request: Received) -> Reply:
        with self._changed:
            self.requests.append(request)
            self._changed.notify_all()
            if self.replies:
                reply = self.replies.popleft()
            else:
                reply = self.otherwise(request) if callable(self.otherwise) else self.otherwise
        if reply.hang or reply.after_s:
            self._closing.wait(None if reply.hang else reply.after_s)
        return reply


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients that break off are what is tested."""


def _handler_of(sink: HttpSink) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def setup(self) -> None:
            super().setup()
            sink._opened(self.connection)

        def finish(self) -> None:
            with contextlib.suppress(OSError):
                super().finish()
            sink._closed(self.connection)

        def log_message(self, *_: object) -> None:
            pass

        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = sink._answer(Received(self.command, self.path, headers, self.rfile.read(length)))
            if reply.hang:
                self.close_connection = True
                return
            head = [f"HTTP/1.1 {reply.status} Said"]
            given = {"Content-Length": str(len(reply.body)), **reply.headers}
            head += [f"{name}: {value}" for name, value in given.items()]
            with contextlib.suppress(OSError):
                self.wfile.write("\r\n".join((*head, "", "")).encode("latin-1") + reply.body)

        do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = do_HEAD = _serve  # noqa: N815

    return Handler


@dataclass
class Mailbox:
    """What an SMTP sink took, and how it answers."""

    mails: list[EmailMessage] = field(default_factory=list)
    envelopes: list[Envelope] = field(default_factory=list)
    logins: list[tuple[str, str]] = field(default_factory=list)
    rcpt_answers: dict[str, str] = field(default_factory=dict)
    data_answer: str = "250 OK queued"
    password: str = "right"

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take a recipient, or answer as told."""
        if address in self.rcpt_answers:
            return self.rcpt_answers[address]
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep the mail, or answer as told."""
        if self.data_answer.startswith("250"):
            assert isinstance(envelope.content, bytes)
            self.envelopes.append(envelope)
            mail = message_from_bytes(envelope.content, policy=modern)
            assert isinstance(mail, EmailMessage)
            self.mails.append(mail)
        return self.data_answer

    def authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any
    ) -> AuthResult:
        """Let the right password in."""
        assert isinstance(data, LoginPassword)
        self.logins.append((data.login.decode(), data.password.decode()))
        return AuthResult(success=data.password.decode() == self.password, handled=False)


@contextmanager
def smtp_sink(
    *, starttls: ssl.SSLContext | None = None, implicit: ssl.SSLContext | None = None, login: bool = False
) -> Iterator[tuple[Mailbox, int]]:
    """Yield a mailbox and the port of the SMTP server that fills it."""
    mailbox = Mailbox()
    options: dict[str, Any] = {"server_hostname": "sink.example"}
    if starttls:
        options |= {"tls_context": starttls}
    if login:
        options |= {"authenticator": mailbox.authenticate, "auth_require_tls": False}
    controller = Controller(
        mailbox, hostname="127.0.0.1", port=free_port(), ssl_context=implicit, ready_timeout=20, **options
    )
    controller.start()
    try:
        yield mailbox, controller.port
    finally:
        controller.stop()


@contextmanager
def dead_port() -> Iterator[int]:
    """Yield a port that refuses connections, and keep others from taking it meanwhile."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))  # bound, but not listening
        yield holder.getsockname()[1]


@contextmanager
def silent_server() -> Iterator[int]:
    """Yield the port of a server that takes connections and never says a word."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(16)
        yield listener.getsockname()[1]


@contextmanager
def dripping_server(head: bytes, drop: bytes) -> Iterator[int]:
    """Yield the port of a server that says `head` and then a drop every few milliseconds, for ever."""
    stop = threading.Event()

    def drip(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.sendall(head)
            while not stop.wait(0.02):
                connection.sendall(drop)

    def serve(listener: socket.socket) -> None:
        drips = []
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                connection, _ = listener.accept()
                drips.append(threading.Thread(target=drip, args=(connection,)))
                drips[-1].start()
        for thread in drips:
            thread.join()

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(16)
        listener.settimeout(0.05)
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            stop.set()
            thread.join()


@dataclass(frozen=True)
class Certificate:
    """A certificate that signs itself, for 127.0.0.1."""

    path: Path

    def server(self) -> ssl.SSLContext:
        """Return a context for a server that shows it."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.path)
        return context

    def client(self) -> ssl.SSLContext:
        """Return a context for a client that trusts it."""
        return ssl.create_default_context(cafile=str(self.path))


def make_certificate(directory: Path) -> Certificate:
    """Return a fresh certificate with its key in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sink")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = directory / "sink.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return Certificate(path)
