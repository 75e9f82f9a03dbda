"""What the cluster's API is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from tests.helm.cluster import protobuf
from tests.helm.cluster.admission import RefusalError


@dataclass(frozen=True)
class Request:
    """One request.

    Parameters:
      body: decoded; None when there is none.
    """

    method: str
    path: str
    query: Mapping[str, list[str]]
    content_type: str
    body: Any

    def one(self, name: str) -> str:
        """Return a word of the query; empty when it is not there."""
        return self.query.get(name, [""])[0]

    @property
    def dry(self) -> bool:
        """Whether nothing shall change."""
        return self.one("dryRun") == "All"

    def selects(self, thing: Mapping[str, Any]) -> bool:
        """Whether an object is among those that the selectors ask for.

        Raises RefusalError for selectors that only a whole Kubernetes understands.
        """
        meta = thing["metadata"]
        known = {f"metadata.{name}": meta.get(name) for name in ("name", "namespace")}
        chosen = _selects(self.one("labelSelector"), meta.get("labels", {}))
        return chosen and _selects(self.one("fieldSelector"), known)


def decoded(raw: bytes) -> Any:
    """Return what a body says; None for nothing."""
    if not raw:
        return None
    if raw.startswith(protobuf.MAGIC):
        return protobuf.read(raw)
    return yaml.load(raw, yaml.CSafeLoader)  # JSON is YAML, and a server-side apply is sent as YAML


def _selects(selector: str, values: Mapping[str, Any]) -> bool:
    for term in filter(None, selector.split(",")):
        key, sign, value = term.partition("=")
        if not sign or key.endswith("!"):
            raise RefusalError(400, "BadRequest", f"the selector {selector!r} is not understood here")
        if values.get(key) != value.removeprefix("="):
            return False
    return True
