from __future__ import annotations

import re

from tests.api.house import PAGERS, House, webhook
from tests.api.test_deliveries import paged, tried
from tests.web.browser import logged_in


def test_what_is_wrong_stands_first_with_what_to_do_and_leads_there(house: House) -> None:
    house.page(priority="critical")
    tried(house, paged(house))
    alice = logged_in(house, "alice")
    shown = alice.text("/admin")
    assert "error pages Nobody has acknowledged 1 critical page. Acknowledge what you take in hand." in shown
    assert "warning delivery Deliveries failed within 24 hours (1)." in shown
    assert shown.index("error pages") < shown.index("warning delivery")
    assert "critical 1 active, 0 acknowledged" in shown


def test_every_concern_leads_to_a_screen(house: House) -> None:
    tried(house, paged(house))
    house.post(PAGERS, "generic", {**webhook({"alertname": "Down"}), "alerts": ["not an alert"]})
    house.post(PAGERS, "generic", webhook({"alertname": "Up"}))
    alice = logged_in(house, "alice")
    _, _, after = alice.get("/admin").text.partition('class="rows concerns"')
    links = re.findall(r'href="([^"]*)"', after.partition("</ul>")[0])
    assert "/admin/quarantine?state=waiting" in links
    for link in links:
        assert alice.get(link.replace("&amp;", "&")).status_code == 200, link


def test_another_organisation_has_its_own_concerns_only(house: House) -> None:
    house.page(priority="critical")
    assert "Nobody has acknowledged" not in logged_in(house, "charlie").text("/admin")
