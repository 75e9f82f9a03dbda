"""A container's environment and files as they would be in a cluster, in a scratch directory."""

from __future__ import annotations

import hashlib
from pathlib import Path

from tests.helm.chart import Pod, Rendered
from tests.helm.mounts import Container, directories, files

_TEXTS = {
    "database-url": "postgresql://pager:secret@postgres/pager",
    "broker-url": "redis://redis:6379/0",
    "emergency-contacts": "json://192.0.2.1/, json://192.0.2.2/",
}


def lay_out(root: Path, pod: Pod, container: Container, rendered: Rendered) -> None:
    """Write what a container mounts below a directory; a user's Secrets get texts of the right form."""
    for directory in directories(container):
        below(root, directory).mkdir(parents=True, exist_ok=True)
    for path, text in files(pod, container, rendered).items():
        below(root, path).parent.mkdir(parents=True, exist_ok=True)
        below(root, path).write_text(_moved(_stand_in(path) if text is None else text, container, root))


def environment(root: Path, container: Container) -> dict[str, str]:
    """Return a container's variables, with paths on its volumes moved below a directory."""
    given = {variable["name"]: variable.get("value", "") for variable in container.get("env", [])}
    return {name: _moved(value, container, root) for name, value in given.items()}


def below(root: Path, path: str) -> Path:
    """Return where a path of the container is in the scratch directory."""
    return root / path.lstrip("/")


def _moved(text: str, container: Container, root: Path) -> str:
    for directory in directories(container):
        text = text.replace(f"{directory}/", f"{root}{directory}/")
    return f"{root}{text}" if text in directories(container) else text


def _stand_in(path: str) -> str:
    name = path.rpartition("/")[2]
    return _TEXTS.get(name) or f"pp_live_{hashlib.sha256(path.encode()).hexdigest()[:32]}"
