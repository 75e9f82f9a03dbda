"""What the cluster's API answers."""

from __future__ import annotations

import re
from typing import Any

from tests.helm.cluster import kinds, patches
from tests.helm.cluster.admission import RefusalError
from tests.helm.cluster.kinds import Kind
from tests.helm.cluster.request import Request
from tests.helm.cluster.store import Address, Object, Store

_ADDRESS = re.compile(
    r"(?:/api/(?P<core>v1)|/apis/(?P<group>[^/]+/[^/]+))"
    r"(?:/namespaces/(?P<namespace>[^/]+)(?=/))?/(?P<plural>[a-z]+)(?:/(?P<name>[^/]+))?"
)
_DISCOVERY = re.compile(r"/api/(v1)|/apis/([^/]+/[^/]+)")


def answer(store: Store, request: Request) -> tuple[int, Any]:
    """Do what a request asks and return status and body.

    Raises RefusalError.
    """
    document = _document(request.path, store.version)
    if document is not None:
        return 200, document
    kind, namespace, name = address_of(request.path)
    if request.method == "GET" and not name:
        return 200, {
            "kind": f"{kind.name}List",
            "apiVersion": kind.api_version,
            "metadata": {"resourceVersion": str(store.newest)},
            "items": listed(store, kind, namespace, request),
        }
    if request.method == "POST":
        new = Address(kind, namespace, request.body["metadata"]["name"])
        return 201, store.create(new, request.body, dry=request.dry)
    address = Address(kind, namespace, name)
    match request.method:
        case "GET":
            return 200, store.get(address)
        case "DELETE":
            store.delete(address)
            return 200, {"kind": "Status", "apiVersion": "v1", "status": "Success"}
        case "PUT":
            return 200, store.change(address, lambda _: request.body, dry=request.dry)
    return _patch(store, address, request)


def _patch(store: Store, address: Address, request: Request) -> tuple[int, Any]:
    match request.content_type:
        case "application/apply-patch+yaml":  # Helm owns every field here, so what it applies is all there is
            try:
                return 200, store.change(address, lambda _: request.body, dry=request.dry)
            except RefusalError as refusal:
                if refusal.code != 404:
                    raise
                return 201, store.create(address, request.body, dry=request.dry)
        case "application/merge-patch+json":
            return 200, store.change(address, lambda old: patches.merge(old, request.body), dry=request.dry)
        case "application/strategic-merge-patch+json" if not address.kind.custom:
            strategic = patches.Strategic(store.version)
            return 200, store.change(address, lambda old: strategic.merge(old, request.body), dry=request.dry)
    raise RefusalError(415, "UnsupportedMediaType", f"{request.content_type} is not understood here")


def _document(path: str, version: str) -> Any:
    """Return what the API says of itself at a path; None when the path is about objects."""
    if path == "/version":
        major, minor = version.split(".")
        return {"major": major, "minor": minor, "gitVersion": f"v{version}.0"}
    if path == "/api":
        return {"kind": "APIVersions", "versions": ["v1"]}
    if path == "/apis":
        return kinds.groups_document()
    if path == "/openapi/v3":
        return kinds.openapi_index()
    if path.startswith("/openapi/v3/"):
        return kinds.openapi_document(
            path.removeprefix("/openapi/v3/").removeprefix("apis/").removeprefix("api/")
        )
    found = _DISCOVERY.fullmatch(path)
    api_version = (found[1] or found[2]) if found else ""
    return kinds.resources_document(api_version) if api_version in kinds.api_versions() else None


def address_of(path: str) -> tuple[Kind, str, str]:
    """Return the kind, namespace and name that a path is about.

    Raises RefusalError when there is nothing there.
    """
    found = _ADDRESS.fullmatch(path)
    kind = kinds.at_address(found["core"] or found["group"], found["plural"]) if found else None
    if found is None or kind is None:
        raise RefusalError(404, "NotFound", f"the server could not find {path}")
    return kind, found["namespace"] or "", found["name"] or ""


def listed(store: Store, kind: Kind, namespace: str, request: Request) -> list[Object]:
    """Return the objects of a kind that a request asks for; an empty namespace stands for all."""
    return [
        thing
        for address, thing in store.all().items()
        if address.kind == kind and namespace in ("", address.namespace) and request.selects(thing)
    ]


def failure(refusal: RefusalError) -> Any:
    """Return the body of a refusal."""
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "status": "Failure",
        "reason": refusal.reason,
        "message": str(refusal),
        "code": refusal.code,
    }
