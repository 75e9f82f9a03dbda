"""The rules as a tree that a screen can draw: heartbeats, routes, chains, and what no route takes."""

from __future__ import annotations

from rules.explain import JSON, minutes, str_of
from rules.model import Chain, Heartbeat, Place, Route, RuleSet, Terminal


def tree_json(ruleset: RuleSet) -> JSON:
    """Return the routes of a rule set in the order in which they are tried, each with its children."""
    return {
        "revision": ruleset.revision,
        "heartbeats": [_heartbeat(heartbeat) for heartbeat in ruleset.heartbeats.values()],
        "routes": [_route(route) for route in ruleset.routes],
        "default": {**_where(ruleset.terminals["default"].place), **_answer(ruleset.terminals["default"])},
        "chains": [_chain(chain) for chain in ruleset.chains.values()],
    }


def _route(route: Route) -> JSON:
    return {
        "name": route.name,
        "namespace": route.namespace,
        **_where(route.place),
        "matchers": [str(matcher) for matcher in route.matchers],
        "continue": route.proceed,
        "active_time_intervals": [intervals.name for intervals in route.active],
        "mute_time_intervals": [intervals.name for intervals in route.mute],
        **_answer(route.terminal),
        "routes": [_route(child) for child in route.routes],
    }


def _heartbeat(heartbeat: Heartbeat) -> JSON:
    return {
        "name": heartbeat.name,
        "namespace": heartbeat.namespace,
        **_where(heartbeat.place),
        "matchers": None if heartbeat.matchers is None else [str(matcher) for matcher in heartbeat.matchers],
        "within_s": heartbeat.within_s,
        "integration": heartbeat.integration,
        **_answer(heartbeat.terminal),
    }


def _answer(terminal: Terminal) -> JSON:
    return {
        "chain": None if terminal.chain is None else terminal.chain.name,
        "suppressed": terminal.suppress,
        "group_by": None if terminal.group_by is None else list(terminal.group_by),
        "repeat_interval_s": terminal.repeat_interval_s,
        "expires_minutes": minutes(terminal.expires_s),
        "acknowledge": terminal.acknowledge,
    }


def _chain(chain: Chain) -> JSON:
    return {
        "name": chain.name,
        **_where(chain.place),
        "steps": [
            {
                "after_s": step.after_s,
                "targets": [str_of(target) for target in step.targets],
                "repeat": step.repeat,
            }
            for step in chain.steps
        ],
    }


def _where(place: Place) -> JSON:
    return {"file": place.file, "line": place.line}
