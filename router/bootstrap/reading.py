"""A bootstrap file and the files of its secrets, read and checked; all that is wrong is said at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import cast

from router.bootstrap.secret_files import SecretFiles
from router.store.bootstrap import Admin, BootstrapError, Declared, Key, Sender
from router.store.credentials.integrations import KINDS, Kind, parse_networks
from router.store.names import NotAcceptedError, email_of, name_of
from rules.document import MAX_TEXT, DocumentError, MapNode, Node, ScalarNode, parse_document
from rules.findings import Finding
from rules.loading.faults import Faults
from rules.loading.reading import (
    read_choice,
    read_entries,
    read_fields,
    read_items,
    read_text,
    read_texts,
)

_MOST_KEYS = 10
_SENDER_KEYS = ("kind", "key_files", "hmac_secret_file", "allow_ip")


def read_bootstrap(path: Path) -> Declared:
    """Read a bootstrap file and every file that it names.

    Raises BootstrapError with file, line and column of each fault, and without any secret.
    """
    text = _text_of(path)
    try:
        root = parse_document(text, str(path))
    except DocumentError as error:
        raise BootstrapError(str(error)) from None
    findings: list[Finding] = []
    faults = Faults(findings)
    if not root.entries and "{" not in text:
        faults.error("empty", root.place, "says nothing: write {} if every key shall be revoked.")
    declared = _read(root, SecretFiles(path.parent), faults)
    if findings:
        raise BootstrapError("\n".join(f"{found.place}: {found.message}" for found in findings))
    return declared


def _text_of(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return stream.read(MAX_TEXT + 1).decode("utf-8-sig", "surrogateescape")
    except OSError as error:
        raise BootstrapError(
            f"The bootstrap file {str(path)!r} cannot be read ({error.strerror}): put it there, or "
            "correct PINGPARROT_BOOTSTRAP."
        ) from None


def _read(root: MapNode, files: SecretFiles, faults: Faults) -> Declared:
    fields = read_fields(root, "a bootstrap file", ("admin", "integrations"), faults)
    admin = _read_admin(fields["admin"], files, faults) if "admin" in fields else None
    senders = _read_senders(fields["integrations"], files, faults) if "integrations" in fields else ()
    _refuse_shared_keys(senders, faults)
    return Declared(admin, senders)


def _read_admin(node: Node, files: SecretFiles, faults: Faults) -> Admin | None:
    fields = read_fields(node, "admin", ("email", "name", "password_file"), faults)
    for key in ("email", "password_file"):
        if key not in fields:
            faults.error("missing-key", node.place, f"admin has no {key}: add it.")
    email = _accepted(fields.get("email"), "admin.email", email_of, faults)
    name = _accepted(fields["name"], "admin.name", name_of, faults) if "name" in fields else email
    password = files.password(fields.get("password_file"), "admin.password_file", faults)
    if email is None or name is None or password is None:
        return None
    return Admin(email, name, password, node.place)


def _read_senders(node: Node, files: SecretFiles, faults: Faults) -> tuple[Sender, ...]:
    if isinstance(node, ScalarNode) and node.is_null:
        faults.error("empty", node.place, "integrations is empty: write {} if every key shall be revoked.")
    read = [
        _read_sender(key, value, files, faults) for key, value in read_entries(node, "integrations", faults)
    ]
    return tuple(sender for sender in read if sender is not None)


def _read_sender(name_node: ScalarNode, node: Node, files: SecretFiles, faults: Faults) -> Sender | None:
    name = _accepted(name_node, "an integration's name", name_of, faults)
    if name is not None and name != name_node.text:
        faults.error("bad-name", name_node.place, f"the name {name!r} has spaces around it: remove them.")
    what = f"integrations.{name}"
    fields = read_fields(node, what, _SENDER_KEYS, faults)
    if "kind" not in fields:
        faults.error("missing-key", name_node.place, f"{what} has no kind: add one of {', '.join(KINDS)}.")
    kind = read_choice(fields["kind"], f"{what}.kind", KINDS, faults) if "kind" in fields else None
    keys = _read_keys(fields.get("key_files"), f"{what}.key_files", files, faults)
    allow_ips = _read_networks(fields.get("allow_ip"), f"{what}.allow_ip", faults)
    secret = files.hmac_secret(fields.get("hmac_secret_file"), f"{what}.hmac_secret_file", faults)
    if name is None or kind is None:
        return None
    return Sender(name, cast(Kind, kind), keys, allow_ips, secret, name_node.place)


def _read_keys(node: Node | None, what: str, files: SecretFiles, faults: Faults) -> tuple[Key, ...]:
    if node is None:
        return ()
    items = read_items(node, what, faults)
    if len(items) > _MOST_KEYS:
        faults.error("too-long", node.place, f"{what} names more than {_MOST_KEYS} files: remove some.")
    read = [files.key(item, what, faults) for item in items[:_MOST_KEYS]]
    by_text = {key.text: key for key in reversed(read) if key is not None}  # two files may hold the same key
    return tuple(reversed(by_text.values()))


def _read_networks(node: Node | None, what: str, faults: Faults) -> tuple[str, ...]:
    if node is None:
        return ()
    networks = []
    for text, place in read_texts(node, what, faults, 100):
        try:
            networks += [str(network) for network in parse_networks([text])]
        except NotAcceptedError as error:
            faults.error("bad-value", place, f"{what}: {error}")
    return tuple(networks)


def _accepted(node: Node | None, what: str, accept: Callable[[str], str], faults: Faults) -> str | None:
    """Return a text as it is stored, or note why it cannot be."""
    text = read_text(node, what, faults, 1000) if node is not None else None
    if node is None or text is None:
        return None
    try:
        return accept(text)
    except NotAcceptedError as error:
        faults.error("bad-value", node.place, f"{what}: {error}")
        return None


def _refuse_shared_keys(senders: tuple[Sender, ...], faults: Faults) -> None:
    seen: dict[str, tuple[Sender, Key]] = {}
    for sender in senders:
        for key in sender.keys:
            other, same = seen.setdefault(key.text, (sender, key))
            if other is not sender:
                faults.error(
                    "shared-key",
                    sender.place,
                    f"integrations.{sender.name} and integrations.{other.name} share a key, in {key.file!r} "
                    f"and {same.file!r}: give each a key of its own.",
                )
