"""How a person is reached, for admins: add contacts, order them, switch them, take them away."""

from __future__ import annotations

from starlette.responses import Response

from router.api.contacts import ContactBody, tried_out
from router.api.validation import checked
from router.commands import contacts as commands
from router.web.forms import asks_again
from router.web.screen import Screen, Visit, back_to
from router.web.users import show_user


@asks_again("contact", show_user)
def add_contact(visit: Visit) -> Response:
    """Add a contact, to be tried after those there are."""
    user_id, user = visit.number("User"), visit.user
    url = checked(ContactBody, {"url": visit.text("url")}).url
    described = commands.describe(url, trusted=True)
    visit.services.writer.run(
        lambda tx: commands.add_contact(
            tx,
            visit.services.secrets,
            user.org_id,
            user.id,
            user_id,
            url,
            described,
            visit.now,
            trusted=True,
            own=user.id == user_id,
        )
    )
    return back_to(f"/admin/users/{user_id}", "The contact is added: test whether a message arrives.")


def test_contact(visit: Visit) -> Response:
    """Send one real message by a contact, and say how it went."""
    user_id, contact_id = _ids(visit)
    contact, result = tried_out(visit.services, visit.user, user_id, contact_id, visit.now)
    if result.outcome == "ok":
        said = f"A test message went out by {contact.label}. Has it arrived?"
    else:
        said = f"The test FAILED: no message went out by {contact.label}: {result.detail}"
    return back_to(f"/admin/users/{user_id}", said)


def move_contact(visit: Visit) -> Response:
    """Try a contact sooner, or later."""
    user_id, contact_id, user = *_ids(visit), visit.user
    up = visit.text("to") == "up"
    visit.services.writer.run(
        lambda tx: commands.move_contact(tx, user.org_id, user.id, user_id, contact_id, visit.now, up=up)
    )
    return back_to(f"/admin/users/{user_id}", "Tried sooner now." if up else "Tried later now.")


def switch_contact(visit: Visit) -> Response:
    """Use a contact, or not."""
    user_id, contact_id, user = *_ids(visit), visit.user
    active = visit.text("active") == "yes"
    visit.services.writer.run(
        lambda tx: commands.change_contact(
            tx, user.org_id, user.id, user_id, contact_id, {"is_active": active}, visit.now
        )
    )
    return back_to(
        f"/admin/users/{user_id}", "The contact is used." if active else "The contact is not used any more."
    )


def remove_contact(visit: Visit) -> Response:
    """Take a contact away."""
    user_id, contact_id, user = *_ids(visit), visit.user
    visit.services.writer.run(
        lambda tx: commands.remove_contact(tx, user.org_id, user.id, user_id, contact_id, visit.now)
    )
    return back_to(f"/admin/users/{user_id}", "The contact is gone.")


def _ids(visit: Visit) -> tuple[int, int]:
    return visit.number("User"), visit.number("Contact", "contact_id")


_ALL = "/admin/users/{id}/contacts"
_ONE = "/admin/users/{id}/contacts/{contact_id}"

SCREENS = (
    Screen("POST", _ALL, add_contact, "admin"),
    Screen("POST", f"{_ONE}/test", test_contact, "admin"),
    Screen("POST", f"{_ONE}/move", move_contact, "admin"),
    Screen("POST", f"{_ONE}/active", switch_contact, "admin"),
    Screen("POST", f"{_ONE}/remove", remove_contact, "admin"),
)
