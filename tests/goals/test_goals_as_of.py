"""Goals as they stood on a day: target, weight, owner and unit of their version of that day (A3)."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from plumb_platform.clock import clock_at
from plumb_platform.database import execute, fetch, fetch_value, tenant_transaction
from plumb_platform.settings import Settings
from plumb_schema.ground.ids import decode_id, encode_id
from plumb_tenants.goals.kinds import GoalKind
from plumb_tenants.goals.revising import NewVersion, replace_version
from plumb_tenants.goals.service import GoalDraft, confirm_goal, create_goal, propose_goal, withdraw_goal
from plumb_tenants.people.service import deactivate_person
from support.asking import Ask
from support.goals_made import add_goals
from support.matrices import grant, more, published
from support.migrated import migrate_again
from support.people_made import fill_placements
from support.team import Team

THEN = """query ($day: Date!, $unit: ID!, $skip: Int! = 0, $first: Int! = 100) {
  it: goalsAsOf(asOf: $day, unitId: $unit, skip: $skip, first: $first) {
    goalId title state target weight metric unitOfMeasure ownerId unitId number confirmedAt
  }
}"""
WITHDRAWN = "query ($day: Date!, $unit: ID!) { it: goalsAsOf(asOf: $day, unitId: $unit) { goalId state withdrawnAt } }"


def noon(month: int, day: int) -> Any:
    return clock_at(datetime(2026, month, day, 4, 0, tzinfo=UTC))


async def lived(team: Team, *, proposed_on: int = 10) -> UUID:
    """Make a goal in January, confirm it, revise it in March with another metric, and hand it over in May."""
    draft = GoalDraft(
        cycle_id=team.cycle,
        kind=GoalKind.KPI,
        title="回款",
        unit_id=team.unit,
        owner_id=team.owner.person_id,
        metric="回款额",
        unit_of_measure="元",
        target=Decimal("1000.00"),
        weight=Decimal(40),
    )
    hr, owner = team.company.hr, team.owner
    with noon(1, 10):
        async with tenant_transaction(hr):
            goal = await create_goal(hr, draft=draft)
    with noon(1, proposed_on):
        async with tenant_transaction(hr):
            await propose_goal(hr, goal_id=goal, version=1)
    with noon(1, 12):
        async with tenant_transaction(owner):
            await confirm_goal(owner, goal_id=goal, version=2)
    with noon(3, 16):
        async with tenant_transaction(hr):
            new = NewVersion(
                target=Decimal("90.00"),
                weight=Decimal(60),
                metric="回款天数",
                unit_of_measure="天",
                source={"reason": "口径调整"},
            )
            await replace_version(hr, goal, new)
    with noon(5, 4):
        async with tenant_transaction(hr):
            leaver = await fetch_value("select version from person where id = $1", owner.person_id)
            changes: dict[str, Any] = {"person_id": owner.person_id, "successor_id": team.colleague.person_id}
            await deactivate_person(hr, version=leaver, reason="离职", **changes)
    return goal


async def test_a_goal_has_the_target_weight_and_owner_that_it_had(team: Team, ask: Ask) -> None:
    await fill_placements(team.company)
    goal, unit = encode_id("Goal", await lived(team)), encode_id("OrgUnit", team.unit)
    owner, colleague = [encode_id("Person", each.person_id) for each in (team.owner, team.colleague) if each.person_id]

    async def then(day: str) -> list[tuple[Any, ...]]:
        found = await ask(team.company.hr, THEN, day=day, unit=unit)
        own = [each for each in found if each["goalId"] == goal]
        names = ("target", "weight", "metric", "unitOfMeasure", "ownerId", "number")
        return [(*(each[name] for name in names), each["confirmedAt"] is not None) for each in own]

    assert await then("2026-01-09") == []
    assert await then("2026-01-11") == [("1000.00", "40.00", "回款额", "元", owner, 1, False)]
    assert await then("2026-03-15") == [("1000.00", "40.00", "回款额", "元", owner, 1, True)]
    assert await then("2026-03-16") == [("90.00", "60.00", "回款天数", "天", owner, 2, False)]
    assert await then("2026-05-03") == [("90.00", "60.00", "回款天数", "天", owner, 2, False)]
    assert await then("2026-05-04") == [("90.00", "60.00", "回款天数", "天", colleague, 3, False)]


async def test_a_goal_has_the_state_of_the_day_and_says_when_it_was_withdrawn(team: Team, ask: Ask) -> None:
    """Drafted on 10 January, proposed on the 11th, confirmed on the 12th, revised on 16 March; withdrawn on 20 May, 12:00."""
    await fill_placements(team.company)
    hr, unit = team.company.hr, encode_id("OrgUnit", team.unit)
    draft: dict[str, Any] = {"cycle_id": team.cycle, "kind": GoalKind.OBJECTIVE, "unit_id": team.unit}
    with noon(1, 10):
        async with tenant_transaction(hr):
            objective = await create_goal(hr, draft=GoalDraft(title="从未提交", **draft))
    goal = await lived(team, proposed_on=11)
    with noon(5, 20):
        async with tenant_transaction(hr):
            for each in (goal, objective):
                version = await fetch_value("select version from goal where id = $1", each)
                await withdraw_goal(hr, goal_id=each, version=version, reason="业务线裁撤")

    async def then(day: str) -> list[tuple[str, str | None]]:
        found = {each["goalId"]: each for each in await ask(hr, WITHDRAWN, day=day, unit=unit)}
        both = [found[encode_id("Goal", each)] for each in (goal, objective)]
        return [(each["state"], each["withdrawnAt"]) for each in both]

    assert await then("2026-01-10") == [("DRAFT", None), ("DRAFT", None)]
    assert await then("2026-01-11") == [("PROPOSED", None), ("DRAFT", None)]
    assert await then("2026-01-12") == [("CONFIRMED", None), ("DRAFT", None)]
    assert await then("2026-03-16") == [("PROPOSED", None), ("DRAFT", None)]
    assert await then("2026-05-19") == [("PROPOSED", None), ("DRAFT", None)]
    assert await then("2026-05-20") == [("WITHDRAWN", "2026-05-20T04:00:00Z")] * 2
    assert await then("2026-06-30") == [("WITHDRAWN", "2026-05-20T04:00:00Z")] * 2


async def test_a_word_given_at_the_company_s_own_midnight_is_of_the_day_that_begins(team: Team, ask: Ask) -> None:
    """In Shanghai 13 January begins at 16:00 of the 12th in UTC; a microsecond before it is still the 12th."""
    await fill_placements(team.company)
    hr, unit, midnight = team.company.hr, encode_id("OrgUnit", team.unit), datetime(2026, 1, 12, 16, tzinfo=UTC)
    draft: dict[str, Any] = {"cycle_id": team.cycle, "kind": GoalKind.KPI, "unit_id": team.unit, "target": Decimal(1)}
    draft |= {"owner_id": team.owner.person_id, "metric": "回款额", "unit_of_measure": "元", "weight": Decimal(50)}
    for title, said_at in (("晚", midnight), ("早", midnight - timedelta(microseconds=1))):
        with noon(1, 10):
            async with tenant_transaction(hr):
                goal = await create_goal(hr, draft=GoalDraft(title=title, **draft))
                await propose_goal(hr, goal_id=goal, version=1)
        with clock_at(said_at):
            async with tenant_transaction(team.owner):
                await confirm_goal(team.owner, goal_id=goal, version=2)

    async def then(day: str) -> dict[str, tuple[str, str | None]]:
        found = await ask(hr, THEN, day=day, unit=unit)
        return {each["title"]: (each["state"], each["confirmedAt"]) for each in found if each["title"] in ("早", "晚")}

    early, late = ("CONFIRMED", "2026-01-12T15:59:59.999999Z"), ("CONFIRMED", "2026-01-12T16:00:00Z")
    assert await then("2026-01-12") == {"早": early, "晚": ("PROPOSED", None)}
    assert await then("2026-01-13") == {"早": early, "晚": late}


async def test_what_is_made_or_revised_at_the_company_s_own_midnight_is_of_the_day_that_begins(team: Team, ask: Ask) -> None:
    """As the 14th begins in Shanghai one goal is revised and one made; a microsecond earlier another each."""
    await fill_placements(team.company)
    hr, unit, midnight = team.company.hr, encode_id("OrgUnit", team.unit), datetime(2026, 1, 13, 16, tzinfo=UTC)
    draft: dict[str, Any] = {"cycle_id": team.cycle, "kind": GoalKind.KPI, "unit_id": team.unit, "target": Decimal(1)}
    draft |= {"owner_id": team.owner.person_id, "metric": "回款额", "unit_of_measure": "元", "weight": Decimal(50)}

    async def made(title: str) -> UUID:
        async with tenant_transaction(hr):
            goal = await create_goal(hr, draft=GoalDraft(title=title, **draft))
            await propose_goal(hr, goal_id=goal, version=1)
        return goal

    with noon(1, 10):
        goals = [await made(title) for title in ("改早", "改晚")]
    for place, at in enumerate((midnight - timedelta(microseconds=1), midnight)):
        with clock_at(at):
            await made(("建早", "建晚")[place])
            async with tenant_transaction(hr):
                await replace_version(hr, goals[place], NewVersion(target=Decimal(2), source={"reason": "调整"}))

    async def then(day: str) -> dict[str, str]:
        return {each["title"]: each["target"] for each in await ask(hr, THEN, day=day, unit=unit) if each["title"][0] in "改建"}

    assert await then("2026-01-13") == {"改早": "2.00", "改晚": "1.00", "建早": "1.00"}
    assert await then("2026-01-14") == {"改早": "2.00", "改晚": "2.00", "建早": "1.00", "建晚": "1.00"}


async def test_a_day_to_come_an_unknown_unit_and_a_page_too_large_are_refused(team: Team, ask: Ask) -> None:
    unit = encode_id("OrgUnit", team.unit)

    async def refused(**changes: Any) -> str:
        body = await ask(team.company.hr, THEN, **{"day": "2026-06-01", "unit": unit} | changes)
        code: str = body["errors"][0]["extensions"]["code"]
        return code

    assert await refused(day="2026-07-01") == "DAY_TO_COME"
    assert await ask(team.company.hr, THEN, day="2026-06-01", unit=encode_id("OrgUnit", team.cycle)) is None
    assert await refused(first=0) == "PAGE_SIZE_INVALID"
    assert await refused(skip=-1) == "SKIP_INVALID"


async def test_what_a_matrix_hides_of_goals_is_not_told_of_the_past(team: Team, ask: Ask) -> None:
    await fill_placements(team.company)
    given = {"day": "2026-06-01", "unit": encode_id("OrgUnit", team.unit)}
    shown = ("title", "target", "weight", "baseline", "metric", "unitOfMeasure", "confirmedAt")
    for name in (*shown, "unit", "unitId", "owner", "ownerId", "parent", "parentId"):
        with noon(6, 30):
            await published(team.company.admin, more("manager", grant("goal:read", fields=[f"Goal.{name}"], effect="DENY")))
        body = await ask(team.manager, THEN, **given)
        assert [each["extensions"]["code"] for each in body["errors"]] == ["FIELD_HIDDEN"], name
    with noon(6, 30):
        await published(team.company.admin, more("manager", grant("goal:read", fields=["Goal.share"], effect="DENY")))
    assert isinstance(await ask(team.manager, THEN, **given), list)


async def test_one_reads_of_the_past_what_one_reads_today_by_pages(team: Team, ask: Ask) -> None:
    await fill_placements(team.company)
    unit = encode_id("OrgUnit", team.unit)
    with noon(2, 1):
        draft: dict[str, Any] = {"cycle_id": team.cycle, "kind": GoalKind.OBJECTIVE, "unit_id": team.unit}
        async with tenant_transaction(team.company.hr):
            made = [await create_goal(team.company.hr, draft=GoalDraft(title=title, **draft)) for title in ("甲", "乙")]
    assert await ask(team.colleague, THEN, day="2026-02-01", unit=unit) == []
    first = await ask(team.manager, THEN, day="2026-02-01", unit=unit, first=1)
    assert [decode_id(each["goalId"], "Goal", field="id") for each in first] == sorted(made)[:1]
    assert [each["state"] for each in first] == ["DRAFT"]
    async with tenant_transaction(team.company.system):
        await execute("update goal set state = 'WITHDRAWN' where id = any($1)", made)
    assert [each["state"] for each in await ask(team.manager, THEN, day="2026-02-01", unit=unit)] == ["WITHDRAWN"] * 2
    (second,) = await ask(team.manager, THEN, day="2026-02-01", unit=unit, first=1, skip=1)
    assert decode_id(second["goalId"], "Goal", field="id") == sorted(made)[1]


async def test_goals_from_before_shares_are_told_theirs_in_the_unit_of_their_parent(team: Team, settings: Settings) -> None:
    """The migration's own statements, on goals that were published before there were shares."""
    whole, quarter, other, zero = await add_goals(
        team.company, team.cycle, [(team.unit, team.owner)] * 4, target=Decimal("1200.00")
    )
    async with tenant_transaction(team.company.system):
        await execute("update goal set parent_id = $1 where id = any($2)", whole, [quarter, other, zero])
        await execute("update goal set unit_of_measure = '台' where id = $1", other)
    await migrate_again(settings)
    async with tenant_transaction(team.company.system):
        rows = {row["goal_id"]: row for row in await fetch("select goal_id, share, unit_id, metric from goal_version")}
        placed = await fetch_value("select count(*) from person_placement where ends_on is null")
    assert (rows[quarter]["share"], rows[whole]["share"], rows[other]["share"]) == (Decimal("100.00"), None, None)
    assert (rows[quarter]["unit_id"], rows[quarter]["metric"]) == (team.unit, "销售额")
    assert placed == 3
