"""What `make run` shows to somebody who has just cloned the repository."""

from __future__ import annotations

import json
import os
import queue
import re
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.stage import PROGRAM, free_port
from tests.servers import missing

_COMMAND = re.compile(r"^  (curl (?:[^\n]*\\\n)*[^\n]*)$", re.MULTILINE)


class Demonstration:
    """A running `pingparrot demo` and the lines that it printed."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.printed = ""
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def read_until(self, words: str, seconds: float = 30) -> None:
        """Collect what is printed until a line holds these words; raises queue.Empty when none comes."""
        while words not in self.printed:
            self.printed += self._lines.get(timeout=seconds)

    def command(self, words: str) -> str:
        """Return the printed command that holds these words."""
        (found,) = [command for command in _COMMAND.findall(self.printed) if words in command]
        return str(found)

    def stop(self) -> int:
        """Press Ctrl-C and return the exit code."""
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(30)
        self._reader.join()
        return code

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                self._lines.put(line)


@pytest.fixture
def demonstration(tmp_path: Path) -> Iterator[Demonstration]:
    """`pingparrot demo` on a free port, in an empty directory."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PINGPARROT_")}
    started = Demonstration(
        subprocess.Popen(
            [PROGRAM, "demo", "--port", str(free_port())],
            cwd=tmp_path,
            env=environment | {"TMPDIR": str(tmp_path)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
    )
    yield started
    if started.process.poll() is None:
        started.stop()


def run(command: str) -> Any:
    """Run a printed command in a shell and return the JSON that it prints."""
    if shutil.which("curl") is None:
        missing("curl", "curl")
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=True, timeout=20)
    return json.loads(done.stdout)


@pytest.mark.slow
def test_the_demonstration_delivers_a_page_and_its_printed_commands_work(
    demonstration: Demonstration, tmp_path: Path
) -> None:
    demonstration.read_until("☎  InstanceDown")
    demonstration.read_until("log in as jane@example.com, password ")
    demonstration.read_until('"delivery_mode": "broadcast"')

    sent = run(demonstration.command("/api/external/pages"))
    assert sent["message"] == "Page sent successfully"
    demonstration.read_until("☎  Server down")

    run(demonstration.command("/acknowledge"))
    kinds = [event["kind"] for event in run(demonstration.command("/timeline"))["data"]]
    assert "acknowledged" in kinds

    assert demonstration.stop() == 0
    assert demonstration.printed.startswith("PingParrot serves at http://127.0.0.1:")
    assert list(tmp_path.iterdir()) == [], "the demonstration left something behind"
    assert "Traceback" not in demonstration.printed
