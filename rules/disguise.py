"""A history without the words of whoever it is about: values of labels are hashed, annotations left out.

Under one key a value always becomes the same hash, so that what was equal stays equal; the key is thrown
away.
Source: docs/rules-backtest.md, "Hashed".
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable

from msgspec.structs import replace

from rules.history import Alert, Header, OnPage, Page, People, Record, Told, User, Webhook
from rules.matchers import Matcher
from rules.model import Route, RuleSet

_TEST = "test:"
_OURS = ("__receiver__", "__integration__", "__adapter__")
_REMEMBERED = 100_000


class Disguise:
    """Hashes the records of one history.

    Parameters:
      key: random, 16 to 64 bytes.
      kept: the names of labels whose values stay; None for all, with annotations and all else.
      people: hash e-mails, too.
    """

    def __init__(self, key: bytes, kept: Collection[str] | None, *, people: bool) -> None:
        self._key = key
        self._kept = None if kept is None else frozenset(kept)
        self._people = people
        self._known: dict[str, str] = {}

    def of(self, record: Record) -> Record:
        """Return a record in disguise."""
        if isinstance(record, Webhook):
            return record if self._kept is None else self._webhook(record, self._kept)
        if isinstance(record, Page):
            told = list(map(self._told, record.told))
            if self._kept is None:
                return replace(record, told=told)
            keeps_name = "alertname" in self._kept
            alerts = [self._on_page(one, keeps_name) for one in record.alerts]
            return replace(record, alerts=alerts, told=told)
        if isinstance(record, People):
            users = [User(self._person(user.email), user.contacts) for user in record.users]
            groups = {name: list(map(self._person, emails)) for name, emails in record.groups.items()}
            return People(users, groups)
        if isinstance(record, Header):
            kept = None if self._kept is None else sorted(self._kept)
            return replace(record, kept=kept, hashed_people=self._people)
        return record

    def _webhook(self, webhook: Webhook, kept: frozenset[str]) -> Webhook:
        stays = "__group_key__" in kept or not webhook.group_key
        return replace(
            webhook,
            alerts=[self._alert(alert, kept) for alert in webhook.alerts],
            group_key=webhook.group_key if stays else self._hash(webhook.group_key),
        )

    def _alert(self, alert: Alert, kept: frozenset[str]) -> Alert:
        return Alert(
            alert.status,
            self._fingerprint(alert.fingerprint),
            {name: value if name in kept else self._hash(value) for name, value in alert.labels.items()},
            {},
            alert.starts_at,
            alert.ends_at,
        )

    def _on_page(self, alert: OnPage, keeps_name: bool) -> OnPage:
        name = alert.name if keeps_name or not alert.name else self._hash(alert.name)
        return replace(alert, fingerprint=self._fingerprint(alert.fingerprint), name=name)

    def _told(self, told: Told) -> Told:
        return replace(told, person=self._person(told.person))

    def _person(self, email: str) -> str:
        return f"person-{self._hash(email)}" if self._people else email

    def _fingerprint(self, fingerprint: str) -> str:
        """Hash a fingerprint: whoever guesses the labels could tell whether it is theirs."""
        return (_TEST if fingerprint.startswith(_TEST) else "") + self._hash(fingerprint)

    def _hash(self, text: str) -> str:
        known = self._known.get(text)
        if known is None:
            digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8, key=self._key)
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            known = self._known[text] = digest.hexdigest()
        return known


def labels_looked_at(ruleset: RuleSet) -> set[str]:
    """Return the names of the labels by which rules decide: of matchers, `group_by` and priorities."""
    names = {matcher.name for matcher in _matchers_of(ruleset.routes)}
    names |= {m.name for matchers in ruleset.namespaces.values() for m in matchers}
    names |= {m.name for heartbeat in ruleset.heartbeats.values() for m in heartbeat.matchers or ()}
    for terminal in ruleset.terminals.values():
        names |= set(terminal.group_by or ())
        names |= {terminal.priority.label} if terminal.priority.label is not None else set()
    return names - set(_OURS)


def _matchers_of(routes: Iterable[Route]) -> Iterable[Matcher]:
    for route in routes:
        yield from route.matchers
        yield from _matchers_of(route.routes)
