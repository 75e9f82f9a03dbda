"""What people see and change about themselves: how they are reached, this device, their password."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from router.api.invitations import PasswordBody, replace_password
from router.api.push import PushBody
from router.api.validation import checked
from router.commands import push
from router.commands.refusals import Invalid
from router.store.contacts import list_contacts
from router.store.credentials.passwords import SHORTEST
from router.store.names import NotAcceptedError
from router.store.people import GIT
from router.web.forms import FRESH, Form
from router.web.render import render
from router.web.screen import Screen, Visit, back_to


def show_me(visit: Visit, form: Form = FRESH) -> Response:
    """Show who is logged in, and how they are reached."""
    user, secrets = visit.user, visit.services.secrets
    with visit.services.database.read() as connection:
        contacts = list_contacts(connection, [user.id])
        known = push.known(connection, secrets, user.id)
    shown = {
        "contacts": contacts,
        "known": known,
        "key": push.public_key(secrets),
        "git": GIT,
        "shortest": SHORTEST,
    }
    return render(visit, "me.html", form.status, form=form, **shown)


def begin_push(visit: Visit) -> Response:
    """Page whoever is logged in on the device that asks."""
    keys = {name: visit.text(name) for name in ("p256dh", "auth")}
    given = {"endpoint": visit.text("endpoint"), "keys": keys, "device": visit.text("device")}
    body, services, user = checked(PushBody, given), visit.services, visit.user
    device = push.device(
        services.secrets,
        user,
        body.endpoint,
        body.keys.p256dh,
        body.keys.auth,
        name=body.device or "",
        public_url=services.settings.public_url,
    )
    services.writer.run(lambda tx: push.subscribe(tx, services.secrets, user, device, visit.now))
    return back_to("/me", "Pages come to this device.")


def end_push(visit: Visit) -> Response:
    """Page whoever is logged in on this device no more."""
    services, user, endpoint = visit.services, visit.user, visit.text("endpoint")
    services.writer.run(lambda tx: push.unsubscribe(tx, services.secrets, user, endpoint, visit.now))
    return back_to("/me", "No more pages come to this device.")


async def change_password(visit: Visit) -> Response:
    """Give whoever is logged in a new password; every session and token but this one ends."""
    given = {name: next(iter(visit.form.get(name, ())), "") for name in ("old_password", "password")}
    try:
        body = checked(PasswordBody, given)
        await replace_password(visit.services, visit.request, visit.user, body, visit.now)
    except Invalid as refused:
        faults = refused.faults
    except NotAcceptedError as refused:
        faults = {refused.field: [str(refused)]}
    else:
        return back_to("/me", "Your password is changed, and you are logged out everywhere else.")
    return await run_in_threadpool(show_me, visit, Form("password", faults=faults))


SCREENS = (
    Screen("GET", "/me", show_me, "user"),
    Screen("POST", "/me/push", begin_push, "user"),
    Screen("POST", "/me/push/end", end_push, "user"),
    Screen("POST", "/me/password", change_password, "user"),
)
