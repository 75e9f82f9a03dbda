"""`pingparrot user`, `contact` and `group`."""

from __future__ import annotations

from typing import Annotated

import typer

from router.cli.desk import Organisation, answer, open_desk, secret_line
from router.cli.faults import CommandFailedError

users = typer.Typer(help="Make people, and give them passwords.", no_args_is_help=True, rich_markup_mode=None)
contacts = typer.Typer(help="Say how people are reached.", no_args_is_help=True, rich_markup_mode=None)
groups = typer.Typer(help="Put people into groups.", no_args_is_help=True, rich_markup_mode=None)

Email = Annotated[str, typer.Argument(metavar="EMAIL", help="The person's e-mail address.")]

_SHORTEST_PASSWORD = 8  # as in the API


@users.callback()
@contacts.callback()
@groups.callback()
def _several() -> None:
    """Keep a group with a single command a group."""


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
    from router.store import people

    password_hash = _password_hash() if password_stdin else None
    with open_desk() as desk:
        user = people.add_user(
            desk.connection,
            desk.organisation(org),
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


@users.command("password")
def set_password(email: Email) -> None:
    """Give a person a new password, read from stdin, and log them out everywhere.

    \b
    Example:
      pass show jane | pingparrot user password jane@example.com
    """
    from router.store.credentials import revoke_tokens
    from router.store.people import change_user

    password_hash = _password_hash()
    with open_desk() as desk:
        user = desk.user(email)
        change_user(desk.connection, user.id, password_hash=password_hash)
        revoke_tokens(desk.connection, [user.id], desk.now)
    answer(id=user.id, email=user.email)


def _password_hash() -> str:
    from router.store.credentials import hash_password

    password = secret_line("Password")
    if len(password) < _SHORTEST_PASSWORD:
        raise CommandFailedError(f"A password has at least {_SHORTEST_PASSWORD} characters.")
    return hash_password(password)


@contacts.command("add")
def add_contact(
    email: Email,
    url: Annotated[str, typer.Argument(metavar="URL", help="Where to; an Apprise URL, or `-` for stdin.")],
    org: Annotated[str | None, typer.Option("--org", help="Refuse a person of another organisation.")] = None,
) -> None:
    """Add a way to reach a person, tried after those there are, and print it as one JSON line.

    \b
    Examples:
      pingparrot contact add jane@example.com json://127.0.0.1:9000/
      pingparrot contact add jane@example.com 'ntfy://ntfy.sh/jane-on-call'
      pass show jane-sms | pingparrot contact add jane@example.com -
    """
    from router.delivery.contact import ContactError
    from router.delivery.described import described
    from router.store import contacts as store

    url = secret_line("URL") if url == "-" else url
    try:
        what = described(url)
    except ContactError as error:
        raise CommandFailedError(f"The contact was not added: {error}.") from None
    with open_desk() as desk:
        user = desk.user(email)
        if desk.existing_organisation(org) not in (None, user.org_id):
            raise CommandFailedError(f"There is no user {email!r} in the organisation {org!r}.")
        contact = store.add_contact(desk.connection, desk.secrets, user.id, url, what, desk.now, trusted=True)
    answer(
        id=contact.id,
        user_id=user.id,
        email=user.email,
        channel=contact.channel,
        label=contact.label,
        position=contact.position,
    )


@groups.command("add")
def add_group(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What rules and senders call it.")],
    description: Annotated[str, typer.Option("--description", help="What it is for.")] = "",
    member: Annotated[
        list[str] | None, typer.Option("--member", metavar="EMAIL", help="Who is in it; may be repeated.")
    ] = None,
    org: Organisation = "default",
) -> None:
    """Make a group with its members and print it as one JSON line.

    \b
    Example:
      pingparrot group add sre --description "On call" --member jane@example.com --member joe@example.com
    """
    from router.store import groups as store

    with open_desk() as desk:
        org_id = desk.organisation(org)
        people = [desk.user(email) for email in member or ()]
        strange = [person.email for person in people if person.org_id != org_id]
        if strange:
            raise CommandFailedError(f"{', '.join(strange)}: not in the organisation {org!r}.")
        group = store.add_group(
            desk.connection,
            org_id,
            name,
            desk.now,
            description=description,
            member_ids=[person.id for person in people],
        )
    answer(
        id=group.id,
        name=group.name,
        description=group.description,
        is_active=group.is_active,
        members=[person.email for person in people],
        organisation=org,
    )
