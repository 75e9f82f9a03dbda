"""`pingparrot key`."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Annotated

import typer

from router.cli.desk import Desk, Organisation, answer, open_desk, secret_line
from router.cli.faults import CommandFailedError

keys = typer.Typer(help="Give senders keys, and take them away.", no_args_is_help=True, rich_markup_mode=None)

AnyOrganisation = Annotated[str | None, typer.Option("--org", help="Only this organisation.")]


class Kind(StrEnum):
    """What a sender speaks."""

    generic = "generic"
    alertmanager = "alertmanager"
    grafana = "grafana"


@keys.command("create")
def create_key(
    integration: Annotated[str, typer.Argument(metavar="INTEGRATION", help="The sender's name.")],
    kind: Annotated[
        Kind | None, typer.Option("--kind", help="What a new sender speaks: generic, unless given.")
    ] = None,
    allow_ip: Annotated[
        list[str] | None,
        typer.Option(
            "--allow-ip", metavar="CIDR", help="Who may use it; may be repeated; all, unless given."
        ),
    ] = None,
    hmac_secret_stdin: Annotated[
        bool, typer.Option("--hmac-secret-stdin", help="Read the secret that Grafana signs with from stdin.")
    ] = False,
    hmac_overlap: Annotated[
        str,
        typer.Option(
            "--hmac-overlap", metavar="DURATION", help="How long the secret that is replaced holds on."
        ),
    ] = "24h",
    hmac_header: Annotated[
        str | None, typer.Option("--hmac-header", metavar="NAME", help="The header with the signature.")
    ] = None,
    hmac_timestamp_header: Annotated[
        str | None,
        typer.Option(
            "--hmac-timestamp-header", metavar="NAME", help="The header with its time, then required."
        ),
    ] = None,
    owner: Annotated[
        str | None,
        typer.Option("--owner", metavar="EMAIL", help="Whom the sender's Test button pages."),
    ] = None,
    org: Organisation = "default",
) -> None:
    """Make an integration and a key for it, or one more key, and print {"key": …} as one JSON line.

    The key is shown this once. Several keys of one integration are the same sender: add the new one, give it
    to the sender, revoke the old one. A secret for signatures that is given to an integration that has one
    replaces it; both hold until the overlap is over.

    \b
    Examples:
      pingparrot key create prometheus-eu --kind alertmanager --allow-ip 10.0.0.0/8
      pingparrot key create grafana --kind grafana --owner jane@example.com
      pass show grafana | pingparrot key create grafana --hmac-secret-stdin --hmac-overlap 2h
    """
    from router.commands import integrations as commands
    from router.store.audit import COMMAND_LINE

    overlap = _overlap(hmac_overlap)
    hmac_secret = secret_line("HMAC secret") if hmac_secret_stdin else None
    with open_desk() as desk:
        tx, org_id = desk.transaction, desk.organisation(org)
        columns = {
            "owner_user_id": _owner(desk, owner, org_id),
            "signature_header": hmac_header,
            "timestamp_header": hmac_timestamp_header,
        }
        signature = None
        if hmac_secret is not None:
            signature = commands.Signature(desk.secrets.encrypt("hmac", hmac_secret), overlap)
        sender = commands.ensure_integration(
            tx,
            org_id,
            COMMAND_LINE,
            integration,
            kind.value if kind else None,
            desk.now,
            {column: value for column, value in columns.items() if value is not None},
            signature,
        )
        key_id, key = commands.add_key(tx, org_id, COMMAND_LINE, sender.id, allow_ip or (), desk.now)
    answer(
        id=key_id,
        integration_id=sender.id,
        integration=sender.name,
        kind=sender.kind,
        key=key,
        allow_ips=allow_ip or [],
        organisation=org,
    )


def _overlap(text: str) -> timedelta:
    from rules.loading.reading import parse_duration

    seconds = parse_duration(text)
    if seconds is None:
        raise CommandFailedError(f"{text[:40]!r} is no duration, such as 0, 90s or 24h.")
    return timedelta(seconds=seconds)


def _owner(desk: Desk, email: str | None, org_id: int) -> int | None:
    if email is None:
        return None
    user = desk.user(email)
    if user.org_id != org_id:
        raise CommandFailedError(f"{email!r} belongs to another organisation: name somebody of this one.")
    return user.id


@keys.command("list")
def list_keys(org: AnyOrganisation = None) -> None:
    """Print every key as a JSON line, revoked ones too, without the keys themselves.

    \b
    Example:
      pingparrot key list | jq -r 'select(.last_used_at == null) | .id'
    """
    from router.store import credentials

    with open_desk() as desk:
        found = credentials.list_keys(desk.connection, desk.existing_organisation(org))
    for key in found:
        answer(
            id=key.id,
            integration_id=key.integration_id,
            integration=key.integration,
            kind=key.kind,
            prefix=key.prefix,
            allow_ips=key.allow_ips,
            created_at=key.created_at,
            last_used_at=key.last_used_at,
            last_used_from=key.last_used_from,
            revoked_at=key.revoked_at,
            managed_by=key.managed_by or None,
        )


@keys.command("revoke")
def revoke_key(
    key_id: Annotated[int, typer.Argument(metavar="ID", help="The key's id, from `key list`.")],
    org: AnyOrganisation = None,
) -> None:
    """Revoke a key for good; every server refuses it within a second.

    \b
    Example:
      pingparrot key revoke 3
    """
    from router.commands.integrations import revoke_key
    from router.commands.refusals import Missing
    from router.store.audit import COMMAND_LINE

    with open_desk() as desk:
        known = key_id if 0 < key_id < 1 << 63 else 0
        try:
            revoke_key(desk.transaction, desk.existing_organisation(org), COMMAND_LINE, known, desk.now)
        except Missing:
            raise CommandFailedError(
                f"There is no key {key_id}: `pingparrot key list` has those there are."
            ) from None
    answer(id=key_id, revoked=True)
