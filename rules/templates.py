"""Message templates: Jinja2 in a sandbox whose output, texts and loops are bounded.

A missing label or annotation is the empty string, as in Alertmanager; an unknown variable, filter or
attribute is a fault. There is no `range`, `*` or `**`, no macro and no include: what one step of a template
can cost is bounded by what the alert carries.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache

from jinja2 import Template, TemplateSyntaxError, nodes
from jinja2.exceptions import TemplateError

from rules.budget import BUDGET, Budget
from rules.filters import FILTERS
from rules.loading.faults import hint
from rules.sandbox import ENVIRONMENT, FORBIDDEN, Bounded, Labelled, Record

MAX_OUTPUT = 16_000
MAX_TEMPLATE = 20_000
VARIABLES = (
    "labels",
    "annotations",
    "alerts",
    "group_labels",
    "common_labels",
    "common_annotations",
    "receiver",
    "integration",
    "external_url",
    "route",
)
"""What a template may name (docs/rules.md, "Templates")."""

LABELLED = ("labels", "annotations", "group_labels", "common_labels", "common_annotations")
ALERT_FIELDS = (
    "labels",
    "annotations",
    "status",
    "starts_at",
    "ends_at",
    "generator_url",
    "fingerprint",
    "links",
    "values",
)


GO_TEMPLATE = (
    " This looks like one of Go's templates, as alertmanager.yml has them; here they are Jinja2's: "
    "{{ labels.alertname }}, {% if labels.instance %}…{% endif %}, {% for alert in alerts %}…{% endfor %}."
)
_GO = re.compile(r"\{\{-?\s*(?:\$|\.[A-Za-z]|(?:range|end|if|else|with|template|define)\b)")
_UNCLOSED = re.compile(r"The innermost block that needs to be closed is '(\w+)'")
_UNKNOWN_FIELD = re.compile(r"an alert has no attribute '(\w+)'")
_LABELLED_FIELDS = ("labels", "annotations", "links", "values")
_PLAIN_FIELDS = tuple(name for name in ALERT_FIELDS if name not in _LABELLED_FIELDS)


class TemplateFault(Exception):  # noqa: N818 (it is one of the faults that loading collects)
    """A template that does not compile or fails on the alert at hand.

    Parameters:
      message: what is wrong and what to do.
      line: of the template's text, from 1.
    """

    def __init__(self, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


class Alert(Record):
    """An alert as templates see it, with ALERT_FIELDS and nothing else."""

    __slots__ = ALERT_FIELDS

    def __init__(self, alert: object) -> None:
        read: Callable[[str], object] = (
            alert.get if isinstance(alert, Mapping) else lambda name: getattr(alert, name, None)
        )
        for name in _PLAIN_FIELDS:
            value = read(name)
            setattr(self, name, "" if value is None else value)
        for name in _LABELLED_FIELDS:
            setattr(self, name, _labelled(read(name)))


def _labelled(value: object) -> Labelled:
    if isinstance(value, dict):  # asked first: a Mapping is recognised far more slowly
        return value if isinstance(value, Labelled) else Labelled(value)
    return Labelled(value) if isinstance(value, Mapping) else Labelled()


@lru_cache(maxsize=1024)
def _compiled(text: str) -> Template:
    """Return a checked and bounded template."""
    tree = _parsed(text)
    _refuse_forbidden(tree)
    _refuse_unknown(tree)
    bounded = Bounded().visit(tree)
    try:
        code = ENVIRONMENT.compile(bounded)
        return Template.from_code(ENVIRONMENT, code, {}, None)
    except TemplateSyntaxError as error:
        raise TemplateFault(_sentence(error.message or "cannot be read"), error.lineno) from None
    except (RecursionError, SyntaxError, MemoryError):
        raise TemplateFault("is nested too deeply: simplify it.") from None
    except ValueError:
        raise TemplateFault("holds a number that is too long.") from None


def _parsed(text: str) -> nodes.Template:
    if len(text) > MAX_TEMPLATE:
        raise TemplateFault(f"is longer than {MAX_TEMPLATE:,} characters: shorten it.")
    try:
        return ENVIRONMENT.parse(text)
    except TemplateSyntaxError as error:
        raise TemplateFault(_sentence(error.message or "cannot be read"), error.lineno) from None
    except RecursionError:
        raise TemplateFault("is nested too deeply: simplify it.") from None
    except ValueError:
        raise TemplateFault("holds a number that is too long.") from None


def _refuse_forbidden(tree: nodes.Template) -> None:
    for node in tree.find_all(tuple(FORBIDDEN)):
        raise TemplateFault(_sentence(FORBIDDEN[type(node)]), node.lineno)
    for loop in tree.find_all(nodes.For):
        if loop.recursive:  # its calls of itself would not be counted
            raise TemplateFault("recursive loops are not allowed.", loop.lineno)
    for filtered in tree.find_all(nodes.Filter):
        if filtered.name not in FILTERS:
            known = ", ".join(sorted(FILTERS))
            close = hint(filtered.name.lower(), FILTERS)
            raise TemplateFault(
                f"there is no filter {filtered.name}.{close or f' There are {known}.'}", filtered.lineno
            )
    for test in tree.find_all(nodes.Test):
        if test.name not in ENVIRONMENT.tests:
            raise TemplateFault(f"there is no test {test.name}: see Jinja2's list of tests.", test.lineno)


def _refuse_unknown(tree: nodes.Template) -> None:
    """Refuse names that are neither ours nor set somewhere in the template."""
    own = {node.name for node in tree.find_all(nodes.Name) if node.ctx == "store"} | {"loop"}
    for node in tree.find_all(nodes.Name):
        if node.name not in VARIABLES and node.name not in own:
            raise TemplateFault(f"there is no variable {node.name}.{hint(node.name, VARIABLES)}", node.lineno)


def _sentence(message: str) -> str:
    """Return what Jinja2 says as we would."""
    said = message.replace("'rules.templates.Alert object'", "an alert").rstrip(".") + "."
    said = said.replace("'str object'", "a text")
    unclosed = _UNCLOSED.search(said)
    if unclosed:
        return f"a {unclosed[1]} is not closed: add {{% end{unclosed[1]} %}}."
    unknown = _UNKNOWN_FIELD.search(said)
    if unknown:
        return f"{said}{hint(unknown[1], ALERT_FIELDS)}"
    return "unexpected '}': close with }}." if said == "unexpected '}'." else said


def looks_like_go(text: str) -> bool:
    """Return whether a template is written in Go's language, as alertmanager.yml's are."""
    return _GO.search(text) is not None


def check_template(text: str) -> None:
    """Compile a template and try it on a sample alert.

    Raises:
      TemplateFault: for syntax, unknown variables, filters and attributes, with the template's line.
    """
    template = _compiled(text)
    try:
        _run(template, _SAMPLE, MAX_OUTPUT)
    except TemplateError as error:  # an unknown attribute, or a bound that even the sample exceeds
        if "has no element" in str(error):
            return  # how many alerts or words there are is each alert's own
        raise TemplateFault(_sentence(str(error)), _line_of(error)) from None
    except Exception:  # noqa: BLE001, S110
        # A sum over a label that the sample does not have says nothing about real alerts.
        pass


def _line_of(error: BaseException) -> int:
    """Return the template's line that an exception came from; Jinja2 calls a template without a file so."""
    trace = error.__traceback__
    line = 1
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<template>":
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def render(text: str, context: Mapping[str, object], limit: int = MAX_OUTPUT) -> str:
    """Return a template's output, cut at `limit` characters.

    Parameters:
      text: the template.
      context: values for VARIABLES; those left out are empty. `alerts` are mappings or objects with
        ALERT_FIELDS; `labels` and `annotations` default to the first alert's.
      limit: characters.

    Raises:
      TemplateFault: whatever goes wrong; the page is then sent with its plain text.
    """
    template = _compiled(text)
    try:
        return _run(template, context, limit)
    except Exception as error:  # noqa: BLE001 (nothing in a template may cost a page)
        raise TemplateFault(_sentence(f"{type(error).__name__}: {error}"[:300]), _line_of(error)) from None


def _run(template: Template, context: Mapping[str, object], limit: int) -> str:
    pieces: list[str] = []
    left = limit
    values = context if isinstance(context, Prepared) else prepare(context)
    for piece in template.generate({**values, BUDGET: Budget()}):
        pieces.append(piece[:left])
        left -= len(pieces[-1])
        if left <= 0:
            break
    return "".join(pieces)


class Prepared(dict[str, object]):
    """Values as templates see them, for several templates over the same alerts."""

    __slots__ = ()


def prepare(context: Mapping[str, object]) -> Prepared:
    """Return a context as `render` takes it, ready to be used more than once."""
    given = context.get("alerts")
    alerts = (
        [alert if isinstance(alert, Alert) else Alert(alert) for alert in given]
        if isinstance(given, (list, tuple))
        else []
    )
    values = Prepared((name, context.get(name, "")) for name in VARIABLES)
    for name in LABELLED:
        value = context.get(name)
        if isinstance(value, Mapping):
            values[name] = _labelled(value)
        elif alerts and name in ("labels", "annotations"):
            values[name] = getattr(alerts[0], name)
        else:
            values[name] = Labelled()
    values["alerts"] = alerts
    return values


_SAMPLE: Mapping[str, object] = {
    "alerts": [
        {
            "labels": {"alertname": "Sample", "severity": "critical", "instance": "sample:9090"},
            "annotations": {"summary": "A sample", "description": "A sample alert"},
            "status": "firing",
            "starts_at": datetime.fromisoformat("2026-03-01T03:00:00+00:00"),
            "fingerprint": "0123456789abcdef",
        }
    ],
    "group_labels": {"alertname": "Sample"},
    "common_labels": {"alertname": "Sample"},
    "receiver": "sample",
    "integration": "sample",
    "route": "sample",
}
