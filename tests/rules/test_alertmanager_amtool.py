"""What is a configuration of Alertmanager: asked of Debian's amtool."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rules.alertmanager.config import read_alertmanager
from rules.findings import Finding
from tests.rules.test_match_amtool import run

pytestmark = pytest.mark.slow

RECEIVERS = "receivers: [{name: a}]\n"
ROUTES = (
    "{receiver: a}",
    "{receiver: b}",
    "{receiver: }",
    "{}",
    "{receiver: a, matchers: [a=b]}",
    "{receiver: a, match: {a: b}}",
    "{receiver: a, match_re: {a: b}}",
    "{receiver: a, continue: true}",
    "{receiver: a, continue: false}",
    "{receiver: a, mute_time_intervals: [x]}",
    "{receiver: a, mute_time_intervals: [], matchers: [], match: {}}",
    "{receiver: a, group_wait: 0s}",
    "{receiver: a, group_wait: 0}",
    "{receiver: a, group_wait: 30}",
    "{receiver: a, group_wait: -1s}",
    "{receiver: a, group_wait: 1d12h}",
    "{receiver: a, group_interval: 0s}",
    "{receiver: a, group_interval: 500ms}",
    "{receiver: a, repeat_interval: 0s}",
    "{receiver: a, repeat_interval: }",
    "{receiver: a, group_by: [a, a]}",
    "{receiver: a, group_by: ['...']}",
    "{receiver: a, group_by: ['...', a]}",
    "{receiver: a, group_by: a}",
    "{receiver: a, group_by: }",
    "{receiver: a, routes: {}}",
    "{receiver: a, routes: [a]}",
    "{receiver: a, routes: [{}]}",
    "{receiver: a, routes: [{receiver: b}]}",
    "{receiver: a, routes: [{continue: yes}]}",
    "{receiver: a, routes: [{continue: on}]}",
    "{receiver: a, routes: [{continue: maybe}]}",
    "{receiver: a, routes: [{continue: 'true'}]}",
    "{receiver: a, routes: [{continue: }]}",
    "{receiver: a, routes: [{match: {a: }}]}",
    "{receiver: a, routes: [{match: {a: 5, b: yes, c: 1.0}}]}",
    "{receiver: a, routes: [{match: {a: [b]}}]}",
    "{receiver: a, routes: [{match: [a]}]}",
    "{receiver: a, routes: [{match: }]}",
    "{receiver: a, routes: [{match_re: {a: }}]}",
    "{receiver: a, routes: [{match_re: {a: ''}}]}",
    "{receiver: a, routes: [{match_re: {a: '('}}]}",
    "{receiver: a, routes: [{match_re: {a: '(?=b)'}}]}",
    "{receiver: a, routes: [{matchers: a=b}]}",
    "{receiver: a, routes: [{matchers: [a=b, '{c=d,e=f}']}]}",
    "{receiver: a, routes: [{matchers: ['']}]}",
    "{receiver: a, routes: [{matchers: ['a']}]}",
    "{receiver: a, routes: [{matchers: ['a=~(']}]}",
    "{receiver: a, routes: [{mute_time_intervals: [x]}]}",
    "{receiver: a, routes: [{mute_time_intervals: [y]}]}",
    "{receiver: a, routes: [{active_time_intervals: [x, y]}]}",
    "{receiver: a, routes: [{mute_time_intervals: x}]}",
    "{receiver: a, receiver: a}",
)
REST = (
    "receivers: [{name: a}, {name: a}]\n",
    "receivers: [{name: a}, {name: ''}]\n",
    "receivers: [{name: a}, {}]\n",
    "receivers: {a: b}\n",
    RECEIVERS + "time_intervals: [{name: x}]\nmute_time_intervals: [{name: x}]\n",
    RECEIVERS + "time_intervals: [{name: x}, {name: x}]\n",
    RECEIVERS + "time_intervals: [{time_intervals: []}]\n",
    RECEIVERS + "time_intervals: [{name: x, time_intervals: }]\n",
    RECEIVERS + "time_intervals: [{name: x, time_intervals: [{weekdays: [mon]}]}]\n",
    RECEIVERS + "inhibit_rules: [{source_match: {a: b}, target_match_re: {c: d}, equal: [e]}]\n",
    RECEIVERS + "inhibit_rules: [{source_matchers: [a], target_matchers: [b=c]}]\n",
    RECEIVERS + "inhibit_rules: [{target_match_re: {c: '('}}]\n",
    RECEIVERS + "inhibit_rules: [{}]\n",
    RECEIVERS + "global: {resolve_timeout: 5}\n",
    RECEIVERS + "global: {resolve_timeout: 5m}\n",
    RECEIVERS + "templates: [a, b]\n",
    RECEIVERS + "templates: a\n",
)
HOURS = "time_intervals: [{name: x, time_intervals: [{weekdays: [monday]}]}]\n"
TEXTS = (
    *(f"route: {route}\n{RECEIVERS}{HOURS}" for route in ROUTES),
    *(f"route: {{receiver: a}}\n{rest}" for rest in REST),
)


def test_what_is_a_configuration_agrees_with_amtool(amtool: str, tmp_path: Path) -> None:
    def refused(number: int) -> bool:
        path = tmp_path / f"{number}.yml"
        path.write_text(TEXTS[number])
        return run(amtool, "check-config", str(path))[0] != 0

    with ThreadPoolExecutor(4) as pool:
        theirs = list(pool.map(refused, range(len(TEXTS))))

    ours = [_refused_by_us(text) for text in TEXTS]
    assert dict(zip(TEXTS, ours, strict=True)) == dict(zip(TEXTS, theirs, strict=True))


def _refused_by_us(text: str) -> bool:
    findings: list[Finding] = []
    return read_alertmanager(text, "alertmanager.yml", findings) is None
