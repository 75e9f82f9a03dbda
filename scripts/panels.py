"""The panels of the Grafana dashboard, as rows of a table."""

from __future__ import annotations

from scripts.panel import IN, Panel, Query, first_delivery, increase, rate, stat

ROWS: tuple[tuple[str, tuple[Panel, ...]], ...] = (
    (
        "Is everybody heard?",
        (
            stat(
                "Nobody reached",
                "Pages that nobody could be told of, in the time shown.",
                f"sum(increase(pingparrot_pages_unreachable_total{IN}[$__range]))",
            ),
            stat(
                "Oldest notification",
                "For how long the oldest notification that is due has waited.",
                f"max(pingparrot_outbox_oldest_seconds{IN})",
                "s",
                120,
            ),
            stat(
                "Scheduler lag",
                "For how long a repeat or an escalation has been due.",
                f"max(pingparrot_scheduler_lag_seconds{IN})",
                "s",
                30,
            ),
            stat(
                "Processes without database",
                "Processes that the database does not answer.",
                f"count(pingparrot_database_up{IN} == 0) or vector(0)",
            ),
            stat(
                "Rules not in force",
                "Namespaces of rules that did not load at the last try.",
                f"count(min by (rules_namespace) (pingparrot_rules_last_reload_successful{IN}) == 0)"
                " or vector(0)",
            ),
            stat(
                "Bootstrap not applied",
                "Processes that could not apply the bootstrap file.",
                f"sum(pingparrot_bootstrap_failing{IN}) or vector(0)",
            ),
            stat(
                "Heartbeats missing",
                "Heartbeats that have not come in time.",
                f"count(min by (name) (pingparrot_heartbeat_up{IN}) == 0) or vector(0)",
            ),
            stat(
                "Destinations that fail",
                "Destinations whose last sends have all failed.",
                f"count(max by (destination) (pingparrot_destination_failing{IN})) or vector(0)",
            ),
        ),
    ),
    (
        "What comes in",
        (
            Panel(
                "Webhooks by answer",
                "What senders were answered: `ok`, `quarantined`, or the status of a refusal.",
                (rate("pingparrot_webhooks_total", "integration, answer"),),
                unit="reqps",
            ),
            Panel(
                "Alerts by outcome",
                "What was done about each alert.",
                (rate("pingparrot_alerts_total", "outcome"),),
                stacked=True,
            ),
            Panel(
                "Since an integration was seen",
                "How long ago each integration last used a key.",
                (
                    Query(
                        "time() - max by (integration) "
                        f"(pingparrot_integration_last_seen_timestamp_seconds{IN})",
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
                        f"sum(rate(pingparrot_alerts_unrouted_total{IN}[$__rate_interval])) / "
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
                (rate("pingparrot_quarantined_total", "integration"),),
            ),
            Panel(
                "Refused for credentials",
                "Requests with a key, token or signature that does not hold.",
                (rate("pingparrot_authentication_failures_total", "reason"),),
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
                        f"max by (status, priority) (pingparrot_pages{IN})",
                        "{{status}} {{priority}}",
                    ),
                ),
                stacked=True,
            ),
            Panel(
                "Pages created",
                "By alerts and by hand.",
                (rate("pingparrot_pages_created_total", "priority"),),
                stacked=True,
            ),
            Panel(
                "Not heard as meant",
                "Pages that reached nobody or went to the default chain, and people out of reach.",
                (
                    increase("pingparrot_pages_unreachable_total", "reached nobody"),
                    increase("pingparrot_pages_fallback_total", "default chain"),
                    increase("pingparrot_targets_unreachable_total", "somebody not reachable"),
                ),
            ),
            Panel(
                "Doubted and flapping",
                "Alerts that fired again soon, ends that were waited for, and ends that came in a mass.",
                (
                    rate("pingparrot_alerts_refired_total", "outcome"),
                    increase("pingparrot_resolves_held_total", "resolves held"),
                    increase("pingparrot_alerts_mass_resolved_total", "resolved in a mass"),
                    increase("pingparrot_resolves_target_down_total", "ended beside a dead target"),
                ),
            ),
            Panel(
                "Pages that wait",
                "Pages whose alerts have ended, until their hold is over or a heartbeat comes.",
                (Query(f"max by (reason) (pingparrot_pages_waiting{IN})", "{{reason}}"),),
            ),
            Panel(
                "Forgotten",
                "Acknowledgements that lapsed while alerts fired, and alerts that nobody spoke of any more.",
                (
                    increase("pingparrot_acknowledgements_lapsed_total", "acknowledgements lapsed"),
                    increase("pingparrot_alerts_stale_total", "alerts gone stale"),
                ),
            ),
        ),
    ),
    (
        "Delivery",
        (
            Panel(
                "Deliveries by channel and outcome",
                "Attempts to reach a person.",
                (rate("pingparrot_deliveries_total", "channel, outcome"),),
            ),
            Panel(
                "Time to first delivery",
                "From a page's creation to the first person who was told.",
                (
                    first_delivery(0.5, "p50"),
                    first_delivery(0.99, "p99"),
                ),
                unit="s",
            ),
            Panel(
                "Outbox",
                "Notifications that are due and not finished.",
                (Query(f"max(pingparrot_outbox_depth{IN})", "due"),),
            ),
            Panel(
                "Destinations that fail",
                "1 while the last sends to a destination have all failed.",
                (
                    Query(
                        f"max by (destination) (pingparrot_destination_failing{IN})",
                        "{{destination}}",
                    ),
                ),
                width=16,
            ),
            Panel(
                "Gathered in storms",
                "Digests, each of many pages, and the pages that came by one instead of ringing alone.",
                (
                    rate("pingparrot_digests_total", "outcome"),
                    increase("pingparrot_notifications_gathered_total", "gathered"),
                ),
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
                    Query(f"max(pingparrot_scheduler_lag_seconds{IN})", "lag"),
                    increase("pingparrot_scheduler_failures_total", "failed rounds"),
                ),
            ),
            Panel(
                "Since a heartbeat came",
                "How long ago each heartbeat was last heard.",
                (Query(f"max by (name) (pingparrot_heartbeat_last_seconds{IN})", "{{name}}"),),
                unit="s",
            ),
            Panel(
                "To the other PingParrot, and to emergency contacts",
                "How heartbeats, and messages about a database that is away, were answered.",
                (
                    rate("pingparrot_peer_beats_total", "outcome"),
                    Query(
                        "sum by (outcome) "
                        f"(increase(pingparrot_emergency_messages_total{IN}[$__rate_interval]))",
                        "emergency {{outcome}}",
                    ),
                ),
            ),
            Panel(
                "Since the rules were loaded",
                "How long the rules in force have been so, in each process.",
                (
                    Query(
                        f"time() - (pingparrot_rules_last_reload_success_timestamp_seconds{IN} > 0)",
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
