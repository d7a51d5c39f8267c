"""Cursors that are not this list's own: forged, borrowed, cut short, huge; refused in both languages, nothing else disturbed."""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from typing import Any

import orjson
import pytest

from plumb_schema.ground.answers import Answer
from plumb_schema.ground.context import Context
from plumb_schema.ground.engine import Operation
from support.companies import make_company
from support.naive.world import Asked

PAGE = """query ($after: String, $where: GoalFilter, $order: [GoalOrder!]) {
  goals(first: 3, after: $after, where: $where, orderBy: $order) { edges { cursor node { id } } } company { name } }"""
MESSAGES = {
    "zh-CN": "分页游标无效，请从第一页重新开始。",
    "en": "The cursor is not valid for this list; start again from the first page.",
}
TITLE = [{"field": "TITLE", "direction": "ASC"}]


async def asked_for(asked: Asked, locale: Any = "en", *, query: str = PAGE, **variables: Any) -> Answer:
    actor, grants = asked.callers["admin"]
    context = asked.world.context(actor, grants)
    context.locale = locale
    return await asked.world.engine.answer(Operation(query, variables), context)


async def first_cursor(asked: Asked, query: str = PAGE, **variables: Any) -> str:
    found = next(iter((await asked_for(asked, query=query, **variables)).body["data"].values()))
    return str(found["edges"][0]["cursor"])


async def foreign_cursor(asked: Asked) -> str:
    """Return the cursor of another company's list of the same kind."""
    other = await make_company()
    query = "{ members { edges { cursor } } }"
    context = Context(ground=asked.world.ground, actor=other.admin)
    body = (await asked.world.engine.answer(Operation(query), context)).body
    return str(body["data"]["members"]["edges"][0]["cursor"])


def signed(key: bytes, values: list[Any]) -> str:
    body = orjson.dumps(values)
    return urlsafe_b64encode(hmac.digest(key, body, hashlib.sha256)[:16] + body).rstrip(b"=").decode()


async def test_a_wrong_cursor_refuses_its_list_and_nothing_else(asked: Asked) -> None:
    own = await first_cursor(asked)
    flipped = own[:-1] + ("A" if own[-1] != "A" else "B")
    wrong = {
        "empty": "",
        "a word": "page2",
        "no base64": "é+/=",
        "cut short": own[:-4],
        "cut to its signature": own[:21],
        "longer": own + "AAAA",
        "changed": flipped,
        "huge": own * 50,
        "another list": await first_cursor(asked, "{ people { edges { cursor } } }"),
        "another order": await first_cursor(asked, order=TITLE),
        "another direction": await first_cursor(asked, order=[{"field": "ID", "direction": "DESC"}]),
        "a key of one's own": signed(b"k" * 32, [own]),
        "no key": signed(b"", [own]),
    }
    for locale, message in MESSAGES.items():
        for name, cursor in wrong.items():
            body = (await asked_for(asked, locale, after=cursor)).body
            assert body["data"] == {"goals": None, "company": {"name": "读取测试公司"}}, name
            assert [(error["path"], error["message"], error["extensions"]) for error in body["errors"]] == [
                (["goals"], message, {"code": "CURSOR_INVALID", "field": "after"})
            ], name


async def test_a_cursor_of_another_company_is_refused(asked: Asked) -> None:
    query = "query ($after: String) { members(after: $after) { edges { node { id } } } }"
    body = (await asked_for(asked, query=query, after=await foreign_cursor(asked))).body
    assert body["data"] == {"members": None}
    assert body["errors"][0]["extensions"]["code"] == "CURSOR_INVALID"


@pytest.mark.parametrize("members", ["totalCount", "__typename", "totalCount __typename", "pageInfo { hasNextPage }"])
async def test_a_wrong_cursor_is_refused_even_where_no_row_is_asked_for(asked: Asked, members: str) -> None:
    query = f'{{ goals(after: "forged") {{ {members} }} }}'
    body = (await asked_for(asked, query=query)).body
    assert body["data"] == {"goals": None}
    assert body["errors"][0]["extensions"] == {"code": "CURSOR_INVALID", "field": "after"}


async def test_a_cursor_serves_under_another_filter(asked: Asked) -> None:
    own = await first_cursor(asked)
    body = (await asked_for(asked, after=own, where={"title": {"eq": "乙"}})).body
    assert "errors" not in body
    assert len(body["data"]["goals"]["edges"]) == 3
    actor, grants = asked.callers["admin"]
    assert not await asked.world.differs(actor, grants, PAGE, {"after": own, "where": {"title": {"eq": "乙"}}})
