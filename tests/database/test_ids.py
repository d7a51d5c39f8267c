"""Ids made together: version 7, of one moment, each once and in ascending order. Words for paper: nothing joined or lost."""

import time

import pytest

from plumb_platform.ids import unguessable_on_paper, uuid7, uuid7s


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


def test_words_for_paper_have_no_letters_that_fonts_join_and_end_in_a_letter_or_figure() -> None:
    made = [unguessable_on_paper(128) for _ in range(2000)]
    assert {len(each) for each in made} == {22}
    assert len(set(made)) == 2000
    assert [each for each in made if not each[-1].isalnum() or "ff" in each or "fi" in each or "fl" in each] == []
    assert set("-_") < set("".join(made)), "signs within a word are as usual"
