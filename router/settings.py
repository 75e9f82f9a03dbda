"""Settings: one table, read from the environment or from files that `…_FILE` names."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from router import setting_values as values
from router.setting_values import Network as Network

_PREFIX = "PINGPARROT_"


class SettingsError(ValueError):
    """Settings that cannot be used; the text has one sentence for each fault, each on its own line."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a process was told by its environment.

    Parameters:
      broker_url: empty for the broker inside the process.
      rules: a file or directory; None for the built-in rules, by which everything pages the group All.
      roster: more files of rules, kept elsewhere; None for none.
      bootstrap: the file of a first admin and of senders; None for none.
      secret_keys: newest first; empty when none was given.
      public_url: without a slash at its end; empty when not given.
      trusted_proxies: whose X-Forwarded-For is believed.
      emergency_contacts: URLs that are told when the database is away.
      peer_url, peer_key: the heartbeat of this PingParrot at another one; empty when nobody watches it.
      time_zone: in which days, nights and weekends are counted.
      warnings: sentences for the log, about variables that look like mistakes.
    """

    database_url: str = field(repr=False)
    broker_url: str = field(repr=False)
    rules: Path | None
    host: str
    port: int
    secret_keys: tuple[str, ...] = field(repr=False)
    public_url: str
    trusted_proxies: tuple[Network, ...]
    log_level: str
    log_format: str
    webhook_retention_days: int
    incident_retention_days: int
    max_body_bytes: int
    delivery_threads: int
    time_zone: ZoneInfo
    roster: Path | None = None
    bootstrap: Path | None = None
    peer_url: str = ""
    peer_key: str = field(default="", repr=False)
    emergency_contacts: tuple[str, ...] = field(default=(), repr=False)
    warnings: tuple[str, ...] = ()

    @property
    def database_path(self) -> Path | None:
        """The file of an embedded SQLite; None on PostgreSQL."""
        if not self.database_url.startswith("sqlite:"):
            return None
        return Path(self.database_url.removeprefix("sqlite:///").split("?", 1)[0])


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of the table.

    Parameters:
      name: of the variable, after `PINGPARROT_`; in lower case the field of Settings, unless `field` says so.
      default: as it would be written in the environment; empty for none.
      help: a sentence for docs/settings.md.
      parse: text → value; raises ValueError with what to write instead.
      is_secret: the value is never shown.
    """

    name: str
    default: str
    help: str
    parse: Callable[[str], Any]
    is_secret: bool = False
    field: str = ""

    @property
    def variable(self) -> str:
        """The environment variable."""
        return f"{_PREFIX}{self.name}"


SETTINGS = (
    Setting(
        "DATABASE_URL",
        "sqlite:///pingparrot.db",
        "Where everything is kept: an SQLite file, or `postgresql://user:password@host/name`.",
        values.database_url,
        is_secret=True,
    ),
    Setting(
        "BROKER_URL",
        "",
        "A Redis (`redis://…`) or RabbitMQ (`amqp://…`) that hands work to `pingparrot worker`; "
        "without it every process does its own.",
        values.broker_url,
        is_secret=True,
    ),
    Setting("RULES", "", "The rule file, or the directory of rule files.", values.path),
    Setting(
        "ROSTER",
        "",
        "A file or directory with more of the rules, such as the roster, that is kept apart from them.",
        values.path,
    ),
    Setting(
        "BOOTSTRAP",
        "",
        "A file that declares a first admin and senders with their keys, for an installation without hands.",
        values.path,
    ),
    Setting(
        "HOST",
        "127.0.0.1",
        "The address to listen on; `0.0.0.0` in a container. `--host` goes before it.",
        values.text,
    ),
    Setting("PORT", "8080", "The port to listen on. `--port` goes before it.", values.whole(0, 65535)),
    Setting(
        "SECRET_KEY",
        "",
        "Encrypts contacts and HMAC secrets, and signs sessions: 32 random characters or more (a shorter one "
        "is warned of, one of fewer than 8 is refused). Several, separated by commas and newest first, while "
        "one replaces another. Required on PostgreSQL; beside an SQLite file, `pingparrot.key` is made.",
        values.keys,
        is_secret=True,
        field="secret_keys",
    ),
    Setting(
        "PUBLIC_URL",
        "",
        "The address under which people reach PingParrot; messages link to it, so that a page is "
        "acknowledged from the message.",
        values.public_url,
    ),
    Setting(
        "TRUSTED_PROXIES",
        "",
        "Addresses or networks of reverse proxies, separated by commas, whose `X-Forwarded-For` is believed.",
        values.networks,
    ),
    Setting(
        "LOG_LEVEL",
        "info",
        "The least of `debug`, `info`, `warning`, `error` that is logged.",
        values.one_of("debug", "info", "warning", "error"),
    ),
    Setting(
        "LOG_FORMAT",
        "json",
        "`json`, a line for each event, or `console`, for reading.",
        values.one_of("json", "console"),
    ),
    Setting("WEBHOOK_RETENTION_DAYS", "30", "Days that bodies of webhooks are kept.", values.whole(1, 3650)),
    Setting(
        "INCIDENT_RETENTION_DAYS",
        "400",
        "Days that incidents are kept after their end.",
        values.whole(1, 3650),
    ),
    Setting(
        "MAX_BODY_BYTES",
        "16777216",
        "The largest webhook or request that is read, in bytes.",
        values.whole(1024, 1 << 30),
    ),
    Setting(
        "DELIVERY_THREADS",
        "16",
        "How many messages one process sends at the same time.",
        values.whole(1, 256),
    ),
    Setting(
        "TIME_ZONE",
        "UTC",
        "The IANA name of the time zone in which the insight counts days, nights and weekends.",
        values.time_zone,
    ),
    Setting(
        "PEER_URL",
        "",
        "The heartbeat of this PingParrot at another one, sent once a minute: "
        "`https://other.example.com/api/heartbeats/NAME`.",
        values.peer_url,
    ),
    Setting(
        "PEER_KEY",
        "",
        "The API key for `PINGPARROT_PEER_URL`, of an integration of the other one.",
        values.one_word,
        is_secret=True,
    ),
    Setting(
        "EMERGENCY_CONTACTS",
        "",
        "Contact URLs, separated by commas or spaces, that each process tells by itself when the database "
        "has been away for a minute, and when it is back.",
        values.contacts,
        is_secret=True,
    ),
)

OF_THE_CLIENT = ("PINGPARROT_URL", "PINGPARROT_API_KEY", "PINGPARROT_API_KEY_FILE")
"""Variables that `pingparrot send` reads; a server passes over them."""


def load_settings(environ: Mapping[str, str]) -> Settings:
    """Return the settings that an environment gives; an empty variable counts as not given.

    Raises SettingsError naming every variable that is wrong, its value unless it is a secret, and what to
    write instead.
    """
    given, warnings = _without_kubernetes_links(environ)
    warnings += _unknown(given)
    values: dict[str, Any] = {}
    faults = []
    for setting in SETTINGS:
        text = ""
        try:
            text = _read(setting, given)
            values[setting.field or setting.name.lower()] = setting.parse(text)
        except ValueError as error:
            shown = "" if setting.is_secret or not text else f" is {text[:200]!r}"
            faults.append(f"{setting.variable}{shown}: {error}.")
    if faults:
        raise SettingsError("\n".join(faults))
    if any(len(key) < 32 for key in values["secret_keys"]):
        warnings += ("PINGPARROT_SECRET_KEY is short: make one with `openssl rand -base64 32`.",)
    return Settings(**values, warnings=warnings)


def _read(setting: Setting, environ: Mapping[str, str]) -> str:
    """Return the text of a setting: its variable, the file that `…_FILE` names, or the default."""
    text = environ.get(setting.variable, "")
    path = environ.get(f"{setting.variable}_FILE", "")
    if text and path:
        raise ValueError(f"{setting.variable}_FILE is set as well: keep one of the two")
    if path:
        try:
            text = Path(path).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            raise ValueError(f"the file {path!r} of {setting.variable}_FILE cannot be read: {why}") from None
        if not text:
            raise ValueError(f"the file {path!r} of {setting.variable}_FILE is empty")
    if "\0" in text or len(text) > 100_000:
        raise ValueError("it is not text that a setting can be")
    return text.strip() or setting.default


def _without_kubernetes_links(environ: Mapping[str, str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Drop what Kubernetes sets for a Service named `pingparrot`: PINGPARROT_PORT=tcp://10.0.0.1:8080, ….

    Source: kubernetes.io/docs/tutorials/services/connect-applications-service, "Environment Variables".
    """
    kept = {
        name: value
        for name, value in environ.items()
        if not name.startswith(("PINGPARROT_SERVICE_", "PINGPARROT_PORT_")) or name == "PINGPARROT_PORT_FILE"
    }
    if not kept.get("PINGPARROT_PORT", "").startswith(("tcp://", "udp://")):
        return kept, ()
    del kept["PINGPARROT_PORT"]
    return kept, ("PINGPARROT_PORT was set by Kubernetes for a Service of that name and is passed over.",)


def _unknown(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return a sentence for each PINGPARROT_ variable that nothing reads, with what was probably meant."""
    known = [setting.variable for setting in SETTINGS]
    known += [f"{name}_FILE" for name in known]
    known += OF_THE_CLIENT
    short = {name.removeprefix(_PREFIX): name for name in known}  # what all begin with makes all look alike
    sentences = []
    for name in sorted(environ):
        if name.startswith(_PREFIX) and name not in known:
            close = difflib.get_close_matches(name.removeprefix(_PREFIX), short, n=1, cutoff=0.7)
            meant = f" did you mean {short[close[0]]}?" if close else " docs/settings.md has those that are."
            sentences.append(f"{name} is not a setting:{meant}")
    return tuple(sentences)
