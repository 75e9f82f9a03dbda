"""What a pod needs to start: the Secrets, ConfigMaps, volumes and accounts that it names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Spec = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reference:
    """One object that a pod names.

    Parameters:
      key: that has to be in it; empty when the whole object is meant.
    """

    kind: str
    name: str
    key: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.name}" + (f", key {self.key}" if self.key else "")


def pod_template(thing: Mapping[str, Any]) -> Any:
    """Return the pod, as `{metadata, spec}`, that an object runs; None when it runs none."""
    match thing["kind"]:
        case "Pod":
            return thing
        case "CronJob":
            return thing["spec"]["jobTemplate"]["spec"]["template"]
        case "Deployment" | "StatefulSet" | "Job":
            return thing["spec"]["template"]
    return None


def containers(spec: Spec) -> Iterator[Any]:
    """Yield every container of a pod, those that run before it included."""
    yield from spec.get("initContainers", [])
    yield from spec["containers"]


def required(spec: Spec) -> Iterator[Reference]:
    """Yield what has to exist before a pod can start; what is marked optional is left out."""
    yield Reference("ServiceAccount", spec.get("serviceAccountName", "default"))
    for secret in spec.get("imagePullSecrets", []):
        yield Reference("Secret", secret["name"])
    for volume in spec.get("volumes", []):
        yield from _of_volume(volume)
    for container in containers(spec):
        for variable in container.get("env", []):
            source = variable.get("valueFrom", {})
            yield from _of_key("Secret", source.get("secretKeyRef"))
            yield from _of_key("ConfigMap", source.get("configMapKeyRef"))
        for source in container.get("envFrom", []):
            yield from _of_whole("Secret", source.get("secretRef"))
            yield from _of_whole("ConfigMap", source.get("configMapRef"))


def _of_volume(volume: Mapping[str, Any]) -> Iterator[Reference]:
    if "persistentVolumeClaim" in volume:
        yield Reference("PersistentVolumeClaim", volume["persistentVolumeClaim"]["claimName"])
    yield from _of_files("Secret", volume.get("secret"), "secretName")
    yield from _of_files("ConfigMap", volume.get("configMap"), "name")
    for source in volume.get("projected", {}).get("sources", []):
        yield from _of_files("Secret", source.get("secret"), "name")
        yield from _of_files("ConfigMap", source.get("configMap"), "name")


def _of_files(kind: str, source: Any, named: str) -> Iterator[Reference]:
    if source is None or source.get("optional"):
        return
    yield Reference(kind, source[named])
    for item in source.get("items", []):
        yield Reference(kind, source[named], item["key"])


def _of_key(kind: str, source: Any) -> Iterator[Reference]:
    if source is not None and not source.get("optional"):
        yield Reference(kind, source["name"], source["key"])


def _of_whole(kind: str, source: Any) -> Iterator[Reference]:
    if source is not None and not source.get("optional"):
        yield Reference(kind, source["name"])
