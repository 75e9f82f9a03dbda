"""What the image installs: locked, small, and listed."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.markers import Marker

from tests.docs.pages import ROOT
from tests.image.carrying_out import Image

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]  # the image is made within the first test

LARGEST = 125_000_000
_OF_PROTOBUF = {"googleapis-common-protos", "protobuf"}
PIN = re.compile(r"^([\w.-]+)==([^ ;\\]+)(?: ; ([^\\]+))?", re.MULTILINE)


def locked(name: str) -> dict[str, str]:
    """Return the versions that a lock pins here, by name."""
    pins = PIN.findall((ROOT / name).read_text())
    return {
        project.lower().replace("_", "-"): version.strip()
        for project, version, marker in pins
        if not marker or Marker(marker.strip()).evaluate()
    }


def installed(image: Image) -> dict[str, str]:
    """Return the versions that the image holds, by name."""
    return {
        found.name.lower().replace("_", "-"): found.version
        for found in distributions(path=[str(image.packages)])
    }


def test_the_image_holds_what_is_locked_and_pingparrot(image: Image) -> None:
    assert installed(image) == {
        **locked("requirements.lock"),
        "pingparrot": image.stage.pairs("ARG")["VERSION"],
    }


def test_the_build_stage_builds_with_what_the_tests_build_with() -> None:
    everything = locked("requirements-dev.lock")
    assert set(locked("requirements-build.lock").items()) <= set(everything.items())
    assert set(locked("requirements.lock").items()) <= set(everything.items())


def test_the_lock_for_traces_only_adds_what_they_need() -> None:
    plain, traced = locked("requirements.lock"), locked("requirements-otel.lock")
    assert plain.items() <= traced.items() <= locked("requirements-dev.lock").items()
    added = traced.keys() - plain.keys()
    assert "opentelemetry-exporter-otlp-proto-http" in added
    assert {name for name in added if not name.startswith("opentelemetry-")} == _OF_PROTOBUF


def test_the_lock_for_openid_only_adds_what_it_needs() -> None:
    plain, with_openid = locked("requirements.lock"), locked("requirements-oidc.lock")
    assert plain.items() <= with_openid.items() <= locked("requirements-dev.lock").items()
    assert with_openid.keys() - plain.keys() == {"authlib", "joserfc"}


def test_the_installed_packages_are_small(image: Image) -> None:
    files = [path for path in (image.root / "opt/pingparrot").rglob("*") if not path.is_symlink()]
    size = sum(path.stat().st_size for path in files if path.is_file())
    assert size < LARGEST, f"{size / 1e6:.0f} MB, of which docs/image.md says how they become fewer"


def test_nothing_installed_belongs_to_the_user_it_runs_as_or_is_writable_by_others(image: Image) -> None:
    volume = image.root / image.stage.last("WORKDIR").text.lstrip("/")
    loose = []
    for path in (image.root / "opt").rglob("*"):
        status = path.lstat()
        if status.st_uid != 0 or (status.st_mode & stat.S_IWOTH and not path.is_symlink()):
            loose.append(path)
    assert loose == []
    assert f"{volume.stat().st_uid}:{volume.stat().st_gid}" == image.stage.last("USER").text


def test_the_list_of_packages_keeps_to_the_schema_and_names_every_one(image: Image, tmp_path: Path) -> None:
    # The image's own interpreter runs in the image only; all that is asked of it is its path.
    interpreter = tmp_path / "python3"
    interpreter.write_text(f"#!/bin/sh\necho '{json.dumps([str(image.packages)])}'\n")
    interpreter.chmod(0o755)
    tool = Path(sys.executable).with_name("cyclonedx-py")
    subprocess.run(
        ["sh", "scripts/sbom", tool, interpreter, tmp_path / "sbom.json"],  # validates it against the schema
        cwd=ROOT,
        env={"PATH": os.defpath},
        check=True,
        capture_output=True,
    )
    listed = json.loads((tmp_path / "sbom.json").read_text())
    assert (listed["bomFormat"], listed["specVersion"]) == ("CycloneDX", "1.6")
    named = {part["name"].lower().replace("_", "-"): part["version"] for part in listed["components"]}
    root = listed["metadata"]["component"]
    assert {**named, root["name"]: root["version"]} == installed(image)
    assert all(part["purl"].startswith("pkg:pypi/") for part in listed["components"])
