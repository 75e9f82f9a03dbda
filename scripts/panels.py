"""The panels of the Grafana dashboard, as rows of a table."""

from __future__ import annotations

from dataclasses import dataclass

_IN = '{namespace=~"$namespace"}'


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


def _rate(metric: str, by: str, selected: str = _IN) -> Query:
    legend = " ".join("{{" + label + "}}" for label in by.split(", "))
    return Query(f"sum by ({by}) (rate({metric}{selected}[$__rate_interval]))", legend)


def _increase(metric: str, legend: str) -> Query:
    return Query(f"sum(increase({metric}{_IN}[$__rate_interval]))", legend)


def _first_delivery(quantile: float, legend: str) -> Query:
    buckets = f"rate(pingparrot_first_delivery_seconds_bucket{_IN}[$__rate_interval])"
    return Query(f"histogram_quantile({quantile}, sum by (le) ({buckets}))", legend)


def _stat(title: str, about: str, expr: str, unit: str = "short", red_from: float | None = 1) -> Panel:
    return Panel(title, about, (Query(expr),), 4, unit, "stat", red_from)


ROWS: tuple[tuple[str, tuple[Panel, ...]], ...] = (
    (
        "Is everybody heard?",
        (
            _stat(
                "Nobody reached",
                "Pages that nobody could be told of, in the time shown.",
                f"sum(increase(pingparrot_pages_unreachable_total{_IN}[$__range]))",
            ),
            _stat(
                "Oldest notification",
                "For how long the oldest notification that is due has waited.",
                f"max(pingparrot_outbox_oldest_seconds{_IN})",
                "s",
                120,
            ),
            _stat(
                "Scheduler lag",
                "For how long a repeat or an escalation has been due.",
                f"max(pingparrot_scheduler_lag_seconds{_IN})",
                "s",
                30,
            ),
            _stat(
                "Processes without database",
                "Processes that the database does not answer.",
                f"count(pingparrot_database_up{_IN} == 0) or vector(0)",
            ),
            _stat(
                "Rules not in force",
                "Namespaces of rules that did not load at the last try.",
                f"count(min by (rules_namespace) (pingparrot_rules_last_reload_successful{_IN}) == 0)"
                " or vector(0)",
            ),
            _stat(
                "Bootstrap not applied",
                "Processes that could not apply the bootstrap file.",
                f"sum(pingparrot_bootstrap_failing{_IN}) or vector(0)",
            ),
            _stat(
                "Heartbeats missing",
                "Heartbeats that have not come in time.",
                f"count(min by (name) (pingparrot_heartbeat_up{_IN}) == 0) or vector(0)",
            ),
        ),
    ),
    (
        "What comes in",
        (
            Panel(
                "Webhooks by answer",
                "What senders were answered: `ok`, `quarantined`, or the status of a refusal.",
                (_rate("pingparrot_webhooks_total", "integration, answer"),),
                unit="reqps",
            ),
            Panel(
                "Alerts by outcome",
                "What was done about each alert.",
                (_rate("pingparrot_alerts_total", "outcome"),),
                stacked=True,
            ),
            Panel(
                "Since an integration was seen",
                "How long ago each integration last used a key.",
                (
                    Query(
                        "time() - max by (integration) "
                        f"(pingparrot_integration_last_seen_timestamp_seconds{_IN})",
                        "{{integration}}",
                    ),
                ),
                unit="s",
            ),
            Panel(
                "New alerts that no route takes",
                "The share of new alerts that went to the default chain.",
                (
                    Query(
                        f"sum(rate(pingparrot_alerts_unrouted_total{_IN}[$__rate_interval])) / "
                        'sum(rate(pingparrot_alerts_total{namespace=~"$namespace", '
                        'outcome=~"created|joined|held"}[$__rate_interval]))',
                        "without a route",
                    ),
                ),
                unit="percentunit",
            ),
            Panel(
                "Could not be read",
                "Bodies and alerts that were put into quarantine.",
                (_rate("pingparrot_quarantined_total", "integration"),),
            ),
            Panel(
                "Refused for credentials",
                "Requests with a key, token or signature that does not hold.",
                (_rate("pingparrot_authentication_failures_total", "reason"),),
            ),
        ),
    ),
    (
        "Pages",
        (
            Panel(
                "Open pages by priority",
                "Pages that are not closed.",
                (
                    Query(
                        f"max by (status, priority) (pingparrot_pages{_IN})",
                        "{{status}} {{priority}}",
                    ),
                ),
                stacked=True,
            ),
            Panel(
                "Pages created",
                "By alerts and by hand.",
                (_rate("pingparrot_pages_created_total", "priority"),),
                stacked=True,
            ),
            Panel(
                "Not heard as meant",
                "Pages that reached nobody or went to the default chain, and people out of reach.",
                (
                    _increase("pingparrot_pages_unreachable_total", "reached nobody"),
                    _increase("pingparrot_pages_fallback_total", "default chain"),
                    _increase("pingparrot_targets_unreachable_total", "somebody not reachable"),
                ),
            ),
            Panel(
                "Doubted and flapping",
                "Alerts that fired again soon, ends that were waited for, and ends that came in a mass.",
                (
                    _rate("pingparrot_alerts_refired_total", "outcome"),
                    _increase("pingparrot_resolves_held_total", "resolves held"),
                    _increase("pingparrot_alerts_mass_resolved_total", "resolved in a mass"),
                ),
                width=12,
            ),
            Panel(
                "Forgotten",
                "Acknowledgements that lapsed while alerts fired, and alerts that nobody spoke of any more.",
                (
                    _increase("pingparrot_acknowledgements_lapsed_total", "acknowledgements lapsed"),
                    _increase("pingparrot_alerts_stale_total", "alerts gone stale"),
                ),
                width=12,
            ),
        ),
    ),
    (
        "Delivery",
        (
            Panel(
                "Deliveries by channel and outcome",
                "Attempts to reach a person.",
                (_rate("pingparrot_deliveries_total", "channel, outcome"),),
            ),
            Panel(
                "Time to first delivery",
                "From a page's creation to the first person who was told.",
                (
                    _first_delivery(0.5, "p50"),
                    _first_delivery(0.99, "p99"),
                ),
                unit="s",
            ),
            Panel(
                "Outbox",
                "Notifications that are due and not finished.",
                (Query(f"max(pingparrot_outbox_depth{_IN})", "due"),),
            ),
            Panel(
                "Destinations that fail",
                "1 while the last sends to a destination have all failed.",
                (
                    Query(
                        f"max by (destination) (pingparrot_destination_failing{_IN})",
                        "{{destination}}",
                    ),
                ),
                width=24,
            ),
        ),
    ),
    (
        "The machinery",
        (
            Panel(
                "Scheduler",
                "For how long a page has been due, and rounds that failed.",
                (
                    Query(f"max(pingparrot_scheduler_lag_seconds{_IN})", "lag"),
                    _increase("pingparrot_scheduler_failures_total", "failed rounds"),
                ),
            ),
            Panel(
                "Since a heartbeat came",
                "How long ago each heartbeat was last heard.",
                (Query(f"max by (name) (pingparrot_heartbeat_last_seconds{_IN})", "{{name}}"),),
                unit="s",
            ),
            Panel(
                "Beats to the other PingParrot",
                "How the other one answered.",
                (_rate("pingparrot_peer_beats_total", "outcome"),),
            ),
            Panel(
                "Since the rules were loaded",
                "How long the rules in force have been so, in each process.",
                (
                    Query(
                        f"time() - (pingparrot_rules_last_reload_success_timestamp_seconds{_IN} > 0)",
                        "{{instance}}",
                    ),
                ),
                unit="s",
            ),
            Panel(
                "Memory",
                "Resident memory of each process.",
                (
                    Query(
                        'process_resident_memory_bytes{job=~".*pingparrot.*", namespace=~"$namespace"}',
                        "{{instance}}",
                    ),
                ),
                unit="bytes",
            ),
            Panel(
                "CPU",
                "Cores used by each process.",
                (
                    Query(
                        "rate(process_cpu_seconds_total"
                        '{job=~".*pingparrot.*", namespace=~"$namespace"}[$__rate_interval])',
                        "{{instance}}",
                    ),
                ),
            ),
        ),
    ),
)
