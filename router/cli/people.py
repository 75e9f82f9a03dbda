"""`pingparrot user`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from router.cli.desk import Desk, Email, ExistingOrganisation, Organisation, answer, open_desk, secret_line

if TYPE_CHECKING:
    from router.store.people import User

users = typer.Typer(
    help="Make people, list them, and take them out of service.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_MOST_USERS = 100_000
_AT_ONCE = 400


@users.command("add")
def add_user(
    email: Email,
    name: Annotated[str, typer.Option("--name", help="The name that others see.")],
    admin: Annotated[bool, typer.Option("--admin", help="May administer the organisation.")] = False,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read a password to log in with from stdin.")
    ] = False,
    inactive: Annotated[bool, typer.Option("--inactive", help="Is paged only once made active.")] = False,
    org: Organisation = "default",
) -> None:
    """Make a person and print {"id": …} as one JSON line.

    \b
    Examples:
      pingparrot user add jane@example.com --name "Jane Smith"
      pass show jane | pingparrot user add jane@example.com --name Jane --admin --password-stdin
    """
    from router.commands import users as commands
    from router.store.audit import COMMAND_LINE

    password_hash = _password_hash(email) if password_stdin else None
    with open_desk() as desk:
        user = commands.add_user(
            desk.transaction,
            desk.organisation(org),
            COMMAND_LINE,
            email,
            name,
            desk.now,
            password_hash=password_hash,
            is_admin=admin,
            is_active=not inactive,
        )
    answer(
        id=user.id,
        email=user.email,
        name=user.name,
        is_admin=user.is_admin,
        is_active=user.is_active,
        organisation=org,
    )


@users.command("list")
def list_users(org: ExistingOrganisation = "default") -> None:
    """Print every person of an organisation as a JSON line, inactive ones too.

    `contacts` says how many ways there are to reach them; without one nobody is paged.

    \b
    Example:
      pingparrot user list | jq -r 'select(.is_active and .contacts == 0) | .email'
    """
    from router.store.contacts import list_contacts
    from router.store.people import list_users

    with open_desk() as desk:
        found, _ = list_users(desk.connection, desk.existing(org), limit=_MOST_USERS)
        ids = [user.id for user in found]
        chunks = (ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE))
        contacts = (contact for chunk in chunks for contact in list_contacts(desk.connection, chunk))
        ways = Counter(contact.user_id for contact in contacts if contact.is_active)
    for user in found:
        answer(
            id=user.id,
            email=user.email,
            name=user.name,
            is_admin=user.is_admin,
            is_active=user.is_active,
            managed_by=user.managed_by or None,
            contacts=ways[user.id],
        )


@users.command("deactivate")
def deactivate_user(email: Email) -> None:
    """Page a person no more and log them out everywhere; nothing of theirs is deleted.

    \b
    Example:
      pingparrot user deactivate jane@example.com
    """
    _set_active(email, active=False)


@users.command("activate")
def activate_user(email: Email) -> None:
    """Page a person again.

    \b
    Example:
      pingparrot user activate jane@example.com
    """
    _set_active(email, active=True)


def _set_active(email: str, *, active: bool) -> None:
    with open_desk() as desk:
        user = _change(desk, desk.user(email), {"is_active": active})
    answer(id=user.id, email=user.email, is_active=user.is_active)


@users.command("password")
def set_password(email: Email) -> None:
    """Give a person a new password, read from stdin, and log them out everywhere.

    \b
    Example:
      pass show jane | pingparrot user password jane@example.com
    """
    password_hash = _password_hash(email)
    with open_desk() as desk:
        user = _change(desk, desk.user(email), {"password_hash": password_hash})
    answer(id=user.id, email=user.email)


def _change(desk: Desk, user: User, changes: Mapping[str, Any]) -> User:
    from router.commands.users import change_user
    from router.store.audit import COMMAND_LINE

    return change_user(desk.transaction, user.org_id, COMMAND_LINE, user.id, changes, desk.now)


def _password_hash(email: str) -> str:
    from router.store.credentials import check_password, hash_password

    password = secret_line("Password")
    check_password(password, email)
    return hash_password(password)


@users.command("invite")
def invite_user(email: Email) -> None:
    """Print a one-time link by which a person sets their password, as one JSON line; it lasts 72 hours.

    Their old password, if they have one, holds until then. A new link makes the last one void.

    \b
    Example:
      pingparrot user invite jane@example.com | jq -r .url
    """
    from router.commands.invitations import invite, link
    from router.store.audit import COMMAND_LINE

    with open_desk() as desk:
        user = desk.user(email)
        invited = invite(desk.transaction, user.org_id, COMMAND_LINE, user.id, desk.now)
    base_url = desk.settings.public_url or f"http://{desk.settings.host}:{desk.settings.port}"
    answer(id=user.id, email=user.email, url=link(base_url, invited.token), expires_at=invited.expires_at)
