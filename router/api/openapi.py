"""The OpenAPI 3.1 document, made from the route table, so that it cannot drift from what is served."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable
from http import HTTPStatus
from importlib.metadata import version
from typing import Any

from pydantic import TypeAdapter

from router.api.operation import Operation
from router.api.responses import ErrorAnswer, InvalidAnswer

_REFERENCES = "#/components/schemas/{model}"
_PARAMETER = re.compile(r"\{(\w+)\}")
_DESCRIPTIONS = {
    401: "Missing or invalid API key or token",
    403: "Address not permitted (API key), or insufficient role",
    404: "Not found, or not accessible",
    413: "The body is too large",
    422: "Validation failed: see `errors`",
    429: "Too many attempts",
    503: "Overloaded, or the database does not answer: try again",
}
_SECURITY: dict[str, list[dict[str, list[str]]]] = {
    "public": [],
    "user": [{"bearer": []}],
    "admin": [{"bearer": []}],
    "key": [{"apiKey": []}, {"apiKeyAsBearer": []}, {"apiKeyAsPassword": []}],
}
_SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "A token of POST /api/auth/login."},
    "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    "apiKeyAsBearer": {"type": "http", "scheme": "bearer", "description": "An API key."},
    "apiKeyAsPassword": {"type": "http", "scheme": "basic", "description": "An API key as the password."},
}


def openapi_document(operations: Iterable[Operation]) -> dict[str, Any]:
    """Return the document for a route table."""
    components: dict[str, Any] = {}
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        described = _operation(operation, components)
        paths.setdefault(operation.path, {})[operation.method.lower()] = described
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "PingParrot",
            "version": version("pingparrot"),
            "description": "Send pages, manage groups, and integrate PingParrot with monitoring tools.",
        },
        "paths": paths,
        "components": {"schemas": dict(sorted(components.items())), "securitySchemes": _SCHEMES},
    }


def _operation(operation: Operation, components: dict[str, Any]) -> dict[str, Any]:
    name = re.sub(r"\W+", "_", f"{operation.method.lower()}{operation.path}").strip("_")
    described: dict[str, Any] = {
        "operationId": name,
        "summary": (inspect.getdoc(operation.handler) or "").split("\n", 1)[0],
        "tags": [operation.section],
        "security": _SECURITY[operation.access],
        "responses": _responses(operation, components),
    }
    parameters = [*_path_parameters(operation), *_query_parameters(operation)]
    if parameters:
        described["parameters"] = parameters
    if operation.body is not None:
        schema = _schema(operation.body, components)
        required = bool(components[operation.body.__name__].get("required"))
        described["requestBody"] = {
            "required": required,
            "content": {"application/json": {"schema": schema}},
        }
    return described


def _responses(operation: Operation, components: dict[str, Any]) -> dict[str, Any]:
    success: dict[str, Any] = {"description": HTTPStatus(operation.status).phrase}
    if operation.returns is not None:
        schema = _schema(operation.returns, components)
        success["content"] = {"application/json": {"schema": schema}}
        if operation.as_csv:
            success["content"]["text/csv"] = {"schema": {"type": "string"}}
    responses = {str(operation.status): success}
    for status in _refusals(operation):
        model = InvalidAnswer if status == 422 else ErrorAnswer
        responses[str(status)] = {
            "description": _DESCRIPTIONS[status],
            "content": {"application/json": {"schema": _schema(model, components)}},
        }
    return responses


def _refusals(operation: Operation) -> Iterable[int]:
    yield from operation.may_refuse
    if operation.access != "public":
        yield 401
    if operation.access in ("admin", "key") or operation.may_forbid:
        yield 403
    if "{" in operation.path:
        yield 404
    if operation.body is not None:
        yield 413
    if operation.body is not None or operation.query is not None or operation.method != "GET":
        yield 422
    yield 503


def _path_parameters(operation: Operation) -> Iterable[dict[str, Any]]:
    for name in _PARAMETER.findall(operation.path):
        schema: dict[str, Any] = {"type": "integer", "minimum": 1, "format": "int64"}
        if name in ("name", "namespace"):
            schema = {"type": "string", "minLength": 1}
        yield {"name": name, "in": "path", "required": True, "schema": schema}


def _query_parameters(operation: Operation) -> Iterable[dict[str, Any]]:
    if operation.query is None:
        return
    schema = operation.query.model_json_schema()
    for name, described in schema["properties"].items():
        kinds = [kind for kind in described.pop("anyOf", ()) if kind.get("type") != "null"]
        if described.get("default", "") is None:
            del described["default"]
        yield {
            "name": name,
            "in": "query",
            "required": name in schema.get("required", ()),
            "schema": {**described, **(kinds[0] if kinds else {})},
        }


def _schema(model: Any, components: dict[str, Any]) -> dict[str, Any]:
    """Return a reference to a model's schema, which is put among the components."""
    schema = TypeAdapter(model).json_schema(ref_template=_REFERENCES, mode="validation")
    components.update(schema.pop("$defs", {}))
    if not inspect.isclass(model) or "title" not in schema:
        return schema
    name = re.sub(r"\W+", "_", schema["title"]).strip("_")
    components[name] = schema
    return {"$ref": _REFERENCES.format(model=name)}
