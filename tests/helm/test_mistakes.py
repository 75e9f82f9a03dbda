"""Values that cannot work are refused before anything is made, in words that say which and why."""

from __future__ import annotations

from typing import Any

import pytest

from tests.helm.chart import Case, Helm

_DISTRIBUTED = {"mode": "distributed", "database": {"existingSecret": "postgres"}}


def _git(**more: Any) -> Any:
    return {
        "rules": {"gitSync": {"enabled": True, "repository": "https://git.example.com/rules.git", **more}}
    }


# What somebody writes, and the words that the answer holds.
MISTAKES: dict[str, tuple[Any, tuple[str, ...]]] = {
    "a typo at the top": ({"replicaCont": 2}, ("replicaCont",)),
    "a typo further in": ({"image": {"repo": "pager"}}, ("image", "repo")),
    "a typo in resources": ({"resources": {"request": {}}}, ("resources", "request")),
    "a typo in an integration": (
        {"integrations": {"a": {"kind": "alertmanager", "key": "b"}}},
        ("integrations", "key"),
    ),
    "a probe's path": ({"probes": {"liveness": {"path": "/"}}}, ("probes", "liveness", "path")),
    "a word for a number": ({"replicaCount": "two"}, ("replicaCount", "string", "integer")),
    "a map for a list": ({"extraEnv": {"A": "b"}}, ("extraEnv", "array", "object")),
    "a text for a host": (
        {"ingress": {"enabled": True, "hosts": ["a.example.com"]}},
        ("hosts", "object", "string"),
    ),
    "an unknown mode": ({"mode": "ha"}, ("mode", "embedded", "distributed")),
    "several pods on SQLite": (
        {"replicaCount": 2},
        ("replicaCount", "SQLite has one writer; more need mode distributed"),
    ),
    "no pods": ({**_DISTRIBUTED, "replicaCount": 0}, ("replicaCount", "1")),
    "no PostgreSQL": (
        {"mode": "distributed"},
        (
            "database",
            "existingSecret",
            "the Secret with the address of PostgreSQL, which mode distributed needs",
        ),
    ),
    "PostgreSQL beside SQLite": (
        {"database": {"existingSecret": "a"}},
        ("database", "PostgreSQL is for mode distributed"),
    ),
    "a broker beside SQLite": (
        {"broker": {"existingSecret": "a"}},
        ("broker", "a broker is for mode distributed"),
    ),
    "scaling SQLite": (
        {"autoscaling": {"enabled": True}},
        ("autoscaling", "more pods need mode distributed"),
    ),
    "a budget for one pod": (
        {"podDisruptionBudget": {"enabled": True}},
        ("podDisruptionBudget", "node from being drained"),
    ),
    "scaling workers that are not there": (
        {**_DISTRIBUTED, "worker": {"autoscaling": {"enabled": True}}},
        ("worker", "there are workers only with broker.existingSecret"),
    ),
    "scaling by nothing": (
        {**_DISTRIBUTED, "autoscaling": {"enabled": True, "targetCPUUtilizationPercentage": None}},
        ("autoscaling", "targetMemoryUtilizationPercentage"),
    ),
    "more at least than at most": (
        {**_DISTRIBUTED, "autoscaling": {"enabled": True, "minReplicas": 9}},
        ("autoscaling.minReplicas is 9, more than its maxReplicas, 6",),
    ),
    "a budget of both kinds": (
        {**_DISTRIBUTED, "podDisruptionBudget": {"enabled": True, "minAvailable": 1, "maxUnavailable": 1}},
        ("podDisruptionBudget", "nothing, or give no minAvailable"),
    ),
    "rules twice": (
        {"rules": {"files": {"a.yml": ""}, "existingConfigMap": "a"}},
        ("rules", "existingConfigMap", "nothing: rules.files are given"),
    ),
    "rules from git and from files": (
        {"rules": {**_git()["rules"], "files": {"a.yml": ""}}},
        ("rules", "files"),
    ),
    "a file that is not YAML": ({"rules": {"files": {"rules.txt": ""}}}, ("rules.txt", "ya?ml")),
    "no repository": (_git(repository=""), ("repository", "the address of the git repository")),
    "SSH without a key": (
        _git(repository="git@git.example.com:rules.git"),
        ("ssh", "which a repository over SSH needs"),
    ),
    "a token and a key": (
        _git(token={"existingSecret": "a"}, ssh={"existingSecret": "b"}),
        ("ssh", "nothing, or give no token"),
    ),
    "a path that leaves the repository": (_git(path="../secrets"), ("path", "not")),
    "an unknown kind of sender": (
        {"integrations": {"a": {"kind": "nagios"}}},
        ("integrations", "alertmanager", "grafana", "generic"),
    ),
    "a sender's name that no Secret can have": (
        {"integrations": {"Not OK!": {"kind": "generic"}}},
        ("Not OK!",),
    ),
    "keys of no Secret": (
        {"integrations": {"a": {"kind": "generic", "keys": ["b"]}}},
        ("integrations", "existingSecret"),
    ),
    "Alertmanager with an unknown key": (
        {"alertmanagerConfig": {"enabled": True, "integration": "nobody"}},
        ('"nobody"', "not in integrations: name one of alertmanager"),
    ),
    "Alertmanager with Grafana's key": (
        {
            "alertmanagerConfig": {"enabled": True, "integration": "g"},
            "integrations": {"g": {"kind": "grafana"}},
        },
        ('"g"', "whose kind is grafana: name one of kind alertmanager"),
    ),
    "a tag for a digest": ({"image": {"digest": "latest"}}, ("digest", "sha256")),
    "an unknown pull policy": (
        {"image": {"pullPolicy": "Sometimes"}},
        ("pullPolicy", "Always", "IfNotPresent", "Never"),
    ),
    "an address without its scheme": (
        {"config": {"publicUrl": "pager.example.com"}},
        ("publicUrl", "https?://"),
    ),
    "a proxy by name": ({"config": {"trustedProxies": ["everybody"]}}, ("trustedProxies",)),
    "an unknown log level": (
        {"config": {"logLevel": "loud"}},
        ("logLevel", "debug", "info", "warning", "error"),
    ),
    "no threads": ({"config": {"deliveryThreads": 0}}, ("deliveryThreads", "1")),
    "a peer without its key": (
        {"config": {"peer": {"url": "https://other.example.com/api/heartbeats/a"}}},
        ("peer", "existingSecret", "the Secret with the key for peer.url"),
    ),
    "a peer that is no heartbeat": (
        {"config": {"peer": {"url": "https://other.example.com/", "existingSecret": "a"}}},
        ("peer", "url", "/api/heartbeats/"),
    ),
    "a password for nobody": (
        {"admin": {"email": "", "existingSecret": "a"}},
        ("admin", "nothing, or give admin.email too"),
    ),
    "a name for an e-mail": ({"admin": {"email": "root"}}, ("email", "@")),
    "a route to no gateway": ({"route": {"main": {"enabled": True}}}, ("parentRefs", "1")),
    "an unknown service": (
        {"service": {"type": "External"}},
        ("service", "ClusterIP", "NodePort", "LoadBalancer"),
    ),
    "an impossible port": ({"service": {"port": 99999}}, ("service", "port")),
    "a volume of no size": ({"persistence": {"size": "big"}}, ("size",)),
    "an unknown access mode": (
        {"persistence": {"accessModes": ["ReadWriteAlways"]}},
        ("accessModes", "ReadWriteOnce"),
    ),
    "too little time to stop": (
        {"terminationGracePeriodSeconds": 5},
        ("terminationGracePeriodSeconds", "30"),
    ),
    "a name with capitals": ({"fullnameOverride": "My_Pager"}, ("fullnameOverride",)),
    "a name with a dot": ({"fullnameOverride": "pager.eu"}, ("fullnameOverride",)),
    "an interval in words": (
        {"serviceMonitor": {"enabled": True, "interval": "15 seconds"}},
        ("serviceMonitor", "interval"),
    ),
    "an unknown update strategy": (
        {**_DISTRIBUTED, "updateStrategy": {"type": "Rolling"}},
        ("updateStrategy", "RollingUpdate"),
    ),
    "a setting of the chart's own": (
        {"extraEnv": [{"name": "PINGPARROT_PORT", "value": "9"}]},
        ('extraEnv has "PINGPARROT_PORT", which is there already',),
    ),
    "a volume of the chart's own": (
        {"extraVolumes": [{"name": "tmp", "emptyDir": {}}]},
        ('extraVolumes has "tmp", which is there already',),
    ),
    "the same Secret twice": ({"roster": {"contactSecrets": ["a", "a"]}}, ("contactSecrets",)),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_refused_by_its_name(helm: Helm, mistake: str) -> None:
    values, words = MISTAKES[mistake]
    done = helm.template(Case(mistake, values))
    assert done.returncode != 0
    assert done.stdout == ""
    said = done.stderr.replace("\\'", "'")
    assert [word for word in words if word not in said] == [], said
    assert "nil pointer" not in said


def test_a_release_whose_name_begins_with_a_digit_is_told_what_to_give(helm: Helm) -> None:
    done = helm.template(Case("digit", {}, release="9lives"))
    assert 'a Service cannot be called "9lives-pingparrot": give fullnameOverride' in done.stderr
    assert helm.template(Case("digit", {"fullnameOverride": "pager"}, release="9lives")).returncode == 0


def test_a_kubernetes_that_is_too_old_is_refused(helm: Helm) -> None:
    done = helm.template(Case("old", {}, kube="1.28"))
    assert done.returncode != 0
    assert ">=1.29.0-0 which is incompatible with Kubernetes v1.28" in done.stderr
