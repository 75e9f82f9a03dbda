"""Log in by an OpenID provider: there, and back."""

from __future__ import annotations

import functools
import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta

import structlog
from starlette.responses import RedirectResponse, Response

from router.api.auth import address_of
from router.api.client import network_of
from router.api.errors import HttpError
from router.api.login import note
from router.commands.provided import Provided, come_in, provided
from router.commands.refusals import Forbidden
from router.metrics import AUTH_FAILURES
from router.oidc import CALLBACK, Attempt, Provider, ProviderError
from router.store import people
from router.store.credentials import create_token
from router.store.people import User
from router.store.writer import Transaction
from router.web import session
from router.web.login import wanted_address
from router.web.render import render
from router.web.screen import Screen, Visit

_COOKIE = "pp_oidc"
_LASTS = timedelta(minutes=10)
_NOT_BEGUN = "This log-in is too old, was used already, or was not begun in this browser: try again."
_UNTRUSTED = (
    "What your organisation's log-in answered does not hold: try again, or ask an admin to read the log."
)
_AWAY = "Your organisation's log-in cannot be reached right now: try again, or use a password."
_log = structlog.get_logger(__name__)


def says_why(handler: Callable[[Visit], Response]) -> Callable[[Visit], Response]:
    """Answer what a handler refuses by the log-in screen with a sentence, the log, and a count."""

    @functools.wraps(handler)
    def answered(visit: Visit) -> Response:
        if visit.account is not None:
            return RedirectResponse("/", 303)
        try:
            return handler(visit)
        except ProviderError as error:
            return _refused(visit, 502, _AWAY if error.is_away else _UNTRUSTED, str(error))
        except Forbidden as error:
            return _refused(visit, 403, str(error), str(error))
        except HttpError as error:
            response = _refused(visit, error.status, error.error, error.error)
            response.headers.update(error.headers)
            return response

    return answered


@says_why
def go_to_provider(visit: Visit) -> Response:
    """Send a browser to the provider, remembering in a cookie what it must come back with."""
    attempt, wanted = Attempt(), wanted_address(visit.asked("next"))
    response = RedirectResponse(_provider(visit).address_for(attempt), 303)
    until = int((visit.now + _LASTS).timestamp())
    text = json.dumps({**asdict(attempt), "wanted": wanted, "until": until})
    packed = urlsafe_b64encode(text.encode()).decode()
    value = f"{packed}.{session.sign(visit.services.secrets, 'oidc', packed)}"
    lasts_s = int(_LASTS.total_seconds())
    session.set_cookie(response, _COOKIE, value, visit.services.settings, visit.request, lasts_s)
    return response


def come_back(visit: Visit) -> Response:
    """Begin a session for whom the provider proves; the attempt is over, whatever comes of it."""
    response = _come_back(visit)
    response.delete_cookie(_COOKIE, path="/")
    return response


@says_why
def _come_back(visit: Visit) -> Response:
    services, provider = visit.services, _provider(visit)
    attempt, wanted = _begun(visit)
    claims = provider.claims(_code(visit), attempt, visit.now)
    who = provided(claims, services.settings.oidc_groups_claim)

    def begin(tx: Transaction) -> tuple[User, str]:
        user = come_in(tx, who, services.settings, visit.now)
        expires_at = visit.now + session.LASTS
        return user, create_token(tx.connection, user.id, session.DEVICE, visit.now, expires_at)

    try:
        user, token = services.writer.run(begin)
    except Forbidden:
        _note_refusal(visit, who)
        raise
    note(services, visit.request, user, "login", visit.now)
    response = RedirectResponse(wanted, 303)
    session.keep(response, services.settings, visit.request, token)
    return response


def _provider(visit: Visit) -> Provider:
    """Return the provider. Raises HttpError 404 without one, 429 for a client that asks too often."""
    provider = visit.services.provider
    if provider is None:
        raise HttpError(404, "Nobody has set up a log-in by your organisation here: use a password.")
    network = network_of(address_of(visit.services, visit.request))
    wait = visit.services.provided.attempt(network, visit.now)
    if wait:
        error = f"Too many login attempts. Please try again in {wait} seconds."
        raise HttpError(429, error, {"Retry-After": str(wait)})
    return provider


def _begun(visit: Visit) -> tuple[Attempt, str]:
    """Return the attempt that this browser comes back from, and where it wanted to go. Raises Forbidden."""
    packed, _, signature = visit.request.cookies.get(_COOKIE, "").strip('"').partition(".")
    if not session.holds(visit.services.secrets, "oidc", packed, signature):
        raise Forbidden(_NOT_BEGUN)
    begun = json.loads(urlsafe_b64decode(packed))  # ours: it is signed
    attempt = Attempt(begun["state"], begun["nonce"], begun["verifier"])
    if visit.asked("state") != attempt.state or begun["until"] <= visit.now.timestamp():
        raise Forbidden(_NOT_BEGUN)
    return attempt, begun["wanted"]


def _code(visit: Visit) -> str:
    code, said = visit.asked("code"), visit.asked("error")
    if not code or len(code) > 4096:
        why = said if re.fullmatch(r"[a-z_]{1,60}", said) else "no code"
        raise Forbidden(f"Your organisation's log-in did not let you in ({why}).")
    return code


def _note_refusal(visit: Visit, who: Provided) -> None:
    with visit.services.database.read() as connection:
        user = people.find_user(connection, who.email)
    if user is not None:
        note(visit.services, visit.request, user, "login.refused", visit.now)


def _refused(visit: Visit, status: int, sentence: str, why: str) -> Response:
    AUTH_FAILURES.labels("oidc").inc()
    _log.warning(
        "a log-in by the OpenID provider was refused",
        reason=why,
        address=str(address_of(visit.services, visit.request)),
    )
    return render(visit, "login.html", status, email="", fault=sentence, next="/")


SCREENS = (
    Screen("GET", "/login/oidc", go_to_provider, "public"),
    Screen("GET", CALLBACK, come_back, "public"),
)
