"""Requests that the product's door refuses whole: too large, too many, too deep, or failing inside."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, NoReturn
from uuid import uuid4

import httpx2
import orjson
import pytest

from plumb_platform.settings import Settings
from plumb_schema.ground.ids import encode_id
from plumb_server.app import Resources, make_app
from plumb_server.assembly import product_resources
from support.calls import counted_calls
from support.serving import Caller, browser, served

PASSWORD = "correct horse battery"
SPREADS = " ".join(f"fragment f{i} on Query {{ ...f{i + 1} ...f{i + 1} }}" for i in range(22))
BOMB = f"{{ ...f0 }} {SPREADS} fragment f22 on Query {{ company {{ name }} }}"
PUBLIC_BOMB = BOMB.replace("company { name }", 'verifyLetter(code: "x") { status }')


def code_of(response: httpx2.Response) -> tuple[int, str]:
    return response.status_code, response.json()["errors"][0]["extensions"]["code"]


async def test_a_body_over_the_limit_is_refused_in_both_languages(http: httpx2.AsyncClient) -> None:
    body = orjson.dumps({"query": "{ company { name } }", "variables": {"csv": "x" * 1_000_000}})
    for language, message in (("en", "over the limit of 1000000 bytes"), ("zh-CN", "超过上限 1000000 字节")):
        headers = {"content-type": "application/json", "accept-language": language}
        response = await http.post("/graphql", content=body, headers=headers)
        assert code_of(response) == (413, "BODY_TOO_LARGE")
        assert message in response.json()["errors"][0]["message"]


async def test_a_batch_is_refused_even_of_one(admin: Caller) -> None:
    for batch in ([], [{"query": "{ company { name } }"}], [{"query": "{ company { name } }"}] * 2):
        response = await admin.http.post("/graphql", json=batch, headers={"x-plumb-csrf": admin.csrf})
        assert code_of(response) == (400, "BATCH_REFUSED")


@pytest.mark.parametrize("bomb", [BOMB, PUBLIC_BOMB])
async def test_a_bomb_of_doubling_fragments_is_refused_in_few_calls(admin: Caller, bomb: str) -> None:
    assert bomb.count("fragment f") == 23
    with counted_calls() as calls:
        assert await admin.refusal(bomb) == (400, "GRAPHQL_TOO_COMPLEX")
    # Client and server share this loop: it takes 12,000; unfolded it would take millions.
    assert calls.count < 200_000


async def test_a_bomb_of_nobody_is_refused_before_it_is_measured(nobody: Caller) -> None:
    assert await nobody.refusal(BOMB) == (401, "UNAUTHENTICATED")
    assert await nobody.refusal(PUBLIC_BOMB) == (400, "GRAPHQL_TOO_COMPLEX")


async def test_a_misspelt_field_is_explained_to_a_member_and_not_to_a_stranger(admin: Caller, nobody: Caller) -> None:
    told = (await admin.post("{ company { nam } }")).json()["errors"][0]
    assert (told["extensions"]["code"], "Did you mean 'name'?" in told["message"]) == ("GRAPHQL_INVALID", True)
    in_zh = (await admin.post("{ company { nam } }", {"accept-language": "zh-CN"})).json()["errors"][0]["message"]
    assert in_zh == "请求与接口不符：类型 Company 没有字段 nam。您是否想写 name？"
    stranger = Caller(browser(str(admin.http.base_url)))
    async with stranger.http:
        nowhere = (await stranger.http.get("/nowhere")).json()["errors"][0]
        assert (nowhere["extensions"]["code"], "/graphql" in nowhere["message"]) == ("NOT_FOUND", True)
        refused = (await stranger.post('{ verifyLetter(code: "x") { statu } }')).json()["errors"]
        assert await stranger.refusal("{ __schema { types { name } } }") == (401, "UNAUTHENTICATED")
    assert [(each["message"], each["extensions"]["code"]) for each in refused] == [
        ("The document does not fit the schema.", "GRAPHQL_INVALID")
    ]


async def test_messages_are_in_the_language_that_was_asked_for(admin: Caller) -> None:
    change = """mutation ($input: ConfirmGoalInput!) { confirmGoal(input: $input) { ... on Problem { code message } } }"""
    unknown = {"goalId": encode_id("Goal", uuid4()), "version": 1}
    texts = {
        language: (await admin.ask(change, {"accept-language": language}, input=unknown))["message"]
        for language in ("en", "zh-CN", "fr")
    }
    assert texts == {
        "en": "The object does not exist, or you may not see it.",
        "zh-CN": "找不到该对象，或您无权查看。",
        "fr": "找不到该对象，或您无权查看。",
    }


async def test_what_nobody_expected_is_masked_and_counted(
    settings: Settings, company: Any, caplog: pytest.LogCaptureFixture
) -> None:
    @asynccontextmanager
    async def failing(own: Settings) -> AsyncIterator[Resources]:
        async def grants_of(_: object) -> NoReturn:
            raise RuntimeError("the password is hunter2")

        async with product_resources(own) as resources:
            yield replace(resources, grants_of=grants_of)

    caplog.set_level(logging.CRITICAL)
    async with served(settings, lambda own: make_app(own, failing)) as address, httpx2.AsyncClient(base_url=address) as client:
        caller = Caller(client)
        await caller.sign_in(company.email, PASSWORD)
        response = await caller.post("{ company { name } }", {"x-request-id": "asked-by-test"})
        metrics = (await client.get("/metrics")).text
    (error,) = response.json()["errors"]
    assert (response.status_code, error["extensions"]) == (500, {"code": "INTERNAL", "requestId": "asked-by-test"})
    assert error["message"] == "系统内部错误，请联系管理员并提供请求编号 asked-by-test。"
    assert "hunter2" not in response.text
    assert 'plumb_errors_total{place="api"} 1.0' in metrics
