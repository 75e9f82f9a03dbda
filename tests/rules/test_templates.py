"""Templates: what they may say, what they may not cost, and how they fail."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.alert import Alert
from rules.loading.behaviour import BUILT_IN_BEHAVIOUR
from rules.templates import TemplateFault, check_template, render

DOUBLE = "{% set x = [x, x] %}"
LONG = "{% set x = 'aaaaaaaaaa' %}" + "{% set x = x ~ x %}" * 16


def often(step: str) -> str:
    """Return a template that does something many times, with a long text."""
    return f"{LONG}{{% for a in alerts %}}{{% for b in alerts %}}{step}{{% endfor %}}{{% endfor %}}"


CONTEXT: Mapping[str, object] = {
    "alerts": [
        {"labels": {"alertname": "Down", "instance": "web-1"}, "annotations": {"summary": "web-1 is down"}},
        {"labels": {"alertname": "Slow", "values": "3"}},
    ],
    "group_labels": {"cluster": "eu"},
    "receiver": "team.sre",
}


@pytest.mark.parametrize(
    ("template", "text"),
    [
        (BUILT_IN_BEHAVIOUR.subject, "Down on web-1"),
        (BUILT_IN_BEHAVIOUR.message, "web-1 is down\nSlow\n"),
        ("{{ labels.missing }}{{ annotations.missing }}{{ alerts[1].annotations.missing }}.", "."),
        ("{{ labels['instance'] }} {{ annotations.summary | upper }}", "web-1 WEB-1 IS DOWN"),
        ("{{ group_labels.cluster }} {{ receiver }}{{ integration }}{{ common_labels.x }}", "eu team.sre"),
        (
            "{% for name, value in labels | dictsort %}{{ name }}={{ value }} {% endfor %}",
            "alertname=Down instance=web-1 ",
        ),
        ("{{ alerts | map(attribute='labels.alertname') | join(', ') }}", "Down, Slow"),
        ("{{ alerts | length }} {% if alerts | length > 1 %}many{% endif %}", "2 many"),
        ("{% set name = labels.alertname %}{{ name ~ '!' }}", "Down!"),
        ("{{ labels.instance.split('-')[1] }} {{ labels.missing | default('none', true) }}", "1 none"),
        ("{{ labels.alertname | replace('D', 'd') }}", "down"),
    ],
)
def test_a_template_says_what_the_alert_carries(template: str, text: str) -> None:
    check_template(template)

    assert render(template, CONTEXT) == text


def test_alerts_of_an_adapter_are_read_as_they_are() -> None:
    alert = Alert("f", "firing", {"alertname": "Down"}, {"summary": "x"}, generator_url="http://p/g")

    text = render(
        "{{ labels.alertname }} {{ alerts[0].generator_url }} {{ alerts[0].ends_at }}", {"alerts": [alert]}
    )

    assert text == "Down http://p/g "


@pytest.mark.parametrize(
    ("template", "line", "words"),
    [
        ("a\nb {{ nope }}", 2, "there is no variable nope"),
        ("a\n\n{{ labels.a | nope }}", 3, "there is no filter nope"),
        ("{% if labels.a is nope %}{% endif %}", 1, "no test"),
        ("{{ labels.a", 1, "unexpected end of template"),
        ("a\n{% for alert in alerts %}", 2, "endfor"),
        ("{% for alert in alerts %}\n{{ alert.label }}{% endfor %}", 2, "an alert has no attribute 'label'"),
        ("{% for a in alerts recursive %}{{ loop(alerts) }}{% endfor %}", 1, "recursive"),
        ("{{ 2 * 3 }}", 1, "* is not allowed"),
        ("{{ 2 ** 3 }}", 1, "** is not allowed"),
        ("{% macro m() %}{% endmacro %}", 1, "macros"),
        ("{% include 'x' %}", 1, "include"),
        ("{% extends 'x' %}", 1, "extends"),
        ("{% set x %}a{% endset %}", 1, "set blocks"),
        ("{% for i in range(3) %}{% endfor %}", 1, "no variable range"),
        ("{{ cycler(1) }}{{ lipsum() }}", 1, "there is no variable"),
        ("{{ '{:>9}'.format(1) }}", 1, "unsafe"),
        ("{{ 'a'.__class__ }}", 1, "unsafe"),
        ("{{ 'a'.ljust(9) }}", 1, "unsafe"),
        ("{{ '%9d' % 1 }}", 1, "does not format"),
    ],
)
def test_loading_finds_what_is_wrong_with_its_line(template: str, line: int, words: str) -> None:
    with pytest.raises(TemplateFault) as caught:
        check_template(template)

    assert words in caught.value.message
    assert caught.value.line == line


def test_a_sum_that_the_sample_has_not_the_labels_for_is_no_fault() -> None:
    check_template("{{ labels.total | int / labels.count | int }}")


def test_a_template_that_fails_on_an_alert_raises_one_kind_of_fault() -> None:
    with pytest.raises(TemplateFault, match="ZeroDivisionError"):
        render("{{ labels.total | int / labels.count | int }}", CONTEXT)


@pytest.mark.parametrize(
    "template",
    [
        "{% set x = 'aaaaaaaaaa' %}" + "{% set x = x ~ x %}" * 64 + "{{ x }}",
        "{% set x = 'aaaaaaaaaa' %}" + "{% set x = x + x %}" * 64,
        "{% set x = [1, 2] %}" + "{% set x = x + x %}" * 64,
        "{% set x = 'aaaaaaaaaa' %}" + "{% set x = x | replace('a', x) %}" * 9,
        "{% for a in alerts %}{% for b in alerts %}{% for c in alerts %}{% endfor %}{% endfor %}{% endfor %}",
        "{{ alerts | join(alerts | join(alerts | join(alerts | join('x' ~ alerts)))) }}",
        f"{{% set x = [1, 2] %}}{DOUBLE * 64}{{{{ x }}}}",
        f"{{% set x = [1, 2] %}}{DOUBLE * 30}{{{{ x | string | length }}}}",
        f"{{% set x = [1, 2] %}}{DOUBLE * 30}{{{{ x | tojson | length }}}}",
        f"{{% set x = [1, 2] %}}{DOUBLE * 30}{{{{ x | map('string') | join }}}}",
        "{% set x = {'a': 1} %}" + "{% set x = {'a': x, 'b': x} %}" * 64,
        "{% set x = (1, 2) %}" + "{% set x = (x, x) %}" * 64,
        "{% set x = [1, 2] %}" + "{% set x = [x, x] | sum(start=[]) %}" * 40,
        often("{% set y = x ~ 'b' %}"),
        often("{{ x.split() | length }}"),
        often("{{ 'b' in x }}"),
        often("{% set y = x[1:] %}"),
        f"{LONG}{{{{ x | list | map('list') | list | map('list') | list | length }}}}",
        f"{LONG}{{{{ x | replace('a', '<') | striptags }}}}",
        f"{LONG}{{{{ (x | int(7, 16)) // (x | int(0, 16)) }}}}",
        "{{ 1.5 | round(1000000000, 'ceil') }}",
        "{% set x = 0x" + "f" * 900 + " %}" + "{% set x = x + x %}" * 600,
        "{{ 0x" + "f" * 19_000 + " // 3 }}",
        "{{ 1" + "0" * 19_000 + " // 3 }}",
        "{{ labels.a }}" * 2_000,
    ],
)
def test_no_template_costs_seconds_or_gigabytes(template: str) -> None:
    context = {"alerts": [{"labels": {"alertname": "x" * 100}}] * 1_000}

    with pytest.raises(TemplateFault):
        render(template, context)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ [1, 2.5] | sum }} {{ '7' | int + 1 }} {{ 1.25 | round(1) }} {{ 'x' | int(3) }}", "3.5 8 1.2 3"),
        ("{% for name, level in [('a', 1), ['b', 2]] %}{{ name }}{{ level }}{% endfor %}", "a1b2"),
        ("{{ 'web-1' in [labels.instance] }} {{ labels.instance[:3] }} {{ {'a': 1}['a'] }}", "True web 1"),
        (
            "{{ '<b>down</b>' | striptags }} {{ [1, 'a'] }} {{ labels.missing is defined }}",
            "down [1, 'a'] True",
        ),
        ("{{ alerts | map(attribute='labels.alertname') | map('upper') | join('+') }}", "DOWN+SLOW"),
    ],
)
def test_what_is_bounded_still_works(template: str, text: str) -> None:
    check_template(template)

    assert render(template, CONTEXT) == text


def test_output_is_cut() -> None:
    context = {"alerts": [{"labels": {"alertname": "x" * 100}}] * 1_000}

    assert len(render("{% for a in alerts %}{{ a.labels.alertname }}{% endfor %}", context, limit=500)) == 500


def test_alerts_cannot_shadow_what_a_template_calls() -> None:
    context = {"alerts": [{"labels": {"items": "hostile", "keys": "hostile", "_x": "1", "upper": "u"}}]}

    assert (
        render("{{ labels.items() | length }} {{ labels['items'] }} {{ labels.upper }}", context)
        == "4 hostile u"
    )


def test_braces_in_an_alert_are_text() -> None:
    assert render("{{ labels.a }}", {"labels": {"a": "{{ 7 + 7 }}{% raw %}"}}) == "{{ 7 + 7 }}{% raw %}"


@given(st.text(alphabet="{}%#abel lrts.|'\"()[]~+-", max_size=40))
def test_any_text_is_a_template_or_a_fault(text: str) -> None:
    try:
        check_template(text)
    except TemplateFault as fault:
        assert fault.line >= 1  # noqa: PT017
    else:
        render(text, CONTEXT)
