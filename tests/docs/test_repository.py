"""What must not be committed: addresses of package registries, and paths of the machine it was written on."""

from __future__ import annotations

import re
from pathlib import Path

from tests.docs.pages import ROOT, tracked

# Written apart, so that this file does not hold what it looks for.
_REGISTRIES = (
    r"//[\w.-]*(?:" + "|".join(("py" + "pi", "python" + "hosted", "npm" + "js")) + r")\.(?:org|com)\b"
)
_HOMES = r"(?<![\w./])/(?:home|root|Users)/[a-z]"
_FORBIDDEN = re.compile(rf"{_REGISTRIES}|{_HOMES}|{re.escape(str(ROOT))}/")


def test_no_tracked_file_names_a_package_registry_or_a_path_of_this_machine() -> None:
    found = []
    for path in tracked():
        if path == Path(__file__):
            continue
        text = path.read_bytes().decode("utf-8", errors="replace")
        found += [f"{path.relative_to(ROOT)}: {match[0]}" for match in _FORBIDDEN.finditer(text)]
    assert found == []
