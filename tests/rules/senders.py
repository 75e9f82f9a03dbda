"""Generated configurations of Alertmanager: all spellings, nested, with hours, and with silent receivers."""

from __future__ import annotations

import json
import random
from typing import Any

from tests.rules.trees import EXPRESSIONS, LABELS, VALUES

RECEIVERS = ("a", "b/c", "default", "null", "All", "blackhole")
SILENT = ("null", "blackhole")
HOURS = ("office", "week/end")


def configuration(rng: random.Random) -> dict[str, Any]:
    """Return an alertmanager.yml as data."""
    count = rng.randint(1, 4)
    return {
        "route": {"receiver": rng.choice(RECEIVERS), "routes": [_route(rng, 1) for _ in range(count)]},
        "receivers": [_receiver(name) for name in RECEIVERS],
        "time_intervals": [{"name": name, "time_intervals": [{"weekdays": ["monday"]}]} for name in HOURS],
    }


def labels_of(rng: random.Random) -> dict[str, str]:
    """Return an alert's labels."""
    return {name: value for name in LABELS if (value := rng.choice(VALUES))}


def _receiver(name: str) -> dict[str, Any]:
    if name in SILENT:
        return {"name": name}
    return {"name": name, "webhook_configs": [{"url": f"http://127.0.0.1/{name}"}]}


def _route(rng: random.Random, level: int) -> dict[str, Any]:
    route: dict[str, Any] = {}
    for _ in range(rng.choice((0, 1, 1, 2, 3))):
        _add_condition(rng, route)
    if rng.random() < 0.7:
        route["receiver"] = rng.choice(RECEIVERS)
    if rng.random() < 0.4:
        route["continue"] = True
    if rng.random() < 0.2:
        route[rng.choice(("mute_time_intervals", "active_time_intervals"))] = [rng.choice(HOURS)]
    if level < 4:
        route["routes"] = [_route(rng, level + 1) for _ in range(rng.choice((0, 0, 1, 2, 3)))]
    return route


def _add_condition(rng: random.Random, route: dict[str, Any]) -> None:
    label, spelling = rng.choice(LABELS), rng.choice(("match", "match_re", "matchers", "matchers"))
    if spelling == "match":
        route.setdefault("match", {})[label] = rng.choice(VALUES)
    elif spelling == "match_re":
        route.setdefault("match_re", {})[label] = rng.choice(EXPRESSIONS)
    else:
        operator = rng.choice(("=", "!=", "=~", "!~"))
        value = rng.choice(VALUES if "~" not in operator else EXPRESSIONS)
        text = f"{label} {operator} {json.dumps(value)}"
        forms = (text, f"{{{text}}}", f"{text},", f'{text}, {label}=~".*"')
        route.setdefault("matchers", []).append(rng.choice(forms))
