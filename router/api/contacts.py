"""How people are reached: for admins, and for everybody about themselves. A URL is never shown again."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field
from starlette.responses import JSONResponse, Response

from router.api.errors import HttpError
from router.api.operation import Call, Operation
from router.api.responses import Done, Instant, instant
from router.api.services import Services
from router.api.validation import INTEGRAL, Schema
from router.commands import contacts
from router.commands.refusals import Forbidden
from router.commands.users import get_user
from router.delivery.channel import Result
from router.store.contacts import ContactInfo, list_contacts
from router.store.credentials import Account

SECTION = "Contacts"


class ContactBody(Schema):
    """A contact's URL: `json://host:port/path`, `mailto:…`, `ntfy://…` and, from admins, any of Apprise's."""

    url: Annotated[str, Field(min_length=1, max_length=2000)]


class ContactChanges(Schema):
    """What to change about a contact; those with a lower position are tried first."""

    is_active: bool | None = None
    position: Annotated[int, Field(ge=0, le=10_000), INTEGRAL] | None = None


class TrialAnswer(BaseModel):
    """How a test message went: `ok`; `permanent`, trying again cannot help; `retryable`, it may."""

    outcome: Literal["ok", "permanent", "retryable"]
    detail: str


class ContactAnswer(BaseModel):
    """A contact as it may be shown; `is_trusted` says that an admin or git has given it."""

    id: int
    user_id: int
    position: int
    channel: str
    label: str
    is_trusted: bool
    is_active: bool
    managed_by: str | None
    created_at: Instant


def show_contacts(call: Call) -> Response:
    """List the contacts of a person, in the order in which they are tried."""
    user_id = _user_id(call)
    with call.services.database.read() as connection:
        get_user(connection, call.account.org_id, user_id)
        found = list_contacts(connection, [user_id])
    return JSONResponse([contact_json(contact) for contact in found])


def add_contact(call: Call) -> Response:
    """Add a contact, to be tried after those there are."""
    user_id = _user_id(call)
    account = call.account
    with call.services.database.read() as connection:
        get_user(connection, account.org_id, user_id)
    url = call.read(ContactBody).url.strip()
    trusted, own = account.is_admin, account.id == user_id
    described = contacts.describe(url, trusted=trusted)
    contact = call.services.writer.run(
        lambda tx: contacts.add_contact(
            tx,
            call.services.secrets,
            account.org_id,
            account.id,
            user_id,
            url,
            described,
            call.now,
            trusted=trusted,
            own=own,
        )
    )
    return JSONResponse(contact_json(contact), 201)


def change_contact(call: Call) -> Response:
    """Switch a contact on or off, or change its place in the order."""
    user_id, contact_id = _user_id(call), call.number("Contact", "contact_id")
    account = call.account
    changes = call.read(ContactChanges).model_dump(exclude_none=True)
    contact = call.services.writer.run(
        lambda tx: contacts.change_contact(
            tx, account.org_id, account.id, user_id, contact_id, changes, call.now
        )
    )
    return JSONResponse(contact_json(contact))


def remove_contact(call: Call) -> Response:
    """Take a contact away, and its URL out of the database."""
    user_id, contact_id = _user_id(call), call.number("Contact", "contact_id")
    account = call.account
    call.services.writer.run(
        lambda tx: contacts.remove_contact(tx, account.org_id, account.id, user_id, contact_id, call.now)
    )
    return JSONResponse({"message": "Contact removed successfully"})


def test_contact(call: Call) -> Response:
    """Send one real message by a contact, now, and say how it went."""
    user_id, contact_id = _user_id(call), call.number("Contact", "contact_id")
    _, result = tried_out(call.services, call.account, user_id, contact_id, call.now)
    return JSONResponse({"outcome": result.outcome, "detail": result.detail})


def tried_out(
    services: Services, account: Account, user_id: int, contact_id: int, now: datetime
) -> tuple[ContactInfo, Result]:
    """Send one real message by a contact; returns the contact, and how it went. On a worker thread.

    Parameters:
      account: who tries.
    Raises Missing, and HttpError 429 after too many.
    """
    with services.database.read() as connection:
        trial = contacts.prepare_trial(connection, services.secrets, account.org_id, user_id, contact_id)
    wait = services.trials.attempt(str(account.id), now)
    if wait:
        error = f"Too many test messages. Please try again in {wait} seconds."
        raise HttpError(429, error, {"Retry-After": str(wait)})
    result = contacts.try_out(trial, now)
    services.writer.run(lambda tx: contacts.record_trial(tx, account.id, trial, result, now))
    return trial.contact, result


def _user_id(call: Call) -> int:
    """Return whose contacts these are. Raises Forbidden for somebody else's, whether they exist or not."""
    if not call.account.is_admin and call.request.path_params["id"] != str(call.account.id):
        raise Forbidden("The contacts of others are for admins only.")
    return call.number("User")


def contact_json(contact: ContactInfo) -> dict[str, Any]:
    """Return a contact as it may be shown."""
    return {
        "id": contact.id,
        "user_id": contact.user_id,
        "position": contact.position,
        "channel": contact.channel,
        "label": contact.label,
        "is_trusted": contact.is_trusted,
        "is_active": contact.is_active,
        "managed_by": contact.managed_by or None,
        "created_at": instant(contact.created_at),
    }


_ALL = "/api/users/{id}/contacts"
_ONE = "/api/users/{id}/contacts/{contact_id}"

OPERATIONS = (
    Operation("GET", _ALL, show_contacts, "user", SECTION, may_forbid=True, returns=list[ContactAnswer]),
    Operation(
        "POST",
        _ALL,
        add_contact,
        "user",
        SECTION,
        may_forbid=True,
        body=ContactBody,
        status=201,
        returns=ContactAnswer,
    ),
    Operation(
        "PATCH",
        _ONE,
        change_contact,
        "user",
        SECTION,
        may_forbid=True,
        body=ContactChanges,
        returns=ContactAnswer,
    ),
    Operation(
        "POST",
        f"{_ONE}/test",
        test_contact,
        "user",
        SECTION,
        may_forbid=True,
        may_refuse=(429,),
        returns=TrialAnswer,
    ),
    Operation("DELETE", _ONE, remove_contact, "user", SECTION, may_forbid=True, returns=Done),
)
