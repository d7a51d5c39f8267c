"""Texts that are kept are read later, by others: of rows they say to each no more than they may see (C56)."""

from typing import Any

import pytest

from plumb_platform.actor import Actor
from plumb_platform.database import Database, execute, tenant_transaction
from plumb_platform.queue.service import enqueue
from plumb_platform.queue.worker_side import JobGivenUp, Work, work_on
from plumb_tenants.access.service import kept_text
from plumb_tenants.access.shipped import DEFAULT
from plumb_tenants.goals.readers import GoalNotConfirmed
from plumb_tenants.goals.resources import GOAL
from plumb_tenants.letters.runs import start_letter_run, work_on_run
from support.asking import Ask
from support.companies import add_person
from support.goals_made import add_goals
from support.letters_made import Office, make_office
from support.matrices import grant, matrix, published
from support.team import Team, make_team

TITLE = "华南区销售额"
PLAIN = (f"目标“{TITLE}”尚未由责任人确认。", f"The goal {TITLE} is not confirmed by its owner yet.")
HIDDEN = ("目标“（无权查看）”尚未由责任人确认。", "The goal (hidden) is not confirmed by its owner yet.")
JOBS = "{ jobs { edges { node { errorCode errorMessage } } } }"


@pytest.fixture
async def team(database: Database) -> Team:
    return await make_team()


@pytest.fixture
async def office(database: Database) -> Office:
    return await make_office()


async def reader_of_all(team: Team) -> Actor:
    """Return somebody who reads jobs and what letters became, and of goals no title."""
    fields = sorted(GOAL.fields - {"Goal.title"})
    words = ("job:read", "letter:issue", "person:read", "member:read")
    body = matrix(clerk=[*map(grant, words), grant("goal:read", fields=fields)])
    assert DEFAULT["roles"] == body["roles"][:-1]
    await published(team.company.admin, body)
    return await add_person(team.company, "C1", "赵文员", unit=team.unit, roles=("clerk",))


def without(coordinate: str) -> list[dict[str, Any]]:
    """Return what the shipped matrix grants to HR, with one field of goals hidden."""
    (present,) = [each["grants"] for each in DEFAULT["roles"] if each["key"] == "hr"]
    fields = {"fields": sorted(GOAL.fields - {coordinate})}
    return [each | (fields if (each["resource"], each["action"]) == ("goal", "read") else {}) for each in present]


async def failed_job(team: Team, maker: Actor) -> None:
    """Leave a job of somebody that failed for good."""

    async def run(_: Actor, __: dict[str, Any]) -> None:
        raise GoalNotConfirmed(row=team.goal, title=TITLE)

    async with tenant_transaction(maker):
        job = await enqueue(maker, "test.kept", {})
    work = Work(run, timeout=120)
    outcome = await work_on(maker.tenant_id, job.id, lambda _: work, keep=kept_text)
    assert outcome is not None
    assert outcome.state == "failed"


async def read(ask: Ask, actor: Actor, document: str, name: str) -> tuple[str, ...]:
    """Return the one text of a list, in both languages."""
    found = [await ask.in_language(each)(actor, document) for each in ("zh-CN", "en")]
    return tuple(edge["node"][name] for each in found for edge in each["edges"] if edge["node"]["errorCode"])


async def test_why_a_job_failed_names_a_title_to_those_alone_who_may_see_it(team: Team, ask: Ask) -> None:
    clerk, hr = await reader_of_all(team), team.company.hr
    await failed_job(team, hr)
    assert await read(ask, hr, JOBS, "errorMessage") == PLAIN
    assert await read(ask, clerk, JOBS, "errorMessage") == HIDDEN
    # Nor does its maker read it any more once they may not see it.
    await published(team.company.admin, matrix(hr=without("Goal.title")))
    assert await read(ask, hr, JOBS, "errorMessage") == HIDDEN


async def test_a_job_of_nobody_says_as_much_and_one_without_values_keeps_one_text(team: Team, ask: Ask) -> None:
    clerk = await reader_of_all(team)
    await failed_job(team, team.company.system)
    assert await read(ask, team.company.hr, JOBS, "errorMessage") == PLAIN
    assert await read(ask, clerk, JOBS, "errorMessage") == HIDDEN
    async with tenant_transaction(team.company.system):
        kept = await kept_text(team.company.system, JobGivenUp(attempts=5, reason="worker lost"))
        assert sorted(kept) == ["en", "zh-CN"]


async def test_what_was_kept_for_its_first_reader_alone_is_told_to_who_may_see_all_that_there_could_be(
    team: Team, ask: Ask
) -> None:
    hr = team.company.hr
    await failed_job(team, hr)
    await published(team.company.admin, matrix(hr=without("Goal.target")))
    assert await read(ask, hr, JOBS, "errorMessage") == PLAIN
    async with tenant_transaction(team.company.system):
        await execute("update outbox set error = error - 'rows' where error ? 'others'")
    assert await read(ask, hr, JOBS, "errorMessage") == HIDDEN
    await published(team.company.admin, matrix())
    assert await read(ask, hr, JOBS, "errorMessage") == PLAIN


async def test_why_a_run_issued_no_letter_names_the_person_to_who_may_see_them(office: Office, ask: Ask) -> None:
    company, hr = office.company, office.company.hr
    alone = await add_person(company, "P9", "无上级", unit=office.unit)
    await add_goals(company, office.cycle, [(office.unit, alone)])
    await published(company.admin, matrix(clerk=[grant("letter:issue")], employee=[]))
    clerk = await add_person(company, "C1", "赵文员", unit=office.unit, roles=("clerk",))
    async with tenant_transaction(hr):
        run = await start_letter_run(hr, cycle_id=office.cycle, template_version_id=office.template)
    async with tenant_transaction(company.system):
        await work_on_run(company.system, run.id)
    items = "{ letterRunItems { edges { node { errorCode problem } } } }"
    said, nothing = "员工 P9 无上级 没有在职的直属上级，无法签发责任书。", "（无权查看）"
    assert set(await read(ask, hr, items, "problem")) == {said}
    assert set(await read(ask, clerk, items, "problem")) == {said.replace("P9 无上级", f"{nothing} {nothing}")}
    # Nor is the name found by asking which texts hold it.
    found = '{ letterRunItems(where: {problem: {contains: "无上级"}}) { edges { node { state } } } }'
    assert [len((await ask(each, found))["edges"]) for each in (hr, clerk)] == [1, 0]
