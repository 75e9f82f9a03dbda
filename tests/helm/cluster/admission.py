"""What the cluster refuses: objects that no schema allows, and changes of what cannot change."""

from __future__ import annotations

import base64
from typing import Any

from tests.helm import schemas

_MAY_CHANGE = {
    "StatefulSet": {
        "replicas",
        "ordinals",
        "template",
        "updateStrategy",
        "persistentVolumeClaimRetentionPolicy",
        "minReadySeconds",
        "revisionHistoryLimit",
    },
    "PersistentVolumeClaim": {"resources", "volumeName", "volumeAttributesClassName"},
    "Job": {"parallelism", "activeDeadlineSeconds", "suspend", "ttlSecondsAfterFinished"},
}
_NEVER_CHANGES = {"Deployment": {"selector"}, "Service": {"clusterIP"}}

# What Kubernetes fills in and Helm 3 looks for.
_DEFAULTS: dict[str, dict[str, Any]] = {
    "Deployment": {"replicas": 1},
    "StatefulSet": {"replicas": 1},
    "Service": {"clusterIP": "10.0.0.1"},
}


class RefusalError(Exception):
    """What the API answers instead of doing as it is told.

    Parameters:
      code: the HTTP status.
      reason: one word, as Kubernetes has it.
    """

    def __init__(self, code: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason


def admit(thing: dict[str, Any], old: dict[str, Any] | None, version: str) -> dict[str, Any]:
    """Return an object as it will be kept.

    Parameters:
      old: what it replaces.
      version: of Kubernetes.

    Raises RefusalError.
    """
    kept = {key: value for key, value in thing.items() if key not in ("status", "stringData")}
    if "stringData" in thing:
        written = {key: base64.b64encode(text.encode()).decode() for key, text in thing["stringData"].items()}
        kept["data"] = {**kept.get("data", {}), **written}
    if thing["kind"] in _DEFAULTS:
        kept["spec"] = {**_DEFAULTS[thing["kind"]], **thing["spec"]}
    found = schemas.faults(kept, version)
    if old is not None:
        found += _frozen(kept, old)
    if found:
        name = f"{thing['kind']} {thing['metadata']['name']!r}"
        raise RefusalError(422, "Invalid", f"{name} is invalid: {'; '.join(found)}")
    return kept


def _frozen(new: dict[str, Any], old: dict[str, Any]) -> list[str]:
    """Return what a change touches that Kubernetes never changes."""
    if old.get("immutable") and new.get("data") != old.get("data"):
        return ["data: field is immutable when `immutable` is set"]
    kind = new["kind"]
    before, after = old.get("spec", {}), new.get("spec", {})
    changed = {key for key in {*before, *after} if before.get(key) != after.get(key)}
    if kind in _MAY_CHANGE:
        changed -= _MAY_CHANGE[kind]
    else:
        changed &= _NEVER_CHANGES.get(kind, set())
    return [f"spec.{field}: field is immutable" for field in sorted(changed)]
