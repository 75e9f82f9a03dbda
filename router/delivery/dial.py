"""Connecting: within a deadline over all of a host's addresses, and only to public ones if asked."""

from __future__ import annotations

import io
import ipaddress
import socket
import threading
import time
from concurrent.futures import Future
from typing import Any

_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_NOT_PUBLIC = tuple(
    ipaddress.IPv4Network(network)
    for network in (
        "192.0.0.0/24",  # of protocols (RFC 6890), and the metadata of Oracle's cloud
        "192.88.99.0/24",  # what 6to4's relays had (RFC 7526)
        "168.63.129.16/32",  # Azure's own server, as every machine there sees it
    )
)
_LOWEST_TIMEOUT_S = 0.001  # 0 would mean "do not block"

Address = tuple[socket.AddressFamily, Any]


class AddressRefused(Exception):  # noqa: N818 - not an OSError: clients must not take it for a network fault
    """The host is, or resolves to, an address that an untrusted contact may not reach."""


def is_public(address: str) -> bool:
    """Return whether an address belongs to the public internet.

    Private, loopback, link-local, multicast, reserved and shared addresses are not, nor are those at which
    clouds tell a machine its secrets, nor is an IPv6 address that carries such an IPv4 address within
    (mapped, NAT64, 6to4).

    Parameters:
      address: as `getaddrinfo` gives it; an IPv6 zone (`%eth0`) is ignored.
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        carried = ip.ipv4_mapped or ip.sixtofour
        if ip in _NAT64:
            carried = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if carried is None:
            return ip in _GLOBAL_UNICAST and ip.is_global
        ip = carried
    if any(ip in network for network in _NOT_PUBLIC):
        return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def dial(host: str, port: int, timeout_s: float, *, public_only: bool) -> socket.socket:
    """Return a connected socket, its timeout set to what is left.

    The check for public addresses is made on the very address that is connected to, so a name that resolves
    differently a moment later (DNS rebinding) gains nothing.

    Parameters:
      host: a name, an IPv4 or an IPv6 address without brackets.
      timeout_s: seconds for looking the name up and trying all its addresses.
      public_only: refuse addresses for which `is_public` is false.
    Raises AddressRefused; socket.gaierror if the name is unknown; OSError (TimeoutError among them) if no
    address answers.
    """
    until = time.monotonic() + timeout_s
    addresses = _look_up(host, port, timeout_s)
    if public_only:
        addresses = [found for found in addresses if is_public(found[1][0])]
        if not addresses:
            raise AddressRefused("the host has no public address")
    failure: OSError = OSError("the host has no address")
    for tried, (family, address) in enumerate(addresses):
        left = max(until - time.monotonic(), _LOWEST_TIMEOUT_S)
        connection = socket.socket(family, socket.SOCK_STREAM)
        try:
            # A first address that swallows packets must leave time for the others.
            connection.settimeout(left / (len(addresses) - tried))
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.connect(address)
        except OSError as error:
            connection.close()
            failure = error
        else:
            connection.settimeout(max(until - time.monotonic(), _LOWEST_TIMEOUT_S))
            return connection
    raise failure


def timed_reader(connection: socket.socket, until: float) -> io.BufferedReader:
    """Return a binary file that reads from a socket up to a moment, however slowly bytes drip in.

    A socket's own timeout starts again with every byte received.

    Parameters:
      until: on the clock of `time.monotonic`.
    """
    return io.BufferedReader(_TimedReads(connection, until))


class _TimedReads(io.RawIOBase):
    def __init__(self, connection: socket.socket, until: float) -> None:
        super().__init__()
        self._connection = connection
        self._raw = connection.makefile("rb", buffering=0)
        self._until = until

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        self._connection.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


def _look_up(host: str, port: int, timeout_s: float) -> list[Address]:
    """Return a host's addresses; a resolver that hangs holds nobody longer than the timeout."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except (socket.gaierror, UnicodeError):
        answer: Future[list[Any]] = Future()
        threading.Thread(target=_resolve, args=(host, port, answer), name="resolver", daemon=True).start()
        found = answer.result(timeout_s)
    return [(family, address) for family, _, _, _, address in found]


def _resolve(host: str, port: int, answer: Future[list[Any]]) -> None:
    try:
        answer.set_result(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    except OSError as error:
        answer.set_exception(error)
    except UnicodeError:
        answer.set_exception(socket.gaierror(socket.EAI_NONAME, "no name that the DNS can hold"))
