"""Runs commands in the image as Kubernetes would: not root, a read-only root, one volume."""

from __future__ import annotations

import os
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Self

from tests.image.carrying_out import Image
from tests.servers import free_port


class Container:
    """The image with a volume.

    Parameters:
      volume: a directory to make; the only place in which its processes can write.
    """

    def __init__(self, image: Image, volume: Path) -> None:
        self.image = image
        self.volume = volume
        self.port = free_port()
        self.log = volume.with_name("log")
        self._running: list[subprocess.Popen[bytes]] = []
        volume.mkdir()
        user, group = image.stage.last("USER").text.split(":")
        os.chown(volume, int(user), int(group))  # an engine gives a new volume the owner that the image says

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._running:
            process.kill()
            process.wait()

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end, as `kubectl exec` does."""
        return subprocess.run(
            self.image.command(self.volume, *words),
            env=self.image.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def start(self, **settings: str) -> subprocess.Popen[bytes]:
        """Start what the image starts by itself and return it once it is ready.

        Parameters:
          settings: environment variables.
        """
        words = [*self.image.stage.last("ENTRYPOINT").words, *self.image.stage.last("CMD").words]
        listens = {"PINGPARROT_HOST": "127.0.0.1", "PINGPARROT_PORT": str(self.port)}
        with self.log.open("wb") as log:
            process = subprocess.Popen(
                self.image.command(self.volume, *words),
                env=self.image.environment | listens | settings,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._running.append(process)
        deadline = time.monotonic() + 40
        while not self._ready():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the container is not ready:\n{self.log.read_text()}")
            time.sleep(0.02)
        return process

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def _ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False
