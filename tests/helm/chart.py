"""The chart, and Helm to render it with."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.docs.pages import ROOT
from tests.helm.references import pod_template
from tests.helm.schemas import NEWEST

CHART = ROOT / "helm" / "pingparrot"
OPERATORS = ("monitoring.coreos.com/v1", "monitoring.coreos.com/v1alpha1", "gateway.networking.k8s.io/v1")
NAMESPACE = "monitoring"
_HOOK = "helm.sh/hook"

Object = dict[str, Any]
Values = Mapping[str, Any]


@dataclass(frozen=True)
class Case:
    """One way to render the chart.

    Parameters:
      kube: the version of Kubernetes that Helm is told.
      apis: what operators have added to the cluster.
    """

    name: str
    values: Values = field(hash=False)
    release: str = "pager"
    kube: str = NEWEST
    apis: tuple[str, ...] = OPERATORS

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Helm:
    """A Helm program.

    Parameters:
      home: a scratch directory for what it caches.
      api: the address of a Kubernetes API; empty for none.
    """

    major: str
    program: Path
    home: Path
    api: str = ""

    def __str__(self) -> str:
        return f"helm{self.major}"

    def run(self, *arguments: str, values: Values | None = None) -> subprocess.CompletedProcess[str]:
        """Run Helm, away from whatever cluster and settings the person at this machine has.

        Parameters:
          values: for `--values`, by stdin.
        """
        given = ["--values", "-"] if values is not None else []
        environment = {
            "PATH": "/usr/bin:/bin",
            "HOME": str(self.home),
            "KUBECONFIG": str(self.home / "none"),
            "HELM_KUBEAPISERVER": self.api,
        }
        return subprocess.run(
            [self.program, *arguments, *given],
            env=environment,
            cwd=self.home,
            input=json.dumps(values) if values is not None else None,
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
        )

    def template(self, case: Case) -> subprocess.CompletedProcess[str]:
        """Run `helm template` on the chart."""
        cluster = ["--namespace", NAMESPACE, "--kube-version", case.kube]
        cluster += [word for api in case.apis for word in ("--api-versions", api)]
        return self.run("template", case.release, str(CHART), *cluster, values=case.values)


@dataclass(frozen=True)
class Pod:
    """A pod that something runs.

    Parameters:
      owner: what runs it; the Pod itself if nothing does.
    """

    owner: Object
    labels: Mapping[str, str]
    spec: Mapping[str, Any]

    @property
    def lasting(self) -> bool:
        """Whether it serves, rather than doing one job and ending."""
        return self.owner["kind"] in ("Deployment", "StatefulSet")

    def __str__(self) -> str:
        return name_of(self.owner)


@dataclass(frozen=True)
class Rendered:
    """What the chart made of a case."""

    case: Case
    objects: Sequence[Object]

    def of_kind(self, *kinds: str) -> list[Object]:
        """Return the objects of some kinds."""
        return [thing for thing in self.objects if thing["kind"] in kinds]

    def find(self, kind: str, name: str) -> Object | None:
        """Return the object of a kind and name, if it was rendered."""
        found = [thing for thing in self.of_kind(kind) if thing["metadata"]["name"] == name]
        return found[0] if found else None

    def pods(self) -> Iterator[Pod]:
        """Yield every pod that the objects run."""
        for thing in self.objects:
            template = pod_template(thing)
            if template is not None:
                yield Pod(thing, template["metadata"].get("labels", {}), template["spec"])


def read(text: str) -> list[Object]:
    """Return the objects in what `helm template` printed."""
    return [thing for thing in yaml.load_all(text, yaml.CSafeLoader) if thing]


def name_of(thing: Object) -> str:
    """Return `Kind/name` for messages."""
    return f"{thing['kind']}/{thing['metadata']['name']}"


def hooks(thing: Object) -> frozenset[str]:
    """Return the moments at which Helm makes an object, as `pre-install`; none for a part of the release."""
    given = thing["metadata"].get("annotations", {}).get(_HOOK, "")
    return frozenset(word.strip() for word in given.split(",") if word.strip())


def words(values: Any) -> Iterator[str]:
    """Yield every text in values: names that a user gives are among them."""
    if isinstance(values, str):
        yield values
    elif isinstance(values, Mapping):
        for value in values.values():
            yield from words(value)
    elif isinstance(values, list):
        for value in values:
            yield from words(value)


def with_names(values: Any, key: str) -> Iterator[str]:
    """Yield the `name` of every entry of lists under a key of the values."""
    for entry in values.get(key, []):
        yield entry["name"]
