"""Every pod can start and is as little as the restricted Pod Security Standard asks, and less."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tests.helm.chart import Pod, Rendered, hooks, name_of, with_names, words
from tests.helm.mounts import volumes, writable
from tests.helm.references import Reference, containers, required

_VOLUMES = {
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "persistentVolumeClaim",
    "projected",
    "secret",
    "claim",
}
_ADDABLE = {"NET_BIND_SERVICE"}


def test_every_pod_meets_the_restricted_pod_security_standard(rendered: Rendered) -> None:
    """Source: kubernetes.io/docs/concepts/security/pod-security-standards, "Restricted"."""
    found = [f"{pod}: {fault}" for pod in rendered.pods() for fault in _risks(pod, rendered)]
    assert found == []


def test_every_container_has_a_root_that_cannot_be_written(rendered: Rendered) -> None:
    for pod in rendered.pods():
        for container in _own(pod, rendered):
            assert container["securityContext"]["readOnlyRootFilesystem"] is True, (
                str(pod),
                container["name"],
            )


def test_servers_and_migrations_have_room_for_temporary_files(rendered: Rendered) -> None:
    for pod in rendered.pods():
        if "test" not in hooks(pod.owner):
            assert writable(pod, pod.spec["containers"][0], "/tmp/some-file"), pod


def test_no_pod_gets_a_token_of_the_api_or_addresses_in_its_environment(rendered: Rendered) -> None:
    for pod in rendered.pods():
        assert pod.spec["automountServiceAccountToken"] is False, pod
        assert pod.spec["enableServiceLinks"] is False, pod


def test_every_container_says_what_memory_it_needs(rendered: Rendered) -> None:
    for pod in rendered.pods():
        for container in _own(pod, rendered):
            assert container["resources"]["requests"]["memory"], (str(pod), container["name"])
            assert container["resources"]["limits"]["memory"], (str(pod), container["name"])


def test_every_mount_has_a_volume_and_every_volume_a_mount(rendered: Rendered) -> None:
    for pod in rendered.pods():
        mounted = set()
        for container in containers(pod.spec):
            mounts = container.get("volumeMounts", [])
            mounted |= {mount["name"] for mount in mounts}
            assert len({mount["mountPath"] for mount in mounts}) == len(mounts), (str(pod), container["name"])
        assert mounted == set(volumes(pod)), pod


def test_what_a_pod_names_is_made_by_the_chart_or_given_by_the_user(rendered: Rendered) -> None:
    found = [
        f"{pod}: {need}"
        for pod in rendered.pods()
        for need in required(pod.spec)
        if not (_is_made(need, rendered) or _is_given(need, rendered))
    ]
    assert found == []


def test_what_a_hook_names_is_there_when_the_hook_runs(rendered: Rendered) -> None:
    """A pod before the install sees nothing of the release but hooks of a lower weight."""
    found = [
        f"{pod} at {moment}: {need}"
        for pod in rendered.pods()
        for moment in hooks(pod.owner) & {"pre-install", "pre-upgrade", "pre-rollback"}
        for need in required(pod.spec)
        if not (_is_earlier(need, pod, moment, rendered) or _is_given(need, rendered))
    ]
    assert found == []


def test_nothing_that_lasts_names_what_a_hook_takes_away_again(rendered: Rendered) -> None:
    for pod in rendered.pods():
        for need in required(pod.spec) if pod.lasting else ():
            made = rendered.find(need.kind, need.name)
            policy = (
                made["metadata"].get("annotations", {}).get("helm.sh/hook-delete-policy", "") if made else ""
            )
            assert "hook-succeeded" not in policy, f"{pod}: {need}"


def test_hooks_take_away_what_an_earlier_run_left(rendered: Rendered) -> None:
    for thing in rendered.objects:
        if hooks(thing):
            policy = thing["metadata"]["annotations"]["helm.sh/hook-delete-policy"]
            assert "before-hook-creation" in policy, name_of(thing)


def _risks(pod: Pod, rendered: Rendered) -> Iterator[str]:
    for field in ("hostNetwork", "hostPID", "hostIPC", "hostUsers"):
        if pod.spec.get(field):
            yield field
    for name, volume in volumes(pod).items():
        if not volume.keys() <= _VOLUMES | {"name"}:
            yield f"volume {name}"
    whole = pod.spec.get("securityContext", {})
    for container in _own(pod, rendered):
        own = container.get("securityContext", {})
        yield from (f"{container['name']}: {fault}" for fault in _risks_of({**whole, **own}, own))
        if any("hostPort" in port for port in container.get("ports", [])):
            yield f"{container['name']}: hostPort"


def _risks_of(together: Mapping[str, Any], own: Mapping[str, Any]) -> Iterator[str]:
    if together.get("runAsNonRoot") is not True or together.get("runAsUser") == 0:
        yield "may run as root"
    if together.get("seccompProfile", {}).get("type") not in ("RuntimeDefault", "Localhost"):
        yield "no seccomp profile"
    if own.get("privileged") or own.get("allowPrivilegeEscalation") is not False:
        yield "privileges"
    capabilities = own.get("capabilities", {})
    if capabilities.get("drop") != ["ALL"] or not set(capabilities.get("add", [])) <= _ADDABLE:
        yield "capabilities"
    if own.get("procMount", "Default") != "Default":
        yield "procMount"


def _own(pod: Pod, rendered: Rendered) -> list[Any]:
    """Return the chart's containers of a pod: a user's come as the user wrote them."""
    values = rendered.case.values
    extra = {*with_names(values, "extraContainers"), *with_names(values, "extraInitContainers")}
    return [container for container in containers(pod.spec) if container["name"] not in extra]


def _is_made(need: Reference, rendered: Rendered) -> bool:
    made = rendered.find(need.kind, need.name)
    return made is not None and (not need.key or need.key in made.get("data", {}))


def _is_given(need: Reference, rendered: Rendered) -> bool:
    """Whether a user's values name it, or Kubernetes makes it in every namespace."""
    return need == Reference("ServiceAccount", "default") or need.name in set(words(rendered.case.values))


def _is_earlier(need: Reference, pod: Pod, moment: str, rendered: Rendered) -> bool:
    made = rendered.find(need.kind, need.name)
    return made is not None and moment in hooks(made) and _weight(made) < _weight(pod.owner)


def _weight(thing: Mapping[str, Any]) -> int:
    return int(thing["metadata"]["annotations"].get("helm.sh/hook-weight", "0"))
