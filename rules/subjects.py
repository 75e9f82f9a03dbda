"""What a subject says whatever its template says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

_STAND_INS = ("DatasourceNoData", "DatasourceError")
MAX_SUBJECT = 200


def finished(subject: str, alerts: Sequence[Mapping[str, str]]) -> str:
    """Return a rendered subject as one line of at most 200 characters.

    Grafana's alerts about a broken data source bear the name of none of the rules that they stand for: it
    comes first, unless the subject has it (docs/facts.md, section 4).

    Parameters:
      alerts: labels of the page's alerts, at least one.
    """
    first = alerts[0]
    rule = first.get("rulename", "")
    if rule and first.get("alertname") in _STAND_INS and rule not in subject:
        others = {labels.get("rulename", "") for labels in alerts} - {rule, ""}
        more = f" and {len(others)} more" if others else ""
        subject = f"{rule}{more}: {subject}"
    line = " ".join(subject.split())
    return line if len(line) <= MAX_SUBJECT else line[: MAX_SUBJECT - 1] + "…"
