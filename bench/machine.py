"""What a figure was measured on: absolutes do not travel, ratios taken in one run do."""

from __future__ import annotations

import os
import platform
import sqlite3
from pathlib import Path


def describe(directory: Path) -> str:
    """Return two lines: processor, memory and kernel; versions, and the file system of a directory."""
    model = _field("/proc/cpuinfo", "model name") or platform.machine()
    memory = int((_field("/proc/meminfo", "MemTotal") or "0 kB").split()[0]) / 1e6
    return (
        f"{os.cpu_count()} × {model}, {memory:.0f} GB, Linux {platform.release()}, "
        f"load {os.getloadavg()[0]:.1f}\n"
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, "
        f"database on {_filesystem(directory)}"
    )


def cpu_seconds(pid: int) -> float:
    """Return the processor time that a process has used so far, its threads included."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _field(path: str, name: str) -> str:
    for line in Path(path).read_text().splitlines():
        if line.startswith(name):
            return line.split(":", 1)[1].strip()
    return ""


def _filesystem(directory: Path) -> str:
    mounts = [line.split()[1:3] for line in Path("/proc/mounts").read_text().splitlines()]
    holding = [(where, kind) for where, kind in mounts if directory.resolve().is_relative_to(where)]
    return max(holding, key=lambda mount: len(mount[0]))[1]
