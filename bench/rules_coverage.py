"""`rules coverage`: hundreds of alerting rules through an alertmanager.yml into thousands of routes.

    .venv/bin/python bench/rules_coverage.py [--routes 1000] [--rules 500]

The routes are those of bench/routes.py. Of the alerting rules a quarter names a team, a quarter a team and an
expression that leaves the service open, a quarter leaves the team open, and a quarter leaves everything open,
as most rules of kube-prometheus do.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from machine import describe
from routes import TEAMS, write_rules

ALERTMANAGER = {
    "route": {
        "receiver": "pingparrot",
        "routes": [{"receiver": "chat", "matchers": ["severity=info"]}, {"receiver": "pingparrot"}],
    },
    "receivers": [
        {"name": "chat"},
        {
            "name": "pingparrot",
            "webhook_configs": [{"url": "https://p.example.org/api/adapters/alertmanager"}],
        },
    ],
}


def alerting_rule(number: int) -> dict[str, object]:
    """Return one of the alerting rules."""
    team, severity = f"team{number % TEAMS}", ("critical", "warning")[number % 3 == 0]
    labels, expression = (
        ({"team": team}, "sum(rate(errors_total[5m])) > 1"),
        ({"team": team}, "sum by (service, namespace) (rate(errors_total[5m])) > 1"),
        ({}, 'sum by (team) (jobs_failed{namespace=~"batch-.+"}) > 0'),
        ({}, "kube_pod_container_status_waiting == 1"),
    )[number % 4]
    return {"alert": f"Alert{number}", "expr": expression, "labels": {**labels, "severity": severity}}


def main() -> None:
    """Print how long the whole command takes."""
    parser = argparse.ArgumentParser(description="Measure rules coverage.")
    parser.add_argument("--routes", type=int, default=1_000)
    parser.add_argument("--rules", type=int, default=500)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print(describe(folder))
        folder.joinpath("rules").mkdir()
        write_rules(folder / "rules", options.routes)
        group = {"name": "all", "rules": [alerting_rule(number) for number in range(options.rules)]}
        folder.joinpath("alerts.yml").write_text(json.dumps({"groups": [group]}))
        folder.joinpath("alertmanager.yml").write_text(json.dumps(ALERTMANAGER))
        command = [sys.executable, "-m", "rules.cli", "coverage", "rules"]
        command += ["--prometheus", "alerts.yml", "--alertmanager", "alertmanager.yml"]
        started = time.perf_counter()
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        took = time.perf_counter() - started
    print(f"{options.rules:,} alerting rules, {options.routes:,} routes: {took:.1f} s")
    print(done.stdout.partition("\n")[0] or done.stderr)


if __name__ == "__main__":
    main()
