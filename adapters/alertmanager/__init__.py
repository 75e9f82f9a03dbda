"""Alertmanager's webhook, and Prometheus's own POST /api/v2/alerts."""
