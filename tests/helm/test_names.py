"""Names, labels and namespaces of objects: what Kubernetes demands beyond its schemas."""

from __future__ import annotations

import re
from collections import Counter

from tests.helm.chart import NAMESPACE, Object, Rendered, name_of
from tests.helm.references import containers

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_SERVICE = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_PORT = re.compile(r"(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*")
_VALUE = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?")
_KEY = re.compile(r"([a-z0-9.-]{1,253}/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
_LONGEST = {"StatefulSet": 52, "CronJob": 52}  # room for what their pods' names and labels add
_RELEASE = {
    "app.kubernetes.io/name",
    "app.kubernetes.io/instance",
    "app.kubernetes.io/managed-by",
    "helm.sh/chart",
}


def test_names_fit_where_kubernetes_puts_them(rendered: Rendered) -> None:
    assert [name_of(thing) for thing in rendered.objects if not _is_named_well(thing)] == []


def test_no_two_objects_are_the_same(rendered: Rendered) -> None:
    seen = Counter((name_of(thing), thing["metadata"].get("namespace")) for thing in rendered.objects)
    assert [which for which, times in seen.items() if times > 1] == []


def test_labels_and_annotations_have_a_form_that_kubernetes_takes(rendered: Rendered) -> None:
    found = []
    labelled = [(name_of(thing), thing["metadata"]) for thing in rendered.objects]
    labelled += [(f"pod of {pod}", {"labels": pod.labels}) for pod in rendered.pods()]
    for name, meta in labelled:
        labels, annotations = meta.get("labels", {}), meta.get("annotations", {})
        found += [f"{name}: {key}" for key in (*labels, *annotations) if not _KEY.fullmatch(key)]
        found += [
            f"{name}: {value}" for value in labels.values() if len(value) > 63 or not _VALUE.fullmatch(value)
        ]
    assert found == []


def test_containers_volumes_and_ports_have_names_of_their_own(rendered: Rendered) -> None:
    for pod in rendered.pods():
        inside = [*containers(pod.spec), *pod.spec.get("volumes", [])]
        ports = [port for container in containers(pod.spec) for port in container.get("ports", [])]
        assert [
            one["name"] for one in inside if len(one["name"]) > 63 or not _LABEL.fullmatch(one["name"])
        ] == []
        assert [
            one["name"] for one in ports if len(one["name"]) > 15 or not _PORT.fullmatch(one["name"])
        ] == []
        for group in (list(containers(pod.spec)), pod.spec.get("volumes", []), ports):
            assert len({one["name"] for one in group}) == len(group), pod


def test_every_object_says_to_which_release_it_belongs(rendered: Rendered) -> None:
    own = [thing for thing in rendered.objects if not _is_extra(thing, rendered)]
    assert [
        name_of(thing) for thing in own if not thing["metadata"].get("labels", {}).keys() >= _RELEASE
    ] == []


def test_every_object_says_its_namespace(rendered: Rendered) -> None:
    values = rendered.case.values
    wanted = values.get("namespaceOverride", NAMESPACE)
    elsewhere = {
        values.get(what, {}).get("namespace") for what in ("serviceMonitor", "prometheusRule", "dashboard")
    }
    own = [thing for thing in rendered.objects if not _is_extra(thing, rendered)]
    assert {thing["metadata"]["namespace"] for thing in own} - elsewhere <= {wanted}


def _is_named_well(thing: Object) -> bool:
    kind, name = thing["kind"], thing["metadata"]["name"]
    if kind in ("Secret", "ConfigMap"):
        return len(name) <= 253 and _SUBDOMAIN.fullmatch(name) is not None
    form = _SERVICE if kind == "Service" else _LABEL
    return len(name) <= _LONGEST.get(kind, 63) and form.fullmatch(name) is not None


def _is_extra(thing: Object, rendered: Rendered) -> bool:
    """Whether an object comes from the user's `extraManifests`, which the chart leaves as they are."""
    return bool(rendered.case.values.get("extraManifests")) and "labels" not in thing["metadata"]
