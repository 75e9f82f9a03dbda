"""What a cluster's controllers would do, done at once: pods start and jobs end, if all they need is there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.helm.references import Reference, pod_template, required

Exists = Callable[[Reference], bool]


def status(thing: dict[str, Any], exists: Exists) -> dict[str, Any] | None:
    """Return the status of an object once its controllers are done with it; None for kinds without one.

    Parameters:
      exists: whether something that a pod names is there, in the object's namespace.
    """
    template = pod_template(thing)
    missing = (
        [] if template is None else [str(need) for need in required(template["spec"]) if not exists(need)]
    )
    generation = thing["metadata"].get("generation", 1)
    match thing["kind"]:
        case "Pod":
            return _pod(missing)
        case "Job":
            return _job(missing)
        case "Deployment" | "StatefulSet":
            return _workload(thing["spec"].get("replicas", 1), generation, missing)
        case "Service" if thing["spec"].get("type") == "LoadBalancer":
            return {"loadBalancer": {"ingress": [{"ip": "192.0.2.10"}]}}
        case "PersistentVolumeClaim":
            return {"phase": "Bound"}
        case "PodDisruptionBudget":
            return {
                "observedGeneration": generation,
                "currentHealthy": 1,
                "desiredHealthy": 0,
                "disruptionsAllowed": 1,
                "expectedPods": 1,
            }
    return None


def replica_set(deployment: dict[str, Any]) -> dict[str, Any]:
    """Return the ReplicaSet that a Deployment makes; Helm looks whether it is ready."""
    meta, spec, now = deployment["metadata"], deployment["spec"], deployment["status"]
    owner = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "name": meta["name"],
        "uid": meta["uid"],
        "controller": True,
    }
    counted = {
        name: now[name] for name in ("replicas", "readyReplicas", "availableReplicas", "observedGeneration")
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": meta["name"],
            "namespace": meta["namespace"],
            "uid": f"{meta['uid']}-1",
            "generation": meta["generation"],
            "labels": spec["template"]["metadata"]["labels"],
            "ownerReferences": [owner],
        },
        "spec": {"replicas": now["replicas"], "selector": spec["selector"], "template": spec["template"]},
        "status": {**counted, "fullyLabeledReplicas": now["replicas"]},
    }


def _pod(missing: list[str]) -> dict[str, Any]:
    if missing:
        return {"phase": "Failed", "reason": "CreateContainerConfigError", "message": _not_found(missing)}
    return {"phase": "Succeeded", "conditions": [_condition("Ready", "PodCompleted")]}


def _job(missing: list[str]) -> dict[str, Any]:
    if missing:
        failed = {**_condition("Failed", "BackoffLimitExceeded"), "message": _not_found(missing)}
        return {"failed": 1, "conditions": [failed]}
    return {"succeeded": 1, "conditions": [_condition("Complete", "CompletionsReached")]}


def _workload(replicas: int, generation: int, missing: list[str]) -> dict[str, Any]:
    ready = 0 if missing else replicas
    conditions = [
        _condition("Available", "MinimumReplicasAvailable"),
        _condition("Progressing", "NewReplicaSetAvailable"),
    ]
    return {
        "observedGeneration": generation,
        "replicas": replicas,
        "updatedReplicas": replicas,
        "currentReplicas": replicas,
        "readyReplicas": ready,
        "availableReplicas": ready,
        "currentRevision": "now",
        "updateRevision": "now",
        "conditions": [] if missing else conditions,
    }


def _condition(name: str, reason: str) -> dict[str, Any]:
    return {"type": name, "status": "True", "reason": reason}


def _not_found(missing: list[str]) -> str:
    return f"not found: {'; '.join(missing)}"
