"""Mistakes that everybody makes: what `rules check` says of each, byte for byte, and that it says what to do.

GOLDEN=write in the environment writes what it says anew, beside the mistakes.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.rules.directory import rules, write
from tests.rules.test_codes import files_of

MISTAKES = Path(__file__).parent / "mistakes"


@pytest.mark.parametrize("name", sorted(path.stem for path in MISTAKES.glob("*.yml")))
def test_a_mistake_is_told_with_what_to_do(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (MISTAKES / f"{name}.yml").read_text(encoding="utf-8", errors="surrogateescape")
    write(tmp_path, files_of(text))
    monkeypatch.chdir(tmp_path)

    result = rules("check", ".")

    golden = MISTAKES / f"{name}.text"
    if os.environ.get("GOLDEN") == "write":
        golden.write_text(result.output, encoding="utf-8")
    assert result.output == golden.read_text(encoding="utf-8")
