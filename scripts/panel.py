"""A panel of the Grafana dashboard, and the queries that many have."""

from __future__ import annotations

from dataclasses import dataclass

IN = '{namespace=~"$namespace"}'


@dataclass(frozen=True)
class Query:
    """A PromQL expression, and what its series are called."""

    expr: str
    legend: str = ""


@dataclass(frozen=True)
class Panel:
    """One panel.

    Parameters:
      width: of 24.
      unit: as Grafana names units.
      kind: `timeseries` or `stat`.
      red_from: where a stat turns red; None for never.
      stacked: series are parts of a whole.
    """

    title: str
    help: str
    queries: tuple[Query, ...]
    width: int = 8
    unit: str = "short"
    kind: str = "timeseries"
    red_from: float | None = None
    stacked: bool = False


def rate(metric: str, by: str) -> Query:
    """Return how often a counter counts in a second, by some of its labels."""
    legend = " ".join("{{" + label + "}}" for label in by.split(", "))
    return Query(f"sum by ({by}) (rate({metric}{IN}[$__rate_interval]))", legend)


def increase(metric: str, legend: str) -> Query:
    """Return how much a counter grew."""
    return Query(f"sum(increase({metric}{IN}[$__rate_interval]))", legend)


def first_delivery(quantile: float, legend: str) -> Query:
    """Return a quantile of the time to a page's first delivery, in seconds."""
    buckets = f"rate(pingparrot_first_delivery_seconds_bucket{IN}[$__rate_interval])"
    return Query(f"histogram_quantile({quantile}, sum by (le) ({buckets}))", legend)


def stat(title: str, about: str, expr: str, unit: str = "short", red_from: float | None = 1) -> Panel:
    """Return a panel with one number, red from a value on."""
    return Panel(title, about, (Query(expr),), 6, unit, "stat", red_from)
