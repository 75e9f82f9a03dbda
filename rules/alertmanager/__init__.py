"""Alertmanager's own configuration: what it routes where, as far as its webhooks reach us."""
