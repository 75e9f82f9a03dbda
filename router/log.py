"""Logs: one JSON line for each event on stderr, our own and those of the libraries, with secrets masked."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

_MASK = "***"
_SECRET_NAMES = frozenset(
    (
        "api_key",
        "authorization",
        "cookie",
        "key",
        "password",
        "secret",
        "secret_key",
        "set-cookie",
        "token",
        "url",
        "x-api-key",
    )
)
_SECRET_HINTS = re.compile(
    r"://|pp_live_|\||authorization|api-key|cookie|password|secret|token", re.IGNORECASE
)
_KEYS = re.compile(r"pp_live_\w+")
_TOKENS = re.compile(r"\b\d+\|\w{16,}")
_HEADERS = re.compile(
    r"(?P<name>authorization|x-api-key|password|secret|token)(?P<sign>['\"]?\s*[:=]\s*['\"]?)"
    r"(?:(?:basic|bearer|x-api-key)\s+)?[^\s'\",;&]+",
    re.IGNORECASE,
)
_COOKIES = re.compile(r"(?P<name>cookie)(?P<sign>['\"]?\s*[:=]\s*['\"]?)[^\r\n'\"]+", re.IGNORECASE)
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_URLS = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]{0,39})://(?P<rest>[^\s'\"<>]*)")
_SERVERS = ("postgresql", "postgres", "redis", "rediss", "amqp", "amqps", "sqlite")


def configure_logging(level: str = "info", style: str = "json") -> None:
    """Send all logs of this process to stderr, once at its start.

    Parameters:
      level: the least that is logged: `debug`, `info`, `warning` or `error`.
      style: `json` or `console`.
    """
    number = logging.getLevelNamesMapping()[level.upper()]
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    final: list[Processor] = [structlog.processors.format_exc_info, mask]
    if style == "json":
        final += [structlog.processors.JSONRenderer(ensure_ascii=False, default=str), _in_sight]
    else:
        final += [_readable, structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
    structlog.configure(
        processors=[*shared, *final],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *final],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(number)
    logging.captureWarnings(True)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "dramatiq"):
        library = logging.getLogger(name)
        library.handlers.clear()
        library.propagate = True
    for name in ("alembic", "urllib3", "apprise"):  # their information is debugging to us
        logging.getLogger(name).setLevel(max(number, logging.WARNING))


def mask(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Mask what looks like a key, token, credential or contact URL, in every text of an event."""
    for name, value in event.items():
        event[name] = _MASK if name.lower() in _SECRET_NAMES and value else masked(value)
    return event


def _in_sight(_logger: WrappedLogger, _method: str, line: Any) -> str:
    """Escape what a terminal obeys and nobody sees: control characters, and those that turn text around."""
    return _UNSEEN.sub(lambda match: f"\\u{ord(match[0]):04x}", line)


def _readable(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Do the same to every text of an event for the console, whose own colours stay."""
    for name, value in event.items():
        if not isinstance(value, int | float):
            event[name] = _in_sight(logger, method, value if isinstance(value, str) else str(value))
    return event


def masked(value: Any) -> Any:
    """Return a value with the secrets in its texts masked; other values are as they were."""
    if isinstance(value, str):
        return _masked_text(value) if _SECRET_HINTS.search(value) else value
    if isinstance(value, Mapping):
        return {
            name: _MASK if str(name).lower() in _SECRET_NAMES and item else masked(item)
            for name, item in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [masked(item) for item in value]
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    if isinstance(value, BaseException):
        return masked(f"{type(value).__name__}: {value}")
    return value


def _masked_text(text: str) -> str:
    text = _URLS.sub(_masked_url, text)
    text = _COOKIES.sub(rf"\g<name>\g<sign>{_MASK}", text)
    text = _HEADERS.sub(rf"\g<name>\g<sign>{_MASK}", text)
    text = _TOKENS.sub(_MASK, text)
    return _KEYS.sub(f"pp_live_{_MASK}", text)


def _masked_url(match: re.Match[str]) -> str:
    """Keep what says which server it is: in a contact's URL any part may be the credential."""
    scheme, rest = match["scheme"].lower(), match["rest"]
    if scheme == "sqlite":
        return match[0]
    host, slash, path = rest.partition("/")
    user, at, host = host.rpartition("@")
    shown = f"{scheme}://{_MASK + at if user else ''}"
    if scheme in _SERVERS:
        return f"{shown}{host}{slash}{path.split('?', 1)[0]}"
    if scheme in ("http", "https"):
        return f"{shown}{host.split('?', 1)[0]}{slash}{_MASK if path else ''}"
    return f"{scheme}://{_MASK}"
