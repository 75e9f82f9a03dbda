"""SMTP out: one conversation within one deadline, and only with public addresses if asked."""

from __future__ import annotations

import smtplib
import socket
import ssl
import time

from router.delivery.dial import dial, timed_reader


class SmtpSession(smtplib.SMTP):
    """A conversation that ends at a deadline, however slowly the server talks."""

    def __init__(
        self, until: float, connect_s: float, implicit: ssl.SSLContext | None, *, public_only: bool
    ) -> None:
        # A name given here saves a search for our own in the DNS, which may hang.
        super().__init__(local_hostname="localhost")
        self._until = until
        self._connect_s = connect_s
        self._implicit = implicit
        self._public_only = public_only

    def greet(self, host: str, port: int) -> None:
        """Connect; raises SMTPConnectError when the server does not say 220."""
        self._host = host  # whose certificate STARTTLS must show
        code, said = self.connect(host, port)
        if code != 220:
            raise smtplib.SMTPConnectError(code, said)
        name = socket.gethostname()
        self.local_hostname = name if "." in name and name.isascii() else self._address_literal()

    def take_leave(self) -> None:
        """Say QUIT; the mail is on its way whatever the answer."""
        try:
            self.docmd("QUIT")
        except (smtplib.SMTPException, OSError):
            return

    def getreply(self) -> tuple[int, bytes]:
        """Read a reply before the deadline."""
        if self.file is None and self.sock is not None:
            self.file = timed_reader(self.sock, self._until)
        return super().getreply()

    def send(self, s: str | bytes) -> None:  # type: ignore[override]
        """Write before the deadline."""
        if self.sock is not None:
            self.sock.settimeout(max(self._until - time.monotonic(), 0.001))
        super().send(s)

    def _get_socket(self, host: str, port: int, _timeout: float) -> socket.socket:
        connection = dial(host, port, self._connect_s, public_only=self._public_only)
        if self._implicit is None:
            return connection
        try:
            return self._implicit.wrap_socket(connection, server_hostname=host)
        except OSError:
            connection.close()
            raise

    def _address_literal(self) -> str:
        if self.sock is None:
            return "localhost"
        address: str = self.sock.getsockname()[0].partition("%")[0]
        return f"[IPv6:{address}]" if ":" in address else f"[{address}]"
