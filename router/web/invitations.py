"""What one-time links open: a password is set, by somebody who was invited or by the first admin."""

from __future__ import annotations

from starlette.responses import Response

from router.api.invitations import AcceptBody, SetUpBody, accepted, first_admin
from router.api.validation import checked
from router.commands import invitations as commands
from router.commands.refusals import invalid
from router.web.forms import FRESH, Form, slowly_asks_again
from router.web.render import render
from router.web.screen import Screen, Visit, back_to


def show_invitation(visit: Visit, form: Form = FRESH) -> Response:
    """Ask somebody who was invited for a name and a password."""
    with visit.services.database.read() as connection:
        invited = commands.invited(connection, _token(visit), visit.now)
    return render(visit, "invitation.html", form.status, form=form, invited=invited)


@slowly_asks_again("join", show_invitation)
async def accept(visit: Visit) -> Response:
    """Set the name and the password."""
    fields = {"token": _token(visit), "name": visit.text("name"), "password": _password(visit)}
    await accepted(visit.services, visit.request, checked(AcceptBody, fields), visit.now)
    return back_to("/login", "Your password is set: log in with it.")


def show_setup(visit: Visit, form: Form = FRESH) -> Response:
    """Ask who the first admin is."""
    with visit.services.database.read() as connection:
        commands.check_setup(connection, _token(visit), visit.now)
    return render(visit, "setup.html", form.status, form=form)


@slowly_asks_again("setup", show_setup)
async def set_up(visit: Visit) -> Response:
    """Make the first admin."""
    fields = {name: visit.text(name) for name in ("email", "name")}
    fields |= {"token": _token(visit), "password": _password(visit)}
    await first_admin(visit.services, visit.request, checked(SetUpBody, fields), visit.now)
    return back_to("/login", "You are the first admin: log in, then add people and integrations.")


def _token(visit: Visit) -> str:
    token: str = visit.request.path_params["token"]
    return token[:100]


def _password(visit: Visit) -> str:
    password, again = (next(iter(visit.form.get(name, ())), "") for name in ("password", "again"))
    if password != again:
        raise invalid("again", "The two passwords differ: type the same one twice.")
    return password


SCREENS = (
    Screen("GET", "/invitation/{token}", show_invitation, "public"),
    Screen("POST", "/invitation/{token}", accept, "public"),
    Screen("GET", "/setup/{token}", show_setup, "public"),
    Screen("POST", "/setup/{token}", set_up, "public"),
)
