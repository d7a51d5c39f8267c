"""What the goals below a revised one come to: shares kept, sums kept, to the cent (C73)."""

from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from plumb_platform.telling import Sentence
from plumb_tenants.revisions.propagation_rules import Carried, Figures, Part, Rule, carry

TOP = UUID(int=0)
CENTS = st.decimals(min_value=Decimal("0.01"), max_value=Decimal(10**9), places=2)


def figures(target: str | Decimal, metric: str = "新增客户数", unit: str = "家") -> Figures:
    return Figures(Decimal(target), metric, unit)


def parts(
    *targets: Decimal | str, parent: UUID = TOP, first: int = 1, metric: str = "新增客户数", unit: str = "家"
) -> list[Part]:
    return [Part(UUID(int=first + place), parent, figures(each, metric, unit)) for place, each in enumerate(targets)]


def test_where_nothing_was_above_zero_people_decide_and_what_is_below_stays() -> None:
    for above in ("0", "-40"):
        found = carry(TOP, figures(above), figures("80"), [*parts("24"), *parts("24", parent=UUID(int=1), first=2)])
        assert {key.int: each.rule for key, each in found.items()} == {1: Rule.NO_SHARE}
        assert [each.after for each in found.values()] == [None]
    assert [each.rule for each in carry(TOP, figures("40"), figures("80"), parts("-1", "41")).values()] == [Rule.NO_SHARE] * 2
    assert [each.rule for each in carry(TOP, figures("40"), figures("80"), parts("0", "0")).values()] == [Rule.NO_SHARE] * 2


def whole(carried: Carried) -> Sentence:
    """Return an explanation as it is to who may see all of it."""
    said = carried.said(UUID(int=1))
    said.shown = set(said.rows)
    return said


def test_a_part_that_counts_something_else_waits_for_people_and_the_others_follow() -> None:
    below = [*parts("24"), *parts("90.00", first=2, metric="续约率", unit="%"), *parts("16", first=3)]
    found = carry(TOP, figures("40"), figures("800000", "客户增购额", "元"), below)
    after = {key.int: each.after for key, each in found.items()}
    assert after == {1: figures("480000.00", "客户增购额", "元"), 2: None, 3: figures("320000.00", "客户增购额", "元")}
    assert found[UUID(int=2)].rule is Rule.OTHER_METRIC
    assert whole(found[UUID(int=1)]).text("zh-CN") == (
        "上级目标由 新增客户数 40.00 家 改为 客户增购额 800000.00 元；"
        "本目标原为 新增客户数 24.00 家，占 60.00%，按原占比应为 客户增购额 480000.00 元。"
    )


def test_what_would_come_to_more_than_a_target_can_be_waits_for_people() -> None:
    most = "9999999999999999.99"
    found = carry(TOP, figures("0.01"), figures(most), [*parts(most, "0.01"), *parts("24", parent=UUID(int=1), first=3)])
    assert {key.int: (each.rule, each.after) for key, each in found.items()} == {
        1: (Rule.OUT_OF_RANGE, None),
        2: (Rule.OUT_OF_RANGE, None),
    }
    assert (
        whole(found[UUID(int=1)]).text("en") == "By its share the goal would come to more than a target can be: decide by hand."
    )


def test_two_levels_follow_and_a_gap_keeps_its_proportion() -> None:
    # Three parts of 10 of a goal of 40: a gap of a quarter, which stays a quarter; thirds to the cent.
    below = [*parts("10", "10", "10"), *parts("5", "5", parent=UUID(int=1), first=4)]
    found = carry(TOP, figures("40"), figures("33.35"), below)
    targets = {key.int: each.after.target for key, each in found.items() if each.after}
    assert targets == {
        1: Decimal("8.34"),
        2: Decimal("8.34"),
        3: Decimal("8.33"),
        4: Decimal("4.17"),
        5: Decimal("4.17"),
    }


def test_what_stays_the_same_is_not_asked_of_anybody() -> None:
    assert carry(TOP, figures("40"), figures("40"), parts("24", "16")) == {}


@given(st.lists(CENTS, min_size=1, max_size=12), CENTS)
def test_parts_that_add_up_to_the_whole_add_up_to_the_new_one(targets: list[Decimal], after: Decimal) -> None:
    below = parts(*targets)
    found = carry(TOP, figures(sum(targets, Decimal(0))), figures(after), below)
    standing = [found[each.id].after if each.id in found else each.figures for each in below]
    assert sum(each.target for each in standing if each) == after
