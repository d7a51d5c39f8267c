"""Sums over currencies by dated rates, and over nothing else (A11)."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from plumb_platform.clock import clock_at
from plumb_platform.database import execute, fetch_value, tenant_transaction
from plumb_platform.ids import uuid7
from plumb_platform.queue.models import Outbox
from plumb_platform.queue.worker_side import work_on
from plumb_schema.ground.ids import encode_id
from plumb_tenants.goals.attainment import Aimed
from plumb_tenants.goals.exchanging import UsedRate, can_be_added
from plumb_tenants.goals.kinds import Aim, RollUp
from plumb_tenants.goals.service import Progress, Said, check_in, progress_of
from plumb_tenants.goals.standing import Aiming, Reported, Standing, standings
from plumb_tenants.metrics.service import FOLLOW_TOPIC, Rates, convert
from plumb_workers.jobs import Tools, work_with
from support.asking import Ask
from support.goals_made import add_goals
from support.metrics_made import publish_body, republish
from support.team import Team

NOW = datetime(2026, 6, 30, 4, 0, tzinfo=UTC)
MARCH = date(2026, 3, 15)
RATE: dict[str, Any] = {"base": "USD", "quote": "CNY", "starts_on": "2026-04-01", "rate": "7.30"}
RATES = Rates.model_validate({"rates": [RATE | {"starts_on": "2026-03-01", "ends_on": "2026-03-31", "rate": "7.25"}, RATE]})
SHOWN = """query ($id: ID!, $ids: [ID!]!) {
  goal(id: $id) { actual undefined rates { base quote day rate } }
  goalProgress(goalIds: $ids) { actual undefined rates { base quote day rate } }
  then: goalProgress(goalIds: $ids, at: "2026-04-30") { actual rates { base quote day rate } }
}"""
MISSING = {"base": "USD", "quote": "CNY", "day": "2026-06-01", "rate": None}


def test_only_money_is_added_to_other_money() -> None:
    assert can_be_added("USD", "元")
    assert can_be_added("台", "台")
    for part, whole in (("台", "元"), ("元", "台"), ("%", "USD"), ("XXQ", "CNY")):
        assert not can_be_added(part, whole)


async def test_dollars_count_in_yuan_by_the_rate_of_their_day(team: Team, ask: Ask) -> None:
    with clock_at(datetime(2026, 1, 1, 4, 0, tzinfo=UTC)):
        rates = [
            {"base": "USD", "quote": "CNY", "starts_on": "2026-01-01", "ends_on": "2026-03-31", "rate": "7.10"},
            {"base": "USD", "quote": "CNY", "starts_on": "2026-04-01", "ends_on": "2026-05-31", "rate": "7.00"},
        ]
        first = await publish_body(team.company.hr, "rates", "default", {"rates": rates})
    whole, yuan, dollars = await add_goals(team.company, team.cycle, [(team.unit, team.owner)] * 3, target=Decimal("1000.00"))
    async with tenant_transaction(team.company.system):
        await execute("update goal set parent_id = $1 where id = any($2)", whole, [yuan, dollars])
        await execute("update goal set unit_of_measure = 'USD' where id = $1", dollars)

    async def say(goal: object, value: str, day: date) -> Progress:
        with clock_at(NOW):
            async with tenant_transaction(team.owner):
                await check_in(team.owner, goal_id=goal, said=Said(value=Decimal(value), as_of=day))  # type: ignore[arg-type]  # an id
                return (await progress_of(team.owner, [whole]))[whole]

    await say(yuan, "290.00", date(2026, 2, 1))
    march = await say(dollars, "100.00", date(2026, 3, 31))
    assert (march.actual, march.attainment) == (Decimal("1000.00"), Decimal("100.00"))
    april = await say(dollars, "101.00", date(2026, 4, 1))
    assert (april.actual, april.attainment, april.undefined) == (Decimal("997.00"), Decimal("99.70"), None)
    assert april.rates == (UsedRate("USD", "CNY", date(2026, 4, 1), Decimal("7.00")),)
    june = await say(dollars, "102.00", date(2026, 6, 1))
    assert (june.actual, june.attainment, june.undefined) == (None, None, "RATE_MISSING"), "there is no rate of that day"
    assert june.rates == (UsedRate("USD", "CNY", date(2026, 6, 1), None),)
    ids = [encode_id("Goal", whole)]
    assert await ask(team.manager, SHOWN, id=ids[0], ids=ids) == {
        "data": {
            "goal": {"actual": None, "undefined": "RATE_MISSING", "rates": [MISSING]},
            "goalProgress": [{"actual": None, "undefined": "RATE_MISSING", "rates": [MISSING]}],
            "then": [{"actual": "997.00", "rates": [MISSING | {"day": "2026-04-01", "rate": "7.00"}]}],
        }
    }
    with clock_at(NOW):
        later = {"base": "USD", "quote": "CNY", "starts_on": "2026-06-01", "rate": "7.30"}
        async with tenant_transaction(team.company.system):
            definition = await fetch_value("select id from definition where kind = 'rates'")
        await republish(team.company.hr, first, definition, {"rates": [*rates, later]})
        async with tenant_transaction(team.company.system):
            job = await Outbox.filter(topic=FOLLOW_TOPIC).order_by("-created_at").first()
        assert job is not None
        await work_on(team.company.tenant_id, job.id, work_with(Tools(settings=None, seal=None)))  # type: ignore[arg-type]  # needs none
        async with tenant_transaction(team.owner):
            now = (await progress_of(team.owner, [whole]))[whole]
    assert (now.actual, now.attainment, now.undefined) == (Decimal("1034.60"), Decimal("103.46"), None), "290 + 102 x 7.30"


def aiming(unit: str, target: str, *, parent: UUID | None = None, roll_up: RollUp = RollUp.SUM, weight: str = "100") -> Aiming:
    aimed = Aimed(Aim.REACH, Decimal(target), None, unit)
    formula = "actual / target * 100" if roll_up is RollUp.FORMULA else ""
    return Aiming(uuid7(), parent, aimed, Decimal(weight), roll_up, formula)


def stands(whole: Aiming, *parts: tuple[Aiming, str, date], rates: Rates | None = None) -> Standing:
    reports = {part.id: Reported(Decimal(value), day) for part, value, day in parts}
    return standings([*(part for part, _, _ in parts), whole], reports, rates=rates)[whole.id]


def test_yuan_and_visits_are_never_added_and_roll_up_by_their_scores_alone() -> None:
    """60 % of weight 40 and 120 % of weight 60 make 96: mixed units meet in normalised scores."""
    for roll_up, undefined in ((RollUp.SUM, "UNITS_MIXED"), (RollUp.FORMULA, "FORMULA_UNDEFINED")):
        whole = aiming("元", "1000", roll_up=roll_up)
        parts = [(aiming("元", "5", parent=whole.id), "3"), (aiming("次", "10", parent=whole.id), "12")]
        mixed = stands(whole, *((part, value, MARCH) for part, value in parts))
        assert (mixed.actual, mixed.attained.percent, mixed.attained.undefined, mixed.rates) == (None, None, undefined, ())
    whole = aiming("%", "100", roll_up=RollUp.WEIGHTED)
    parts = [(aiming("元", "5", parent=whole.id, weight="40"), "3"), (aiming("次", "10", parent=whole.id, weight="60"), "12")]
    assert stands(whole, *((part, value, MARCH) for part, value in parts)).attained.percent == Decimal("96.00")


def test_each_part_counts_by_the_rate_of_its_own_day_in_a_sum_and_in_a_formula() -> None:
    for roll_up in (RollUp.SUM, RollUp.FORMULA):
        whole = aiming("元", "2455", roll_up=roll_up)
        yuan, march, april = (aiming(unit, "1000", parent=whole.id) for unit in ("CNY", "USD", "USD"))
        parts = [(yuan, "1000.00", MARCH), (march, "100.00", MARCH), (april, "100.00", date(2026, 4, 2))]
        found = stands(whole, *parts, rates=RATES)
        assert found.attained.percent == Decimal("100.00")
        assert [(each.day, each.rate) for each in found.rates if each.base == "USD"] == [
            (MARCH, Decimal("7.25")),
            (date(2026, 4, 2), Decimal("7.30")),
        ]
        lost = stands(whole, (yuan, "1000.00", MARCH), (march, "100.00", date(2026, 2, 28)), rates=RATES)
        assert (lost.actual, lost.attained.undefined) == (None, "RATE_MISSING")
        assert [each for each in lost.rates if each.rate is None] == [UsedRate("USD", "CNY", date(2026, 2, 28), None)]


def test_what_rates_make_too_wide_of_an_exclusion_leaves_nothing_to_attain() -> None:
    whole = aiming("元", "1000")
    part = replace(aiming("USD", "100", parent=whole.id), excluded=Decimal("9000000.00"))
    rates = Rates.model_validate({"rates": [RATE | {"starts_on": "2026-03-01", "rate": "9999999999"}]})
    found = stands(whole, (part, "40.00", MARCH), rates=rates)
    assert (found.excluded, found.attained.undefined) == (Decimal(10) ** 16, "TARGET_ZERO")


def test_what_was_excluded_of_a_part_is_converted_too() -> None:
    whole = aiming("元", "1000")
    part = replace(aiming("USD", "100", parent=whole.id), excluded=Decimal("20.00"))
    found = stands(whole, (part, "100.00", MARCH), rates=RATES)
    assert (found.excluded, found.actual) == (Decimal("145.00"), Decimal("725.00"))
    assert found.attained.percent == Decimal("84.80"), "725 of 1000 - 20 x 7.25"


@given(st.lists(st.decimals(0, 10**9, places=2), min_size=1, max_size=8))
def test_converted_money_adds_up_part_by_part(values: list[Decimal]) -> None:
    whole = aiming("元", "1000")
    units = ["USD" if place % 2 else "CNY" for place in range(len(values))]
    parts = [(aiming(unit, "1", parent=whole.id), str(value), MARCH) for unit, value in zip(units, values, strict=True)]
    each = [convert(RATES, value, base=unit, quote="CNY", day=MARCH) for unit, value in zip(units, values, strict=True)]
    assert stands(whole, *parts, rates=RATES).actual == sum(each)


def test_a_part_that_nobody_reported_weighs_by_the_rate_of_the_newest_day() -> None:
    whole = aiming("CNY", "1450.00")
    yuan, dollars = (aiming(unit, "725.00" if unit == "CNY" else "100.00", parent=whole.id) for unit in ("CNY", "USD"))
    reports = {yuan.id: Reported(Decimal("725.00"), MARCH)}
    found = standings([yuan, dollars, whole], reports, rates=RATES)[whole.id]
    assert (found.actual, found.reported, found.attained.undefined) == (Decimal("725.00"), Decimal(50), None)
    assert found.rates == (UsedRate("USD", "CNY", MARCH, Decimal("7.25")),)
