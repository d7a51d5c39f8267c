"""Pairs: when one says no more than another, and what a set of them grants beyond another."""

import pytest

from plumb_platform.permissions import Grants, Pair, Permission, Scope
from plumb_platform.permissions.pairs import exceeding, united

ALL, TITLE = None, frozenset({"Goal.title"})
BOTH = frozenset({"Goal.title", "Goal.target"})


@pytest.mark.parametrize(
    ("wider", "narrower", "covers"),
    [
        (Pair(Scope.COMPANY), Pair(Scope.OWN), True),
        (Pair(Scope.OWN), Pair(Scope.COMPANY), False),
        (Pair(Scope.OWN), Pair(Scope.OWN), True),
        (Pair(Scope.COMPANY), Pair(Scope.OWN, "target > 1"), True),
        (Pair(Scope.COMPANY, "target > 1"), Pair(Scope.OWN), False),
        (Pair(Scope.COMPANY, "target > 1"), Pair(Scope.OWN, "target > 1"), True),
        (Pair(Scope.COMPANY, "target > 1"), Pair(Scope.OWN, "target > 2"), False),
        (Pair(Scope.OWN, fields=BOTH), Pair(Scope.OWN, fields=TITLE), True),
        (Pair(Scope.OWN, fields=TITLE), Pair(Scope.OWN, fields=BOTH), False),
        (Pair(Scope.OWN, fields=BOTH), Pair(Scope.OWN, fields=ALL), False),
        (Pair(Scope.OWN, fields=ALL), Pair(Scope.OWN, fields=BOTH), True),
    ],
)
def test_a_pair_covers_what_reaches_no_further(wider: Pair, narrower: Pair, covers: bool) -> None:
    assert wider.covers(narrower) is covers


def test_what_others_cover_is_left_out() -> None:
    own_title = Pair(Scope.OWN, fields=TITLE)
    assert united([Pair(Scope.NONE), own_title, Pair(Scope.OWN), Pair(Scope.UNIT, fields=TITLE)]) == (
        Pair(Scope.OWN),
        Pair(Scope.UNIT, fields=TITLE),
    )


def test_nothing_is_left_where_all_is_denied_or_only_denials_stand() -> None:
    assert united([Pair(Scope.COMPANY), Pair(Scope.COMPANY, denies=True)]) == ()
    assert united([Pair(Scope.OWN, denies=True)]) == ()
    assert united([]) == ()


def test_a_grant_exceeds_by_rows_by_fields_by_filter_and_by_a_denial_left_out() -> None:
    held = [Pair(Scope.SUBTREE, "target > 1"), Pair(Scope.COMPANY, fields=TITLE), Pair(Scope.OWN, fields=BOTH, denies=True)]
    denial = held[2]
    assert exceeding([Pair(Scope.COMPANY)], held) == Pair(Scope.COMPANY)
    assert exceeding([Pair(Scope.COMPANY, fields=BOTH)], held) == Pair(Scope.COMPANY, fields=BOTH)
    assert exceeding([Pair(Scope.UNIT, "target > 0")], held) == Pair(Scope.UNIT, "target > 0")
    assert exceeding([Pair(Scope.OWN, fields=TITLE)], held) == denial
    assert exceeding([Pair(Scope.OWN, fields=TITLE), Pair(Scope.OWN, fields=TITLE, denies=True)], held) == denial
    assert exceeding([Pair(Scope.OWN, fields=TITLE), Pair(Scope.UNIT, denies=True)], held) is None
    assert exceeding([], held) is None
    assert exceeding([Pair(Scope.COMPANY, denies=True)], []) is None


def test_what_reaches_no_row_or_is_denied_alone_allows_nothing() -> None:
    grants = Grants({"goal:read": (Pair(Scope.NONE),), "goal:write": (Pair(Scope.COMPANY, denies=True),), "plan:read": ()})
    assert grants.scopes == {}
    for permission in (Permission.GOAL_READ, Permission.GOAL_WRITE, Permission.PLAN_READ):
        assert (grants.allows(permission), grants.scope(permission), grants.reaches_all(permission)) == (False, Scope.NONE, False)
    denied = Grants({"goal:read": (Pair(Scope.UNIT), Pair(Scope.NONE), Pair(Scope.OWN, denies=True))})
    assert (denied.allows(Permission.GOAL_READ), denied.scope(Permission.GOAL_READ)) == (True, Scope.UNIT)
