"""A history file on disk, compressed or not, as bounded lines for `rules.history.read`."""

from __future__ import annotations

import gzip
import io
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rules.history import MAX_LINE, HistoryError

_GZIP = b"\x1f\x8b"
_BUFFER = 1 << 20


class HistoryFile:
    """An open history: its lines, and how far they have been read.

    Parameters:
      size: bytes of the file; None where nobody knows.
    """

    def __init__(self, raw: io.RawIOBase, size: int | None) -> None:
        self._raw = raw
        self._start = io.BufferedReader(raw, _BUFFER)
        self.size = size

    @property
    def position(self) -> int:
        """How many bytes of the file have been read."""
        return self._raw.tell() if self.size is not None else 0

    def lines(self) -> Iterator[bytes]:
        """Yield the lines; one that is too long is cut behind what a line may have.

        Raises:
          HistoryError: where the compressed data is damaged or cut off.
        """
        number = 0
        try:
            stream = self._start
            if stream.peek(2)[:2] == _GZIP:
                unpacked = gzip.GzipFile(fileobj=self._start)
                stream = io.BufferedReader(unpacked, _BUFFER)  # type: ignore[arg-type]
            while line := stream.readline(MAX_LINE + 1):
                number += 1
                yield line
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise HistoryError(
                f"line {number + 1}: the compressed file is damaged or cut off ({error}). Export it again."
            ) from None


@contextmanager
def open_history(path: Path) -> Iterator[HistoryFile]:
    """Yield the history at a path; `-` is standard input.

    Raises:
      HistoryError: when it cannot be read at all.
    """
    if str(path) == "-":
        yield HistoryFile(io.FileIO(sys.stdin.fileno(), closefd=False), None)
        return
    try:
        with path.open("rb", buffering=0) as raw:
            yield HistoryFile(raw, path.stat().st_size)
    except OSError as error:
        raise HistoryError(f"cannot be read: {error.strerror or error}. Check the path.") from None
