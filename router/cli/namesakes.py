"""Finds packages of others in the place of ours: all three names are taken on the public index."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path

OURS = ("adapters", "router", "rules")
_REMEDY = "Install PingParrot anew, into an environment of its own."


def namesake() -> str | None:
    """Return a sentence about a package that stands in the place of one of ours; None if all are ours."""
    home = Path(__file__).parents[2]
    for name in OURS:
        spec = find_spec(name)
        places = list(spec.submodule_search_locations or ()) if spec else []
        if places != [str(home / name)]:
            return f"The package `{name}` is not PingParrot's: {places or 'it is missing'}. {_REMEDY}"
        try:
            other = distribution(name)
        except PackageNotFoundError:
            continue
        if Path(str(other.locate_file(name))) == home / name:
            return f"{name} {other.version}, of somebody else, was installed over ours in {home}. {_REMEDY}"
    return None
