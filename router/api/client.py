"""Where a request comes from, as far as it can be believed."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from starlette.requests import Request

from router.settings import Network

Address = IPv4Address | IPv6Address


def client_address(request: Request, trusted: Sequence[Network]) -> Address | None:
    """Return the address of whoever asks, or None when it cannot be told.

    X-Forwarded-For is believed only from proxies that are named (PINGPARROT_TRUSTED_PROXIES), read from the
    right: the first address that is no such proxy is the client's; what stands left of it anybody can write.
    Empty places, as behind a comma at the end, say nothing; what is no address cannot be told.
    """
    peer = _peer(request)
    if peer is None or not within(peer, trusted):
        return peer
    forwarded = ",".join(request.headers.getlist("x-forwarded-for"))
    for hop in filter(str.strip, reversed(forwarded.split(","))):
        peer = _address(hop)
        if peer is None or not within(peer, trusted):
            return peer
    return peer


def unnamed_proxy(request: Request, trusted: Sequence[Network]) -> Address | None:
    """Return the address of a proxy that says for whom it asks and is not believed, or None."""
    peer = _peer(request)
    if peer is None or "x-forwarded-for" not in request.headers or within(peer, trusted):
        return None
    return peer


def within(address: Address, networks: Sequence[Network]) -> bool:
    """Return whether an address lies in one of the networks."""
    return any(address in network for network in networks)


def network_of(address: Address | None) -> str:
    """Return what is throttled together: an IPv4 address, an IPv6 /64 (one subscriber)."""
    if isinstance(address, IPv6Address):
        return str(ip_network((address, 64), strict=False))
    return str(address)


def _peer(request: Request) -> Address | None:
    return _address(request.client.host) if request.client else None


def _address(text: str) -> Address | None:
    """Read an address, with or without port and brackets; IPv4 inside IPv6 is IPv4."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].split("]", 1)[0]
    elif text.count(":") == 1:
        text = text.split(":", 1)[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return (isinstance(address, IPv6Address) and address.ipv4_mapped) or address
