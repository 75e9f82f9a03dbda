"""Fixtures of the chart's tests: Helm of both versions, and what it makes of the cases."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.helm.binaries import HELMS, helm_binary
from tests.helm.cases import ci_cases, pairwise_cases
from tests.helm.chart import Case, Helm, Rendered, read

Render = Callable[[Case], Rendered]


@pytest.fixture(scope="session")
def helms(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Helm]:
    """Helm by its major version."""
    home = tmp_path_factory.mktemp("helm")
    return {major: Helm(major, helm_binary(major), home) for major in HELMS}


@pytest.fixture(params=HELMS, ids=lambda major: f"helm{major}")
def helm(request: pytest.FixtureRequest, helms: dict[str, Helm]) -> Helm:
    """Helm: the test runs with each version."""
    return helms[request.param]


@pytest.fixture(scope="session")
def render(helms: dict[str, Helm]) -> Render:
    """Returns what the chart makes of a case; asks Helm once for each."""
    known: dict[Case, Rendered] = {}

    def rendered(case: Case) -> Rendered:
        if case not in known:
            done = helms[HELMS[-1]].template(case)
            assert done.returncode == 0, f"{case!r}\n{done.stderr}"
            known[case] = Rendered(case, read(done.stdout))
        return known[case]

    return rendered


@pytest.fixture(params=[*ci_cases(), *pairwise_cases()], ids=str)
def case(request: pytest.FixtureRequest) -> Case:
    """Every values file of the chart, and switches in pairs."""
    given: Case = request.param
    return given


@pytest.fixture
def rendered(case: Case, render: Render) -> Rendered:
    """What the chart makes of every case."""
    return render(case)
