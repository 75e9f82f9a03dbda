"""`pingparrot group`."""

from __future__ import annotations

from typing import Annotated

import typer

from router.cli.desk import Desk, Email, ExistingOrganisation, Organisation, answer, open_desk
from router.cli.faults import CommandFailedError

groups = typer.Typer(help="Put people into groups.", no_args_is_help=True, rich_markup_mode=None)
members = typer.Typer(help="Say who is in a group.", no_args_is_help=True, rich_markup_mode=None)
groups.add_typer(members, name="member")

GroupName = Annotated[str, typer.Argument(metavar="NAME", help="The group's name.")]


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
    from router.commands import groups as commands
    from router.store.audit import COMMAND_LINE

    with open_desk() as desk:
        org_id = desk.organisation(org)
        people = [desk.user(email) for email in member or ()]
        strange = [person.email for person in people if person.org_id != org_id]
        if strange:
            raise CommandFailedError(f"{', '.join(strange)}: not in the organisation {org!r}.")
        group = commands.add_group(
            desk.transaction,
            org_id,
            COMMAND_LINE,
            name,
            description,
            [person.id for person in people],
            desk.now,
        )
    answer(
        id=group.id,
        name=group.name,
        description=group.description,
        is_active=group.is_active,
        members=[person.email for person in people],
        organisation=org,
    )


@groups.command("list")
def list_groups(org: ExistingOrganisation = "default") -> None:
    """Print every group of an organisation with its members as a JSON line, inactive groups too.

    \b
    Example:
      pingparrot group list | jq -r 'select(.members == []) | .name'
    """
    from router.store import groups as store

    with open_desk() as desk:
        for group in store.list_groups(desk.connection, desk.existing(org), inactive=True):
            answer(
                id=group.id,
                name=group.name,
                description=group.description,
                is_active=group.is_active,
                managed_by=group.managed_by or None,
                members=[person.email for person in store.members(desk.connection, group)],
            )


@members.command("add")
def add_member(group: GroupName, email: Email, org: ExistingOrganisation = "default") -> None:
    """Put a person into a group and print who is in it; again changes nothing.

    \b
    Example:
      pingparrot group member add sre jane@example.com
    """
    from router.commands import groups as commands
    from router.store.audit import COMMAND_LINE

    with open_desk() as desk:
        org_id, group_id, user_id = _found(desk, org, group, email)
        commands.add_member(desk.transaction, org_id, COMMAND_LINE, group_id, user_id, desk.now)
        _answer_members(desk, org_id, group_id)


@members.command("remove")
def remove_member(group: GroupName, email: Email, org: ExistingOrganisation = "default") -> None:
    """Take a person out of a group and print who is left; again changes nothing.

    \b
    Example:
      pingparrot group member remove sre jane@example.com
    """
    from router.commands import groups as commands
    from router.store.audit import COMMAND_LINE

    with open_desk() as desk:
        org_id, group_id, user_id = _found(desk, org, group, email)
        commands.remove_member(desk.transaction, org_id, COMMAND_LINE, group_id, user_id, desk.now)
        _answer_members(desk, org_id, group_id)


def _found(desk: Desk, org: str, name: str, email: str) -> tuple[int, int, int]:
    from router.store.groups import find_group

    org_id = desk.existing(org)
    group = find_group(desk.connection, org_id, name)
    if group is None:
        raise CommandFailedError(f"There is no group {name!r}: `pingparrot group list` has those there are.")
    user = desk.user(email)
    if user.org_id != org_id:
        raise CommandFailedError(f"{user.email}: not in the organisation {org!r}.")
    return org_id, group.id, user.id


def _answer_members(desk: Desk, org_id: int, group_id: int) -> None:
    from router.commands.groups import get_group
    from router.store.groups import members

    group = get_group(desk.connection, org_id, group_id)
    found = members(desk.connection, group)
    answer(id=group.id, name=group.name, members=[person.email for person in found])
