"""What `contains` and `startsWith` find: the very characters that are asked for, capital or small."""

from random import Random
from typing import Any

from plumb_platform.database import Database, execute, fetch_value, tenant_transaction
from plumb_platform.ids import uuid7
from plumb_schema.ground.context import Ground
from plumb_schema.ground.engine import Engine
from support.asking import Ask
from support.companies import CompanyFixture, make_company

ALPHABET = ("a", "A", "é", "É", "%", "_", "\\", "'", "销", "售额", " ", "\U00020bb7", "😀", "%%", "\\_", "e\u0301x", "Ω", "ω")
ASK = """query ($text: String!) {
  has: definitions(first: 100, where: {name: {contains: $text}}) { totalCount edges { node { name } } }
  begins: definitions(first: 100, where: {name: {startsWith: $text}}) { totalCount edges { node { name } } }
  lacks: definitions(first: 100, where: {not: {name: {contains: $text}}}) { totalCount edges { node { name } } }
}"""


def random_text(source: Random, longest: int) -> str:
    return "".join(source.choices(ALPHABET, k=source.randint(1, longest)))


async def company_with_names(names: list[str]) -> CompanyFixture:
    company = await make_company()
    async with tenant_transaction(company.system):
        for number, name in enumerate(names):
            await execute(
                "insert into definition (tenant_id, id, kind, key, name, created_at) values ($1, $2, 'letter', $3, $4, now())",
                *(company.tenant_id, uuid7(), f"k{number}", name),
            )
    return company


def named(page: dict[str, Any]) -> list[str]:
    assert page["totalCount"] == len(page["edges"])
    return sorted(edge["node"]["name"] for edge in page["edges"])


async def test_texts_are_found_by_their_very_characters(database: Database, ground: Ground, engine: Engine) -> None:
    source = Random(7)
    names = [random_text(source, 9) for _ in range(60)]
    ask, company = Ask(engine, ground), await company_with_names(names)
    async with tenant_transaction(company.system):
        everything = await fetch_value("select array_agg(name) from definition")
    found = 0
    for place in range(250):
        whole = source.choice(names)
        start = source.randrange(len(whole))
        text = (whole[start : start + source.randint(0, 4)], whole.swapcase()[: source.randint(0, 3)], random_text(source, 2))
        sought = text[place % 3]
        body = (await ask.body(company.hr, ASK, text=sought))["data"]
        folded = sought.lower()
        has = sorted(name for name in everything if folded in name.lower())
        assert named(body["has"]) == has, sought
        assert named(body["begins"]) == sorted(name for name in everything if name.lower().startswith(folded)), sought
        assert named(body["lacks"]) == sorted(name for name in everything if folded not in name.lower()), sought
        found += 0 < len(has) < len(everything)
    assert found > 100


async def test_what_stands_for_anything_in_a_pattern_stands_for_itself(
    database: Database, ground: Ground, engine: Engine
) -> None:
    ask, company = Ask(engine, ground), await company_with_names(["100%", "100 %", "a_b", "aXb", "c\\d", "cd", "\\", "%"])
    for sought, names in (
        ("%", ["%", "100 %", "100%"]),
        ("0%", ["100%"]),
        ("_", ["a_b"]),
        ("\\", ["\\", "c\\d"]),
        ("\\%", []),
        ("a%b", []),
        ("A_B", ["a_b"]),
    ):
        assert named((await ask.body(company.hr, ASK, text=sought))["data"]["has"]) == names, sought
