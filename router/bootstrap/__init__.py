"""The bootstrap file: a first admin and senders with their keys, without hands (docs/bootstrap.md)."""

from __future__ import annotations

from router.bootstrap.keeping import Bootstrap
from router.bootstrap.reading import read_bootstrap

__all__ = ["Bootstrap", "read_bootstrap"]
