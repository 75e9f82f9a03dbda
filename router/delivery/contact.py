"""A contact's URL, taken apart: `scheme://user:password@host:port/path?option=value#ours`."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from router.delivery.dial import is_public
from router.delivery.wording import line

_LONGEST = 2000
_MOST_OPTIONS = 50
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]{0,39}\Z")
_LABEL = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(\.{_LABEL})*\.?\Z")
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029\ud800-\udfff]")
_SHORTEST_SECRET = 3

# Apprise's, with no meaning here; taken so that a URL that works there works here.
_IGNORED = frozenset(
    (
        "format",
        "overflow",
        "rto",
        "cto",
        "emojis",
        "tz",
        "store",
        "redirect",
        "tags",
        "image",
        "retry",
        "wait",
    )
)


class ContactError(ValueError):
    """A contact's URL that cannot be used; the text says why, what to do, and nothing secret."""


@dataclass(frozen=True, slots=True)
class ContactUrl:
    """The parts of a contact's URL; secrets are left out of its repr.

    Parameters:
      scheme, host: lower case; an IPv6 host has no brackets.
      user, password: decoded; None when absent.
      path, query: as written, the query without `?`.
      options: the query's pairs decoded, in order; names in lower case unless they begin with `+`, `-` or
        `:`. A `+` stands for itself, as in Apprise.
      fragment: pairs behind `#`, decoded likewise.
    """

    scheme: str
    host: str
    port: int | None
    user: str | None = field(repr=False)
    password: str | None = field(repr=False)
    path: str = field(repr=False)
    query: str = field(repr=False)
    options: tuple[tuple[str, str], ...] = field(repr=False)
    fragment: tuple[tuple[str, str], ...] = field(repr=False)

    @property
    def netloc(self) -> str:
        """Return the host and the port if one is given, as a URL has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"

    def authority(self, default_port: int) -> str:
        """Return host and port, the default one spelled out: what shares a fate."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port or default_port}"

    def option(self, name: str, default: str = "") -> str:
        """Return an option's last value."""
        return dict(self.options).get(name, default)

    def prefixed(self, sign: str) -> tuple[tuple[str, str], ...]:
        """Return the options whose names begin with a sign (`+Header`), without it."""
        return tuple((name[1:], value) for name, value in self.options if name[:1] == sign and name[1:])

    def require_known(self, known: Collection[str], signs: str = "") -> None:
        """Refuse options that a channel does not have, so that a slip of the pen does not go unseen.

        Raises ContactError naming those there are.
        """
        for name, value in self.options:
            if name in known or name in _IGNORED or (name[:1] in signs and name[1:]):
                continue
            if name == "verify":
                if value.lower() not in ("no", "false", "0", "off"):
                    continue
                raise ContactError(
                    "verify=no is not offered: make the certificate's authority known to the server "
                    "(SSL_CERT_FILE names a file of trusted authorities)"
                )
            names = ", ".join(sorted(known)) or "none"
            # Not named here: what stands in the place of an option may be a secret.
            raise ContactError(
                f"the URL has an option that {self.scheme}:// does not know; options are: {names}"
            )


def parse(url: str) -> ContactUrl:
    """Return the parts of a contact's URL.

    Raises ContactError for what is not a URL with a host.
    """
    if len(url) > _LONGEST:
        raise ContactError(f"the contact's URL is longer than {_LONGEST} characters")
    scheme = scheme_of(url)
    if _FORBIDDEN.search(url):
        raise ContactError(
            "the contact's URL holds a space or a control character: percent-encode it (a space is %20)"
        )
    try:
        parts = urlsplit(url)
        port = parts.port
        host = _host(parts.hostname or "")
    except ValueError:
        raise ContactError(
            "the contact's URL has no usable host and port: after :// comes host or host:port, before it "
            "user:password@ if needed, with / ? # @ : in either percent-encoded"
        ) from None
    return ContactUrl(
        scheme=scheme,
        host=host,
        port=port or None,
        user=None if parts.username is None else unquote(parts.username),
        password=None if parts.password is None else unquote(parts.password),
        path=parts.path,
        query=parts.query,
        options=_pairs(parts.query),
        fragment=_pairs(parts.fragment),
    )


def scheme_of(url: str) -> str:
    """Return a URL's scheme in lower case.

    Raises ContactError when there is none.
    """
    scheme, separator, _ = url.partition("://")
    scheme = scheme.lower()
    if not separator or not _SCHEME.match(scheme):
        raise ContactError("a contact is a URL, such as json://host:9000/path or mailto://user:pass@host")
    return scheme


def require_reachable(url: ContactUrl, *, trusted: bool) -> None:
    """Refuse an address that an untrusted contact may not name; names are checked when connecting.

    Raises ContactError.
    """
    if trusted:
        return
    try:
        public = is_public(url.host)
    except ValueError:
        public = url.host.rstrip(".") != "localhost" and not url.host.rstrip(".").endswith(".localhost")
    if not public:
        raise ContactError("the host is not a public address: ask an admin to add this contact")


def quoted(said: str, secrets: Iterable[str | None]) -> str:
    """Return what a provider said, fit for a result's detail: one short line, none if it tells a secret."""
    shown = line(said, 160)
    folded = said.casefold()
    if any(secret and len(secret) >= _SHORTEST_SECRET and secret.casefold() in folded for secret in secrets):
        return ""
    return shown


def _host(host: str) -> str:
    if ":" in host and "%" not in host:
        return str(ipaddress.IPv6Address(host))
    ascii_host = host.encode("idna").decode("ascii").lower() if not host.isascii() else host.lower()
    if not _HOST.match(ascii_host):
        raise ValueError
    return ascii_host


def _pairs(query: str) -> tuple[tuple[str, str], ...]:
    pairs = []
    for item in query.split("&"):
        name, _, value = item.partition("=")
        name = unquote(name)
        if name:
            pairs.append((name if name[0] in "+-:" else name.lower().strip(), unquote(value).strip()))
    if len(pairs) > _MOST_OPTIONS:
        raise ContactError(f"the contact's URL has more than {_MOST_OPTIONS} options")
    return tuple(pairs)
