"""`python -m rules.cli`."""

from __future__ import annotations

from rules.cli import rules_app

rules_app(prog_name="python -m rules.cli")
