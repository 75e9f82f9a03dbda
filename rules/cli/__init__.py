"""`pingparrot rules`: rules in git, without a server.

With sources.py this is the edge of `rules`: it reads files, the environment and the clock, and prints.
"""

from __future__ import annotations

from rules.cli.app import rules_app

__all__ = ["rules_app"]
