"""How a change is merged into an object: JSON merge patches, and Kubernetes' strategic ones."""

from __future__ import annotations

from typing import Any

from tests.helm import schemas

_ORDER = "$setElementOrder/"
_UNSET = "$deleteFromPrimitiveList/"


def merge(old: Any, patch: Any) -> Any:
    """Return an object after a JSON merge patch.

    Source: RFC 7396.
    """
    if not isinstance(patch, dict):
        return patch
    merged = dict(old) if isinstance(old, dict) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = merge(merged.get(key), value)
    return merged


class Strategic:
    """Merges lists by their items' keys, as Kubernetes does for its own kinds.

    Source: kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch, and
    "strategic-merge-patch.md" of Kubernetes' community repository.
    """

    def __init__(self, version: str) -> None:
        self._version = version

    def merge(self, old: Any, patch: Any) -> Any:
        """Return an object after a strategic merge patch."""
        return self._map(old, patch, schemas.schema(old["apiVersion"], old["kind"], self._version))

    def _map(self, old: Any, patch: Any, schema: Any) -> Any:
        if patch.get("$patch") == "replace":
            return {key: value for key, value in patch.items() if key != "$patch"}
        properties = schemas.resolve(schema, self._version).get("properties", {})
        merged = dict(old) if isinstance(old, dict) else {}
        kept = patch.get("$retainKeys")
        if kept is not None:
            merged = {key: value for key, value in merged.items() if key in kept}
        for key, value in patch.items():
            if key.startswith(_UNSET):
                name = key.removeprefix(_UNSET)
                merged[name] = [item for item in merged.get(name, []) if item not in value]
            elif not key.startswith("$"):
                self._set(merged, key, value, properties.get(key, {}))
        for key, order in patch.items():
            if key.startswith(_ORDER):
                name = key.removeprefix(_ORDER)
                _sort(
                    merged.get(name, []), order, properties.get(name, {}).get("x-kubernetes-patch-merge-key")
                )
        return merged

    def _set(self, merged: dict[str, Any], key: str, value: Any, schema: Any) -> None:
        if value is None or (isinstance(value, dict) and value.get("$patch") == "delete"):
            merged.pop(key, None)
        elif isinstance(value, dict):
            merged[key] = self._map(merged.get(key), value, schema)
        elif isinstance(value, list) and "merge" in schema.get("x-kubernetes-patch-strategy", "").split(","):
            merged[key] = self._list(merged.get(key) or [], value, schema)
        else:
            merged[key] = value

    def _list(self, old: list[Any], patch: list[Any], schema: Any) -> list[Any]:
        by = schema.get("x-kubernetes-patch-merge-key")
        if by is None:
            return [*old, *(item for item in patch if item not in old)]
        if any(item.get("$patch") == "replace" for item in patch):
            return [item for item in patch if "$patch" not in item]
        merged = list(old)
        for item in patch:
            at = next((index for index, known in enumerate(merged) if known.get(by) == item.get(by)), None)
            if item.get("$patch") == "delete":
                if at is not None:
                    del merged[at]
            elif at is None:
                merged.append(self._map({}, item, schema.get("items", {})))
            else:
                merged[at] = self._map(merged[at], item, schema.get("items", {}))
        return merged


def _sort(items: list[Any], order: list[Any], by: str | None) -> None:
    """Bring a list into the order that a patch gives; what it does not name comes last."""
    wanted = [item.get(by) if by else item for item in order]
    items.sort(key=lambda item: _place(wanted, item.get(by) if by else item))


def _place(wanted: list[Any], name: Any) -> int:
    return wanted.index(name) if name in wanted else len(wanted)
