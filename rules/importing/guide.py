"""What was done and what to do next, for whoever imports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rules.alertmanager.model import Sender
from rules.explain import JSON
from rules.findings import Finding
from rules.formatting.scalars import spelled
from rules.formatting.written import Scalar
from rules.importing.naming import Taken
from rules.importing.plan import Plan, Remark
from rules.importing.proof import Proof
from rules.importing.remarks import every_planned
from rules.importing.writing import where
from rules.report import count, printable

ADDRESSES = ("/api/adapters/alertmanager", "/api/external/pages")
"""The paths of ours that Alertmanager may post to."""

_DAY_S = 86_400
_RECEIVER = """\
receivers:
  - name: {name}
    webhook_configs:
      - url: https://pager.example.org/api/adapters/alertmanager
        http_config:
          authorization:
            credentials: pp_live_your_key_here"""


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of an import.

    Parameters:
      remarks: what is not carried over.
      passed_over: warnings about alertmanager.yml.
      proof: how far it is known that both route alike.
    """

    plan: Plan
    remarks: Sequence[Remark]
    passed_over: Sequence[Finding]
    proof: Proof


def as_text(imported: Imported, files: Sequence[str], rules: str) -> str:
    """Return the summary.

    Parameters:
      files: what was written, as paths; none when it was printed.
      rules: where the rules now are, for the commands to type.
    """
    plan = imported.plan
    routes = sum(1 for _ in every_planned(plan.routes))
    chains = sum(recipient.chain is not None for recipient in plan.recipients.values())
    numbers = [count(routes, "route"), count(chains, "chain"), count(len(plan.intervals), "time interval")]
    lines = [f"{', '.join(numbers)}, {count(len(imported.proof.witnesses), 'case')}."]
    lines += [f"Written: {', '.join(files)}."] if files else []
    lines += ["", _compared(imported.proof), *_unreached(imported)]
    if not chains:
        lines.append(
            "No receiver notifies anybody, so everything is suppressed: say whom to page by --receiver."
        )
    told = [
        *((where(found.place), found.message) for found in imported.passed_over),
        *((where(remark.place), remark.message) for remark in imported.remarks),
    ]
    if told:
        lines += [
            "",
            "Not carried over, or not as it was:",
            *(f"- {place}: {message}" for place, message in told),
        ]
    lines += ["", "Next:", *_next(imported, rules)]
    return "".join(f"{printable(line)}\n" for line in lines)


def as_json(imported: Imported, files: Sequence[str], rules: str) -> JSON:
    """Return the summary as data; the parameters are those of `as_text`."""
    plan = imported.plan
    return {
        "files": list(files),
        "routes": [
            {
                "name": route.name,
                "file": route.source.place.file,
                "line": route.source.place.line,
                "receiver": route.source.receiver,
                "suppressed": route.suppress,
            }
            for route in every_planned(plan.routes)
        ],
        "receivers": [
            {
                "name": name,
                "chain": recipient.chain,
                "page": [{target.kind: target.name} for target in recipient.targets],
            }
            for name, recipient in plan.recipients.items()
        ],
        "time_intervals": dict(plan.intervals),
        "not_carried_over": [
            *(
                _remark(found.place.file, found.place.line, found.code, found.message)
                for found in imported.passed_over
            ),
            *(_remark(r.place.file, r.place.line, r.subject, r.message) for r in imported.remarks),
        ],
        "routes_alike": "proved" if imported.proof.is_whole else "compared",
        "compared": imported.proof.regions,
        "unreached": [
            {"file": route.place.file, "line": route.place.line} for route in imported.proof.unreached
        ],
        "next": _next(imported, rules),
    }


def _remark(file: str, line: int, subject: str, message: str) -> JSON:
    return {"file": file, "line": line, "subject": subject, "message": message}


def _compared(proof: Proof) -> str:
    if proof.is_whole:
        return f"Routes alike: proved for all labels ({count(proof.regions, 'sort')} of alerts)."
    return (
        f"Routes alike on {count(proof.regions, 'sort')} of alerts; too much to be proved for all labels in "
        "the time given (--timeout)."
    )


def _unreached(imported: Imported) -> list[str]:
    return [
        f"{where(route.place)}: no alert comes to this route, since others take all of its alerts."
        for route in imported.proof.unreached
    ]


def _next(imported: Imported, rules: str) -> list[str]:
    plan = imported.plan
    targets = [target for recipient in plan.recipients.values() for target in recipient.targets]
    groups = dict.fromkeys(target.name for target in targets if target.kind == "group")
    users = dict.fromkeys(target.name for target in targets if target.kind == "user")
    steps = [f"pingparrot rules check {rules} && pingparrot rules test {rules}"]
    if groups:
        whom = _listed("group", list(groups))
        steps.append(f"Put people with contacts into {whom}: the rules end with a suggestion.")
    if users:
        steps.append(f"Give {_listed('user', list(users))} contacts.")
    posting = posting_receivers(plan.sender)
    if posting:
        names = _listed("receiver", posting)
        steps.append(
            f"Alertmanager posts here already, by {names}: make it the receiver of the topmost route."
        )
    else:
        steps.append("pingparrot key create alertmanager --kind alertmanager")
        steps.append(
            "Let Alertmanager post to PingParrot, too, until you trust it (then make it the receiver of the "
            "topmost route, and remove the others):"
        )
    lines = [f"{number}. {step}" for number, step in enumerate(steps, start=1)]
    return lines if posting else [*lines, "", *posting_lines(plan.sender)]


def _listed(noun: str, names: Sequence[str]) -> str:
    shown = ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")
    return f"{noun}{'s' * (len(names) > 1)} {shown}"


def posting_receivers(sender: Sender) -> list[str]:
    """Return the names of the receivers that seem to post to PingParrot already."""
    return [
        name
        for name, receiver in sender.receivers.items()
        if any((webhook.url or "").rstrip("/").endswith(ADDRESSES) for webhook in receiver.webhooks)
    ]


def posting_lines(sender: Sender) -> list[str]:
    """Return what to add to alertmanager.yml so that it posts everything here, too."""
    root = sender.root
    receiver = spelled(Scalar(root.receiver, '"'), flow=False)
    name = Taken(sender.receivers).claim("pingparrot")
    lines = [
        "route:",
        "  routes:",
        f"    - receiver: {name}   # the first of all routes",
        "      continue: true",
    ]
    if not root.group_by:
        lines.append("      group_by: [alertname, cluster]")
    if root.repeat_interval_s > _DAY_S:
        lines.append("      repeat_interval: 4h")
    if any(route.proceed for route in root.routes):  # one that goes on would come to a last route, too
        lines += [
            f"    - receiver: {receiver}   # the only other one, around those that are there",
            "      routes:",
            "        # … the routes that are there …",
        ]
    else:
        lines += [
            "    # … the routes that are there …",
            f"    - receiver: {receiver}   # the last of all: what the topmost one answered",
        ]
    return [*lines, *_RECEIVER.format(name=name).split("\n")]
