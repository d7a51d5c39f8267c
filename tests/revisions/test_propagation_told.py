"""Where the number of a goal below comes from is told to those alone who may see that goal's own figures (C56, C73)."""

from typing import Any

import pytest

from plumb_platform.actor import Actor
from plumb_platform.database import execute, tenant_transaction
from plumb_platform.settings import Settings
from plumb_tenants.goals.resources import GOAL
from support.asking import Ask
from support.companies import member
from support.matrices import grant, matrix, published
from support.migrated import migrate_again
from support.revisions_made import Reset

EXPLAINED = "{ propagations { edges { node { goalId explanation } } } }"
FOUND = '{ propagations(where: {explanation: {contains: "800000"}}) { totalCount edges { node { explanation } } } }'
WHOLE = (
    "The goal above went from 新增客户数 40.00 家 to 客户增购额 800000.00 元; "
    "this one was 新增客户数 24.00 家, 60.00% of it, and keeps its share: 客户增购额 480000.00 元."
)
LESS = (
    "The goal above went from (hidden) to (hidden); this one was (hidden), (hidden)% of it, and keeps its share: (hidden).",
    "上级目标由 （无权查看） 改为 （无权查看）；本目标原为 （无权查看），占 （无权查看）%，按原占比应为 （无权查看）。",
)


async def reader(reset: Reset, *hidden: str, scope: str = "COMPANY", **more: Any) -> Actor:
    """Return somebody who reads revisions, and goals but for some fields."""
    goal = grant("goal:read", scope, fields=sorted(GOAL.fields - set(hidden)), **more)
    await published(reset.bureau.company.admin, matrix(reader=[grant("revision:read"), goal]))
    return await member(reset.bureau.company.tenant_id, "reader")


async def texts(ask: Ask, actor: Actor) -> list[str]:
    return [each["explanation"] for each in await ask.nodes(actor, EXPLAINED)]


@pytest.mark.parametrize("hidden", ["Goal.target", "Goal.metric", "Goal.unitOfMeasure"])
async def test_an_explanation_tells_no_figures_that_are_hidden_of_the_goal_itself(reset: Reset, ask: Ask, hidden: str) -> None:
    revision_id = await reset.revise()
    for carried in (False, True):
        if carried:
            await reset.propagate(revision_id)
        actor = await reader(reset, hidden)
        assert await texts(ask, actor) == [LESS[0]] * 2
        assert await texts(ask.in_language("zh-CN"), actor) == [LESS[1]] * 2
        assert await ask(actor, FOUND) == {"totalCount": 0, "edges": []}
        assert (await texts(ask, await reader(reset)))[0] == WHOLE


async def test_who_reads_the_propagation_and_not_the_goal_is_told_no_figures(reset: Reset, ask: Ask) -> None:
    await reset.revise()
    assert await texts(ask, await reader(reset, filter='NOT(title = "拓新一组")')) == [LESS[0], (await whole(reset, ask))[1]]
    assert (await whole(reset, ask))[0] == WHOLE


async def whole(reset: Reset, ask: Ask) -> list[str]:
    return await texts(ask, await reader(reset, "Goal.title"))


async def test_a_text_in_place_of_the_first_one_is_told_under_its_own_rows(reset: Reset, ask: Ask) -> None:
    async with tenant_transaction(reset.bureau.company.system):
        await execute("update goal set state = 'DRAFT' where id = $1", reset.parts[0])
    revision_id = await reset.revise()
    await reset.propagate(revision_id)
    actor = await reader(reset, "Goal.target")
    assert (await texts(ask, actor))[0] == "The goal is DRAFT and cannot be revised."
    actor = await reader(reset, filter='NOT(title = "拓新一组")')
    assert (await texts(ask, actor))[0] == "The goal is (hidden) and cannot be revised."


async def test_an_explanation_from_before_is_told_under_the_same_rights_after_the_migration(
    reset: Reset, ask: Ask, settings: Settings
) -> None:
    await reset.revise()
    async with tenant_transaction(reset.bureau.company.system):
        await execute("update propagation set explanation = explanation - 'rows' - 'others'")
        await execute("update propagation set explanation = explanation - 'share' where goal_id = $1", reset.parts[1])
    actor = await reader(reset, "Goal.target")
    assert (await texts(ask, actor))[0] == WHOLE, "as it was kept before"
    await migrate_again(settings, "0120_told_propagations")
    padded = "The goal above was revised; this one was (hidden) and keeps its share: (hidden)."
    assert await texts(ask, actor) == [LESS[0], padded]
    assert (await texts(ask, await reader(reset)))[0] == WHOLE
