"""What objects say of each other: selectors, ports, targets and backends lead to something."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.helm.chart import Object, Pod, Rendered, name_of


def test_workloads_select_their_own_pods_and_no_others(rendered: Rendered) -> None:
    for thing in rendered.of_kind("Deployment", "StatefulSet"):
        selected = [str(pod) for pod in rendered.pods() if _selects(thing["spec"]["selector"], pod.labels)]
        assert selected == [name_of(thing)]


def test_services_lead_to_ports_of_pods_that_last(rendered: Rendered) -> None:
    for service in rendered.of_kind("Service"):
        pods = _selected(rendered, {"matchLabels": service["spec"]["selector"]})
        assert len(pods) == 1, name_of(service)
        assert pods[0].lasting, name_of(service)
        for port in service["spec"]["ports"]:
            assert port["targetPort"] in _ports(pods[0]), name_of(service)


def test_every_pod_that_lasts_is_behind_a_service(rendered: Rendered) -> None:
    selectors = [{"matchLabels": service["spec"]["selector"]} for service in rendered.of_kind("Service")]
    for pod in rendered.pods():
        assert not pod.lasting or [one for one in selectors if _selects(one, pod.labels)], pod


def test_a_stateful_set_names_a_service(rendered: Rendered) -> None:
    for thing in rendered.of_kind("StatefulSet"):
        assert rendered.find("Service", thing["spec"]["serviceName"])


def test_budgets_are_each_for_one_workload_of_several_pods(rendered: Rendered) -> None:
    for budget in rendered.of_kind("PodDisruptionBudget"):
        pods = _selected(rendered, budget["spec"]["selector"])
        assert [pod.owner["kind"] for pod in pods] == ["Deployment"], name_of(budget)
        assert pods[0].owner["spec"].get("replicas", 2) > 1, name_of(budget)


def test_network_policies_name_pods_and_ports_that_are_there(rendered: Rendered) -> None:
    for policy in rendered.of_kind("NetworkPolicy"):
        pods = _selected(rendered, policy["spec"]["podSelector"])
        assert pods, name_of(policy)
        named = [port["port"] for rule in policy["spec"]["ingress"] for port in rule.get("ports", [])]
        assert all(port in _ports(pod) for port in named for pod in pods), name_of(policy)


def test_pods_spread_from_pods_of_their_own_kind(rendered: Rendered) -> None:
    for pod in rendered.pods():
        for constraint in pod.spec.get("topologySpreadConstraints", []):
            assert _selects(constraint["labelSelector"], pod.labels), pod


def test_what_scales_is_there_and_does_not_fix_its_own_number(rendered: Rendered) -> None:
    for scaler in rendered.of_kind("HorizontalPodAutoscaler"):
        target = scaler["spec"]["scaleTargetRef"]
        found = rendered.find(target["kind"], target["name"])
        assert found, name_of(scaler)
        assert found["apiVersion"] == target["apiVersion"]
        assert "replicas" not in found["spec"], name_of(scaler)


def test_every_pod_that_lasts_is_scraped_once(rendered: Rendered) -> None:
    for monitor in rendered.of_kind("ServiceMonitor"):
        selector, ports = monitor["spec"]["selector"], {end["port"] for end in monitor["spec"]["endpoints"]}
        services = [
            one for one in rendered.of_kind("Service") if _selects(selector, one["metadata"]["labels"])
        ]
        scraped = [
            str(pod)
            for service in services
            for pod in _selected(rendered, {"matchLabels": service["spec"]["selector"]})
            if ports <= {port["name"] for port in service["spec"]["ports"]}
        ]
        assert sorted(scraped) == sorted(str(pod) for pod in rendered.pods() if pod.lasting)
        assert {service["metadata"]["namespace"] for service in services} == set(
            monitor["spec"]["namespaceSelector"]["matchNames"]
        )


def test_what_is_open_to_the_outside_leads_to_a_service(rendered: Rendered) -> None:
    for ingress in rendered.of_kind("Ingress"):
        for rule in ingress["spec"]["rules"]:
            for path in rule["http"]["paths"]:
                _assert_port(rendered, path["backend"]["service"]["name"], path["backend"]["service"]["port"])
    for route in rendered.of_kind("HTTPRoute"):
        for rule in route["spec"]["rules"]:
            for backend in rule.get("backendRefs", []):
                _assert_port(rendered, backend["name"], {"number": backend["port"]})


def _assert_port(rendered: Rendered, service: str, port: Mapping[str, Any]) -> None:
    found = rendered.find("Service", service)
    assert found, service
    ports = found["spec"]["ports"]
    assert port.get("name", port.get("number")) in {one["name"] for one in ports} | {
        one["port"] for one in ports
    }


def _selected(rendered: Rendered, selector: Mapping[str, Any]) -> list[Pod]:
    return [pod for pod in rendered.pods() if _selects(selector, pod.labels)]


def _selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Whether a label selector takes something with these labels."""
    if not all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items()):
        return False
    return all(_holds(expression, labels) for expression in selector.get("matchExpressions", []))


def _holds(expression: Object, labels: Mapping[str, str]) -> bool:
    value = labels.get(expression["key"])
    match expression["operator"]:
        case "In":
            return value in expression["values"]
        case "NotIn":
            return value not in expression["values"]
        case "Exists":
            return value is not None
    return value is None


def _ports(pod: Pod) -> set[Any]:
    """Return a pod's ports, by name and by number."""
    given = [port for container in pod.spec["containers"] for port in container.get("ports", [])]
    return {port["name"] for port in given} | {port["containerPort"] for port in given}
