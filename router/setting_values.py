"""How settings are read: text to value, or a ValueError that says what to write instead."""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

Network = IPv4Network | IPv6Network

_NEXT_URL = re.compile(r"[\s,]+(?=[A-Za-z][A-Za-z0-9+.-]*:)")


def text(value: str) -> str:
    """Return a value as it is."""
    return value


def whole(low: int, high: int) -> Callable[[str], int]:
    """Return a reader of whole numbers within bounds."""

    def parse(value: str) -> int:
        if not (value.isascii() and value.isdigit()) or not low <= int(value[:20]) <= high:
            raise ValueError(f"give a whole number from {low} to {high}")
        return int(value)

    return parse


def one_of(*choices: str) -> Callable[[str], str]:
    """Return a reader of one of a few words, in whatever case."""

    def parse(value: str) -> str:
        if value.lower() not in choices:
            raise ValueError(f"give one of {', '.join(choices)}")
        return value.lower()

    return parse


def database_url(value: str) -> str:
    """Return the URL of a database."""
    if value.startswith(("postgresql://", "postgres://", "postgresql+psycopg://")):
        return value
    if not value.startswith("sqlite:///") or value.removeprefix("sqlite:///") in ("", ":memory:"):
        raise ValueError("give sqlite:///pingparrot.db, sqlite:////var/lib/pingparrot.db or postgresql://…")
    return value


def broker_url(value: str) -> str:
    """Return the URL of a broker, or nothing."""
    if value and not value.startswith(("redis://", "rediss://", "amqp://", "amqps://")):
        raise ValueError("give redis://…, rediss://…, amqp://… or amqps://…, or nothing")
    return value


def path(value: str) -> Path | None:
    """Return a path, or None for nothing."""
    return Path(value) if value else None


def keys(value: str) -> tuple[str, ...]:
    """Return secret keys, newest first."""
    keys = tuple(key.strip() for key in value.replace(",", "\n").splitlines() if key.strip())
    if any(len(key) < 8 for key in keys):
        raise ValueError("a key has fewer than 8 characters: make one with `openssl rand -base64 32`")
    return keys


def public_url(value: str) -> str:
    """Return an address that people open, without a slash at its end."""
    parts = urlsplit(value)
    if value and (
        parts.scheme not in ("http", "https")
        or not parts.hostname
        or "@" in parts.netloc
        or parts.query
        or parts.fragment
    ):
        raise ValueError("give the address that people open, such as https://pager.example.com")
    return value.rstrip("/")


def peer_url(value: str) -> str:
    """Return the address of a heartbeat at another PingParrot."""
    parts = urlsplit(value)
    if value and (
        parts.scheme not in ("http", "https")
        or not parts.hostname
        or "@" in parts.netloc
        or "/api/heartbeats/" not in parts.path
        or parts.query
        or parts.fragment
    ):
        raise ValueError("give this one's heartbeat there: https://other.example.com/api/heartbeats/NAME")
    return value


def is_safe(url: str) -> bool:
    """Return whether a URL can carry secrets: https, or http to this very machine."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    return bool(host) and (
        parts.scheme == "https" or (parts.scheme == "http" and host in ("localhost", "127.0.0.1", "::1"))
    )


def issuer(value: str) -> str:
    """Return the issuer of an OpenID provider, as the provider writes it."""
    parts = urlsplit(value)
    if value and (not is_safe(value) or "@" in parts.netloc or parts.query or parts.fragment):
        raise ValueError("give the provider's issuer, such as https://sso.example.com/realms/staff")
    return value


def contacts(value: str) -> tuple[str, ...]:
    """Cut where the next URL begins: a `mailto:` may have commas of its own."""
    return tuple(filter(None, (url.strip(" ,\t\r\n") for url in _NEXT_URL.split(value))))


def one_word(value: str) -> str:
    """Return a key that stands on one line."""
    if value and not (value.isascii() and value.isprintable() and " " not in value):
        raise ValueError("give the key alone, on one line")
    return value


def time_zone(value: str) -> ZoneInfo:
    """Return a time zone by its IANA name."""
    try:
        return ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise ValueError("give the IANA name of a time zone, such as Europe/Berlin") from None


def networks(value: str) -> tuple[Network, ...]:
    """Return addresses and networks."""
    try:
        return tuple(ip_network(item, strict=False) for item in value.replace(",", " ").split())
    except ValueError as error:
        raise ValueError(f"{error}: give addresses or networks, such as 10.0.0.0/8,192.0.2.7") from None
