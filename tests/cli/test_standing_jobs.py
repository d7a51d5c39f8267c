"""`plumb jobs`: which work stands still, and what to look at, without a word of what is in it."""

from collections.abc import Awaitable, Callable
from typing import Any

from plumb_platform.database import execute, tenant_transaction
from support.companies import CompanyFixture
from support.jobs_made import TOPIC, queued

Plumb = Callable[..., Awaitable[Any]]


async def changed(company: CompanyFixture, what: str) -> None:
    async with tenant_transaction(company.system):
        await execute(f"update outbox set {what}")


async def told(plumb: Plumb, company: CompanyFixture) -> list[str]:
    """Return the columns of the one line, without the age."""
    async with tenant_transaction(company.system):
        key = (await execute("select key from company"))[0]["key"]
    ended = await plumb("jobs", "--company", key)
    assert (ended.code, ended.errors) == (0, "")
    (line,) = ended.output.splitlines()
    columns: list[str] = line.split("\t")
    return columns if len(columns) == 1 else columns[:4] + columns[5:]


async def test_an_unknown_company_is_refused(plumb: Plumb, company: CompanyFixture) -> None:
    ended = await plumb("jobs", "--company", "no-such-company")
    assert (ended.code, ended.errors.split()[0]) == (1, "COMPANY_UNKNOWN")


async def test_each_way_of_standing_still_says_what_to_look_at(plumb: Plumb, company: CompanyFixture) -> None:
    assert await told(plumb, company) == ["没有未完成的任务 / every job is done"]
    await queued(company, 2)
    assert await told(plumb, company) == [TOPIC, "2", "0", "0", ""]
    await changed(company, "available_at = now() - interval '2 minutes'")
    assert await told(plumb, company) == [
        *(TOPIC, "2", "0", "0"),
        "未送出：请检查 plumb relay 与 Redis / not sent: look at plumb relay and at Redis",
    ]
    await changed(company, "sent_at = now(), tries = 3")
    assert await told(plumb, company) == [
        *(TOPIC, "2", "0", "0"),
        "已送出而未在处理：请检查 plumb worker 及其日志 / sent and not under way: look at plumb worker and its log",
    ]
    await changed(company, "started_at = now()")
    assert await told(plumb, company) == [TOPIC, "0", "2", "0", ""]
    await changed(company, "failed_at = now(), error_code = 'X'")
    assert await told(plumb, company) == [
        *(TOPIC, "0", "0", "2"),
        "已放弃：公司以 jobs 查看原因，retryJob 重试 / given up: the company's jobs tell why, retryJob tries again",
    ]
    await changed(company, "failed_at = null, done_at = now()")
    assert await told(plumb, company) == ["没有未完成的任务 / every job is done"]
