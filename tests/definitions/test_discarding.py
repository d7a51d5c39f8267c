"""Undoing: a draft is given up, and the body of an older version comes back in a new one (A1)."""

import asyncio
from typing import Any

import pytest

from plumb_platform.database import Database, fetch, tenant_transaction
from plumb_platform.errors import DomainError
from plumb_tenants.definitions import service
from support.asking import Ask
from support.companies import CompanyFixture, make_company, member

VERSION = """... on DefinitionVersion { id number state version checksum definition { id } } ... on Problem { code message field }
  ... on ConflictProblem { currentVersion }"""
NAMES = ("potential", "staff")


@pytest.fixture
async def company(database: Database) -> CompanyFixture:
    return await make_company()


def sales(*weights: str) -> dict[str, Any]:
    factors = [{"key": key, "name": key, "weight": weight} for key, weight in zip(NAMES, weights, strict=True)]
    return {"decomposition": {"metric": "销售额", "unitOfMeasure": "元", "level": "UNITS", "factors": factors}}


async def does(ask: Ask, actor: Any, name: str, /, **given: Any) -> dict[str, Any]:
    document = f"mutation ($input: {name[0].upper()}{name[1:]}Input!) {{ {name}(input: $input) {{ {VERSION} }} }}"
    done: dict[str, Any] = await ask(actor, document, input=given)
    return done


async def two_published(ask: Ask, company: CompanyFixture) -> tuple[dict[str, Any], dict[str, Any]]:
    """Publish 50/50 as version 1 and 60/40 as version 2."""
    made = await does(ask, company.hr, "createDefinition", key="sales", name="销售", body=sales("50", "50"))
    first = await does(ask, company.hr, "publishVersion", id=made["id"], version=1)
    draft = await does(ask, company.hr, "newDraft", definitionId=made["definition"]["id"])
    await does(ask, company.hr, "updateDraft", id=draft["id"], version=1, body=sales("60", "40"))
    return first, await does(ask, company.hr, "publishVersion", id=draft["id"], version=2)


async def actions(company: CompanyFixture) -> list[str]:
    async with tenant_transaction(company.system):
        rows = await fetch("select action from audit_entry where object_type = 'definition_version' order by number")
    return [row["action"] for row in rows][2:]


async def test_only_a_draft_is_discarded_and_by_who_may_write_it(ask: Ask, company: CompanyFixture) -> None:
    first, second = await two_published(ask, company)
    before = await actions(company)
    told = await does(ask, company.hr, "discardDraft", id=second["id"], version=second["version"])
    assert told["code"] == "VERSION_PUBLISHED"
    draft = await does(ask, company.hr, "newDraft", definitionId=first["definition"]["id"])
    stale = await does(ask, company.hr, "discardDraft", id=draft["id"], version=2)
    assert (stale["code"], stale["currentVersion"]) == ("CONFLICT", 1)
    told = await does(ask, company.auditor, "discardDraft", id=draft["id"], version=1)
    assert told["code"] == "FORBIDDEN"
    stranger = await make_company("另一家公司")
    told = await does(ask, stranger.hr, "discardDraft", id=draft["id"], version=1)
    assert told["code"] == "NOT_FOUND"
    assert await actions(company) == [*before, "definition.draft"]


async def test_a_discarded_draft_makes_room_and_is_never_used_nor_changed_again(ask: Ask, company: CompanyFixture) -> None:
    first, second = await two_published(ask, company)
    definition = first["definition"]["id"]
    draft = await does(ask, company.hr, "newDraft", definitionId=definition)
    wrong = await does(ask, company.hr, "updateDraft", id=draft["id"], version=1, body=sales("90", "10"))
    taken = await does(ask, company.hr, "newDraft", definitionId=definition)
    assert (taken["code"], "discardDraft" in taken["message"]) == ("DRAFT_EXISTS", True)
    done = await does(ask, company.hr, "discardDraft", id=draft["id"], version=2)
    assert (done["state"], done["number"], done["version"]) == ("DISCARDED", 3, 3)
    for name, more in (("updateDraft", {"body": sales("50", "50")}), ("publishVersion", {}), ("discardDraft", {})):
        told = await does(ask, company.hr, name, id=draft["id"], version=3, **more)
        assert told["code"] == "VERSION_DISCARDED", name
    # The next draft goes on from what is published, and what was given up is still there to be taken up.
    fresh = await does(ask, company.hr, "newDraft", definitionId=definition)
    assert (fresh["number"], fresh["checksum"]) == (4, second["checksum"])
    await does(ask, company.hr, "discardDraft", id=fresh["id"], version=1)
    again = await does(ask, company.hr, "newDraft", definitionId=definition, versionId=draft["id"])
    assert (again["number"], again["state"], again["checksum"]) == (5, "DRAFT", wrong["checksum"])
    once = ["definition.discard", "definition.draft"]
    assert (await actions(company))[-4:] == once * 2


async def test_an_older_version_comes_back_as_a_new_draft_and_stays_as_it_was(ask: Ask, company: CompanyFixture) -> None:
    first, second = await two_published(ask, company)
    assert first["checksum"] != second["checksum"]
    back = await does(ask, company.hr, "newDraft", definitionId=first["definition"]["id"], versionId=first["id"], note="恢复")
    assert (back["number"], back["state"], back["checksum"]) == (3, "DRAFT", first["checksum"])
    await does(ask, company.hr, "publishVersion", id=back["id"], version=1)
    found = await ask(
        company.hr,
        "query ($id: ID!) { definition(id: $id) { current { number checksum } versions { number state checksum } } }",
        id=first["definition"]["id"],
    )
    assert found == {
        "current": {"number": 3, "checksum": first["checksum"]},
        "versions": [
            {"number": 3, "state": "PUBLISHED", "checksum": first["checksum"]},
            {"number": 2, "state": "PUBLISHED", "checksum": second["checksum"]},
            {"number": 1, "state": "PUBLISHED", "checksum": first["checksum"]},
        ],
    }


async def test_a_version_of_another_definition_or_company_lends_no_body(ask: Ask, company: CompanyFixture) -> None:
    first, _ = await two_published(ask, company)
    other = await does(ask, company.hr, "createDefinition", key="other", name="其他", body=sales("70", "30"))
    stranger, _ = await two_published(ask, await make_company("另一家公司"))
    for foreign in (other, stranger):
        told = await does(ask, company.hr, "newDraft", definitionId=first["definition"]["id"], versionId=foreign["id"])
        assert (told["code"], told["field"]) == ("NOT_FOUND", "versionId")


async def test_nothing_is_made_under_a_discarded_draft(ask: Ask, company: CompanyFixture) -> None:
    made = await does(ask, company.hr, "createDefinition", key="sales", name="销售", body=sales("50", "50"))
    await does(ask, company.hr, "discardDraft", id=made["id"], version=1)
    async with tenant_transaction(company.hr):
        row = (await fetch("select id from definition_version where state = 'DISCARDED'"))[0]
        with pytest.raises(DomainError) as refused:
            await service.published_version(company.hr, row["id"], kind="decomposition")
    assert refused.value.code == "VERSION_NOT_PUBLISHED"
    # Its definition, which has nothing else, goes on from it.
    again = await does(ask, company.hr, "newDraft", definitionId=made["definition"]["id"])
    assert (again["number"], again["checksum"]) == (2, made["checksum"])


async def test_of_publishing_and_discarding_at_once_one_wins(ask: Ask, company: CompanyFixture) -> None:
    made = await does(ask, company.hr, "createDefinition", key="sales", name="销售", body=sales("50", "50"))
    colleague = await member(company.tenant_id, "hr")
    done = await asyncio.gather(
        does(ask, company.hr, "publishVersion", id=made["id"], version=1),
        does(ask, colleague, "discardDraft", id=made["id"], version=1),
    )
    states = [each.get("state") for each in done]
    assert sorted(state is None for state in states) == [False, True]
    (lost,) = [each for each in done if "code" in each]
    assert (lost["code"], lost["currentVersion"]) == ("CONFLICT", 2)
