"""alertmanager.yml inside what Kubernetes and Helm are given."""

from __future__ import annotations

import base64
import gzip
import json
from textwrap import dedent, indent

import pytest

from rules.alertmanager.config import read_alertmanager
from rules.findings import Finding

CONFIG = """\
route:
  receiver: a
  routes:
    - matchers: [x="y"]
receivers:
  - name: a
"""
ENCODED = base64.b64encode(CONFIG.encode()).decode()
PACKED = base64.b64encode(gzip.compress(CONFIG.encode())).decode()


def place_of_route(text: str) -> str:
    findings: list[Finding] = []
    read = read_alertmanager(text, "f.yml", findings)
    assert read is not None, findings
    assert findings == []
    return str(read.root.routes[0].place)


def fault(text: str) -> str:
    findings: list[Finding] = []
    assert read_alertmanager(text, "f.yml", findings) is None
    (found,) = findings
    return f"{found.place}: {found.message}"


@pytest.mark.parametrize(
    ("head", "place"),
    [
        ("alertmanager:\n  config:\n", "f.yml:6:11"),
        ("kube-prometheus-stack:\n  alertmanager:\n    config:\n", "f.yml:7:13"),
        ("alertmanager:\n  route: {main: {enabled: false}}\n  config:\n", "f.yml:7:11"),
        ("kind: HelmRelease\nspec:\n  values:\n    alertmanager:\n      config:\n", "f.yml:9:15"),
        ("kind: ConfigMap\ndata:\n  alertmanager.yml: |\n", "f.yml:7:11"),
        ("kind: Secret\nstringData:\n  alertmanager.yaml: |-\n", "f.yml:7:11"),
        ("kind: List\nitems:\n  - kind: ConfigMap\n    data:\n      a: |\n", "f.yml:9:15"),
        ("kind: Service\n---\nkind: ConfigMap\ndata:\n  alertmanager.yml: |\n", "f.yml:9:11"),
        ("spec:\n  helm:\n    values: |\n      alertmanager:\n        config:\n", "f.yml:9:17"),
    ],
)
def test_it_is_found_where_it_stands(head: str, place: str) -> None:
    inner = len(head.splitlines()[-1]) - len(head.splitlines()[-1].lstrip()) + 2

    assert place_of_route(head + indent(CONFIG, " " * inner)) == place


def test_a_document_marker_inside_a_block_is_read() -> None:
    text = "data:\n  alertmanager.yml: |\n    ---\n" + indent(CONFIG, "    ")

    assert place_of_route(text) == "f.yml:7:11"


@pytest.mark.parametrize("encoded", [ENCODED, PACKED])
def test_a_secret_is_decoded(encoded: str) -> None:
    text = f"kind: Secret\ndata:\n  other: AAAA\n  alertmanager.yaml: {encoded}\n"

    assert place_of_route(text) == "f.yml(alertmanager.yaml):4:7"


def test_keys_in_quotes_are_seen() -> None:
    quoted = CONFIG.replace("route:", '"route":').replace("receivers:", "'receivers' :")

    assert place_of_route("stringData:\n  a: |\n" + indent(quoted, "    ")) == "f.yml:6:11"


def test_a_part_that_an_operator_puts_together_is_refused() -> None:
    text = "kind: AlertmanagerConfig\nspec:\n" + indent(CONFIG, "  ")

    assert fault(text) == (
        "f.yml:1:1: is an AlertmanagerConfig, which is only a part: give the whole that the operator makes, "
        "kubectl get secret alertmanager-NAME-generated -o yaml."
    )


def test_a_quoted_text_has_places_of_its_own() -> None:
    quoted = CONFIG.replace('"', '\\"').replace("\n", "\\n")

    assert place_of_route(f'data:\n  a: "{quoted}"\n') == "f.yml(2):4:7"


def test_a_text_that_unpacks_to_too_much_is_no_configuration() -> None:
    huge = base64.b64encode(gzip.compress((CONFIG + "#" * (1 << 21)).encode())).decode()

    assert "holds no Alertmanager configuration" in fault(f"kind: Secret\ndata:\n  a: {huge}\n")


def test_the_copy_that_kubectl_keeps_is_no_second_one() -> None:
    copy = json.dumps({"kind": "ConfigMap", "data": {"alertmanager.yml": CONFIG}})
    head = (
        "kind: ConfigMap\nmetadata:\n  annotations:\n"
        "    kubectl.kubernetes.io/last-applied-configuration: |\n"
        f"      {copy}\ndata:\n  alertmanager.yml: |\n"
    )

    assert place_of_route(head + indent(CONFIG, "    ")) == "f.yml:11:11"


def test_two_of_them_are_one_too_many() -> None:
    assert fault(CONFIG + "---\n" + CONFIG) == (
        "f.yml:8:1: a second Alertmanager configuration begins here, after the one at f.yml:1:1: "
        "give a file with one of them."
    )


def test_a_fault_inside_a_block_is_told_where_it_stands() -> None:
    text = dedent(
        """\
        data:
          alertmanager.yml: |
            route: {receiver: a
            receivers: []
        """
    )

    assert fault(text).startswith("f.yml:3:12: is not YAML: ")
