"""docs/metrics.md and router/metrics.py name the same metrics."""

from __future__ import annotations

import re

from prometheus_client import Counter, Gauge, Histogram
from prometheus_client.metrics import MetricWrapperBase

from router import metrics
from tests.docs.pages import ROOT

_ROW = re.compile(r"^\| `(pingparrot_\w+)` \| (\w+) \| ([^|]*)\| \S", re.MULTILINE)
_KINDS = {Counter: "counter", Gauge: "gauge", Histogram: "histogram"}
_SUFFIXES = ("_bucket", "_sum", "_count")


def served() -> dict[str, tuple[str, tuple[str, ...]]]:
    """Return each metric's kind and labels."""
    found = {}
    for value in vars(metrics).values():
        if isinstance(value, MetricWrapperBase):
            kind = _KINDS[type(value)]
            (family,) = value.describe()
            name = f"{family.name}_total" if kind == "counter" else family.name
            found[name] = (kind, value._labelnames)
    return found


def documented() -> dict[str, tuple[str, tuple[str, ...]]]:
    """Return each metric's kind and labels as the table has them."""
    text = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
    return {name: (kind, tuple(re.findall(r"`(\w+)`", labels))) for name, kind, labels in _ROW.findall(text)}


def test_every_metric_is_described_with_its_kind_and_labels() -> None:
    assert documented() == served()


def test_every_metric_named_in_any_document_exists() -> None:
    known = set(served())
    known |= {
        name + suffix for name, (kind, _) in served().items() if kind == "histogram" for suffix in _SUFFIXES
    }
    named = {
        name
        for document in (ROOT / "docs").rglob("*.md")
        for name in re.findall(r"\bpingparrot_[a-z_]+[a-z]\b(?!…)", document.read_text(encoding="utf-8"))
    }
    assert named - known == set()
