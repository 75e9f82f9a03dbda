"""What `helm test` runs in a cluster, run here against a real server."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.stage import Server
from tests.helm.chart import CHART

_PASSWORD = "correct horse battery staple"
_MOUNTED = "/run/secrets/pingparrot/admin-password"


@pytest.fixture
def server(tmp_path: Path) -> Server:
    """A server with the admin of the chart, not started."""
    (tmp_path / "password").write_text(_PASSWORD)
    bootstrap = tmp_path / "bootstrap.yml"
    bootstrap.write_text("admin: {email: admin@pingparrot.local, name: Admin, password_file: password}\n")
    return Server(tmp_path, settings={"PINGPARROT_BOOTSTRAP": str(bootstrap)})


def run_test(server: Server, password: Path, seconds: int) -> subprocess.CompletedProcess[str]:
    """Run the script as the test's pod does, with the password where this test has it."""
    script = (CHART / "files" / "helm_test.py").read_text()
    assert _MOUNTED in script
    environment = {
        "PATH": os.environ["PATH"],
        "PINGPARROT_URL": server.url,
        "ADMIN_EMAIL": "admin@pingparrot.local",
        "POD_IP": "127.0.0.1",
        "TIMEOUT_S": str(seconds),
    }
    return subprocess.run(
        [sys.executable, "-c", script.replace(_MOUNTED, str(password))],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_helm_test_passes_where_pages_arrive(server: Server, tmp_path: Path) -> None:
    with server:
        server.start(40)
        done = run_test(server, tmp_path / "password", 30)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "PASSED" in done.stdout


def test_helm_test_fails_with_a_wrong_password(server: Server, tmp_path: Path) -> None:
    (tmp_path / "wrong").write_text("another password")
    with server:
        server.start(40)
        done = run_test(server, tmp_path / "wrong", 5)
    assert done.returncode != 0
    assert "FAILED: POST /api/auth/login" in done.stderr
    assert "Traceback" not in done.stderr


def test_helm_test_fails_where_nobody_serves(server: Server, tmp_path: Path) -> None:
    done = run_test(server, tmp_path / "password", 1)
    assert done.returncode != 0
    assert "FAILED" in done.stderr
    assert "Traceback" not in done.stderr
