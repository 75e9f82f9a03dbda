"""Lists of pages do not read every page that there ever was."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from router.store.engine import Database
from router.store.matching import Chosen
from router.store.page_views import Sight, listed_ids
from router.store.prepared import Query

DAY = Chosen(since=datetime(2026, 3, 3, tzinfo=UTC), until=datetime(2026, 3, 4, tzinfo=UTC))


@pytest.mark.parametrize(
    ("sight", "chosen", "index"),
    [
        (Sight(1), Chosen(status="active"), "ix_pages_org_id_status_id (org_id=? AND status=?)"),
        (Sight(1), Chosen(is_open=True), " INDEX ix_pages_open (org_id=? AND closed_at=?)"),
        (Sight(1), DAY, "ix_pages_org_id_created_at (org_id=? AND created_at>? AND created_at<?)"),
        (Sight(1, 7), Chosen(), "ix_recipients_user_id_page_id (user_id=?)"),
        (Sight(1, 7), Chosen(is_open=True), " INDEX ix_pages_open (org_id=? AND closed_at=?)"),
    ],
)
def test_a_list_goes_by_an_index(sqlite: Database, sight: Sight, chosen: Chosen, index: str) -> None:
    with sqlite.read() as connection:
        assert index in Query(listed_ids(sight, chosen)).plan(connection)
