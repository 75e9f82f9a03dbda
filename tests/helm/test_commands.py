"""What containers are told is what PingParrot understands: commands, settings, files, probes, addresses."""

from __future__ import annotations

import shlex
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import pytest
import typer
import yaml
from starlette.routing import Route

from router.api.health import health_routes
from router.api.routes import document
from router.bootstrap import read_bootstrap
from router.cli import app
from router.clock import utc_now
from router.settings import SETTINGS, load_settings
from router.webhook import PARSERS
from tests.docs.pages import ROOT
from tests.helm.chart import CHART, Pod, Rendered, name_of
from tests.helm.mounts import Container, directories, files, writable
from tests.helm.references import containers
from tests.helm.stand_ins import environment, lay_out

_OURS = yaml.safe_load((CHART / "values.yaml").read_text())["image"]["repository"]
_SECRET = {setting.variable for setting in SETTINGS if setting.is_secret}
_HEALTH = {route.path for route in health_routes(cast(Any, None), utc_now) if isinstance(route, Route)}
_ADAPTERS = {f"/api/adapters/{adapter}" for adapter in PARSERS}
_PATHS = _HEALTH | _ADAPTERS | set(document()["paths"])


def test_containers_run_commands_that_pingparrot_has(rendered: Rendered) -> None:
    for _, container in _ours(rendered):
        if "command" not in container:
            _parsed(container["args"])  # raises what the command line would say


def test_each_kind_of_pod_runs_its_part(rendered: Rendered) -> None:
    values = rendered.case.values
    broker = values.get("broker", {}).get("existingSecret")
    running = [
        container["args"][0]
        for pod, container in _ours(rendered)
        if pod.lasting and "command" not in container
    ]
    assert sorted(running) == (["api", "worker"] if broker else ["serve"])


def test_scripts_are_there_and_are_python(rendered: Rendered) -> None:
    for pod, container in _ours(rendered):
        match container.get("command"):
            case None:
                continue
            case ["python", "-c"]:
                text: str | None = container["args"][0]
            case ["python", path]:
                text = files(pod, container, rendered)[path]
            case other:
                pytest.fail(f"{pod} runs {shlex.join(other)}, which nothing here knows to be in the image")
        assert text, pod
        compile(text, str(pod), "exec")


def test_every_environment_is_one_that_pingparrot_starts_with(rendered: Rendered, tmp_path: Path) -> None:
    for number, (pod, container) in enumerate(_ours(rendered)):
        root = tmp_path / str(number)
        lay_out(root, pod, container, rendered)
        settings = load_settings(environment(root, container))
        assert settings.warnings == (), (str(pod), container["name"])


def test_paths_in_the_environment_are_on_volumes(rendered: Rendered) -> None:
    for pod, container in _ours(rendered):
        given = {variable["name"]: variable.get("value", "") for variable in container.get("env", [])}
        known = files(pod, container, rendered)
        for name, value in given.items():
            if name.startswith("PINGPARROT_") and name.endswith(("_FILE", "_BOOTSTRAP")):
                assert value in known, (str(pod), name)
        rules = given.get("PINGPARROT_RULES")
        assert rules is None or any(
            f"{rules}/".startswith(f"{mount}/") for mount in directories(container)
        ), pod


def test_an_embedded_database_is_where_the_container_can_write(rendered: Rendered) -> None:
    for pod, container in _ours(rendered):
        for variable in container.get("env", []):
            if variable.get("value", "").startswith("sqlite:"):
                assert writable(pod, container, variable["value"].removeprefix("sqlite:///")), pod


def test_no_secret_stands_in_an_environment(rendered: Rendered) -> None:
    for pod, container in _ours(rendered):
        given = {variable["name"]: variable.get("value", "") for variable in container.get("env", [])}
        shown = {name for name in _SECRET & given.keys() if not given[name].startswith("sqlite:")}
        assert shown == set(), pod


def test_the_bootstrap_file_is_one_that_pingparrot_reads(rendered: Rendered, tmp_path: Path) -> None:
    for number, (pod, container) in enumerate(_ours(rendered)):
        root = tmp_path / str(number)
        path = environment(root, container).get("PINGPARROT_BOOTSTRAP")
        if path:
            lay_out(root, pod, container, rendered)
            declared = read_bootstrap(Path(path))
            senders = {name for name, given in _integrations(rendered).items() if given is not None}
            assert {sender.name for sender in declared.senders} == senders
            assert (declared.admin is not None) == (rendered.case.values.get("admin", {}).get("email") != "")


def test_probes_ask_what_is_served_where_it_listens(rendered: Rendered) -> None:
    for pod, container in _ours(rendered):
        if not pod.lasting or "command" in container:
            continue
        ports = {port["name"]: port["containerPort"] for port in container["ports"]}
        listens = _parsed(container["args"]).get("port") or int(_value(container, "PINGPARROT_PORT"))
        for kind, path in (("startup", "/healthz"), ("liveness", "/healthz"), ("readiness", "/readyz")):
            asked = container[f"{kind}Probe"]["httpGet"]
            assert (asked["path"], ports[asked["port"]]) == (path, listens), pod
        assert {"/healthz", "/readyz"} <= _HEALTH


def test_what_prometheus_is_told_to_scrape_is_served(rendered: Rendered) -> None:
    for monitor in rendered.of_kind("ServiceMonitor"):
        assert {end["path"] for end in monitor["spec"]["endpoints"]} <= _HEALTH, name_of(monitor)


def test_alertmanager_is_given_an_address_and_a_key_that_are_there(rendered: Rendered) -> None:
    for config in rendered.of_kind("AlertmanagerConfig"):
        (receiver,) = config["spec"]["receivers"]
        assert receiver["name"] == config["spec"]["route"]["receiver"]
        (webhook,) = receiver["webhookConfigs"]
        host, _, path = webhook["url"].removeprefix("http://").partition("/")
        name, namespace = host.split(".")[:2]
        service = rendered.find("Service", name)
        assert service is not None
        assert service["metadata"]["namespace"] == namespace == config["metadata"]["namespace"]
        assert int(host.partition(":")[2]) in {port["port"] for port in service["spec"]["ports"]}
        assert f"/{path}" in _PATHS
        key = webhook["httpConfig"]["authorization"]["credentials"]
        made = rendered.find("Secret", key["name"])
        assert made is None or key["key"] in made["data"]


def test_what_is_open_to_the_outside_is_served(rendered: Rendered) -> None:
    opened = [
        path["path"]
        for ingress in rendered.of_kind("Ingress")
        for rule in ingress["spec"]["rules"]
        for path in rule["http"]["paths"]
    ]
    opened += [
        match["path"]["value"]
        for route in rendered.of_kind("HTTPRoute")
        for rule in route["spec"]["rules"]
        for match in rule.get("matches", [])
    ]
    assert [path for path in opened if not any(served.startswith(path) for served in _PATHS)] == []


def test_the_chart_is_of_this_version() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert chart["appVersion"] == project["version"]


def _ours(rendered: Rendered) -> Iterator[tuple[Pod, Container]]:
    """Yield the containers of PingParrot's own image, with their pods."""
    image = rendered.case.values.get("image", {}).get("repository", _OURS)
    for pod in rendered.pods():
        for container in containers(pod.spec):
            if container["image"].startswith((f"{image}:", f"{image}@")):
                yield pod, container


def _parsed(arguments: Sequence[str]) -> dict[str, Any]:
    """Return the options of a command line, read as `pingparrot` reads it; raises what it would say."""
    command: Any = typer.main.get_group(app)
    context = command.context_class(command, info_name="pingparrot", **command.context_settings)
    rest = list(arguments)
    while hasattr(command, "commands"):
        name, command, rest = command.resolve_command(context, rest)
        context = command.make_context(name, rest, parent=context)
        rest = context.args
    parsed: dict[str, Any] = context.params
    return parsed


def _value(container: Container, name: str) -> str:
    (value,) = (variable["value"] for variable in container["env"] if variable["name"] == name)
    return str(value)


def _integrations(rendered: Rendered) -> dict[str, Any]:
    default = yaml.safe_load((CHART / "values.yaml").read_text())["integrations"]
    return {**default, **rendered.case.values.get("integrations", {})}
