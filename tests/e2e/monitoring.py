"""Debian's Prometheus and Alertmanager on loopback, watching targets that a test can bring up and down."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from bench.stage import free_port
from tests.servers import missing, wait_for_port

PROMETHEUS = """\
global: {{scrape_interval: 1s, scrape_timeout: 900ms, evaluation_interval: 1s}}
alerting:
  alertmanagers: [{{static_configs: [{{targets: ["127.0.0.1:{alertmanager}"]}}]}}]
rule_files: [rules.yml]
scrape_configs:
  - job_name: shop
    static_configs: [{{targets: [{targets}]}}]
"""

RULES = """\
groups:
  - name: shop
    rules:
      - alert: InstanceDown
        expr: up{job="shop"} == 0
        labels: {severity: critical, team: sre-payments, service: checkout, environment: production}
        annotations: {summary: "{{ $labels.instance }} is down"}
"""

ALERTMANAGER = """\
route: {{receiver: pingparrot, group_by: [alertname, instance], group_wait: 0s, group_interval: 1s}}
receivers:
  - name: pingparrot
    webhook_configs:
      - url: {url}/api/adapters/alertmanager
        http_config: {{authorization: {{credentials: {key}}}}}
"""


class Target:
    """Something that Prometheus scrapes: down until it is started."""

    def __init__(self) -> None:
        self.port = free_port()

    @property
    def instance(self) -> str:
        """The label that Prometheus gives it."""
        return f"127.0.0.1:{self.port}"

    @contextmanager
    def up(self) -> Iterator[None]:
        """Answer scrapes for a while."""
        server = ThreadingHTTPServer(("127.0.0.1", self.port), _Metrics)
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


class _Metrics(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.end_headers()
        self.wfile.write(b"shop_open 1\n")

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def watch(targets: list[Target], pingparrot_url: str, key: str, directory: Path) -> Iterator[None]:
    """Run an Alertmanager that posts to PingParrot and a Prometheus that alerts when a target is down."""
    prometheus = shutil.which("prometheus")
    alertmanager = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
    if prometheus is None:
        missing("Prometheus", "prometheus")
    if alertmanager is None:
        missing("Alertmanager", "prometheus-alertmanager")
    directory.mkdir()
    web, api = free_port(), free_port()
    instances = ", ".join(f'"{target.instance}"' for target in targets)
    (directory / "prometheus.yml").write_text(PROMETHEUS.format(alertmanager=api, targets=instances))
    (directory / "rules.yml").write_text(RULES)
    (directory / "alertmanager.yml").write_text(ALERTMANAGER.format(url=pingparrot_url, key=key))
    with ExitStack() as running:
        for program, port, words in (
            (alertmanager, api, ("--storage.path=alertmanager-data", "--cluster.listen-address=")),
            (prometheus, web, ("--storage.tsdb.path=prometheus-data",)),
        ):
            name = "alertmanager" if program == alertmanager else "prometheus"
            running.enter_context(
                _run(
                    [
                        str(program),
                        f"--config.file={name}.yml",
                        f"--web.listen-address=127.0.0.1:{port}",
                        *words,
                    ],
                    port,
                    directory,
                )
            )
        yield


@contextmanager
def _run(command: list[str], port: int, directory: Path) -> Iterator[None]:
    with (directory / f"{port}.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=directory, stdout=log, stderr=subprocess.STDOUT)
    try:
        wait_for_port(port, process)
        yield
    finally:
        process.terminate()
        process.wait(20)
