"""People, for admins: who is paged, who may log in, and who can be reached."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from router.api.snippets import asked_at
from router.api.users import UserBody, UserChanges
from router.api.validation import checked
from router.commands import users as commands
from router.commands.invitations import Invitation, invite, link
from router.commands.refusals import invalid
from router.store import credentials, groups, people
from router.store.contacts import list_contacts
from router.store.people import GIT, User
from router.store.writer import Transaction
from router.web.forms import FRESH, Form, asks_again
from router.web.render import render
from router.web.screen import Screen, Visit, back_to

_PER_SCREEN = 100


def show_users(visit: Visit, form: Form = FRESH) -> Response:
    """List people with whether anything reaches them, and ask for a new one."""
    number = visit.screen_number()
    start = (number - 1) * _PER_SCREEN
    with visit.services.database.read() as connection:
        found, total = people.list_users(connection, visit.user.org_id, limit=_PER_SCREEN, offset=start)
        contacts = list_contacts(connection, [user.id for user in found])
    reached = {contact.user_id for contact in contacts if contact.is_active}
    shown = {"users": found, "reached": reached, "number": number, "total": total}
    last = max(1, -(-total // _PER_SCREEN))
    return render(visit, "users.html", form.status, form=form, git=GIT, last=last, **shown)


def show_user(visit: Visit, form: Form = FRESH) -> Response:
    """Show a person: contacts, groups, and where they are logged in."""
    return _show(visit, visit.number("User"), form)


def _show(visit: Visit, user_id: int, form: Form = FRESH, invited: Invitation | None = None) -> Response:
    org_id = visit.user.org_id
    with visit.services.database.read() as connection:
        person = commands.get_user(connection, org_id, user_id)
        shown: dict[str, Any] = {
            "contacts": list_contacts(connection, [user_id]),
            "groups": groups.groups_of(connection, org_id, user_id),
            "tokens": credentials.list_tokens(connection, user_id, visit.now)[0],
        }
    if invited is not None:
        base_url = visit.services.settings.public_url or asked_at(visit.request)
        shown["link"] = link(base_url, invited.token)
    status = form.status if invited is None else 201
    return render(visit, "user.html", status, form=form, person=person, git=GIT, invited=invited, **shown)


@asks_again("add", show_users)
def add_user(visit: Visit) -> Response:
    """Make a person, with a link by which they set their password unless that is not wanted."""
    body = checked(UserBody, {"email": visit.text("email"), "name": visit.text("name")})
    user, is_admin, wants_link = visit.user, visit.text("is_admin") == "yes", visit.text("invite") == "yes"

    def add(tx: Transaction) -> tuple[User, Invitation | None]:
        made = commands.add_user(
            tx, user.org_id, user.id, body.email, body.name, visit.now, is_admin=is_admin
        )
        return made, invite(tx, user.org_id, user.id, made.id, visit.now) if wants_link else None

    made, invited = visit.services.writer.run(add)
    if invited is not None:
        return _show(visit, made.id, invited=invited)
    return back_to(f"/admin/users/{made.id}", "Added. Without a contact no page goes out: add one.")


@asks_again("active", show_user)
def invite_user(visit: Visit) -> Response:
    """Make a link by which a person sets their password, and show it this once."""
    user_id, user = visit.number("User"), visit.user
    invited = visit.services.writer.run(lambda tx: invite(tx, user.org_id, user.id, user_id, visit.now))
    return _show(visit, user_id, invited=invited)


@asks_again("change", show_user)
def change_user(visit: Visit) -> Response:
    """Change a person's name, and whether they are an admin."""
    body = checked(UserChanges, {"name": visit.text("name")})
    if body.name is None:
        raise invalid("name", "The name field is required.")
    changes = {"name": body.name, "is_admin": visit.text("is_admin") == "yes"}
    return _changed(visit, changes, "The changes are saved.")


@asks_again("active", show_user)
def switch_user(visit: Visit) -> Response:
    """Let a person be paged and log in, or no more."""
    active = visit.text("active") == "yes"
    said = "Active again: pages reach this person." if active else "Inactive: no page, and logged out."
    return _changed(visit, {"is_active": active}, said)


def log_out_everywhere(visit: Visit) -> Response:
    """End every session and every token of a person."""
    user_id, user = visit.number("User"), visit.user
    visit.services.writer.run(lambda tx: commands.log_out(tx, user.org_id, user.id, user_id, visit.now))
    return back_to(f"/admin/users/{user_id}", "Logged out everywhere.")


def _changed(visit: Visit, changes: Mapping[str, Any], said: str) -> Response:
    user_id, user = visit.number("User"), visit.user
    visit.services.writer.run(
        lambda tx: commands.change_user(tx, user.org_id, user.id, user_id, changes, visit.now)
    )
    return back_to(f"/admin/users/{user_id}", said)


_ALL = "/admin/users"
_ONE = "/admin/users/{id}"

SCREENS = (
    Screen("GET", _ALL, show_users, "admin"),
    Screen("POST", _ALL, add_user, "admin"),
    Screen("GET", _ONE, show_user, "admin"),
    Screen("POST", _ONE, change_user, "admin"),
    Screen("POST", f"{_ONE}/active", switch_user, "admin"),
    Screen("POST", f"{_ONE}/invite", invite_user, "admin"),
    Screen("POST", f"{_ONE}/logout", log_out_everywhere, "admin"),
)
