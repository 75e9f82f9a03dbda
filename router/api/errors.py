"""Every error as JSON with an `error` key (reference, "Errors"); no traceback ever leaves the process."""

from __future__ import annotations

from collections.abc import Mapping

import structlog
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.responses import JSONResponse

from router.commands.refusals import Forbidden, Invalid, Missing
from router.store.names import NotAcceptedError
from router.store.writer import Conflict, Overloaded

RETRY_AFTER_S = 2
_log = structlog.get_logger(__name__)


class HttpError(Exception):
    """A refusal that belongs to HTTP itself.

    Parameters:
      status: the HTTP status.
      error: the sentence under `error`.
      headers: further response headers.
    """

    def __init__(self, status: int, error: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(error)
        self.status = status
        self.error = error
        self.headers = dict(headers or {})


def unauthenticated(error: str = "Unauthenticated.") -> HttpError:
    """Return a 401: no credentials, or none that hold."""
    return HttpError(401, error, {"WWW-Authenticate": 'Bearer realm="pingparrot"'})


def validation_body(faults: Mapping[str, list[str]]) -> dict[str, object]:
    """Return a 422's body: Laravel's `message` and `errors`, and the `error` that every error carries."""
    sentences = [sentence for field in faults.values() for sentence in field]
    more = len(sentences) - 1
    message = sentences[0]
    if more:
        message += f" (and {more} more error{'s' if more > 1 else ''})"
    return {"error": "Validation failed.", "message": message, "errors": dict(faults)}


def error_response(error: Exception, where: str = "") -> JSONResponse:
    """Return the answer to whatever went wrong; what nobody foresaw is logged and answered 500.

    Parameters:
      where: method and path, for the log.
    """
    match error:
        case HttpError():
            return JSONResponse({"error": error.error}, error.status, error.headers)
        case Invalid():
            return JSONResponse(validation_body(error.faults), 422)
        case NotAcceptedError():
            return JSONResponse(validation_body({error.field: [str(error)]}), 422)
        case Missing():
            return JSONResponse({"error": str(error)}, 404)
        case Forbidden():
            return JSONResponse({"error": str(error)}, 403)
        case Overloaded() | Conflict():
            return _unavailable(str(error) or "too many changes at once: try again in a few seconds")
        # InternalError: among others a PostgreSQL that has become a standby and takes no writes any more.
        case OperationalError() | InterfaceError() | InternalError() | PoolTimeout():
            _log.error(
                "database unavailable",
                where=where,
                cause=type(error).__name__,
                detail=str(error.__cause__ or ""),
            )
            return _unavailable("the database does not answer: try again in a few seconds")
    _log.error("request failed", where=where, exc_info=error)
    return JSONResponse({"error": "Something went wrong on our side; the server's log says what."}, 500)


def _unavailable(error: str) -> JSONResponse:
    return JSONResponse({"error": error}, 503, {"Retry-After": str(RETRY_AFTER_S)})
