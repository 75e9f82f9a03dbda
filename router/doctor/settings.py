"""The settings, and what they name beside the database and the rules."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from router.bootstrap import read_bootstrap
from router.delivery.broker import ask
from router.delivery.channels import registry
from router.doctor.remark import Remark, error, ok, warning
from router.oidc import wrong_with
from router.settings import Settings, SettingsError


def look(given: Settings) -> Iterator[Remark]:
    """Yield remarks about the settings, the secret key and the broker."""
    for sentence in given.warnings:
        yield warning("settings", sentence, "See docs/settings.md.")
    if not given.warnings:
        yield ok("settings", "They can be read.")
    yield _secret_key(given)
    yield _public_url(given)
    if bool(given.peer_url) != bool(given.peer_key):
        yield error(
            "peer",
            "Only one of PINGPARROT_PEER_URL and PINGPARROT_PEER_KEY is given: no server starts.",
            "Give both, or neither.",
        )
    if no_log_in := wrong_with(given):
        yield error("log-in", f"{no_log_in[:-1]}; no server starts.", "See docs/dashboard.md.")
    for number, url in enumerate(given.emergency_contacts, 1):
        wrong = registry.check(url, trusted=True)
        if wrong is not None:
            yield error(
                "emergency",
                f"PINGPARROT_EMERGENCY_CONTACTS, contact {number}: {wrong}; no server starts.",
                "Correct it: docs/channels.md has every kind of contact.",
            )
    if given.bootstrap is not None:
        yield from _bootstrap(given.bootstrap)
    yield _broker(given)


def _secret_key(given: Settings) -> Remark:
    if given.secret_keys:
        return ok("secret key", "PINGPARROT_SECRET_KEY is given.")
    path = given.database_path
    if path is None:
        return error(
            "secret key",
            "PINGPARROT_SECRET_KEY is not given, and on PostgreSQL no server starts without it.",
            "Make one with `openssl rand -base64 32`, and give every process the same.",
        )
    key = path.with_name("pingparrot.key")
    try:
        mode, readable = key.stat().st_mode, os.access(key, os.R_OK)
    except FileNotFoundError:
        return ok("secret key", f"There is none yet: {key} is made when it is needed.")
    except OSError as failure:
        return error(
            "secret key", f"{key} cannot be read: {failure.strerror}.", "Run this as the server's user."
        )
    if not readable:
        return error("secret key", f"{key} cannot be read by this user.", "Run this as the server's user.")
    if mode & 0o077:
        return warning("secret key", f"{key} can be read by others.", f"Run `chmod 600 {key}`.")
    return ok("secret key", f"{key} is there, for its owner only. Keep a copy apart from the database.")


def _public_url(given: Settings) -> Remark:
    if not given.public_url:
        return warning(
            "public URL",
            "PINGPARROT_PUBLIC_URL is not set: messages cannot say where to acknowledge.",
            "Set it to the address under which people reach PingParrot.",
        )
    return ok("public URL", f"Messages name {given.public_url}.")


def _bootstrap(path: Path) -> Iterator[Remark]:
    try:
        read_bootstrap(path)
    except SettingsError as failure:
        for line in str(failure).splitlines():
            yield error("bootstrap", line, "Correct the file: docs/bootstrap.md.")
    else:
        yield ok("bootstrap", f"{path} can be read.")


def _broker(given: Settings) -> Remark:
    if not given.broker_url:
        return ok("broker", "None: every process sends by itself.")
    try:
        ask(given.broker_url)
    except Exception as failure:  # noqa: BLE001 - of two libraries, each with many
        return error(
            "broker",
            f"It does not answer ({type(failure).__name__}): workers find work in the database, but later.",
            "Start it, or correct PINGPARROT_BROKER_URL.",
        )
    return ok("broker", "It answers.")
