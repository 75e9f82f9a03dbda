"""Settings, by their table, read from the environment or from files that `…_FILE` names."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from router.setting_table import PREFIX as _PREFIX
from router.setting_table import SETTINGS as SETTINGS
from router.setting_table import Setting as Setting
from router.setting_values import Network as Network


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
      oidc_issuer, oidc_client_id, oidc_client_secret: whose log-ins are taken; empty without one.
      oidc_admin_group, oidc_user_group: whose members are admins, or get an account; empty when groups do not
        decide that.
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
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: str = field(default="", repr=False)
    oidc_groups_claim: str = "groups"
    oidc_admin_group: str = ""
    oidc_user_group: str = ""
    warnings: tuple[str, ...] = ()

    @property
    def database_path(self) -> Path | None:
        """The file of an embedded SQLite; None on PostgreSQL."""
        if not self.database_url.startswith("sqlite:"):
            return None
        return Path(self.database_url.removeprefix("sqlite:///").split("?", 1)[0])


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
