"""Who last changed a route, as JSON and in words."""

from __future__ import annotations

from collections.abc import Mapping

from rules.places import LastChange, Place

Changes = Mapping[Place, LastChange | None]
"""By where routes stand; None for one that is not committed, and nothing for one that nothing is known of."""


def change_json(change: LastChange) -> dict[str, object]:
    """Return a change as the API and `explain --format json` have it."""
    return {
        "author": change.author,
        "at": change.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "commit": change.commit,
        "of": "file" if change.whole_file else "route",
    }


def change_text(change: LastChange | None) -> str:
    """Return a change for people: `by Jane Smith on 2026-03-01 @a1b2c3d`."""
    if change is None:
        return "here, and not committed yet"
    whole = ", as far as is known of the file" if change.whole_file else ""
    return f"by {change.author} on {change.at:%Y-%m-%d} @{change.commit[:7]}{whole}"
