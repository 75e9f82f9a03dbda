"""Send a page by hand."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from router.api.sending import asked_for
from router.commands.refusals import Invalid
from router.commands.send import Sender, send
from router.store.groups import Group, list_groups
from router.web.render import render
from router.web.screen import Screen, Visit, back_to

_FIELDS = ("subject", "message", "priority", "to")
_MYSELF = "me"
_ALL = "all"


def show_send(visit: Visit) -> Response:
    """Ask what to say, and whom to page."""
    return _form(visit, {"subject": "", "message": "", "priority": "normal", "to": _ALL}, {})


def send_page(visit: Visit) -> Response:
    """Send the page; what is wrong is said beside what was typed."""
    typed = {name: visit.text(name) for name in _FIELDS}
    user, services = visit.user, visit.services
    try:
        asked = asked_for(services, user.org_id, _body(visit, typed))
    except Invalid as refused:
        return _form(visit, typed, refused.faults, 422)
    sender = Sender(user.org_id, user.name, user_id=user.id)
    fallback = services.rules.fallback(user.org_id)
    sent = services.writer.run(lambda tx: send(tx, sender, asked, visit.now, fallback))
    count = sent.recipients
    return back_to(f"/pages/{sent.page_id}", f"Sent to {count} {'person' if count == 1 else 'people'}.")


def _body(visit: Visit, typed: dict[str, str]) -> dict[str, Any]:
    body: dict[str, Any] = {name: typed[name] for name in ("subject", "message", "priority")}
    if typed["to"] == _MYSELF:
        return body | {"delivery_mode": "single", "target_user_id": visit.user.id}
    if typed["to"].isdecimal():
        return body | {"delivery_mode": "group", "target_group_id": int(typed["to"][:18])}
    return body | {"delivery_mode": "broadcast"}


def _form(visit: Visit, typed: dict[str, str], faults: dict[str, list[str]], status: int = 200) -> Response:
    with visit.services.database.read() as connection:
        groups: list[Group] = [
            group for group in list_groups(connection, visit.user.org_id) if not group.is_all
        ]
    return render(visit, "send.html", status, typed=typed, faults=faults, groups=groups)


SCREENS = (
    Screen("GET", "/send", show_send, "user"),
    Screen("POST", "/send", send_page, "user"),
)
