"""`users` and `groups`: the people, when they are kept in git."""

from __future__ import annotations

import re
from collections.abc import Callable

from rules.document import ListNode, Node, ScalarNode, printed
from rules.loading.faults import Faults
from rules.loading.names import Names, qualify
from rules.loading.reading import (
    read_boolean,
    read_entries,
    read_fields,
    read_items,
    read_name,
    read_text,
    read_texts,
)
from rules.model import RosterGroup, RosterUser
from rules.places import Place

Expand = Callable[[str], str | None]

MAX_CONTACTS = 20
MAX_MEMBERS = 1_000
EVERYBODY = "All"

_EMAIL = re.compile(r"[^\s@]+@[^\s@]+")
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S*")
# A password before the host, an option that is one, and services whose address is made of keys.
_WITH_SECRET = re.compile(
    r"://[^/\s@:]*:[^/\s@$]+@"
    r"|[?&#](?:secret|token|password|passwd|pass|key|apikey|api_key|access_token)=[^&#\s$]+"
    r"|^(?:slack|discord|tgram|msteams|workflows|pagerduty|opsgenie|pover|splunk|victorops)://(?!\$)\S{16,}$"
    r"|^https://hooks\.slack\.com/services/(?!\$)\S+"
)
_VARIABLE = re.compile(r"\$\{([^{}]*)\}")
_VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|file:\S.*")


def read_users(node: Node, users: Names[RosterUser], expand: Expand, faults: Faults) -> None:
    """Read a shared file's `users`.

    Parameters:
      expand: says what `${NAME}` or `${file:PATH}` stands for in a contact, None when it is unset.
    """
    for item in read_items(node, "users", faults):
        fields = read_fields(item, "a user", ("email", "name", "admin", "contacts"), faults)
        if "email" not in fields:
            faults.error("missing-key", item.place, "this user has no email: people are known by theirs.")
            continue
        email = read_email(fields["email"], faults)
        name = read_text(fields["name"], "a user's name", faults, 200) if "name" in fields else email
        admin = read_boolean(fields["admin"], "admin", faults) if "admin" in fields else False
        contacts = _read_contacts(fields.get("contacts"), email or "this user", expand, faults)
        if email is None or not users.claim(email, item.place, faults) or name is None or admin is None:
            continue
        exposed = _exposed(fields.get("contacts"))
        users.add(email, RosterUser(email, name.strip(), admin, contacts, item.place, exposed), faults)


def read_email(node: Node, faults: Faults) -> str | None:
    """Return an e-mail address in lower case."""
    email = read_text(node, "an e-mail address", faults, 254)
    if email is not None and not _EMAIL.fullmatch(email):
        faults.error("bad-value", node.place, f"{printed(email)} is not an e-mail address: correct it.")
        return None
    return email and email.lower()


def _exposed(node: Node | None) -> tuple[Place, ...]:
    """Return where a contact is written with a password or a key, rather than by `${NAME}`."""
    items = node.items if isinstance(node, ListNode) else ()
    return tuple(
        item.place for item in items if isinstance(item, ScalarNode) and _WITH_SECRET.search(item.text)
    )


def _read_contacts(node: Node | None, owner: str, expand: Expand, faults: Faults) -> tuple[str, ...]:
    if node is None:
        return ()
    texts = read_texts(node, "contacts", faults, 2_000)
    if len(texts) > MAX_CONTACTS:
        faults.error("too-long", node.place, f"{owner} has more than {MAX_CONTACTS} contacts: remove some.")
    read = [_read_contact(text, place, owner, expand, faults) for text, place in texts[:MAX_CONTACTS]]
    return tuple(contact for contact in read if contact is not None)


def _read_contact(text: str, place: Place, owner: str, expand: Expand, faults: Faults) -> str | None:
    """Return an expanded contact URL; no message shows any of it but the names of its variables."""
    unset: list[str] = []

    def value_of(variable: re.Match[str]) -> str:
        value = expand(variable[1]) if _VARIABLE_NAME.fullmatch(variable[1]) else None
        if value is None:
            unset.append(variable[1])
        return (value or "").strip()

    url = _VARIABLE.sub(value_of, text).strip()
    if "${" in _VARIABLE.sub("", text):
        faults.error("bad-contact", place, f"a contact of {owner} has a ${{ without its }}: close it.")
        return None
    if unset:
        faults.warning(
            "unset-secret",
            place,
            f"a contact of {owner} is skipped because ${{{unset[0][:100]}}} is not set: "
            "set it, or remove it here.",
        )
        return None
    if not _URL.fullmatch(url):
        message = f"a contact of {owner} is not a URL such as ntfy://host/topic"
        if _VARIABLE.search(text):
            faults.warning(
                "bad-contact", place, f"{message} once expanded, and is skipped: correct the secret."
            )
        else:
            faults.error("bad-contact", place, f"{message}: correct it.")
        return None
    return url


def read_groups(node: Node, groups: Names[RosterGroup], faults: Faults) -> None:
    """Read a file's `groups`; one of a namespace is called `payments/oncall` everywhere else."""
    for key, value in read_entries(node, "groups", faults):
        name = read_name(key, "a group's name", faults)
        if name is None:
            continue
        if name.lower() == EVERYBODY.lower():
            faults.error("bad-name", key.place, "group All always holds everybody: choose another name.")
            continue
        if not groups.claim(name, key.place, faults):
            continue
        fields = read_fields(value, f"group {name}", ("description", "members"), faults)
        description: str | None = ""
        if "description" in fields and not _is_blank(fields["description"]):
            description = read_text(fields["description"], "description", faults, 500)
        members = _read_members(fields.get("members"), name, faults)
        if description is not None:
            group = RosterGroup(qualify(faults.namespace, name), description, members, key.place)
            groups.add(name, group, faults)


def _is_blank(node: Node) -> bool:
    return isinstance(node, ScalarNode) and (node.is_null or not node.text.strip())


def _read_members(node: Node | None, group: str, faults: Faults) -> tuple[str, ...]:
    if node is None:
        return ()
    items = read_items(node, f"the members of group {group}", faults)
    if len(items) > MAX_MEMBERS:
        faults.error("too-long", node.place, f"group {group} has more than {MAX_MEMBERS} members: split it.")
    emails = [read_email(item, faults) for item in items[:MAX_MEMBERS]]
    return tuple(dict.fromkeys(email for email in emails if email is not None))
