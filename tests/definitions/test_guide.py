"""What the guide for admins tells them to type, typed as it stands there, in its order, in a new company (row C95)."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from plumb_platform.actor import Actor
from plumb_platform.database import Database, fetch_value, tenant_transaction
from support.asking import Ask
from support.companies import make_company, member

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "configuring.md").read_text(encoding="utf-8")
MISTAKES = re.compile(r"^(?:常见错误|做不到的事)[^\n]*(?:\n[^\n]+)*", re.MULTILINE)
ROLES = {"E1002": ("manager", "employee"), "E1003": ("employee",)}


def named(answer: Any) -> Iterator[tuple[str, Any]]:
    """Yield what the reader copies by its own name: ids by unit code and employee number, roles of the matrix by key."""
    if isinstance(answer, dict):
        name = answer.get("code") or answer.get("number") or ""
        if "id" in answer and isinstance(name, str) and re.fullmatch("[A-Z][A-Z0-9]+", name):
            yield name, answer["id"]
        if "grants" in answer:
            yield answer["key"], answer
        answer = list(answer.values())
    if isinstance(answer, list):
        for each in answer:
            yield from named(each)


def first_id(answer: Any) -> str | None:
    """Return the first id in an answer, from the outside inwards."""
    if isinstance(answer, dict):
        own = answer.get("id") or answer.get("nodeId")
        return own or first_id(list(answer.values()))
    return next(filter(None, map(first_id, answer)), None) if isinstance(answer, list) else None


async def test_every_example_of_the_guide_works_in_its_order_in_a_new_company(database: Database, ask: Ask) -> None:
    company = await make_company()
    known: dict[str, Any] = {}
    answers: dict[str, Any] = {}
    for block in re.findall(r"```graphql\n(.+?)\n```", GUIDE, re.DOTALL):
        ((name, variables),) = re.findall(r"^(?:query|mutation) (\w+)(.*?)\{", block, re.MULTILINE | re.DOTALL)
        given = {each: known[each] for each in re.findall(r"\$(\w+)", variables)}
        by = re.match(r"# 由 (\w+) ", block)
        actor: Actor = company.admin
        if by:
            async with tenant_transaction(company.system):
                person = await fetch_value("select id from person where number = $1", by[1])
            actor = await member(company.tenant_id, *ROLES[by[1]], person_id=person)
        answers[name] = await ask(actor, block, **given)
        assert "code" not in answers[name] or "message" not in answers[name], (name, answers[name])
        known |= {name: first_id(answers[name])} | dict(named(answers[name]))
    assert answers["people"]["created"] == 5
    assert answers["checked"]["lint"] == []
    assert (answers["why"]["value"], answers["why"]["holds"]) == ("7300000.00", True)
    assert answers["whyCan"]["hiddenFields"] == ["Goal.target"]
    assert answers["countersigned"] == {"state": "SIGNED", "version": 3}
    assert answers["periodClosed"] == {"state": "CLOSED", "lineCount": 2}
    assert answers["retentionPublished"] == {"state": "PUBLISHED"}


def test_the_guide_names_only_codes_that_exist() -> None:
    reference = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
    sections = MISTAKES.findall(GUIDE)
    codes = [code for section in sections for code in re.findall(r"`([A-Z]+(?:_[A-Z0-9]+)*)`", section)]
    assert (len(sections), len(codes) > 30) == (7, True)
    assert [code for code in codes if f"| `{code}` |" not in reference] == []
