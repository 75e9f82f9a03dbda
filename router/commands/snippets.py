"""What to paste into a sender's configuration so that it posts here."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass

from router.store.credentials import Integration

KEY = "pp_live_your_key_here"
"""Stands where the key goes, which is shown only once."""


@dataclass(frozen=True, slots=True)
class Snippet:
    """A text to paste.

    Parameters:
      title: what it is for, in a few words.
      file: where it goes; empty for a command line.
      language: `yaml` or `sh`.
    """

    title: str
    file: str
    language: str
    text: str


def address_for(integration: Integration, base_url: str) -> str:
    """Return the URL that a sender posts to.

    Parameters:
      base_url: the address under which this server is reached, without a path's end.
    """
    path = "external/pages" if integration.kind == "generic" else f"adapters/{integration.kind}"
    return f"{base_url.rstrip('/')}/api/{path}"


def snippets_for(integration: Integration, base_url: str, *, is_signed: bool = False) -> tuple[Snippet, ...]:
    """Return what to paste for an integration, with a placeholder for its key.

    Parameters:
      is_signed: its bodies carry an HMAC signature, which Grafana 12 and later can make.
    """
    address = address_for(integration, base_url)
    url = json.dumps(address)  # which YAML reads, too
    if integration.kind == "alertmanager":
        return (Snippet("Receiver for Alertmanager", "alertmanager.yml", "yaml", _ALERTMANAGER % (url, KEY)),)
    if integration.kind == "grafana":
        file = "provisioning/alerting/pingparrot.yaml"
        signed = _SIGNED % _headers(integration) if is_signed else ""
        return (
            Snippet("Grafana 12 and later", file, "yaml", _GRAFANA % (url, f"{_HEADER % KEY}{signed}")),
            Snippet("Grafana 9.1 to 11", file, "yaml", _GRAFANA % (url, _AUTHORIZATION % KEY)),
        )
    return (Snippet("A page from a script", "", "sh", _CURL % (shlex.quote(address), KEY)),)


def _headers(integration: Integration) -> tuple[str, str]:
    signature = integration.signature_header or "X-Grafana-Alerting-Signature"
    timestamp = integration.timestamp_header or "X-Grafana-Alerting-Timestamp"
    return json.dumps(signature), json.dumps(timestamp)


_ALERTMANAGER = """\
route:
  receiver: pingparrot
  group_by: [alertname, cluster]
  group_wait: 10s
receivers:
  - name: pingparrot
    webhook_configs:
      - url: %s
        http_config:
          authorization:
            credentials: %s
"""
_GRAFANA = """\
apiVersion: 1
contactPoints:
  - orgId: 1
    name: pingparrot
    receivers:
      - uid: pingparrot
        type: webhook
        settings:
          url: %s
          httpMethod: POST
%s        disableResolveMessage: false
"""
_HEADER = """\
          headers:
            X-API-Key: %s
"""
_SIGNED = """\
          hmacConfig:
            secret: $PINGPARROT_HMAC_SECRET
            header: %s
            timestampHeader: %s
"""
_AUTHORIZATION = """\
          authorization_scheme: Bearer
          authorization_credentials: %s
"""
_CURL = """\
curl -fsS %s \\
  -H 'X-API-Key: %s' -H 'Content-Type: application/json' \\
  -d '{"subject": "Backup failed", "message": "db-1: no space left", "delivery_mode": "broadcast"}'
"""
