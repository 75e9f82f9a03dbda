"""The lines that an import tells to add to alertmanager.yml: everything is posted, and all else goes on."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.importing.guide import posting_lines
from rules.regions import Limit, Region, walk
from tests.rules.importing import sender_of
from tests.rules.senders import configuration


def with_lines(config: dict[str, Any], lines: str) -> dict[str, Any]:
    """Return a configuration with the lines added as they say."""
    told = yaml.safe_load(lines)
    first, last = told["route"]["routes"]
    added = copy.deepcopy(config)
    there = added["route"].get("routes", [])
    if "routes" in last:
        added["route"]["routes"] = [first, {**last, "routes": there}]
    else:
        added["route"]["routes"] = [first, *there, last]
    added["receivers"] += told["receivers"]
    return added


@settings(max_examples=40)
@given(st.randoms(use_true_random=False))
def test_every_alert_is_posted_and_goes_where_it_went(rng: random.Random) -> None:
    config = configuration(rng)
    before = sender_of(json.dumps(config))

    after = sender_of(json.dumps(with_lines(config, "\n".join(posting_lines(before)))))

    limit = Limit(20_000_000)
    for region, answers in walk((before.root,), Region.everything, limit):
        expected = ["pingparrot", *(route.receiver for route in answers)]
        for _, routes in walk((after.root,), region, limit):
            assert [route.receiver for route in routes] == expected


def test_a_group_of_everything_and_rare_reminders_are_set_right() -> None:
    sender = sender_of(
        """\
        route: {receiver: a b, repeat_interval: 5d}
        receivers: [{name: a b}, {name: pingparrot, slack_configs: [{}]}]
        """
    )

    told = yaml.safe_load("\n".join(posting_lines(sender)))

    assert told["route"]["routes"] == [
        {
            "receiver": "pingparrot-2",
            "continue": True,
            "group_by": ["alertname", "cluster"],
            "repeat_interval": "4h",
        },
        {"receiver": "a b"},
    ]
    assert told["receivers"][0]["name"] == "pingparrot-2"
