"""The image's command in a read-only root, as nobody in particular: it serves, pages and ends."""

from __future__ import annotations

import json
import re
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from bench.stage import webhook
from tests.image.container import Container
from tests.sinks import HttpSink

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]  # the image is made within the first test

RULES = """\
defaults: {chain: triage}
chains: {triage: {steps: [{page: {group: All}}]}}
routes: [{name: everything, matchers: []}]
"""

# Every extension module and every module of ours: what was taken out of the image would be missed here.
IMPORT_ALL = """\
import importlib, pkgutil, sys, sysconfig
from pathlib import Path
import psycopg
site = Path(sysconfig.get_path("purelib"))
extensions = [path.relative_to(site) for path in site.rglob("*.so")]
names = [".".join([*path.parts[:-1], path.name.split(".")[0]]) for path in extensions]
for package in ("adapters", "rules", "router"):
    names += [found.name for found in pkgutil.walk_packages([str(site / package)], package + ".")]
for name in names:
    if not name.startswith("router.store.migrations.") and not name.endswith(".__main__"):
        importlib.import_module(name)
cached = [Path(module.__cached__) for module in sys.modules.values() if getattr(module, "__cached__", None)]
print(len(names), [str(path) for path in cached if not path.exists()])
"""

WRITE_EVERYWHERE = """\
import errno, os
for place in ("/", "/tmp", "/opt/pingparrot", "/usr/local/lib", "/var", "."):
    try:
        open(os.path.join(place, "written"), "w").close()
        print(place, "written")
    except OSError as error:
        print(place, errno.errorcode[error.errno])
"""


def post(url: str, key: str, body: bytes) -> int:
    """Post a webhook and return the status."""
    request = urllib.request.Request(url, body, {"X-API-Key": key})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return int(answer.status)


def pingparrot(container: Container, *words: str) -> Any:
    """Run a command of the command line and return its JSON line."""
    said = container.run("pingparrot", *words)
    assert said.returncode == 0, said.stderr
    return json.loads(said.stdout)


def test_the_container_takes_a_webhook_delivers_it_and_ends_when_asked(container: Container) -> None:
    (container.volume / "rules.yml").write_text(RULES)
    process = container.start(PINGPARROT_RULES="rules.yml")
    with HttpSink() as native, HttpSink() as apprise:
        for person, contact in (("alice", native.url("webhook+http")), ("bob", apprise.url("xml"))):
            pingparrot(container, "user", "add", f"{person}@example.com", "--name", person)
            pingparrot(container, "contact", "add", f"{person}@example.com", contact)
        key = pingparrot(container, "key", "create", "prometheus-eu", "--kind", "alertmanager")["key"]

        assert post(f"{container.url}/api/adapters/alertmanager", key, webhook("host-1")) == 200

        assert b"host-1" in native.wait_for(1)[0].body
        assert b"host-1" in apprise.wait_for(1)[0].body
    status = Path(f"/proc/{process.pid}/status").read_text()
    process.terminate()
    assert process.wait(20) == 0
    log = container.log.read_text()
    assert "Traceback" not in log
    assert [line for line in log.splitlines() if json.loads(line)["level"] in ("error", "critical")] == []
    assert re.search(r"^Uid:(\t65532){4}$", status, re.MULTILINE)
    assert re.search(r"^Groups:\s*$", status, re.MULTILINE)
    assert re.search(r"^CapEff:\t0+$", status, re.MULTILINE)
    assert re.search(r"^NoNewPrivs:\t1$", status, re.MULTILINE)


def test_only_the_volume_can_be_written(container: Container) -> None:
    said = container.run("python3", "-c", WRITE_EVERYWHERE)
    assert said.stderr == ""
    assert dict(line.split() for line in said.stdout.splitlines()) == {
        "/": "EROFS",
        "/tmp": "ENOENT",
        "/opt/pingparrot": "EROFS",
        "/usr/local/lib": "EROFS",
        "/var": "EROFS",
        ".": "written",
    }


def test_every_module_is_there_and_has_its_byte_code(container: Container) -> None:
    said = container.run("python3", "-W", "error", "-c", IMPORT_ALL)
    assert said.returncode == 0, said.stderr
    count, uncached = said.stdout.split(" ", 1)
    assert int(count) > 200
    assert uncached == "[]\n"
