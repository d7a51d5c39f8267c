"""`plumb company set`: the operator changes a company's name, language or time zone."""

from collections.abc import Awaitable, Callable
from typing import Any

from plumb_platform.database import fetch, tenant_transaction
from support.companies import CompanyFixture

Plumb = Callable[..., Awaitable[Any]]


async def told(company: CompanyFixture) -> list[tuple[str, str, str]]:
    asked = "select actor ->> 'channel' as channel, before::text, after::text from audit_entry where action = 'company.update'"
    async with tenant_transaction(company.system):
        return [(row["channel"], row["before"], row["after"]) for row in await fetch(asked)]


async def test_what_is_refused_changes_nothing(plumb: Plumb, company: CompanyFixture, key: str) -> None:
    for words, code in (
        (("no-such-company", "--name", "新名"), "COMPANY_UNKNOWN"),
        ((key, "--name", " "), "COMPANY_NAME_INVALID"),
        ((key, "--name", "益康\u202e科技"), "TEXT_TURNED"),
        ((key, "--name", "益康\t科技"), "COMPANY_NAME_INVALID"),
        ((key, "--locale", "fr"), "LOCALE_UNKNOWN"),
        ((key, "--time-zone", "CET"), "TIME_ZONE_UNKNOWN"),
    ):
        ended = await plumb("company", "set", *words)
        assert (ended.code, ended.output, ended.errors.split()[0]) == (1, "", code)
    assert await told(company) == []


async def test_it_changes_what_is_given_and_the_company_reads_who_did(plumb: Plumb, company: CompanyFixture, key: str) -> None:
    ended = await plumb("company", "set", key, "--name", "华康科技", "--locale", "en")
    assert (ended.code, ended.output) == (0, f"公司已更改 / company changed: {key} name=华康科技, locale=en\n")
    again = await plumb("company", "set", key, "--name", " 华康科技\u200b ")
    assert (again.code, again.output) == (0, f"公司已更改 / company changed: {key} -\n")
    assert await told(company) == [
        ("cli", '{"name": "华康医疗器械有限公司", "locale": "zh-CN"}', '{"name": "华康科技", "locale": "en"}')
    ]
