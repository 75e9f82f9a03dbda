"""`pingparrot contact`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from router.cli.desk import Email, answer, open_desk, secret_line
from router.cli.faults import CommandFailedError

if TYPE_CHECKING:
    from router.store.contacts import ContactInfo

contacts = typer.Typer(help="Say how people are reached.", no_args_is_help=True, rich_markup_mode=None)

ContactId = Annotated[int, typer.Argument(metavar="ID", help="The contact's id, from `contact list`.")]


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
    from router.commands import contacts as commands
    from router.delivery.contact import ContactError
    from router.delivery.described import described
    from router.store.audit import COMMAND_LINE

    url = secret_line("URL") if url == "-" else url
    try:
        what = described(url)
    except ContactError as error:
        raise CommandFailedError(f"The contact was not added: {error}.") from None
    with open_desk() as desk:
        user = desk.user(email)
        if desk.existing_organisation(org) not in (None, user.org_id):
            raise CommandFailedError(f"There is no user {email!r} in the organisation {org!r}.")
        contact = commands.add_contact(
            desk.transaction,
            desk.secrets,
            user.org_id,
            COMMAND_LINE,
            user.id,
            url,
            what,
            desk.now,
            trusted=True,
            own=False,
        )
    answer(**_shown(contact, user.email))


@contacts.command("list")
def list_contacts(email: Email) -> None:
    """Print every contact of a person as a JSON line, in the order in which they are tried.

    \b
    Example:
      pingparrot contact list jane@example.com
    """
    from router.store import contacts as store

    with open_desk() as desk:
        user = desk.user(email)
        found = store.list_contacts(desk.connection, [user.id])
    for contact in found:
        answer(
            **_shown(contact, user.email),
            is_active=contact.is_active,
            is_trusted=contact.is_trusted,
            managed_by=contact.managed_by or None,
        )


@contacts.command("remove")
def remove_contact(email: Email, contact_id: ContactId) -> None:
    """Take a contact away, and its URL out of the database.

    \b
    Example:
      pingparrot contact remove jane@example.com 3
    """
    from router.commands.contacts import remove_contact
    from router.store.audit import COMMAND_LINE

    with open_desk() as desk:
        user = desk.user(email)
        remove_contact(desk.transaction, user.org_id, COMMAND_LINE, user.id, _known(contact_id), desk.now)
    answer(id=contact_id, email=user.email, removed=True)


@contacts.command("test")
def test_contact(email: Email, contact_id: ContactId) -> None:
    """Send one real message by a contact, say how it went, and exit with 1 when it failed.

    It is sent from here, not by the server: once, without a page, and to this contact only.

    \b
    Example:
      pingparrot contact test jane@example.com 3
    """
    from router.commands.contacts import prepare_trial, record_trial, try_out
    from router.store.audit import COMMAND_LINE

    with open_desk() as desk:
        user = desk.user(email)
        trial = prepare_trial(desk.connection, desk.secrets, user.org_id, user.id, _known(contact_id))
    result = try_out(trial, desk.now)
    with open_desk() as desk:
        record_trial(desk.transaction, COMMAND_LINE, trial, result, desk.now)
    answer(**_shown(trial.contact, user.email), outcome=result.outcome, detail=result.detail)
    if result.outcome != "ok":
        raise CommandFailedError(f"The message did not go out by {trial.contact.label}: {result.detail}.")


def _known(contact_id: int) -> int:
    """Return an id that a database can hold."""
    return contact_id if 0 < contact_id < 1 << 63 else 0


def _shown(contact: ContactInfo, email: str) -> dict[str, Any]:
    return {
        "id": contact.id,
        "user_id": contact.user_id,
        "email": email,
        "channel": contact.channel,
        "label": contact.label,
        "position": contact.position,
    }
