"""The rules as a tree that a screen can draw: heartbeats, routes, chains, and what no route takes."""

from __future__ import annotations

from rules.changes import Changes, change_json
from rules.explain import JSON, minutes, str_of
from rules.model import Chain, Heartbeat, Route, RuleSet, Terminal
from rules.places import Place


def tree_json(ruleset: RuleSet, changes: Changes | None = None) -> JSON:
    """Return the routes of a rule set in the order in which they are tried, each with its children.

    Parameters:
      changes: who last changed them; without, nothing is said of that.
    """
    default = ruleset.terminals["default"]
    return {
        "revision": ruleset.revision,
        "heartbeats": [_heartbeat(heartbeat, changes) for heartbeat in ruleset.heartbeats.values()],
        "routes": [_route(route, changes) for route in ruleset.routes],
        "default": {**_where(default.place), **_answer(default, changes)},
        "chains": [_chain(chain) for chain in ruleset.chains.values()],
    }


def _route(route: Route, changes: Changes | None) -> JSON:
    return {
        "name": route.name,
        "namespace": route.namespace,
        **_where(route.place),
        "matchers": [str(matcher) for matcher in route.matchers],
        "continue": route.proceed,
        "active_time_intervals": [intervals.name for intervals in route.active],
        "mute_time_intervals": [intervals.name for intervals in route.mute],
        **_answer(route.terminal, changes),
        "routes": [_route(child, changes) for child in route.routes],
    }


def _heartbeat(heartbeat: Heartbeat, changes: Changes | None) -> JSON:
    return {
        "name": heartbeat.name,
        "namespace": heartbeat.namespace,
        **_where(heartbeat.place),
        "matchers": None if heartbeat.matchers is None else [str(matcher) for matcher in heartbeat.matchers],
        "within_s": heartbeat.within_s,
        "integration": heartbeat.integration,
        **_answer(heartbeat.terminal, changes),
    }


def _answer(terminal: Terminal, changes: Changes | None) -> JSON:
    answer: JSON = {
        "chain": None if terminal.chain is None else terminal.chain.name,
        "suppressed": terminal.suppress,
        "group_by": None if terminal.group_by is None else list(terminal.group_by),
        "repeat_interval_s": terminal.repeat_interval_s,
        "expires_minutes": minutes(terminal.expires_s),
        "acknowledge": terminal.acknowledge,
    }
    if changes is not None:
        change = changes.get(terminal.place)
        answer["last_change"] = None if change is None else change_json(change)
    return answer


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
