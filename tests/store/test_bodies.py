"""Bodies come back as they were received."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.store.bodies import pack, unpack


@given(st.binary(max_size=200) | st.binary(max_size=40).map(lambda piece: piece * 500))
def test_a_body_comes_back_to_the_byte(body: bytes) -> None:
    assert unpack(pack(body)) == body


@pytest.mark.parametrize("body", [b"{" + b'"a": 1, ' * 5_000 + b"}", b"\x78\x9c" * 10_000])
def test_a_large_body_is_kept_compressed(body: bytes) -> None:
    assert len(pack(body)) < len(body) / 10
