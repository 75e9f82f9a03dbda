"""The plan as a rule file, with comments where something stays behind."""

from __future__ import annotations

import re
from collections.abc import Sequence
from textwrap import wrap

from rules.document import DocumentError, ListNode, Node, ScalarNode
from rules.formatting.canonical import canonical
from rules.formatting.scalars import quoted
from rules.importing.naming import Taken, tidy
from rules.importing.plan import Plan, PlannedRoute, Remark
from rules.importing.recipients import Recipient
from rules.importing.remarks import general_remarks, listed_kinds, route_remarks
from rules.model import Target
from rules.places import Place
from rules.report import printable

WIDTH = 110


def write_rules(plan: Plan, recipients: Sequence[Recipient], source: str) -> str:
    """Return the rule file.

    Parameters:
      recipients: of all receivers, used or not.
      source: the name of the file that it is made from.
    """
    parts = [_head(general_remarks(plan, recipients), source)]
    if plan.chain is not None:
        parts.append([f"defaults: {{chain: {quoted(plan.chain)}}}"])
    chains = [recipient for recipient in plan.recipients.values() if recipient.chain is not None]
    if chains:
        parts.append(["chains:", *(line for recipient in chains for line in _chain(recipient))])
    if plan.intervals:
        parts.append(["time_intervals:", *_intervals(plan)])
    if plan.routes:
        parts.append(["routes:", *(line for route in plan.routes for line in _route(route, plan, "  "))])
    parts.append(_roster(chains))
    return formed("\n\n".join("\n".join(lines) for lines in parts if lines) + "\n")


def formed(text: str) -> str:
    """Return a text as `rules fmt` has it; as it is where that cannot be, so that loading says why."""
    try:
        return canonical(text, "imported.yml")
    except DocumentError:
        return text


def _head(remarks: Sequence[Remark], source: str) -> list[str]:
    lines = [
        f"Made from {source} by `pingparrot rules import`: a start that routes alike.",
        "Change it as you like; its comments say what alertmanager.yml had there.",
    ]
    if remarks:
        lines += ["", "What stays in Alertmanager, or is not carried over:"]
        lines += [f"- {where(remark.place)}: {remark.message}" for remark in remarks]
    return [part for line in lines for part in comment(line)]


def where(place: Place) -> str:
    """Return a place as comments name it (`alertmanager.yml:14`)."""
    return f"{place.file}:{place.line}"


def comment(text: str, indent: str = "") -> list[str]:
    """Return the lines of a comment, which nothing in the text can end."""
    hanging = "  " if text.startswith("- ") else ""
    begin = f"{indent}# "
    return wrap(
        printable(text),
        WIDTH,
        initial_indent=begin,
        subsequent_indent=begin + hanging,
        break_long_words=False,
    ) or [f"{indent}#"]


def _chain(recipient: Recipient) -> list[str]:
    receiver = recipient.receiver
    return [
        *comment(f"{where(receiver.place)}: {receiver.name} ({listed_kinds(receiver)})", "  "),
        f"  {quoted(recipient.chain or '')}: {{steps: [{{page: {_page(recipient.targets)}}}]}}",
    ]


def _page(targets: Sequence[Target]) -> str:
    written = [f"{{{target.kind}: {quoted(target.name)}}}" for target in targets]
    return written[0] if len(written) == 1 else f"[{', '.join(written)}]"


def _intervals(plan: Plan) -> list[str]:
    lines: list[str] = []
    for name, ours in plan.intervals.items():
        intervals = plan.sender.intervals[name]
        lines += [*comment(where(intervals.place), "  "), f"  {quoted(ours)}:"]
        for entry in intervals.entries:
            lines += _entry(entry)
        if not intervals.entries:
            lines.append("    - times: []   # it never holds")
    return lines


def _entry(node: Node) -> list[str]:
    """Return one interval, its fields one below the other."""
    if isinstance(node, (ScalarNode, ListNode)) or not node.entries:
        return ["    - {}"]
    return [
        f"    {'-' if number == 0 else ' '} {quoted(key.text)}: {_flow(value)}"
        for number, (key, value) in enumerate(node.entries)
    ]


def _flow(node: Node) -> str:
    if isinstance(node, ScalarNode):
        return "null" if node.is_null else quoted(node.text)
    if isinstance(node, ListNode):
        return f"[{', '.join(map(_flow, node.items))}]"
    return f"{{{', '.join(f'{quoted(key.text)}: {_flow(value)}' for key, value in node.entries)}}}"


def _route(route: PlannedRoute, plan: Plan, indent: str) -> list[str]:
    rest = ", what the routes above leave" if route.is_rest else ""
    lines = comment(f"{where(route.source.place)}{rest}", indent)
    lines += [line for remark in route_remarks(route) for line in comment(remark.message, indent)]
    lines += [
        f"{indent}{'-' if number == 0 else ' '} {field}" for number, field in enumerate(_fields(route, plan))
    ]
    if route.routes:
        lines.append(f"{indent}  routes:")
        lines += [line for child in route.routes for line in _route(child, plan, f"{indent}    ")]
    return lines


def _fields(route: PlannedRoute, plan: Plan) -> list[str]:
    fields = [f"name: {quoted(route.name)}"]
    source = route.source
    if route.is_rest:
        return [*fields, f"suppress: {quoted(route.suppress or '')}"]
    if source.matchers:
        fields.append(f"matchers: [{', '.join(quoted(str(matcher)) for matcher in source.matchers)}]")
    if source.proceed:
        fields.append("continue: true")
    if route.suppress is not None:
        return [*fields, f"suppress: {quoted(route.suppress)}"]
    if route.chain is not None:
        fields.append(f"chain: {quoted(route.chain)}")
    if not route.is_silent:
        for key, names in (("active_time_intervals", source.active), ("mute_time_intervals", source.mute)):
            if names:
                fields.append(f"{key}: [{', '.join(quoted(plan.intervals[name]) for name in names)}]")
    return fields


def _roster(recipients: Sequence[Recipient]) -> list[str]:
    """Return a suggestion of who is in the groups, as comments: people may be kept elsewhere."""
    groups: dict[str, tuple[str, ...]] = {}
    for recipient in recipients:
        for target in recipient.targets:
            if target.kind == "group":
                known = groups.get(target.name, ())
                groups[target.name] = tuple(dict.fromkeys((*known, *recipient.receiver.emails)))
    emails = dict.fromkeys(email for members in groups.values() for email in members)
    if not groups:
        return []
    lines: list[str] = []
    variables = Taken()
    if emails:
        lines += ["users:", *(f"  - {_user(email, variables)}" for email in emails)]
    lines.append("groups:")
    lines += [
        f"  {quoted(name)}: {{members: [{', '.join(map(quoted, members))}]}}"
        for name, members in groups.items()
    ]
    suggested = formed("\n".join(lines) + "\n").splitlines()
    return [
        "# These groups must have people with contacts, made in the dashboard, by `pingparrot group add`, or",
        "# here: uncomment what follows, and correct what was guessed from addresses.",
        *(f"# {line}".rstrip() for line in suggested),
    ]


def _user(email: str, variables: Taken) -> str:
    local = tidy(email.partition("@")[0])
    variable = variables.claim(re.sub(r"[^A-Z0-9]+", "_", local.upper()).strip("_") or "PERSON")
    name = " ".join(word.capitalize() for word in re.split(r"[._+-]+", local) if word)
    return f'{{email: {quoted(email)}, name: {quoted(name)}, contacts: ["${{{variable}_CONTACT}}"]}}'
