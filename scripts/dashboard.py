"""Write helm/pingparrot/files/dashboard.json, the Grafana dashboard: `python -m scripts.dashboard`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from scripts.panel import Panel
from scripts.panels import ROWS

TARGET = Path(__file__).resolve().parents[1] / "helm" / "pingparrot" / "files" / "dashboard.json"
_DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
_WIDTH = 24  # of a dashboard, in Grafana's units


def dashboard() -> dict[str, Any]:
    """Return the dashboard as Grafana imports it; without an id, so that any Grafana takes it."""
    return {
        "annotations": {"list": []},
        "description": "How PingParrot hears, pages and delivers.",
        "editable": True,
        "graphTooltip": 1,
        "links": [],
        "panels": _panels(),
        "refresh": "30s",
        "schemaVersion": 39,
        "tags": ["pingparrot"],
        "templating": {"list": [_datasource(), _namespace()]},
        "time": {"from": "now-6h", "to": "now"},
        "timezone": "browser",
        "title": "PingParrot",
        "uid": "pingparrot",
    }


def _datasource() -> dict[str, Any]:
    return {
        "hide": 0,
        "label": "Data source",
        "name": "datasource",
        "query": "prometheus",
        "refresh": 1,
        "type": "datasource",
    }


def _namespace() -> dict[str, Any]:
    """Return the variable that tells installations apart; `.*` is also one without namespaces."""
    query = "label_values(pingparrot_outbox_depth, namespace)"
    return {
        "allValue": ".*",
        "current": {"selected": True, "text": "All", "value": "$__all"},
        "datasource": _DATASOURCE,
        "definition": query,
        "hide": 0,
        "includeAll": True,
        "label": "Namespace",
        "multi": True,
        "name": "namespace",
        "query": {"query": query, "refId": "namespace"},
        "refresh": 2,
        "sort": 1,
        "type": "query",
    }


def _panels() -> list[dict[str, Any]]:
    """Return the panels of all rows, each laid out from left to right."""
    found: list[dict[str, Any]] = []
    top = 0
    for title, panels in ROWS:
        found.append({"collapsed": False, "gridPos": _at(0, top, _WIDTH, 1), "panels": [], "title": title})
        found[-1]["type"] = "row"
        top, left = top + 1, 0
        height = 4 if panels[0].kind == "stat" else 8
        for panel in panels:
            if left + panel.width > _WIDTH:
                top, left = top + height, 0
            found.append(_panel(panel, _at(left, top, panel.width, height)))
            left += panel.width
        top += height
    return found


def _at(x: int, y: int, width: int, height: int) -> dict[str, int]:
    return {"h": height, "w": width, "x": x, "y": y}


def _panel(panel: Panel, place: dict[str, int]) -> dict[str, Any]:
    return {
        "datasource": _DATASOURCE,
        "description": panel.help,
        "fieldConfig": {"defaults": _defaults(panel), "overrides": []},
        "gridPos": place,
        "options": _options(panel),
        "targets": [
            {
                "datasource": _DATASOURCE,
                "expr": query.expr,
                "instant": panel.kind == "stat",
                "legendFormat": query.legend or "__auto",
                "range": panel.kind != "stat",
                "refId": chr(ord("A") + number),
            }
            for number, query in enumerate(panel.queries)
        ],
        "title": panel.title,
        "type": panel.kind,
    }


def _defaults(panel: Panel) -> dict[str, Any]:
    steps: list[dict[str, Any]] = [{"color": "green", "value": None}]
    if panel.red_from is not None:
        steps.append({"color": "red", "value": panel.red_from})
    defaults: dict[str, Any] = {
        "unit": panel.unit,
        "min": 0,
        "thresholds": {"mode": "absolute", "steps": steps},
    }
    if panel.kind == "timeseries":
        stacking = {"group": "A", "mode": "normal" if panel.stacked else "none"}
        defaults["custom"] = {"fillOpacity": 20 if panel.stacked else 0, "stacking": stacking}
    return defaults


def _options(panel: Panel) -> dict[str, Any]:
    if panel.kind == "stat":
        return {
            "colorMode": "background",
            "graphMode": "none",
            "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        }
    return {
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
        "tooltip": {"mode": "multi", "sort": "desc"},
    }


def text() -> str:
    """Return the file's text."""
    return json.dumps(dashboard(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    TARGET.write_text(text(), encoding="utf-8")
