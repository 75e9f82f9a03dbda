"""The chart renders, the same with Helm 3 and 4 and each time, and Kubernetes takes every object."""

from __future__ import annotations

from copy import deepcopy

import pytest

from tests.helm import schemas
from tests.helm.cases import ci_cases
from tests.helm.chart import CHART, Case, Helm, Object, Rendered, name_of, read


@pytest.mark.parametrize("case", ci_cases(), ids=str)
def test_the_chart_lints_strictly(helm: Helm, case: Case) -> None:
    done = helm.run("lint", "--strict", str(CHART), values=case.values)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "[WARNING]" not in done.stdout
    assert "[INFO]" not in done.stdout.replace("[INFO] Chart.yaml: icon is recommended", "")


def test_a_second_rendering_by_the_other_helm_is_the_same(helms: dict[str, Helm], rendered: Rendered) -> None:
    done = helms["3"].template(rendered.case)
    assert done.returncode == 0, done.stderr
    again = [_without_secrets(thing) for thing in read(done.stdout)]
    assert again == [_without_secrets(thing) for thing in rendered.objects]


def test_kubernetes_takes_every_object_now_and_after_its_own_upgrades(rendered: Rendered) -> None:
    later = [version for version in schemas.VERSIONS if _number(version) >= _number(rendered.case.kube)]
    found = [
        f"{name_of(thing)} on {version}: {fault}"
        for thing in rendered.objects
        for version in later
        for fault in schemas.faults(thing, version)
    ]
    assert found == []


def test_nothing_is_null(rendered: Rendered) -> None:
    found = [f"{name_of(thing)}: {path}" for thing in rendered.objects for path in _nulls(thing)]
    assert found == []


def _number(version: str) -> int:
    return int(version.removeprefix("1."))


def _without_secrets(thing: Object) -> Object:
    """Return an object with empty secrets: those that the chart makes up differ each time."""
    if thing["kind"] != "Secret":
        return thing
    hidden = deepcopy(thing)
    for field in ("data", "stringData"):
        if field in hidden:
            hidden[field] = dict.fromkeys(hidden[field], "")
    return hidden


def _nulls(part: object, path: str = "") -> list[str]:
    """Return the paths at which a template left a hole."""
    if part is None:
        return [path]
    if isinstance(part, dict):
        return [found for key, value in part.items() for found in _nulls(value, f"{path}.{key}")]
    if isinstance(part, list):
        return [found for at, value in enumerate(part) for found in _nulls(value, f"{path}[{at}]")]
    return []
