"""The roster in git, brought into the organisation `default` (RULES.md, "Roster": docs/rules.md)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from router.store import audit
from router.store.contacts import Described, add_contact
from router.store.credentials import revoke_tokens
from router.store.groups import Group, add_group, add_members, change_group, list_groups, remove_members
from router.store.names import NotAcceptedError, email_of, name_of
from router.store.organisations import DEFAULT, ensure_organisation
from router.store.people import GIT, User, add_user, change_user
from router.store.secrets import Secrets, UndecipherableError
from router.store.tables import CONTACTS, GROUP_MEMBERS, USERS
from rules.model import RosterGroup, RosterUser

_MOST_AT_ONCE = 0.25


class RosterRefusedError(Exception):
    """More people or groups would vanish at once than a roster that is whole would take away."""


@dataclass(frozen=True, slots=True)
class RosterChange:
    """What a sync did, by e-mail and group name.

    Parameters:
      warnings: sentences without secrets, about what could not be done.
    """

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    deactivated: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.deactivated)

    def names(self) -> dict[str, tuple[str, ...]]:
        """Return who was added, changed and deactivated, for the log."""
        return {"added": self.added, "changed": self.changed, "deactivated": self.deactivated}


@dataclass
class _Sync:
    """One sync under way: what it works on, and what it did so far."""

    connection: Connection
    secrets: Secrets
    describe: Callable[[str], Described]
    org_id: int
    now: datetime
    added: list[str]
    changed: list[str]
    deactivated: list[str]
    warnings: list[str]

    def record(self, act: audit.Act, about: str, detail: str = "") -> None:
        """Note in the audit log what git does."""
        audit.record(self.connection, self.org_id, audit.BY_GIT, act, about, detail, self.now)


def sync_roster(
    connection: Connection,
    secrets: Secrets,
    users: Sequence[RosterUser],
    groups: Sequence[RosterGroup],
    describe: Callable[[str], Described],
    now: datetime,
    *,
    confirmed: bool = False,
) -> RosterChange:
    """Make people, groups, members and git's contacts what the roster says; nothing when they are already.

    People and groups that are there are adopted by e-mail and name. Contacts and members of what git manages
    are replaced, contacts that a person added stay behind them. Who vanished from git becomes inactive.

    Parameters:
      describe: what delivery says of a contact's URL; raises ValueError with a sentence without secrets for
        one that cannot be used, which is then left out with a warning.
      now: UTC.
      confirmed: let more than a quarter vanish at once.
    Raises RosterRefusedError, before anything is written.
    """
    org_id = ensure_organisation(connection, DEFAULT, now)
    sync = _Sync(connection, secrets, describe, org_id, now, [], [], [], [])
    there = _people(connection)
    known_groups = {group.name: group for group in list_groups(connection, org_id, inactive=True)}
    wanted = {user.email.strip().lower() for user in users}
    gone = [
        user
        for user in there.values()
        if user.org_id == org_id and user.managed_by == GIT and user.is_active and user.email not in wanted
    ]
    gone_groups = [
        group
        for group in known_groups.values()
        if group.managed_by == GIT and group.is_active and group.name not in {each.name for each in groups}
    ]
    if not confirmed:
        _refuse_if_most_vanish("people", [user.email for user in gone], there.values())
        _refuse_if_most_vanish("groups", [group.name for group in gone_groups], known_groups.values())
    _sync_people(sync, users, there)
    _sync_groups(sync, groups, known_groups)
    _deactivate(sync, gone, gone_groups)
    return RosterChange(
        tuple(sync.added),
        tuple(dict.fromkeys(sync.changed)),
        tuple(sync.deactivated),
        tuple(sync.warnings),
    )


def _refuse_if_most_vanish(what: str, gone: Sequence[str], there: Collection[User | Group]) -> None:
    managed = sum(each.managed_by == GIT and each.is_active for each in there)
    if len(gone) > managed * _MOST_AT_ONCE:
        names = ", ".join(sorted(gone)[:5]) + (", …" if len(gone) > 5 else "")
        raise RosterRefusedError(
            f"{len(gone)} of {managed} {what} that git manages would vanish at once ({names}): the roster "
            "stays as it was. Reload with confirmation if that is meant, or complete the directory."
        )


def _people(connection: Connection) -> dict[str, User]:
    """Return everybody by e-mail, of every organisation: e-mails are unique over all."""
    return {row.email: User(**row._mapping) for row in connection.execute(sa.select(USERS))}


def _sync_people(sync: _Sync, users: Sequence[RosterUser], there: dict[str, User]) -> None:
    contacts = _contacts_of_git(sync)
    for wanted in users:
        try:
            user = _sync_user(sync, wanted, there)
        except NotAcceptedError as error:
            sync.warnings.append(f"{wanted.place}: {error}")
            continue
        if user is not None:
            _sync_contacts(sync, wanted, user, contacts.get(user.id, []))


def _sync_user(sync: _Sync, wanted: RosterUser, there: dict[str, User]) -> User | None:
    email, name = email_of(wanted.email), name_of(wanted.name)
    user = there.get(email)
    if user is None:
        user = add_user(
            sync.connection, sync.org_id, email, name, sync.now, is_admin=wanted.admin, managed_by=GIT
        )
        there[email] = user
        sync.added.append(email)
        said = [f"name: {name}", *(["admin"] if wanted.admin else [])]
        sync.record("user.added", f"user {email}", ", ".join(said))
        return user
    if user.org_id != sync.org_id:
        sync.warnings.append(f"{wanted.place}: {email} belongs to another organisation and is left alone.")
        return None
    as_wanted = {"name": name, "is_admin": wanted.admin, "is_active": True, "managed_by": GIT}
    changed = {column: value for column, value in as_wanted.items() if getattr(user, column) != value}
    if changed:
        change_user(sync.connection, user.id, **changed)
        sync.changed.append(email)
        sync.record("user.changed", f"user {email}", audit.difference(user, changed))
    return user


def _contacts_of_git(sync: _Sync) -> dict[int, list[tuple[int, str | None]]]:
    """Return ids and URLs of git's contacts in order, by user; None for a URL that nobody can read."""
    found: dict[int, list[tuple[int, str | None]]] = {}
    query = (
        sa.select(CONTACTS.c.id, CONTACTS.c.user_id, CONTACTS.c.url_encrypted)
        .where(CONTACTS.c.managed_by == GIT)
        .order_by(CONTACTS.c.user_id, CONTACTS.c.position, CONTACTS.c.id)
    )
    for row in sync.connection.execute(query):
        try:
            url: str | None = sync.secrets.decrypt("contact", row.url_encrypted)
        except UndecipherableError:
            url = None
        found.setdefault(row.user_id, []).append((row.id, url))
    return found


def _sync_contacts(
    sync: _Sync, wanted: RosterUser, user: User, there: Sequence[tuple[int, str | None]]
) -> None:
    """Replace git's contacts of a user if they differ; a person's own come behind them."""
    usable: list[tuple[str, Described]] = []
    for number, url in enumerate(dict.fromkeys(wanted.contacts), 1):
        try:
            usable.append((url, sync.describe(url)))
        except ValueError as error:
            sync.warnings.append(f"{wanted.place}: contact {number} of {user.email} is left out: {error}")
    if [url for url, _ in usable] == [url for _, url in there]:
        return
    connection = sync.connection
    kept = {url: contact_id for contact_id, url in there if url is not None}
    # What stays keeps its id, for the notifications that are on their way by it.
    stays = [kept[url] for url, _ in usable if url in kept]
    connection.execute(
        sa.delete(CONTACTS).where(
            CONTACTS.c.user_id == user.id, CONTACTS.c.managed_by == GIT, CONTACTS.c.id.not_in(stays)
        )
    )
    own = connection.execute(
        sa.select(CONTACTS.c.id)
        .where(CONTACTS.c.user_id == user.id, CONTACTS.c.managed_by != GIT)
        .order_by(CONTACTS.c.position, CONTACTS.c.id)
    ).scalars()
    for position, contact_id in enumerate(own.all(), len(usable)):
        connection.execute(sa.update(CONTACTS).where(CONTACTS.c.id == contact_id).values(position=position))
    for position, (url, described) in enumerate(usable):
        if url in kept:
            connection.execute(
                sa.update(CONTACTS).where(CONTACTS.c.id == kept[url]).values(position=position)
            )
        else:
            add_contact(
                connection,
                sync.secrets,
                user.id,
                url,
                described,
                sync.now,
                trusted=True,
                position=position,
                managed_by=GIT,
            )
    labels = ", ".join(described.label for _, described in usable)
    sync.record("contact.changed", f"contacts of {user.email}", f"now: {labels}" if labels else "now none")
    if user.email not in sync.added:
        sync.changed.append(user.email)


def _sync_groups(sync: _Sync, groups: Sequence[RosterGroup], there: dict[str, Group]) -> None:
    ids = {
        row.email: row.id
        for row in sync.connection.execute(
            sa.select(USERS.c.email, USERS.c.id).where(USERS.c.org_id == sync.org_id)
        )
    }
    members: dict[int, set[int]] = {}
    for group_id, user_id in sync.connection.execute(sa.select(GROUP_MEMBERS)):
        members.setdefault(group_id, set()).add(user_id)
    for wanted in groups:
        try:
            group = _sync_group(sync, wanted, there)
        except NotAcceptedError as error:
            sync.warnings.append(f"{wanted.place}: {error}")
            continue
        emails = {email.strip().lower() for email in wanted.members}
        sync.warnings += [
            f"{wanted.place}: {email}, a member of {wanted.name}, is nobody here."
            for email in sorted(emails - ids.keys())
        ]
        inside = {ids[email] for email in emails & ids.keys()}
        before = members.get(group.id, set())
        if inside != before:
            remove_members(sync.connection, group.id, before - inside)
            add_members(sync.connection, group.id, inside - before)
            for email in sorted(email for email, user_id in ids.items() if user_id in inside ^ before):
                act: audit.Act = "group.member_added" if ids[email] in inside else "group.member_removed"
                sync.record(act, f"group {wanted.name}", email)
            if wanted.name not in sync.added:
                sync.changed.append(wanted.name)


def _sync_group(sync: _Sync, wanted: RosterGroup, there: dict[str, Group]) -> Group:
    group = there.get(wanted.name)
    if group is None or group.is_all:
        group = add_group(
            sync.connection,
            sync.org_id,
            wanted.name,
            sync.now,
            description=wanted.description,
            managed_by=GIT,
        )
        there[group.name] = group
        sync.added.append(group.name)
        sync.record("group.added", f"group {group.name}")
        return group
    as_wanted = {"description": wanted.description, "is_active": True, "managed_by": GIT}
    changed = {column: value for column, value in as_wanted.items() if getattr(group, column) != value}
    if changed:
        change_group(sync.connection, group.id, **changed)
        sync.changed.append(group.name)
        sync.record("group.changed", f"group {group.name}", audit.difference(group, changed))
    return group


def _deactivate(sync: _Sync, people: Sequence[User], groups: Sequence[Group]) -> None:
    for user in people:
        change_user(sync.connection, user.id, is_active=False)
        sync.record("user.deactivated", f"user {user.email}")
    if people:
        revoke_tokens(sync.connection, [user.id for user in people], sync.now)
    for group in groups:
        change_group(sync.connection, group.id, is_active=False)
        sync.record("group.deactivated", f"group {group.name}")
    sync.deactivated += [user.email for user in people] + [group.name for group in groups]
