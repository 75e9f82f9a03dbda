"""Files that hold one secret each, as Kubernetes mounts them."""

from __future__ import annotations

from pathlib import Path

from router.store.bootstrap import Key
from router.store.credentials.integrations import LONGEST_KEY, SHORTEST_KEY, looks_like_a_key
from router.store.credentials.passwords import SHORTEST
from rules.document import Node
from rules.loading.faults import Faults
from rules.loading.reading import read_text

_SHORTEST_HMAC_SECRET = 16
_LONGEST = 1000
_FEWEST_CHARACTERS = 10
"""Different characters in a key: 32 random hexadecimal ones have fewer once in a million times."""
_MAKE = "make one with `openssl rand -hex 32`"


class SecretFiles:
    """Reads the files that a bootstrap file names; no message shows any of what they hold.

    Parameters:
      directory: where paths that are not absolute begin.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def key(self, node: Node, what: str, faults: Faults) -> Key | None:
        """Return the API key in a file, if it is one that nobody guesses."""
        text = self._read(node, what, faults)
        if text is None:
            return None
        path = getattr(node, "text", "")
        wrong = _wrong_with_key(text)
        if wrong:
            faults.error("weak-key", node.place, f"{what}: the key in {path!r} {wrong}.")
            return None
        return Key(text, path)

    def password(self, node: Node | None, what: str, faults: Faults) -> str | None:
        """Return the password in a file."""
        return self._at_least(SHORTEST, node, what, faults)

    def hmac_secret(self, node: Node | None, what: str, faults: Faults) -> str | None:
        """Return the HMAC secret in a file."""
        return self._at_least(_SHORTEST_HMAC_SECRET, node, what, faults)

    def _at_least(self, shortest: int, node: Node | None, what: str, faults: Faults) -> str | None:
        text = self._read(node, what, faults) if node is not None else None
        if node is None or text is None:
            return None
        if len(text) < shortest:
            faults.error(
                "too-short",
                node.place,
                f"{what}: {getattr(node, 'text', '')!r} holds fewer than {shortest} characters: {_MAKE}.",
            )
            return None
        return text

    def _read(self, node: Node, what: str, faults: Faults) -> str | None:
        """Return the one line of a file, without the newline at its end."""
        path = read_text(node, what, faults, 4096)
        if path is None:
            return None
        try:
            with (self._directory / path).open("rb") as stream:
                text = stream.read(_LONGEST + 3).decode().rstrip("\r\n")
        except OSError as error:
            wrong = f"cannot be read ({error.strerror}): put it there, or correct the path"
        except ValueError:  # not UTF-8, or a path that holds a null character
            wrong = "is not UTF-8 text: put the secret alone into it"
        else:
            if text and len(text) <= _LONGEST and text.isprintable():
                return text
            wrong = f"must hold one line of at most {_LONGEST} characters: put the secret alone into it"
        faults.error("bad-file", node.place, f"{what}: the file {path!r} {wrong}.")
        return None


def _wrong_with_key(text: str) -> str:
    if len(text) < SHORTEST_KEY:
        return f"has fewer than {SHORTEST_KEY} characters: {_MAKE}"
    if len(text) > LONGEST_KEY:
        return f"has more than {LONGEST_KEY} characters: {_MAKE}"
    if not looks_like_a_key(text):
        return f"has other characters than A-Z, a-z, 0-9 and ._~+/-, which not every sender can send: {_MAKE}"
    if len(set(text)) < _FEWEST_CHARACTERS:
        return f"repeats so few characters that it can be guessed: {_MAKE}"
    return ""
