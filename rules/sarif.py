"""What `rules check` found as SARIF 2.1.0 (OASIS, section 3), as code scanning services read it."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from rules.checked import Checked
from rules.codes import Code, address, every_code
from rules.findings import Finding
from rules.places import Place

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {"error": "error", "warning": "warning", "info": "note"}


def log(checked: Checked) -> Mapping[str, object]:
    """Return the findings as a SARIF log, with a rule for each code that was found."""
    names = sorted({finding.code for finding in checked.findings})
    driver = {
        "name": "pingparrot rules check",
        "rules": [_rule(name, every_code()[name]) for name in names],
    }
    results = [_result(finding, names.index(finding.code), checked) for finding in checked.findings]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(name: str, code: Code) -> Mapping[str, object]:
    help_text = f"{code.why} {code.remedy}"
    return {
        "id": name,
        "shortDescription": {"text": code.summary},
        "fullDescription": {"text": code.why},
        "help": {"text": help_text, "markdown": f"{help_text} [More]({address(name)})"},
        "helpUri": address(name),
        "defaultConfiguration": {"level": _LEVELS[code.severity]},
    }


def _result(finding: Finding, rule_index: int, checked: Checked) -> Mapping[str, object]:
    result: dict[str, object] = {
        "ruleId": finding.code,
        "ruleIndex": rule_index,
        "level": _LEVELS[finding.severity],
        "message": {"text": finding.message},
        "locations": [_location(finding.place, checked)],
    }
    if finding.related:
        result["relatedLocations"] = [_location(place, checked) for place in finding.related]
    return result


def _location(place: Place, checked: Checked) -> dict[str, object]:
    path = checked.path_of(place.file)
    uri = ("file://" if path.startswith("/") else "") + quote(path)
    region = {"startLine": place.line, "startColumn": place.column}
    return {"physicalLocation": {"artifactLocation": {"uri": uri}, "region": region}}
