"""The cluster of the lifecycle tests is as strict as a real one, so that what passes there says something."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.helm.cluster import kinds
from tests.helm.cluster.admission import RefusalError
from tests.helm.cluster.patches import Strategic
from tests.helm.cluster.store import Address, Store
from tests.helm.schemas import NEWEST

_LABELS = {"app": "pager"}
_SET: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "StatefulSet",
    "metadata": {"name": "pager"},
    "spec": {
        "serviceName": "pager",
        "selector": {"matchLabels": _LABELS},
        "template": {
            "metadata": {"labels": _LABELS},
            "spec": {
                "containers": [
                    {"name": "pager", "image": "pager:1", "env": [{"name": "A", "value": "1"}]},
                    {"name": "proxy", "image": "proxy:1"},
                ]
            },
        },
    },
}
_WHERE = Address(kinds.of_object(_SET), "monitoring", "pager")


@pytest.fixture
def store() -> Store:
    """A cluster's store with one StatefulSet in it."""
    made = Store(NEWEST)
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "monitoring"}}
    made.create(Address(kinds.NAMESPACE, "", "monitoring"), namespace)
    made.create(_WHERE, copy.deepcopy(_SET))
    return made


def changed(path: str, value: Any) -> dict[str, Any]:
    """Return the StatefulSet with another value at a path."""
    thing = copy.deepcopy(_SET)
    *above, last = path.split(".")
    part: Any = thing
    for name in above:
        part = part[int(name) if name.isdigit() else name]
    part[last] = value
    return thing


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("spec.serviceName", "other", "spec.serviceName: field is immutable"),
        ("spec.selector", {"matchLabels": {"app": "other"}}, "spec.selector: field is immutable"),
        ("spec.template.spec.containers.0.imagee", "pager:2", "'imagee' was unexpected"),
        ("spec.replicas", "two", "spec.replicas"),
    ],
)
def test_a_change_that_kubernetes_refuses_is_refused(store: Store, path: str, value: Any, said: str) -> None:
    before = store.get(_WHERE)
    with pytest.raises(RefusalError, match="is invalid") as refusal:
        store.change(_WHERE, lambda _: changed(path, value))
    assert said in str(refusal.value)
    assert store.get(_WHERE) == before


def test_a_change_to_the_same_keeps_the_version_and_another_does_not(store: Store) -> None:
    before = store.get(_WHERE)["metadata"]
    same = store.change(_WHERE, lambda _: copy.deepcopy(_SET))["metadata"]
    other = store.change(_WHERE, lambda _: changed("spec.replicas", 2))["metadata"]
    assert same == before
    assert (other["generation"], other["resourceVersion"]) != (
        before["generation"],
        before["resourceVersion"],
    )


def test_a_pod_without_its_secret_is_not_ready(store: Store) -> None:
    source = [{"secretRef": {"name": "missing"}}]
    thing = store.change(_WHERE, lambda _: changed("spec.template.spec.containers.0.envFrom", source))
    assert (thing["status"]["replicas"], thing["status"]["readyReplicas"]) == (1, 0)


def test_nothing_is_made_in_a_namespace_that_is_not_there(store: Store) -> None:
    with pytest.raises(RefusalError, match='namespaces "elsewhere" not found'):
        store.create(Address(_WHERE.kind, "elsewhere", "pager"), copy.deepcopy(_SET))


def test_a_strategic_patch_merges_lists_by_their_keys() -> None:
    patch = {
        "spec": {
            "template": {
                "spec": {
                    "$setElementOrder/containers": [{"name": "new"}, {"name": "pager"}],
                    "containers": [
                        {"name": "new", "image": "new:1"},
                        {"name": "pager", "image": "pager:2", "env": [{"name": "B", "value": "2"}]},
                        {"name": "proxy", "$patch": "delete"},
                    ],
                }
            }
        }
    }
    merged = Strategic(NEWEST).merge(_SET, patch)
    assert merged["spec"]["template"]["spec"]["containers"] == [
        {"name": "new", "image": "new:1"},
        {
            "name": "pager",
            "image": "pager:2",
            "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
        },
    ]
