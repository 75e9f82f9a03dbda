"""Integrations, for admins: who sends alerts, with which keys, signed how, and what to paste there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from starlette.responses import Response

from router.api.integrations import IntegrationBody, IntegrationChanges, KeyBody, signature_of
from router.api.snippets import asked_at
from router.api.validation import checked
from router.commands import integrations as commands
from router.commands.integrations import Signature
from router.commands.refusals import Missing, invalid
from router.commands.snippets import KEY, address_for, snippets_for
from router.store import credentials, people
from router.store.credentials.integrations import KINDS
from router.store.writer import Transaction
from router.web.forms import FRESH, Form, asks_again
from router.web.render import render
from router.web.screen import Screen, Visit, back_to

_DAY_S = 86_400
_OVERLAPS = ((0, "no longer"), (3600, "one hour"), (_DAY_S, "one day"), (7 * _DAY_S, "a week"))


def show_integrations(visit: Visit, form: Form = FRESH) -> Response:
    """List all senders with when they were last heard of, and ask for a new one."""
    org_id = visit.user.org_id
    with visit.services.database.read() as connection:
        found = credentials.list_integrations(connection, org_id)
        seen = {one.id: one for one in credentials.seen(connection, org_id)}
        everybody, _ = people.list_users(connection, org_id)
    shown = {"integrations": found, "seen": seen, "names": {user.id: user.name for user in everybody}}
    return render(visit, "integrations.html", form.status, form=form, kinds=KINDS, **shown)


def show_integration(visit: Visit, form: Form = FRESH, key: str = "") -> Response:
    """Show a sender; with the key that was just made, this once."""
    integration_id, org_id = visit.number("Integration"), visit.user.org_id
    with visit.services.database.read() as connection:
        integration = commands.get_integration(connection, org_id, integration_id)
        seen = next(one for one in credentials.seen(connection, org_id) if one.id == integration_id)
        keys = [
            one for one in credentials.list_keys(connection, org_id) if one.integration_id == integration_id
        ]
        secrets = credentials.secrets_of(connection, [integration_id]).get(integration_id, ())
        everybody, _ = people.list_users(connection, org_id)
    base_url = visit.services.settings.public_url or asked_at(visit.request)
    snippets = snippets_for(integration, base_url, is_signed=bool(secrets))
    shown: dict[str, Any] = {
        "integration": integration,
        "seen": seen,
        "keys": [one for one in keys if one.revoked_at is None],
        "revoked": [one for one in keys if one.revoked_at is not None],
        "secrets": [one for one in secrets if one.holds(visit.now)],
        "people": [user for user in everybody if user.is_active or user.id == integration.owner_user_id],
        "address": address_for(integration, base_url),
        "snippets": [replace(one, text=one.text.replace(KEY, key or KEY)) for one in snippets],
    }
    status = 201 if key else form.status
    return render(visit, "integration.html", status, form=form, key=key, overlaps=_OVERLAPS, **shown)


@asks_again("add", show_integrations)
def add_integration(visit: Visit) -> Response:
    """Make a sender, without a key as yet."""
    body = checked(IntegrationBody, {name: visit.text(name) for name in ("name", "kind")})
    user, kind = visit.user, body.kind or "generic"
    made = visit.services.writer.run(
        lambda tx: commands.add_integration(tx, user.org_id, user.id, body.name, kind, visit.now)
    )
    return back_to(f"/admin/integrations/{made.id}", "The integration is made: now make a key for it.")


@asks_again("change", show_integration)
def change_integration(visit: Visit) -> Response:
    """Change a sender's name and owner."""
    owner = next(iter(visit.numbers("owner_user_id")), None)
    body = checked(IntegrationChanges, {"name": visit.text("name"), "owner_user_id": owner})
    if body.name is None:
        raise invalid("name", "The name field is required.")
    return _altered(visit, {"name": body.name, "owner_user_id": owner}, None, "The integration is changed.")


@asks_again("key", show_integration)
def add_key(visit: Visit) -> Response:
    """Make a key, and show it this once."""
    integration_id, user = visit.number("Integration"), visit.user
    allowed = visit.text("allow_ips").replace(",", " ").split()
    body = checked(KeyBody, {"allow_ips": allowed})
    _, key = visit.services.writer.run(
        lambda tx: commands.add_key(tx, user.org_id, user.id, integration_id, body.allow_ips or (), visit.now)
    )
    return show_integration(visit, key=key)


def revoke_key(visit: Visit) -> Response:
    """Revoke a key for good."""
    integration_id, key_id, user = visit.number("Integration"), visit.number("Key", "key_id"), visit.user

    def revoke(tx: Transaction) -> None:
        key = credentials.find_key(tx.connection, key_id, user.org_id)
        if key is None or key.integration_id != integration_id:
            raise Missing("Key")
        commands.revoke_key(tx, user.org_id, user.id, key_id, visit.now)

    visit.services.writer.run(revoke)
    visit.services.keyring.forget()
    return back_to(f"/admin/integrations/{integration_id}", "The key is revoked: it opens nothing any more.")


@asks_again("signing", show_integration)
def set_secret(visit: Visit) -> Response:
    """Have bodies be signed, or replace the secret; the old one holds on for a while."""
    secret, overlap = visit.form.get("hmac_secret", [""])[0], visit.text("hmac_overlap_s")
    body = checked(
        IntegrationChanges,
        {
            "hmac_secret": secret or None,
            "hmac_overlap_s": int(overlap) if overlap in {str(seconds) for seconds, _ in _OVERLAPS} else None,
            "hmac_header": visit.text("hmac_header") or None,
            "hmac_timestamp_header": visit.text("hmac_timestamp_header") or None,
        },
    )
    if body.hmac_secret is None:
        raise invalid("hmac_secret", "The hmac secret field is required.")
    columns = body.columns()
    return _altered(visit, columns, signature_of(visit.services.secrets, body), "The new secret holds.")


def remove_secret(visit: Visit) -> Response:
    """Take bodies as they come, signed or not."""
    return _altered(visit, {}, Signature(None), "Bodies need no signature any more.")


def _altered(visit: Visit, changes: dict[str, Any], signature: Signature | None, said: str) -> Response:
    integration_id, user = visit.number("Integration"), visit.user
    visit.services.writer.run(
        lambda tx: commands.alter_integration(
            tx, user.org_id, user.id, integration_id, changes, visit.now, signature
        )
    )
    visit.services.keyring.forget()
    return back_to(f"/admin/integrations/{integration_id}", said)


_ALL = "/admin/integrations"
_ONE = "/admin/integrations/{id}"

SCREENS = (
    Screen("GET", _ALL, show_integrations, "admin"),
    Screen("POST", _ALL, add_integration, "admin"),
    Screen("GET", _ONE, show_integration, "admin"),
    Screen("POST", _ONE, change_integration, "admin"),
    Screen("POST", f"{_ONE}/keys", add_key, "admin"),
    Screen("POST", f"{_ONE}/keys/{{key_id}}/revoke", revoke_key, "admin"),
    Screen("POST", f"{_ONE}/secret", set_secret, "admin"),
    Screen("POST", f"{_ONE}/secret/remove", remove_secret, "admin"),
)
