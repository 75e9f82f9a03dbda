"""`receivers`: whom Alertmanager notifies, as far as a pager cares."""

from __future__ import annotations

import re
from urllib.parse import urlsplit, urlunsplit

from rules.alertmanager.model import Receiver, Webhook
from rules.alertmanager.reading import flag_of, text_of
from rules.document import MapNode, Node, ScalarNode, printed
from rules.loading.faults import Faults
from rules.loading.reading import read_items, read_number, read_text

MAX_URL = 8_000
MAX_TO = 5_000

_KIND = re.compile(r"([a-z0-9_]+)_configs")
_TEMPLATE = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_BETWEEN = re.compile(r"[\s<>,;\"'(){}]+")


def read_receivers(node: Node, http: Node | None, faults: Faults) -> dict[str, Receiver]:
    """Return the receivers by name.

    Parameters:
      http: the global `http_config`, for those that have none.
    """
    receivers: dict[str, Receiver] = {}
    for item in read_items(node, "receivers", faults):
        if not isinstance(item, MapNode):
            faults.error("wrong-type", item.place, "a receiver must be a mapping: - name: …")
            continue
        receiver = _read_receiver(item, http, faults)
        if receiver is None:
            continue
        if receiver.name in receivers:
            first = receivers[receiver.name].place
            faults.error(
                "duplicate-name",
                receiver.place,
                f"receiver {printed(receiver.name)} is already given at {first}: rename one of them.",
            )
            continue
        receivers[receiver.name] = receiver
    return receivers


def _read_receiver(node: MapNode, http: Node | None, faults: Faults) -> Receiver | None:
    kinds: dict[str, int] = {}
    webhooks: list[Webhook] = []
    emails: list[str] = []
    name: str | None = None
    for key, value in node.entries:
        kind = _KIND.fullmatch(key.text)
        if key.text == "name":
            name = read_text(value, "a receiver's name", faults, 1_000)
        elif kind is None:
            faults.warning(
                "unknown-key",
                key.place,
                f"a receiver has a key {printed(key.text)} that is not known here, so it is passed over.",
            )
        else:
            configs = [item for item in read_items(value, key.text, faults) if isinstance(item, MapNode)]
            if configs:
                kinds[kind[1]] = len(configs)
            if kind[1] == "webhook":
                webhooks = [_read_webhook(item, http, faults) for item in configs]
            elif kind[1] == "email":
                emails = [email for item in configs for email in _emails(item.get("to"))]
    if name is None:
        if node.get("name") is None:
            faults.error("missing-key", node.place, "this receiver has no name: give it one.")
        return None
    return Receiver(name, node.place, kinds, tuple(webhooks), tuple(dict.fromkeys(emails)))


def _emails(node: Node | None) -> list[str]:
    text = node.text[:MAX_TO] if isinstance(node, ScalarNode) else ""
    words = _BETWEEN.split(_TEMPLATE.sub("", text))
    return [word.lower() for word in words if all(word.partition("@")) and word.count("@") == 1]


def _read_webhook(node: MapNode, http: Node | None, faults: Faults) -> Webhook:
    limit = node.get("max_alerts")
    resolved = node.get("send_resolved")
    return Webhook(
        place=node.place,
        url=_stripped(node.get("url"), faults),
        send_resolved=flag_of(resolved, "send_resolved", faults, otherwise=True),
        max_alerts=0 if limit is None else read_number(limit, "max_alerts", 0, 10**9 - 1, faults) or 0,
        auth=_auth(node.get("http_config") or http) or _in_url(node.get("url")),
    )


def _stripped(node: Node | None, faults: Faults) -> str | None:
    """Return a URL without what only the server needs to know."""
    text = text_of(node, "url", faults)
    if not text or len(text) > MAX_URL:
        return None
    try:
        parts = urlsplit(text)
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return None
    return urlunsplit((parts.scheme, host, parts.path, "", ""))


def _auth(node: Node | None) -> str:
    if not isinstance(node, MapNode):
        return ""
    if node.get("basic_auth") is not None:
        return "basic"
    if node.get("oauth2") is not None:
        return "oauth2"
    if node.get("bearer_token") is not None or node.get("bearer_token_file") is not None:
        return "Bearer"
    if node.get("http_headers") is not None:
        return "headers"
    authorization = node.get("authorization")
    if not isinstance(authorization, MapNode):
        return ""
    kind = authorization.get("type")
    return kind.text if isinstance(kind, ScalarNode) and kind.text else "Bearer"


def _in_url(node: Node | None) -> str:
    """Return `basic` when a URL has a user and a password, which Alertmanager sends so."""
    text = node.text if isinstance(node, ScalarNode) else ""
    return "basic" if "@" in text.partition("://")[2].partition("/")[0] else ""
