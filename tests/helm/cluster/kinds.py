"""The kinds of object that the cluster keeps, and the documents in which it says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_VERBS = ["create", "delete", "get", "list", "patch", "update", "watch"]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of object.

    Parameters:
      api_version: as objects write it, `v1` or `apps/v1`.
      plural: as addresses write it.
      namespaced: whether its objects live in a namespace.
      custom: whether an operator brings it; the others are Kubernetes' own.
    """

    api_version: str
    name: str
    plural: str
    namespaced: bool = True
    custom: bool = False


NAMESPACE = Kind("v1", "Namespace", "namespaces", namespaced=False)
REPLICA_SET = Kind("apps/v1", "ReplicaSet", "replicasets")
KINDS = (
    NAMESPACE,
    Kind("v1", "ConfigMap", "configmaps"),
    Kind("v1", "PersistentVolumeClaim", "persistentvolumeclaims"),
    Kind("v1", "Pod", "pods"),
    Kind("v1", "Secret", "secrets"),
    Kind("v1", "Service", "services"),
    Kind("v1", "ServiceAccount", "serviceaccounts"),
    Kind("apps/v1", "Deployment", "deployments"),
    REPLICA_SET,
    Kind("apps/v1", "StatefulSet", "statefulsets"),
    Kind("autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers"),
    Kind("batch/v1", "CronJob", "cronjobs"),
    Kind("batch/v1", "Job", "jobs"),
    Kind("networking.k8s.io/v1", "Ingress", "ingresses"),
    Kind("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies"),
    Kind("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets"),
    Kind("rbac.authorization.k8s.io/v1", "Role", "roles"),
    Kind("rbac.authorization.k8s.io/v1", "RoleBinding", "rolebindings"),
    Kind("gateway.networking.k8s.io/v1", "HTTPRoute", "httproutes", custom=True),
    Kind("monitoring.coreos.com/v1", "PrometheusRule", "prometheusrules", custom=True),
    Kind("monitoring.coreos.com/v1", "ServiceMonitor", "servicemonitors", custom=True),
    Kind("monitoring.coreos.com/v1alpha1", "AlertmanagerConfig", "alertmanagerconfigs", custom=True),
)

_BY_ADDRESS = {(kind.api_version, kind.plural): kind for kind in KINDS}
_BY_NAME = {(kind.api_version, kind.name): kind for kind in KINDS}


def at_address(api_version: str, plural: str) -> Kind | None:
    """Return the kind whose objects an address is about."""
    return _BY_ADDRESS.get((api_version, plural))


def of_object(thing: Any) -> Kind:
    """Return the kind of an object."""
    return _BY_NAME[thing["apiVersion"], thing["kind"]]


def api_versions() -> list[str]:
    """Return every API version, each once."""
    return list(dict.fromkeys(kind.api_version for kind in KINDS))


def groups_document() -> Any:
    """Return the answer to `/apis`."""
    groups: dict[str, list[dict[str, str]]] = {}
    for api_version in api_versions():
        group, _, version = api_version.rpartition("/")
        if group:
            groups.setdefault(group, []).append({"groupVersion": api_version, "version": version})
    return {
        "kind": "APIGroupList",
        "apiVersion": "v1",
        "groups": [
            {"name": group, "versions": versions, "preferredVersion": versions[0]}
            for group, versions in groups.items()
        ],
    }


def resources_document(api_version: str) -> Any:
    """Return the answer to `/apis/GROUP/VERSION`."""
    return {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": api_version,
        "resources": [
            {
                "name": kind.plural,
                "singularName": kind.name.lower(),
                "namespaced": kind.namespaced,
                "kind": kind.name,
                "verbs": _VERBS,
            }
            for kind in KINDS
            if kind.api_version == api_version
        ],
    }


def openapi_index() -> Any:
    """Return the answer to `/openapi/v3`."""
    names = [name if name == "v1" else f"apis/{name}" for name in api_versions()]
    names = ["api/v1" if name == "v1" else name for name in names]
    return {"paths": {name: {"serverRelativeURL": f"/openapi/v3/{name}"} for name in names}}


def openapi_document(api_version: str) -> Any:
    """Return the answer to `/openapi/v3/…`: that every kind is checked by the server, and nothing else.

    Helm asks it before it decides whether to check objects by itself.
    """
    paths = {}
    for kind in KINDS:
        if kind.api_version == api_version:
            group, _, version = api_version.rpartition("/")
            paths[f"/{kind.plural}/{{name}}"] = {
                "patch": {
                    "parameters": [{"name": "fieldValidation", "in": "query"}],
                    "responses": {},
                    "x-kubernetes-group-version-kind": {
                        "group": group,
                        "version": version,
                        "kind": kind.name,
                    },
                }
            }
    return {"openapi": "3.0.0", "info": {"title": "Kubernetes", "version": "v1"}, "paths": paths}
