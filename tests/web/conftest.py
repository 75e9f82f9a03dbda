"""The house that the dashboard's tests play in is the API's."""

from __future__ import annotations

from tests.api.conftest import house, shared_house, sqlite_house

__all__ = ["house", "shared_house", "sqlite_house"]
