"""Ids made together: version 7, of one moment, each once and in ascending order."""

from plumb_platform.ids import uuid7, uuid7s


def test_none_are_made_when_none_are_asked_for() -> None:
    assert uuid7s(0) == []


def test_ids_made_together_stand_in_order_between_what_was_made_before_and_after() -> None:
    before, made, after = uuid7(), uuid7s(1000), uuid7()
    assert made == sorted(set(made))
    assert {(each.version, each.variant) for each in made} == {(7, "specified in RFC 4122")}
    assert before.int >> 64 <= made[0].int >> 64 == made[-1].int >> 64 <= after.int >> 64
