"""docs/grafana.md: its files can be read, and what they name exists."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from router.store.credentials.signing import SIGNATURE_HEADER, TIMESTAMP_HEADER
from rules.load import load
from rules.texts import Sources
from tests.docs.pages import ROOT, blocks

PAGE = ROOT / "docs" / "grafana.md"
TEXT = PAGE.read_text(encoding="utf-8")
YAML = blocks(PAGE, "yaml")
HCL = blocks(PAGE, "hcl")

# Grafana's documentation, "Use configuration files to provision alerting resources", type webhook.
RECEIVER = {"uid", "type", "settings", "disableResolveMessage"}
SETTINGS = {
    *("url", "httpMethod", "username", "password", "authorization_scheme", "authorization_credentials"),
    *("headers", "maxAlerts", "title", "message", "tlsConfig", "hmacConfig", "payload"),
}
POLICY = {"orgId", "receiver", "group_by", "group_wait", "group_interval", "repeat_interval"}
HMAC = {"secret", "header", "timestampHeader"}


def provisioned() -> list[Any]:
    return [yaml.safe_load(text) for text in YAML if text.startswith("apiVersion:")]


@pytest.mark.parametrize("document", provisioned())
def test_a_provisioning_file_has_grafanas_fields_and_our_address(document: dict[str, Any]) -> None:
    assert document["apiVersion"] == 1
    for point in document["contactPoints"]:
        assert set(point) == {"orgId", "name", "receivers"}
        for receiver in point["receivers"]:
            assert set(receiver) == RECEIVER
            assert receiver["type"] == "webhook"
            assert set(receiver["settings"]) <= SETTINGS
            assert receiver["settings"]["url"].endswith("/api/adapters/grafana")
    for policy in document.get("policies", ()):
        assert set(policy) <= POLICY
        assert policy["receiver"] in {point["name"] for point in document["contactPoints"]}


def test_both_generations_are_provisioned_with_the_key_where_they_can_carry_it() -> None:
    new, old = (document["contactPoints"][0]["receivers"][0]["settings"] for document in provisioned())
    assert set(new["headers"]) == {"X-API-Key"}
    assert old["authorization_scheme"] == "Bearer"
    assert "headers" not in old


def test_the_signature_is_configured_by_the_names_that_are_looked_at() -> None:
    (signed,) = [yaml.safe_load(text)["hmacConfig"] for text in YAML if "hmacConfig" in text]
    assert set(signed) == HMAC
    assert (signed["header"], signed["timestampHeader"]) == (SIGNATURE_HEADER, TIMESTAMP_HEADER)
    assert f'"{SIGNATURE_HEADER}"' in HCL[-1]
    assert f'"{TIMESTAMP_HEADER}"' in HCL[-1]


def test_the_terraform_blocks_are_closed() -> None:
    assert HCL
    assert all(text.count("{") == text.count("}") for text in HCL)


@pytest.mark.parametrize("text", [text for text in YAML if text.startswith("routes:")])
def test_the_rules_load(text: str) -> None:
    assert load(Sources({"rules.yml": text}), lambda _: None).errors == ()


def test_every_option_of_key_create_that_is_named_exists() -> None:
    known = set(re.findall(r"--[a-z-]+", (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")))
    named = set(re.findall(r"--[a-z][a-z-]*", TEXT))
    assert named - known == set()


def test_every_reason_of_a_refused_signature_is_counted_under_the_name_given() -> None:
    source = Path(ROOT / "adapters" / "grafana" / "signature.py").read_text(encoding="utf-8")
    (faults,) = re.findall(r"^SignatureFault = Literal\[(.*)\]$", source, re.MULTILINE)
    assert {f"signature_{fault}" for fault in re.findall(r'"(\w+)"', faults)} <= set(
        re.findall(r"`(\w+)`", TEXT)
    )
