"""Grafana: unified and legacy alerting, custom payloads, signatures."""
