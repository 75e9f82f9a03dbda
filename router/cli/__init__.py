"""The command line: `pingparrot`. What costs time to import is imported by the command that needs it."""

from __future__ import annotations

import sys

from router.cli.app import app
from router.cli.faults import USAGE, sentence
from router.cli.namesakes import namesake

__all__ = ["app", "main"]


def main() -> None:
    """Run the command that the process was started with; exit 0 good, 1 findings or failure, 2 usage."""
    if (stranger := namesake()) is not None:
        print(f"pingparrot: {stranger}", file=sys.stderr)
        sys.exit(USAGE)
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:  # noqa: BLE001 - people get a sentence, whatever it is
        told = sentence(error)
        print(f"pingparrot: {told.text}", file=sys.stderr)
        sys.exit(told.exit_code)
