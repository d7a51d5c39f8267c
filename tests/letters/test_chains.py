"""Chains of signers and reminders, without a database: whose turn it is, and when somebody is reminded (A22, A24)."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plumb_tenants.definitions.kinds import Severity
from plumb_tenants.letters.definition import LetterBody
from plumb_tenants.letters.definition import lint as lint_letter
from plumb_tenants.letters.reminder_rules import Asked, days_between, is_due
from plumb_tenants.letters.rules import LetterState, Role
from plumb_tenants.letters.signers import Act, Signer, SignerState, next_asked, state_after
from plumb_tenants.letters.signing_rules import Counting, LetterRules
from plumb_tenants.letters.signing_rules import lint as lint_rules

PARTIES: list[dict[str, Any]] = [{"role": "employee"}, {"role": "manager", "step": 2}]
MONDAY = date(2026, 3, 2)


def weekday(day: date) -> bool:
    return day.weekday() < 5


def signer(role: Role, step: int, state: SignerState = SignerState.WAITING, act: Act = Act.SIGNER) -> Signer:
    return Signer(role, act, step, UUID(int=step), state)


@pytest.mark.parametrize(
    ("signers", "expected"),
    [
        ([{"role": "employee"}], [("LETTER_SIGNERS_NEEDED", "signers")]),
        ([PARTIES[0], {"role": "manager", "act": "APPROVER"}], [("LETTER_SIGNERS_NEEDED", "signers")]),
        ([*PARTIES, {"role": "manager", "step": 3}], [("LETTER_SIGNER_TWICE", "signers[2].role")]),
        ([*PARTIES, {"role": "hr", "step": 3}], [("LETTER_SIGNER_PERSON", "signers[2].personNumber")]),
        ([PARTIES[0] | {"person_number": "E1"}, PARTIES[1]], [("LETTER_SIGNER_PERSON", "signers[0].personNumber")]),
    ],
)
def test_a_chain_that_binds_nobody_is_refused_with_its_place(
    signers: list[dict[str, Any]], expected: list[tuple[str, str]]
) -> None:
    findings = lint_letter(LetterBody.model_validate({"signers": signers}))
    assert [(each.code, each.path) for each in findings if each.severity is Severity.ERROR] == expected


def test_rules_that_cannot_be_kept_are_refused() -> None:
    assert [each.code for each in lint_rules(LetterRules(forms=(), signature_needed=True))] == ["LETTER_RULES_FORMS"]
    assert [each.code for each in lint_rules(LetterRules(expires_after_days=3))] == ["LETTER_RULES_EXPIRY"]
    assert lint_rules(LetterRules()) == []


def test_only_the_first_open_step_is_asked_and_a_copy_never() -> None:
    chain = [
        signer(Role.HR, 2, act=Act.APPROVER),
        signer(Role.EMPLOYEE, 1, SignerState.DONE),
        signer(Role.MANAGER, 1),
        signer(Role.FINANCE, 1, act=Act.CC),
    ]
    assert [each.role for each in next_asked(chain)] == [Role.MANAGER]
    assert next_asked([signer(Role.EMPLOYEE, 1, SignerState.ASKED), signer(Role.MANAGER, 2)]) == []


@given(st.lists(st.tuples(st.integers(1, 4), st.sampled_from(Act)), min_size=1, max_size=7))
def test_a_chain_asks_everybody_but_copies_once_and_step_by_step(rows: list[tuple[int, Act]]) -> None:
    chain = {place: Signer(Role.WITNESS, act, step, uuid4(), SignerState.WAITING) for place, (step, act) in enumerate(rows)}
    asked: list[int] = []
    while batch := next_asked(chain.values()):
        assert len({each.step for each in batch}) == 1
        asked += [each.step for each in batch]
        done = {each.person_id for each in batch}
        chain |= {place: replace(each, state=SignerState.DONE) for place, each in chain.items() if each.person_id in done}
    assert asked == sorted(step for step, act in rows if act is not Act.CC)
    assert state_after(chain.values()) is LetterState.SIGNED


def test_the_state_of_a_letter_follows_from_who_is_done() -> None:
    done, open_ = signer(Role.EMPLOYEE, 1, SignerState.DONE), signer(Role.MANAGER, 2)
    assert state_after([signer(Role.EMPLOYEE, 1), open_]) is LetterState.ISSUED
    assert state_after([done, open_]) is LetterState.PARTLY_SIGNED
    assert state_after([done, signer(Role.MANAGER, 2, SignerState.DONE), signer(Role.HR, 3, act=Act.CC)]) is LetterState.SIGNED


def reminded_on(rules: LetterRules, *, days: int = 60) -> list[int]:
    """Return on which days after Monday 2 March 2026 somebody is reminded who was asked on it, looked at each day."""
    asked, sent = Asked(MONDAY), []
    for after in range(days):
        today = MONDAY + timedelta(days=after)
        if is_due(asked, today, rules, weekday):
            asked = Asked(MONDAY, asked.reminders + 1, today)
            sent.append(after)
    return sent


def test_reminders_come_after_five_days_then_every_two_five_at_most_and_never_at_a_weekend() -> None:
    # Day 5 is a Saturday: the first goes out on Monday, day 7.
    assert reminded_on(LetterRules()) == [7, 9, 11, 14, 16]


def test_working_days_are_counted_when_the_company_says_so() -> None:
    assert reminded_on(LetterRules(counting=Counting.WORKING_DAYS)) == [7, 9, 11, 15, 17]


def test_no_reminder_goes_out_beyond_the_last_day_or_the_last_round() -> None:
    assert reminded_on(LetterRules(most_reminders=30)) == [7, 9, 11, 14, 16, 18, 21, 23, 25, 28, 30]
    assert reminded_on(LetterRules(most_reminders=0)) == []
    assert reminded_on(LetterRules(first_reminder_days=31, remind_within_days=30)) == []


@given(st.integers(0, 400), st.integers(0, 60))
def test_working_days_are_never_more_than_days(start: int, length: int) -> None:
    first = MONDAY + timedelta(days=start)
    last = first + timedelta(days=length)
    worked = days_between(first, last, Counting.WORKING_DAYS, weekday)
    assert length * 5 // 7 - 1 <= worked <= length == days_between(first, last, Counting.CALENDAR_DAYS, weekday)
