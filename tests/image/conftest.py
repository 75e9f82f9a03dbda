"""The image, made once for all test processes."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.pages import ROOT
from tests.image.carrying_out import Image, carry_out, require_root
from tests.image.container import Container
from tests.image.dockerfile import stages


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    """What the Dockerfile makes."""
    require_root()
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    made = shared / "image"
    with (shared / "image.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            attempt = shared / "image.attempt"
            shutil.rmtree(attempt, ignore_errors=True)
            attempt.mkdir()
            carry_out(attempt)
            attempt.rename(made)
    return Image(made / "root", stages((ROOT / "Dockerfile").read_text())[-1])


@pytest.fixture
def container(image: Image, tmp_path: Path) -> Iterator[Container]:
    """A container of the image with an empty volume; what runs in it ends with the test."""
    with Container(image, tmp_path / "volume") as made:
        yield made
