"""Ids made together: version 7, of one moment, each once and in ascending order."""

import time

import pytest

from plumb_platform.ids import uuid7, uuid7s


def test_none_are_made_when_none_are_asked_for() -> None:
    assert uuid7s(0) == []


def test_ids_made_together_stand_in_order_between_what_was_made_before_and_after() -> None:
    before, made, after = uuid7(), uuid7s(1000), uuid7()
    assert made == sorted(set(made))
    assert {(each.version, each.variant) for each in made} == {(7, "specified in RFC 4122")}
    assert before.int >> 64 <= made[0].int >> 64 == made[-1].int >> 64 <= after.int >> 64


def test_ids_stand_in_the_order_in_which_they_were_made_while_the_clock_is_set_back(monkeypatch: pytest.MonkeyPatch) -> None:
    made = [uuid7()]
    at = time.time_ns()
    for back in (0, 1, 3600 * 10**9, 1):
        monkeypatch.setattr(time, "time_ns", lambda back=back: at - back)
        made += [uuid7(), *uuid7s(3), uuid7()]
    assert made == sorted(set(made))
    # No further ahead than a step for each that was asked for.
    assert abs((made[-1].int >> 80) - at // 10**6) <= 1
