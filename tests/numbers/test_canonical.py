"""Canonical JSON: what has no canonical form is refused, and equal values give equal bytes."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plumb_platform.numbers.canonical import NotCanonicalError, canonical_bytes, canonical_hash, sha256_hex


@pytest.mark.parametrize(
    "value",
    [
        1.0,
        float("nan"),
        {"a": [0.1]},
        Decimal("NaN"),
        Decimal("Infinity"),
        2**53,
        {1: "a"},
        {None: 1},
        {"a"},
        b"x",
        datetime.fromisoformat("2026-01-01T00:00:00"),
        chr(0xD800),
        object(),
    ],
)
def test_a_value_without_canonical_form_is_refused(value: object) -> None:
    with pytest.raises(NotCanonicalError):
        canonical_bytes(value)


def test_the_bytes_are_exactly_these() -> None:
    value = {
        "目标": Decimal("11385000.00"),
        "a": [True, None, -1, '引号"\n/'],
        "Z": date(2026, 1, 31),
        "id": UUID(int=7),
        "at": datetime(2026, 1, 1, 8, tzinfo=timezone(timedelta(hours=8))),
    }
    assert canonical_bytes(value).decode() == (
        '{"Z":"2026-01-31","a":[true,null,-1,"引号\\"\\n/"],"at":"2026-01-01T00:00:00.000000Z",'
        '"id":"00000000-0000-0000-0000-000000000007","目标":"11385000.00"}'
    )


def test_the_hash_is_the_sha_256_of_the_bytes() -> None:
    assert sha256_hex(b"{}") == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    assert canonical_hash({}) == sha256_hex(b"{}")


def test_text_stays_as_it_came_and_is_not_normalised() -> None:
    assert canonical_bytes("\u00e9") == b'"\xc3\xa9"'
    assert canonical_bytes("e\u0301") == b'"e\xcc\x81"'


def test_decimals_keep_their_places_and_lose_exponent_and_negative_zero() -> None:
    assert canonical_bytes([Decimal("1E+3"), Decimal("1.50"), Decimal("-0.0"), Decimal("1E-7")]) == (
        b'["1000","1.50","0.0","0.0000001"]'
    )


SCALARS: st.SearchStrategy[object] = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text()


def grow(inner: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4)


@given(st.recursive(SCALARS, grow, max_leaves=12))
def test_any_json_reader_gets_the_value_back_and_order_of_keys_does_not_matter(value: object) -> None:
    written = canonical_bytes(value)
    again = json.loads(written)
    assert again == value
    if isinstance(again, dict):
        again = dict(reversed(again.items()))
    assert canonical_bytes(again) == written


def test_instants_of_one_moment_are_equal_in_every_zone() -> None:
    moment = datetime(2026, 3, 1, tzinfo=UTC)
    assert canonical_bytes(moment) == canonical_bytes(moment.astimezone(timezone(timedelta(hours=-5))))
