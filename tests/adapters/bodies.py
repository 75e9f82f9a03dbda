"""The recorded bodies, by folder and name."""

from __future__ import annotations

from pathlib import Path

FIXTURES = Path(__file__).parent.parent / "fixtures"


def body(folder: str, name: str) -> bytes:
    """Return a recorded body: `body("alertmanager", "01_single_firing")`."""
    return (FIXTURES / folder / f"{name}.json").read_bytes()


def names(folder: str) -> list[str]:
    """Return the names of all recorded bodies of a folder, sorted."""
    return sorted(
        path.stem for path in (FIXTURES / folder).glob("*.json") if not path.name.endswith(".headers.json")
    )
