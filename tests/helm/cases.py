"""The cases of the chart's tests: the values files that come with it, and its switches in pairs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from tests.helm.chart import CHART, OPERATORS, Case
from tests.helm.pairs import Row, covering_rows
from tests.helm.schemas import VERSIONS
from tests.helm.switches import SWITCHES

_LONG = "a-release.name-that-is-as-long-as-helm-lets-it-be-and"  # 53 characters


def ci_cases() -> list[Case]:
    """Return a case for every values file that comes with the chart."""
    files = sorted((CHART / "ci").glob("*-values.yaml"))
    return [
        Case(file.name.removesuffix("-values.yaml"), yaml.safe_load(file.read_text()) or {}) for file in files
    ]


def pairwise_cases() -> list[Case]:
    """Return cases in which every two settings of switches meet; Kubernetes' versions take turns."""
    rows = covering_rows({switch: list(settings) for switch, settings in SWITCHES.items()}, _allowed)
    return [_case(number, row) for number, row in enumerate(rows)]


def merged(values: Any, more: Any) -> Any:
    """Return values with more of them put in, as Helm does with several files."""
    if not (isinstance(values, Mapping) and isinstance(more, Mapping)):
        return more
    return {**values, **{key: merged(values.get(key), value) for key, value in more.items()}}


def _allowed(row: Row) -> bool:
    """Whether the chart takes these settings together; what it refuses, test_mistakes.py tries."""
    return (
        not row.get("shape", "distributed").startswith("embedded") or row.get("scaling", "fixed") == "fixed"
    )


def _case(number: int, row: Row) -> Case:
    values: Any = {}
    for switch, setting in row.items():
        values = merged(values, SWITCHES[switch][setting])
    return Case(
        name=f"pairs-{number}",
        values=values,
        release=_LONG if row["names"] == "long release" else "pager",
        kube=VERSIONS[number % len(VERSIONS)],
        apis=OPERATORS if row["operators"] == "all" else (),
    )
