"""Keys that people write from habit, alertmanager.yml's or in the wrong place, and what to write instead."""

from __future__ import annotations

import re
from collections.abc import Mapping

from rules.document import MapNode, Node, ScalarNode, printed

_VALUE = re.compile(r"[\w.-]{1,40}")  # what a secret looks like is not said again
_SENDS = "the sender decides that: leave it in alertmanager.yml."
_CONTACT = "people have contacts, routes have not: list theirs under users, and page them by a chain."
_MATCHERS = 'write matchers: [alertname="DiskFull"], or alertname=~"Disk.*" for a regular expression.'

_OF_ROUTES: Mapping[str, str] = {
    "receiver": "write chain: NAME, which names one of the chains.",
    "match": _MATCHERS,
    "match_re": _MATCHERS,
    "matcher": _MATCHERS,
    "group_wait": _SENDS,
    "group_interval": _SENDS,
    "page": "write it as a step of a chain, and name the chain here.",
    "steps": "write them as a chain, and name the chain here.",
    "group": "write it as a step of a chain, and name the chain here.",
    "user": "write it as a step of a chain, and name the chain here.",
    "mute": "write suppress with the reason, or mute_time_intervals with names of hours.",
}
_OF_FILES: Mapping[str, str] = {
    "route": "write routes: a list; what stands at alertmanager.yml's root is defaults here.",
    "receivers": "write chains, whose steps page people and groups.",
    "receiver": "write chains, whose steps page people and groups.",
    "inhibit_rules": "leave them in alertmanager.yml: what it inhibits is not sent here.",
    "global": "leave it in alertmanager.yml; what holds for all routes is defaults here.",
    "templates": "write subject and message, in defaults or on routes.",
    "mute_time_intervals": "write time_intervals, and name them in a route's mute_time_intervals.",
    "active_time_intervals": "write time_intervals, and name them in a route's active_time_intervals.",
    "cases": "write them in a file of their own, which ends in .test.yml.",
    "steps": "write them under chains, below the chain's name.",
}
_OF_STEPS: Mapping[str, str] = {
    "group": "write page: {group: NAME}.",
    "user": "write page: {user: E-MAIL}.",
    "schedule": "page a group or a user: page: {group: NAME}.",
    "receiver": "write page: {group: NAME} or page: {user: E-MAIL}.",
    "delay": "write after: 5m, counted from the first page.",
    "wait": "write after: 5m, counted from the first page.",
    "timeout": "write after: 5m on the next step, counted from the first page.",
}
ALERTMANAGERS = (
    "this is a configuration of Alertmanager, not a rule file: keep it elsewhere; pingparrot rules import "
    "makes rules of it."
)
_ADVICE: Mapping[str, Mapping[str, str]] = {
    "a route": _OF_ROUTES,
    "defaults": _OF_ROUTES,
    "a rule file": _OF_FILES,
    "a step": _OF_STEPS,
    "a time interval": {
        "name": "write the name before the list: time_intervals: {office: [{times: […]}]}.",
        "time_intervals": "write the list behind the name: time_intervals: {office: [{times: […]}]}.",
    },
}


def is_alertmanagers(document: MapNode) -> bool:
    """Say whether a rule file is a configuration of Alertmanager."""
    return {"route", "receivers"} <= {key.text for key, _ in document.entries}


def advice(what: str, key: str) -> str | None:
    """Return what to write instead of a key that a mapping does not have; None when nothing is known of it.

    Parameters:
      what: how messages call the mapping (`a route`).
    """
    known = _ADVICE.get(what, {}).get(key)
    if known is None and what == "a route" and key.endswith("_configs"):
        return _CONTACT
    return known


def as_label(what: str, key: str, value: Node) -> str | None:
    """Return how an unknown key of a route is written, should it be a label that alerts have."""
    if what != "a route" or not isinstance(value, ScalarNode) or not _VALUE.fullmatch(value.text):
        return None
    return f"If it is a label of alerts, write matchers: [{key[:60]}={printed(value.text)}]."
