"""Every metric that `/metrics` serves; docs/metrics.md describes each, and a test holds it to that."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram, disable_created_metrics

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for each counter

WEBHOOKS = Counter(
    "pingparrot_webhooks_total", "Webhooks received, by integration and answer.", ["integration", "answer"]
)
ALERTS = Counter(
    "pingparrot_alerts_total",
    "Alerts received, by integration and what was done about them.",
    ["integration", "outcome"],
)
DEFAULT_ROUTED = Counter(
    "pingparrot_alerts_unrouted_total", "New alerts that no route took, which went to defaults.chain."
)
PAGES_CREATED = Counter("pingparrot_pages_created_total", "Pages created, by priority.", ["priority"])
PAGES = Gauge(
    "pingparrot_pages", "Pages that are not closed, by status and priority.", ["status", "priority"]
)
DELIVERIES = Counter(
    "pingparrot_deliveries_total",
    "Attempts to reach a person, by channel and outcome.",
    ["channel", "outcome"],
)
GATHERED = Counter(
    "pingparrot_notifications_gathered_total",
    "Times that somebody was not rung for a page alone, since it comes by digest.",
)
DIGESTS = Counter(
    "pingparrot_digests_total", "Attempts to tell somebody of many pages by one message.", ["outcome"]
)
DESTINATION_FAILING = Gauge(
    "pingparrot_destination_failing",
    "1 while the last sends to a destination have all failed; absent otherwise.",
    ["destination"],
)
UNREACHABLE = Counter(
    "pingparrot_pages_unreachable_total", "Times that a page reached nobody, and no default chain was left."
)
TARGETS_UNREACHABLE = Counter(
    "pingparrot_targets_unreachable_total",
    "Times that a step named a person or group that cannot be reached; others may have been.",
)
FALLBACKS = Counter(
    "pingparrot_pages_fallback_total", "Pages handed to defaults.chain because nobody was reached."
)
FIRST_DELIVERY = Histogram(
    "pingparrot_first_delivery_seconds",
    "Seconds from a page's creation to its first successful delivery.",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300),
)
OUTBOX_DEPTH = Gauge("pingparrot_outbox_depth", "Notifications that are due and not yet finished.")
OUTBOX_OLDEST = Gauge(
    "pingparrot_outbox_oldest_seconds", "Age in seconds of the oldest notification that is due."
)
REFIRED = Counter(
    "pingparrot_alerts_refired_total",
    "Alerts that fired again soon after they ended, by what became of them.",
    ["outcome"],
)
RESOLVES_HELD = Counter(
    "pingparrot_resolves_held_total", "Times that a page waited whether the end of its alerts holds."
)
PAGES_WAITING = Gauge(
    "pingparrot_pages_waiting",
    "Pages whose alerts have ended, and which wait: for their hold, or for a heartbeat.",
    ["reason"],
)
TARGETS_DOWN = Counter(
    "pingparrot_resolves_target_down_total",
    "Times that a page was told that alerts of it ended while their target does not answer.",
)
EMERGENCY = Counter(
    "pingparrot_emergency_messages_total",
    "Attempts to tell emergency contacts that the database is away, or back, by outcome.",
    ["outcome"],
)
STALE = Counter(
    "pingparrot_alerts_stale_total", "Alerts that ended because nothing was heard of them for stale_after."
)
LAPSED = Counter(
    "pingparrot_acknowledgements_lapsed_total",
    "Acknowledgements that outlasted acknowledgement_timeout while their alerts fired: a new page rang.",
)
MASS_RESOLVED = Counter(
    "pingparrot_alerts_mass_resolved_total",
    "Alerts that resolved when many of their integration did at once.",
    ["integration"],
)
DATABASE_UP = Gauge(
    "pingparrot_database_up", "1 if the database answered this process when this was read, 0 if not."
)
SCHEDULER_LAG = Gauge(
    "pingparrot_scheduler_lag_seconds",
    "For how long the page that waits longest for the scheduler has been due, in seconds.",
)
SCHEDULER_FAILURES = Counter("pingparrot_scheduler_failures_total", "Scheduler rounds that failed.")
RULES_RELOADED = Gauge(
    "pingparrot_rules_last_reload_successful",
    "1 if the rules of a namespace loaded at the last try, 0 if an older version is in force.",
    ["rules_namespace"],  # Kubernetes' Prometheus gives every series a `namespace` of its own
)
RULES_RELOADED_AT = Gauge(
    "pingparrot_rules_last_reload_success_timestamp_seconds",
    "When the rules in force were loaded, Unix time.",
)
INTEGRATION_SEEN = Gauge(
    "pingparrot_integration_last_seen_timestamp_seconds",
    "When an integration last used a key, Unix time; absent once all of its keys are revoked.",
    ["integration"],
)
BOOTSTRAP_FAILING = Gauge(
    "pingparrot_bootstrap_failing",
    "1 while the bootstrap file, or a file that it names, cannot be applied, 0 otherwise.",
)
QUARANTINED = Counter(
    "pingparrot_quarantined_total", "Bodies and alerts that could not be read.", ["integration"]
)
HEARTBEAT_LAST = Gauge(
    "pingparrot_heartbeat_last_seconds",
    "Seconds since a heartbeat came last, or since it was first waited for.",
    ["name"],
)
HEARTBEAT_UP = Gauge(
    "pingparrot_heartbeat_up", "1 while a heartbeat is not missing, 0 while it is.", ["name"]
)
PEER_BEATS = Counter(
    "pingparrot_peer_beats_total", "Heartbeats sent to the other PingParrot, by outcome.", ["outcome"]
)
AUTH_FAILURES = Counter(
    "pingparrot_authentication_failures_total", "Requests refused for their credentials.", ["reason"]
)

for _answer in ("401", "403", "503"):  # from zero on: Prometheus sees no increase in a first value
    WEBHOOKS.labels("unknown", _answer)
