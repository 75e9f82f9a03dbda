"""The table of settings, for reading them and for docs/settings.md."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from router import setting_values as values

PREFIX = "PINGPARROT_"


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
        return f"{PREFIX}{self.name}"


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
        "Days that incidents, pages that are over and unreadable bodies are kept.",
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
    Setting(
        "OIDC_ISSUER",
        "",
        "The OpenID provider by which people may log in, with the extra `pingparrot[oidc]`: "
        "`https://sso.example.com/realms/staff`. Needs the next two and `PINGPARROT_PUBLIC_URL`.",
        values.issuer,
    ),
    Setting("OIDC_CLIENT_ID", "", "How that provider knows PingParrot.", values.one_word),
    Setting(
        "OIDC_CLIENT_SECRET",
        "",
        "The client's secret at that provider.",
        values.one_word,
        is_secret=True,
    ),
    Setting("OIDC_GROUPS_CLAIM", "groups", "The claim of the ID token that holds groups.", values.text),
    Setting(
        "OIDC_ADMIN_GROUP",
        "",
        "The group whose members are admins from a log-in by the provider on, and nobody else who logs in by "
        "it; without it, who is an admin is said here alone.",
        values.text,
    ),
    Setting(
        "OIDC_USER_GROUP",
        "",
        "The group whose members get an account when they log in by the provider for the first time; without "
        "it, only people who have one come in.",
        values.text,
    ),
)
