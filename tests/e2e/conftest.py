"""A server in a process of its own and a receiver for its deliveries, for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.stage import Receiver, Server


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A listening receiver of deliveries."""
    with Receiver() as listening:
        yield listening


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server that is not started yet."""
    with Server(tmp_path) as made:
        yield made
