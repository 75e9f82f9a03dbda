"""Lists as Laravel's paginator gives them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from urllib.parse import quote, urlencode

from starlette.requests import Request

from router.api.schemas import PageQuery

_AROUND = 3


def paginated(
    request: Request, query: PageQuery, rows: Sequence[object], total: int, base_url: str
) -> dict[str, object]:
    """Return one page of a list.

    Parameters:
      rows: the entries of this page, ready for JSON.
      total: how many there are on all pages.
      base_url: PINGPARROT_PUBLIC_URL, or nothing for links without a host.
    """
    path = base_url.rstrip("/") + quote(request.scope["path"])
    last = max(1, -(-total // query.per_page))
    first_row = (query.page - 1) * query.per_page + 1

    def url(number: int) -> str:
        kept = [(name, value) for name, value in request.query_params.multi_items() if name != "page"]
        return f"{path}?{urlencode([*kept, ('page', number)])}"

    previous = url(min(query.page - 1, last)) if query.page > 1 else None
    following = url(query.page + 1) if query.page < last else None
    return {
        "data": list(rows),
        "current_page": query.page,
        "last_page": last,
        "per_page": query.per_page,
        "total": total,
        "from": first_row if rows else None,
        "to": first_row + len(rows) - 1 if rows else None,
        "path": path,
        "first_page_url": url(1),
        "last_page_url": url(last),
        "next_page_url": following,
        "prev_page_url": previous,
        "links": [
            {"url": previous, "label": "&laquo; Previous", "active": False},
            *(_link(url, number, query.page) for number in _window(query.page, last)),
            {"url": following, "label": "Next &raquo;", "active": False},
        ],
    }


def offset(query: PageQuery) -> int:
    """Return how many entries stand on the pages before this one."""
    return (query.page - 1) * query.per_page


def _window(current: int, last: int) -> list[int | None]:
    """Return the numbers to link: the first, the last, those around the current one, None for a gap."""
    near = range(max(1, current - _AROUND), min(last, current + _AROUND) + 1)
    shown = sorted({1, last, *near})
    numbers: list[int | None] = []
    for before, number in zip([0, *shown], shown, strict=False):
        if number - before > 1:
            numbers.append(None)
        numbers.append(number)
    return numbers


def _link(url: Callable[[int], str], number: int | None, current: int) -> dict[str, object]:
    if number is None:
        return {"url": None, "label": "...", "active": False}
    return {"url": url(number), "label": str(number), "active": number == current}
