"""What a container finds in its file system: the volumes that it mounts, and the files known to be there."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from typing import Any

from tests.helm.chart import Object, Pod, Rendered

Container = Mapping[str, Any]


def volumes(pod: Pod) -> dict[str, Object]:
    """Return the volumes of a pod by name, claims of a StatefulSet included."""
    claims = pod.owner["spec"].get("volumeClaimTemplates", [])
    given = {volume["name"]: volume for volume in pod.spec.get("volumes", [])}
    return given | {claim["metadata"]["name"]: {"claim": claim} for claim in claims}


def directories(container: Container) -> list[str]:
    """Return the directories at which volumes are mounted."""
    return [mount["mountPath"] for mount in container.get("volumeMounts", [])]


def writable(pod: Pod, container: Container, path: str) -> bool:
    """Whether a container can write at a path: on a volume that is no copy of an object, nor read-only."""
    for mount in container.get("volumeMounts", []):
        if path == mount["mountPath"] or path.startswith(mount["mountPath"] + "/"):
            kind = volumes(pod)[mount["name"]].keys() & {"emptyDir", "persistentVolumeClaim", "claim"}
            return bool(kind) and not mount.get("readOnly")
    return False


def files(pod: Pod, container: Container, rendered: Rendered) -> dict[str, str | None]:
    """Return the files that are known to be mounted, by path, with their text where the chart gives it.

    What a user's whole ConfigMap or Secret holds is not known, and left out.
    """
    found: dict[str, str | None] = {}
    for mount in container.get("volumeMounts", []):
        volume = volumes(pod)[mount["name"]]
        for source in volume.get("projected", {}).get("sources", [volume]):
            for path, text in _of_source(source, rendered):
                found[f"{mount['mountPath']}/{path}"] = text
    return found


def _of_source(source: Mapping[str, Any], rendered: Rendered) -> Iterator[tuple[str, str | None]]:
    for field, kind in (("secret", "Secret"), ("configMap", "ConfigMap")):
        if field in source:
            given = source[field]
            held = _texts(rendered.find(kind, given.get("name", given.get("secretName"))))
            for item in given.get("items", [{"key": key, "path": key} for key in held]):
                yield item["path"], held.get(item["key"])


def _texts(thing: Object | None) -> dict[str, str]:
    if thing is None:
        return {}
    if thing["kind"] == "ConfigMap":
        texts: dict[str, str] = thing.get("data", {})
        return texts
    return {key: base64.b64decode(value).decode() for key, value in thing.get("data", {}).items()}
