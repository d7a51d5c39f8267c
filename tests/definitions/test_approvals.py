"""Who must approve, as a pure rule: each role by a member of its own (C40)."""

from itertools import permutations
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from plumb_tenants.definitions.approvals import always_approvable, missing_roles

ROLES = ("finance", "hr", "sales")
HELD = st.dictionaries(st.integers(1, 4).map(lambda number: UUID(int=number)), st.frozensets(st.sampled_from(ROLES)), max_size=4)


def most_filled(roles: tuple[str, ...], held: dict[UUID, frozenset[str]]) -> int:
    """Return, by trying every order of members, how many roles can be stood for at once."""
    padded = [*held, *[None] * len(roles)]
    orders = permutations(padded, len(roles))
    return max(sum(who is not None and role in held[who] for role, who in zip(roles, order, strict=True)) for order in orders)


@settings(max_examples=150, deadline=None)
@given(HELD)
def test_as_many_roles_are_stood_for_as_any_choice_of_members_allows(held: dict[UUID, frozenset[str]]) -> None:
    assert len(ROLES) - len(missing_roles(ROLES, held)) == most_filled(ROLES, held)


@settings(max_examples=100, deadline=None)
@given(HELD)
def test_rules_that_hold_whoever_edits_hold_for_each_editor(held: dict[UUID, frozenset[str]]) -> None:
    each = [most_filled(ROLES, {who: roles for who, roles in held.items() if who != editor}) == 3 for editor in held]
    assert always_approvable(ROLES, held, own_change=False) == (bool(held) and all(each))
    assert always_approvable(ROLES, held, own_change=True) == (most_filled(ROLES, held) == 3)


def test_one_member_with_two_roles_stands_for_one_of_them_and_makes_room_for_others() -> None:
    both, one = UUID(int=1), UUID(int=2)
    assert missing_roles(("hr", "finance"), {both: frozenset({"hr", "finance"})}) == ["finance"]
    held = {both: frozenset({"hr", "finance"}), one: frozenset({"hr"})}
    assert missing_roles(("hr", "finance"), held) == []
    assert missing_roles((), {}) == []
