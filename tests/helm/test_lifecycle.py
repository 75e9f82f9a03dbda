"""A release through its life on a Kubernetes API: install, upgrade, rollback, test, uninstall."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from tests.helm.cases import ci_cases, merged
from tests.helm.chart import CHART, NAMESPACE, Case, Helm, Object, Rendered, hooks
from tests.helm.cluster.server import Cluster, run_cluster
from tests.helm.conftest import Render
from tests.helm.references import Reference, required

_NEXT = {"config": {"logLevel": "debug"}, "podLabels": {"tier": "next"}, "terminationGracePeriodSeconds": 90}
_BAD_MAP = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "bad"}, "dada": {"a": "b"}}
_UNDO = {"3": "--atomic", "4": "--rollback-on-failure"}


@dataclass(frozen=True)
class Release:
    """A release of the chart in a cluster.

    Parameters:
      given: what was there before, by `Kind namespace/name`.
    """

    helm: Helm
    cluster: Cluster
    case: Case
    given: frozenset[str]

    def bring(
        self, more: Mapping[str, Any] | None = None, *arguments: str, chart: Path = CHART
    ) -> CompletedProcess[str]:
        """Run `helm upgrade --install` with the case's values, and wait for what it makes.

        Parameters:
          more: values put into the case's.
        """
        command = ["upgrade", "--install", self.case.release, str(chart), "--wait", *_PLACE, *arguments]
        return self.helm.run(*command, values=merged(self.case.values, more or {}))

    def run(self, verb: str, *arguments: str) -> None:
        """Run another of Helm's verbs on the release; it has to succeed."""
        _assert_done(self.helm.run(verb, self.case.release, *arguments, *_PLACE))

    def objects(self) -> dict[str, Object]:
        """Return what the release has in the cluster, but for hooks, which come and go."""
        there = self.cluster.objects().items()
        return {name: thing for name, thing in there if name not in self.given and not hooks(thing)}

    def written(self) -> dict[str, Object]:
        """Return the same as the chart wrote it, without what a cluster adds and counts."""
        return {name: _as_written(thing) for name, thing in self.objects().items()}


_PLACE = ("--namespace", NAMESPACE, "--timeout", "60s")


_CASES = {case.name: case for case in ci_cases()}
_LEAST_AND_MOST = [_CASES["default"], _CASES["distributed-broker"]]


@pytest.fixture(params=_LEAST_AND_MOST, ids=str)
def release(request: pytest.FixtureRequest, helm: Helm, render: Render) -> Iterator[Release]:
    """A release that is not installed yet, in a cluster that holds what its values name."""
    case: Case = request.param
    with run_cluster(NAMESPACE, "paging") as cluster:
        _prepare(cluster, render(case))
        yield Release(replace(helm, api=cluster.url), cluster, case, frozenset(cluster.objects()))


@pytest.mark.parametrize("release", ci_cases(), indirect=True, ids=str)
def test_an_install_makes_what_is_rendered(release: Release, render: Render) -> None:
    _assert_done(release.bring())
    rendered = [thing for thing in render(release.case).objects if not hooks(thing)]
    wanted = {
        f"{thing['kind']} {thing['metadata'].get('namespace', NAMESPACE)}/{thing['metadata']['name']}"
        for thing in rendered
    }
    assert set(release.objects()) == wanted


@pytest.mark.parametrize("release", ci_cases(), indirect=True, ids=str)
def test_the_notes_name_secrets_and_keys_that_are_there(release: Release) -> None:
    said = release.bring().stdout
    named = re.findall(r"kubectl -n (\S+) get secret (\S+) -o jsonpath='\{\.data\.([^}]+)\}'", said)
    there = release.cluster.objects()
    assert named, said
    for namespace, name, key in named:
        assert key.replace("\\.", ".") in there[f"Secret {namespace}/{name}"]["data"]


@pytest.mark.parametrize("release", ci_cases(), indirect=True, ids=str)
def test_a_second_upgrade_with_the_same_values_changes_nothing(release: Release) -> None:
    _assert_done(release.bring())
    before = release.objects()
    _assert_done(release.bring())
    assert release.objects() == before


def test_an_upgrade_leads_where_an_install_would_have_led(release: Release) -> None:
    _assert_done(release.bring(_NEXT))
    installed = release.written()
    release.run("uninstall", "--wait")
    _assert_done(release.bring())
    assert release.written() != installed
    _assert_done(release.bring(_NEXT))
    assert release.written() == installed


def test_a_rollback_brings_back_what_was(release: Release) -> None:
    _assert_done(release.bring())
    before = release.written()
    _assert_done(release.bring(_NEXT))
    release.run("rollback", "1", "--wait")
    assert release.written() == before


def test_the_next_version_of_the_chart_upgrades_this_one(release: Release, tmp_path: Path) -> None:
    following = tmp_path / CHART.name
    shutil.copytree(CHART, following)
    chart = following / "Chart.yaml"
    chart.write_text(
        chart.read_text().replace("\nversion: ", "\nversion: 1").replace("\nappVersion: ", "\nappVersion: 1")
    )
    _assert_done(release.bring())
    _assert_done(release.bring(chart=following))
    labels = {thing["metadata"]["labels"].get("helm.sh/chart", "") for thing in _labelled(release.objects())}
    assert len(labels) == 1, labels


def test_the_other_helm_takes_over(release: Release, helms: dict[str, Helm]) -> None:
    (other,) = (helm for major, helm in helms.items() if major != release.helm.major)
    _assert_done(release.bring())
    before = release.written()
    _assert_done(replace(release, helm=replace(other, api=release.helm.api)).bring())
    assert release.written() == before


def test_helm_test_runs_its_pod_to_the_end(release: Release) -> None:
    _assert_done(release.bring())
    release.run("test")
    pods = [
        thing
        for thing in release.cluster.objects().values()
        if "test" in hooks(thing) and thing["kind"] == "Pod"
    ]
    assert [pod["status"]["phase"] for pod in pods] == ["Succeeded"]


def test_an_uninstall_leaves_secrets_that_an_install_takes_up_again(release: Release) -> None:
    _assert_done(release.bring())
    before = release.written()
    release.run("uninstall", "--wait")
    kept = release.written()
    assert {thing["kind"] for thing in kept.values()} <= {"Secret"}
    _assert_done(release.bring())
    assert release.written() == before
    assert kept.items() <= before.items()


def test_an_install_that_the_cluster_refuses_is_undone(release: Release) -> None:
    done = release.bring({"extraManifests": [_BAD_MAP]}, _UNDO[release.helm.major])
    assert done.returncode != 0
    assert "ConfigMap 'bad' is invalid" in done.stderr
    assert "'dada' was unexpected" in done.stderr
    assert {thing["kind"] for thing in release.objects().values()} <= {"Secret"}


def test_values_that_the_schema_refuses_never_reach_the_cluster(release: Release) -> None:
    done = release.bring({"replicaCount": "two"})
    assert done.returncode != 0
    assert "replicaCount" in done.stderr
    assert [asked for asked in release.cluster.requests if not asked.startswith("GET ")] == []


@pytest.mark.parametrize("release", [_CASES["distributed-broker"]], indirect=True, ids=str)
def test_a_migration_that_fails_stops_the_upgrade_before_anything_changes(release: Release) -> None:
    _assert_done(release.bring())
    before = release.objects()
    values = release.case.values
    release.cluster.remove("Secret", values["namespaceOverride"], values["database"]["existingSecret"])
    done = release.bring(_NEXT)
    assert done.returncode != 0
    assert "pre-upgrade hooks failed" in done.stderr
    assert release.objects().keys() == before.keys()
    assert {name: _as_written(thing) for name, thing in before.items()} == release.written()


def _prepare(cluster: Cluster, rendered: Rendered) -> None:
    """Put what a user has to give into a cluster: what pods name and the chart does not make."""
    keys: dict[tuple[str, Reference], set[str]] = {}
    for pod in rendered.pods():
        namespace = pod.owner["metadata"]["namespace"]
        for need in required(pod.spec):
            if rendered.find(need.kind, need.name) is None and need != Reference("ServiceAccount", "default"):
                keys.setdefault((namespace, Reference(need.kind, need.name)), set()).update(
                    filter(None, [need.key])
                )
    for (namespace, need), wanted in keys.items():
        data = {"data": dict.fromkeys(wanted, "Z2l2ZW4=")} if need.kind in ("Secret", "ConfigMap") else {}
        cluster.add(need.kind, namespace, need.name, **data)


def _as_written(thing: Object) -> Object:
    meta = {
        key: value
        for key, value in thing["metadata"].items()
        if key in ("name", "namespace", "labels", "annotations")
    }
    return {**{key: value for key, value in thing.items() if key != "status"}, "metadata": meta}


def _labelled(objects: Mapping[str, Object]) -> list[Object]:
    return [thing for thing in objects.values() if "helm.sh/chart" in thing["metadata"].get("labels", {})]


def _assert_done(done: CompletedProcess[str]) -> None:
    assert done.returncode == 0, done.stderr
