"""When a monthly snapshot is due, and what its hashes are made of (C67, N6)."""

import hashlib
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plumb_tenants.snapshots.rules import ContentHash, chain_hash, chain_root, changed_fields, due_periods, is_overdue, period_at

FOUNDED = datetime(2026, 1, 15, tzinfo=UTC)


def due(instant: str, zone: str = "Asia/Shanghai", taken: tuple[str, ...] = ()) -> list[str]:
    return due_periods(datetime.fromisoformat(instant), zone, founded_at=FOUNDED, taken=taken)


def test_the_month_of_founding_owes_no_snapshot() -> None:
    assert due("2026-01-31T12:00:00+00:00") == []


def test_a_taken_month_is_not_due_again() -> None:
    assert due("2026-12-01T00:00:00+08:00", taken=("2026-12",)) == []


@pytest.mark.parametrize(
    ("instant", "zone", "expected"),
    [
        ("2026-11-30T15:59:59+00:00", "Asia/Shanghai", ["2026-11"]),
        ("2026-11-30T16:00:00+00:00", "Asia/Shanghai", ["2026-12"]),
        ("2026-11-30T16:00:00+00:00", "UTC", ["2026-11"]),
        ("2026-12-01T04:59:59+00:00", "America/New_York", ["2026-11"]),
        ("2026-12-01T05:00:00+00:00", "America/New_York", ["2026-12"]),
    ],
)
def test_day_one_begins_in_the_time_zone_of_the_company(instant: str, zone: str, expected: list[str]) -> None:
    assert due(instant, zone) == expected


@pytest.mark.parametrize(
    ("instant", "owed", "expected"),
    [
        ("2026-12-05T23:59:59+08:00", ["2026-12"], False),
        ("2026-12-06T00:00:00+08:00", ["2026-12"], True),
        ("2026-12-05T16:00:00+00:00", ["2026-12"], True),
        ("2026-12-06T00:00:00+08:00", [], False),
    ],
)
def test_what_is_owed_is_late_once_the_fifth_is_over_and_what_is_taken_never(
    instant: str, owed: list[str], expected: bool
) -> None:
    assert is_overdue(datetime.fromisoformat(instant), "Asia/Shanghai", owed) is expected


def test_a_month_that_went_by_is_not_caught_up() -> None:
    assert due("2026-06-10T00:00:00+08:00", taken=("2026-02", "2026-03")) == ["2026-06"]


@given(st.datetimes(min_value=datetime(2026, 3, 1), max_value=datetime(2030, 1, 1)))  # noqa: DTZ001 - made aware below
def test_at_any_time_exactly_the_present_month_is_owed(moment: datetime) -> None:
    instant = moment.replace(tzinfo=UTC)
    assert due(instant.isoformat()) == [period_at(instant, "Asia/Shanghai")]


def test_chain_hash_is_sha256_over_previous_header_and_content() -> None:
    previous, content = "11" * 32, "22" * 32
    expected = hashlib.sha256(b"\x11" * 32 + b"{}" + b"\x22" * 32).hexdigest()
    assert chain_hash(previous, "{}", content) == expected


def test_two_companies_have_different_chain_roots() -> None:
    assert chain_root(UUID(int=1)) != chain_root(UUID(int=2))


def test_content_hash_does_not_depend_on_how_rows_are_paged() -> None:
    whole, paged = ContentHash(), ContentHash()
    whole.add(["aa", "bb", "cc"])
    paged.add(["aa"])
    paged.add(["bb", "cc"])
    assert whole.hexdigest() == paged.hexdigest() == hashlib.sha256(b"aabbcc").hexdigest()


def test_changed_fields_name_old_and_new_values() -> None:
    changes = changed_fields({"target": "1.00", "title": "x"}, {"target": "2.00", "title": "x"})
    assert [(each.field, each.old, each.new) for each in changes] == [("target", "1.00", "2.00")]
