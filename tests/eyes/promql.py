"""What a PromQL expression names: metrics with their labels, and labels to group or join by."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import yaml

from tests.docs.test_metrics import served
from tests.servers import missing

OF_TARGETS = {"namespace", "service", "job", "instance"}
"""Labels that Prometheus gives to what it scrapes."""
_NOT_OURS = ("up", "process_resident_memory_bytes", "process_cpu_seconds_total")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_METRIC = re.compile(r"\b(up|process_\w+|pingparrot_\w+)\s*(?:\{([^}]*)\})?")
_GROUPING = re.compile(r"\b(?:by|on|without|ignoring)\s*\(([^)]*)\)")
_SUFFIXES = {"_bucket": {"le"}, "_sum": set[str](), "_count": set[str]()}


@dataclass(frozen=True)
class Names:
    """What an expression names."""

    matched: tuple[tuple[str, frozenset[str]], ...]
    grouped: frozenset[str]

    @property
    def metrics(self) -> set[str]:
        return {metric for metric, _ in self.matched}


def names(expression: str) -> Names:
    """Return the names in an expression."""
    bare = _STRING.sub('""', expression)
    matched = tuple(
        (metric, frozenset(re.findall(r"(\w+)\s*[=!]", matchers or "")))
        for metric, matchers in _METRIC.findall(bare)
    )
    grouped = {label.strip() for labels in _GROUPING.findall(bare) for label in labels.split(",")}
    return Names(matched, frozenset(grouped - {""}))


def labels_served() -> dict[str, set[str]]:
    """Return the labels that each series has, by its name; of a histogram, of what it is served as."""
    found = dict.fromkeys(_NOT_OURS, OF_TARGETS)
    for name, (kind, labels) in served().items():
        if kind != "histogram":
            found[name] = {*labels, *OF_TARGETS}
            continue
        for suffix, more in _SUFFIXES.items():
            found[name + suffix] = {*labels, *more, *OF_TARGETS}
    return found


def faults(expression: str) -> list[str]:
    """Return what an expression names that does not exist."""
    known, named = labels_served(), names(expression)
    wrong = [metric for metric in named.metrics if metric not in known]
    if wrong or not named.metrics:
        return [f"{expression}: no metric {metric}" for metric in wrong] or [f"{expression}: names no metric"]
    wrong = [
        f"{metric}: no label {label}" for metric, labels in named.matched for label in labels - known[metric]
    ]
    everywhere = set.intersection(*(known[metric] for metric in named.metrics))
    return wrong + [f"{expression}: no label {label} to group by" for label in named.grouped - everywhere]


def promtool(*arguments: str | Path) -> str:
    """Run promtool, and return what it says; fails when it does."""
    program = shutil.which("promtool")
    if program is None:
        missing("promtool", "prometheus")
    done = subprocess.run(
        [str(program), *map(str, arguments)], capture_output=True, text=True, check=False, timeout=60
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    return said


def check_parse(expressions: list[str], directory: Path) -> None:
    """Let promtool parse expressions, as rules of a file."""
    rules = [{"record": f"r{number}", "expr": expr} for number, expr in enumerate(expressions)]
    path = directory / "rules.yaml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "expressions", "rules": rules}]}))
    assert f"{len(rules)} rules found" in promtool("check", "rules", "--lint=none", path)
