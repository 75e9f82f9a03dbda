"""Lists that are searched: what was asked in the address, checked as the API checks it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar, get_origin
from urllib.parse import urlencode

from sqlalchemy import Connection
from starlette.responses import Response

from adapters.text import clean
from router.api.schemas import PageQuery
from router.api.validation import Schema, check
from router.commands.refusals import Invalid
from router.web.forms import Form
from router.web.render import render
from router.web.screen import Visit

Asked = TypeVar("Asked", bound=Schema)
Listed = TypeVar("Listed", bound=PageQuery)
Find = Callable[[Connection, Listed], tuple[Sequence[object], int]]
"""Returns the rows of a page of a list, and how many there are in all; may raise Invalid."""

_PER_PAGE = "50"
_PICKED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Turns:
    """Where a page of a list stands, and the addresses of those beside it; empty where there is none."""

    number: int = 1
    last: int = 1
    total: int = 0
    before: str = ""
    further: str = ""


def show_list(
    visit: Visit,
    template: str,
    schema: type[Listed],
    find: Find[Listed],
    *,
    refused: Form | None = None,
    unless: Mapping[str, str] | None = None,
    **shown: Any,
) -> Response:
    """Show what a search finds; what is wrong with it is said beside what was typed.

    Parameters:
      refused: another form of the same screen that was not accepted.
      unless: what is sought where the address does not say.
      shown: what else the template needs.
    """
    form, query = asked(visit, schema, {"per_page": _PER_PAGE, **(unless or {})})
    rows: Sequence[object] = ()
    turns = Turns()
    if query is not None:
        try:
            with visit.services.database.read() as connection:
                rows, total = find(connection, query)
            turns = _turns(visit, query, total)
        except Invalid as invalid:
            form = replace(form, faults=invalid.faults)
    status = form.status if refused is None else max(form.status, refused.status)
    return render(visit, template, status, form=form, refused=refused, rows=rows, turns=turns, **shown)


def asked(
    visit: Visit, schema: type[Asked], unless: Mapping[str, str] | None = None
) -> tuple[Form, Asked | None]:
    """Return what the address asks for, as typed and checked; None and the faults when it is wrong.

    A list is typed a line each; a moment without an offset, as browsers' pickers give it, is meant in UTC.
    """
    typed, given = {}, {}
    for name, field in schema.model_fields.items():
        key = field.alias or name
        said = clean("\n".join(visit.request.query_params.getlist(key)))
        if key not in visit.request.query_params:
            said = (unless or {}).get(key, "")
        if get_origin(field.annotation) is list:
            given[key] = lines_of(said)
            typed[key] = ["\n".join(lines_of(said))]
        else:
            said = said.strip()
            if said:
                given[key] = in_utc(said)  # type: ignore[assignment]
            typed[key] = [said.removesuffix("Z")]
    query, faults = check(schema, given)
    return Form("search", typed, faults), query


def lines_of(text: str) -> list[str]:
    """Return the lines of a text without those that are blank."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def in_utc(text: str) -> str:
    """Return a moment as a picker gives it with the offset of UTC; any other text as it is."""
    return f"{text}Z" if _PICKED.fullmatch(text) else text


def _turns(visit: Visit, query: PageQuery, total: int) -> Turns:
    last = max(1, -(-total // query.per_page))

    def address(number: int) -> str:
        kept = [(name, value) for name, value in visit.request.query_params.multi_items() if name != "page"]
        return "?" + urlencode([*kept, ("page", number)])

    return Turns(
        query.page,
        last,
        total,
        address(min(query.page - 1, last)) if query.page > 1 else "",
        address(query.page + 1) if query.page < last else "",
    )
