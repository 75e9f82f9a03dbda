"""What Kubernetes accepts: its own schemas, strict, and hand-written ones for what operators add."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import kubernetes_validate  # type: ignore[import-untyped]
import yaml

Object = Mapping[str, Any]

VERSIONS = ("1.29", "1.30", "1.31", "1.32", "1.33", "1.34", "1.35", "1.36", "1.37")
NEWEST = VERSIONS[-1]

_SCHEMAS = Path(kubernetes_validate.__file__).with_name("kubernetes-json-schema")
_CUSTOM = Path(__file__).with_name("crds")


class UnknownKindError(LookupError):
    """An object of a kind that no schema speaks of."""


def faults(thing: Object, version: str) -> list[str]:
    """Return what Kubernetes would find wrong with an object, each with the place inside it.

    Parameters:
      version: of Kubernetes, as `1.31`.

    Raises UnknownKindError.
    """
    validator = _validator(str(thing["apiVersion"]), str(thing["kind"]), version)
    found = validator.iter_errors(dict(thing))
    return [f"{'.'.join(map(str, error.instance_path))}: {error.message}" for error in found]


def schema(api_version: str, kind: str, version: str) -> Any:
    """Return the schema of a kind.

    Raises UnknownKindError.
    """
    custom = _CUSTOM / f"{kind.lower()}.yaml"
    if custom.exists():
        return yaml.safe_load(custom.read_text())
    group = re.sub(r"^([^./]*)(?:\.[^/]*)?/", r"\1-", api_version)  # rbac.authorization.k8s.io/v1 is rbac-v1
    try:
        return json.loads((_folder(version) / f"{kind.lower()}-{group}.json").read_text())
    except FileNotFoundError:
        raise UnknownKindError(f"Kubernetes {version} knows no {kind} of {api_version}") from None


@cache
def definitions(version: str) -> Any:
    """Return what the schemas of a Kubernetes version refer to: `$defs` by name."""
    return json.loads((_folder(version) / "_definitions.json").read_text())


def resolve(part: Any, version: str) -> Any:
    """Return a part of a schema, or what it refers to."""
    reference = part.get("$ref") if isinstance(part, dict) else None
    if reference is None:
        return part
    return definitions(version)["$defs"][reference.rpartition("/")[2]]


@cache
def _validator(api_version: str, kind: str, version: str) -> Any:
    return jsonschema_rs.Draft202012Validator(schema(api_version, kind, version), registry=_registry(version))


@cache
def _registry(version: str) -> Any:
    document = definitions(version)
    return jsonschema_rs.Registry([(document["$id"], document)])


def _folder(version: str) -> Path:
    return _SCHEMAS / f"v{version}.0-local-strict"
