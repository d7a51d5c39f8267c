import asyncio
import re
from typing import Any

import httpx2
import orjson
import pytest

from plumb_platform.database import tenant_transaction
from plumb_platform.identity.tokens import create_token, revoke_token
from plumb_platform.settings import Settings
from plumb_server.cookies import SessionCookies
from support.calls import counted_calls
from support.companies import CompanyFixture, add_unit

Body = dict[str, Any]


async def post(http: httpx2.AsyncClient, query: str, **headers: str) -> httpx2.Response:
    return await http.post(
        "/graphql", json={"query": query}, headers={name.replace("_", "-"): text for name, text in headers.items()}
    )


def code_of(response: httpx2.Response) -> str:
    code: str = response.json()["errors"][0]["extensions"]["code"]
    return code


@pytest.mark.parametrize(
    ("body", "media_type", "status", "code"),
    [
        (b'{"query": "{ greeting { text } }"}', "text/plain", 415, "MEDIA_TYPE_INVALID"),
        (b"query=x", "application/x-www-form-urlencoded", 415, "MEDIA_TYPE_INVALID"),
        (b'{"query": ', "application/json", 400, "REQUEST_INVALID"),
        (b"\xff\xfe", "application/json", 400, "REQUEST_INVALID"),
        (b'"text"', "application/json", 400, "REQUEST_INVALID"),
        (b"{}", "application/json", 400, "REQUEST_INVALID"),
        (b'{"query": "{ csrf }", "variables": {"name": "a\\u0000b"}}', "application/json", 400, "REQUEST_INVALID"),
        (b'{"query": "{ place(name: \\"\\\\u{0}\\") }"}', "application/json", 400, "REQUEST_INVALID"),
        (b'{"query": 1}', "application/json", 400, "REQUEST_INVALID"),
        (b'{"query": "{ greeting { text } }", "variables": 1}', "application/json", 400, "REQUEST_INVALID"),
        (b'{"query": "{ greeting { text } }", "operationName": 1}', "application/json", 400, "REQUEST_INVALID"),
        (b'[{"query": "{ greeting { text } }"}]', "application/json", 400, "BATCH_REFUSED"),
        (b'{"query": "{ greeting { text } "}', "application/json", 400, "GRAPHQL_SYNTAX"),
        (
            b'{"query": "{ csrf }", "variables": {"a": ' + b"[" * 40 + b"]" * 40 + b"}}",
            "application/json",
            400,
            "GRAPHQL_TOO_DEEP",
        ),
        (
            b'{"query": "{ csrf }", "variables": {"a": [' + b"[]," * 60_000 + b"1]}}",
            "application/json",
            400,
            "GRAPHQL_TOO_COMPLEX",
        ),
        (
            b'{"query": "{ csrf }", "variables": {"a": ' + b"[" * 2_000 + b"]" * 2_000 + b"}}",
            "application/json",
            400,
            "REQUEST_INVALID",
        ),
        (b'{"query": "{ csrf }"}' + b" " * 1_000_000, "application/json", 413, "BODY_TOO_LARGE"),
    ],
)
async def test_a_malformed_request_is_refused_with_a_code(
    http: httpx2.AsyncClient, body: bytes, media_type: str, status: int, code: str
) -> None:
    response = await http.post("/graphql", content=body, headers={"content-type": media_type})
    assert (response.status_code, code_of(response)) == (status, code)
    assert response.json()["errors"][0]["extensions"]["requestId"] == response.headers["x-request-id"]


async def test_a_body_over_the_limit_is_refused_before_it_is_read(server_url: str) -> None:
    host, port = server_url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = f"POST /graphql HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
    writer.write(f"{head}Content-Length: 900000000\r\n\r\n".encode() + b"{")
    answer = await asyncio.wait_for(reader.readuntil(b"\r\n"), 60)
    writer.close()
    await writer.wait_closed()
    assert answer.startswith(b"HTTP/1.1 413 ")


async def test_a_body_without_a_length_is_cut_at_the_limit(http: httpx2.AsyncClient) -> None:
    async def parts() -> Any:
        for _ in range(200):
            yield b" " * 10_000

    response = await http.post("/graphql", content=parts(), headers={"content-type": "application/json"})
    assert (response.status_code, code_of(response)) == (413, "BODY_TOO_LARGE")


@pytest.mark.parametrize(
    ("parameters", "status", "code"),
    [
        ({}, 400, "QUERY_NOT_GIVEN"),
        ({"query": "mutation { enter { __typename } }"}, 405, "METHOD_REFUSED"),
        ({"query": "{ csrf }", "variables": "{"}, 400, "REQUEST_INVALID"),
        ({"query": "{ csrf }", "variables": "[1]"}, 400, "REQUEST_INVALID"),
        ({"query": "{ csrf }", "variables": '{"a": "\\u0000"}'}, 400, "REQUEST_INVALID"),
        ({"query": "{ csrf\0 }"}, 400, "REQUEST_INVALID"),
        ({"query": " "}, 400, "REQUEST_INVALID"),
        ({"query": "{ csrf }", "variables": '{"a": ' + "[" * 40 + "]" * 40 + "}"}, 400, "GRAPHQL_TOO_DEEP"),
        ({"query": "{ csrf }"}, 401, "UNAUTHENTICATED"),
    ],
)
async def test_what_a_get_may_not_ask_is_refused(
    http: httpx2.AsyncClient, parameters: dict[str, str], status: int, code: str
) -> None:
    response = await http.get("/graphql", params=parameters)
    assert (response.status_code, code_of(response)) == (status, code)
    assert "etag" not in response.headers


async def test_a_get_asks_as_a_post_does(http: httpx2.AsyncClient) -> None:
    parameters = {"query": "query A { greeting { text } } query B { greeting { __typename } }", "operationName": "B"}
    response = await http.get("/graphql", params=parameters)
    assert (response.status_code, response.json()) == (200, {"data": {"greeting": {"__typename": "Greeting"}}})


async def test_an_unchanged_answer_is_not_sent_twice(
    http: httpx2.AsyncClient, session: str, company: CompanyFixture, settings: Settings
) -> None:
    headers = {"cookie": f"plumb_session={session}", "x-plumb-csrf": SessionCookies(settings).csrf_of(session)}
    parameters = {"query": "{ places { totalCount edges { node { code } } } }"}
    first = await http.get("/graphql", params=parameters, headers=headers)
    assert (first.status_code, first.json()["data"]["places"]["totalCount"]) == (200, 0)
    assert first.headers["cache-control"] == "private, no-cache"
    again = await http.get("/graphql", params=parameters, headers=headers | {"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    await add_unit(company, "A", "甲")
    changed = await http.get("/graphql", params=parameters, headers=headers | {"if-none-match": first.headers["etag"]})
    assert (changed.status_code, changed.json()["data"]["places"]["totalCount"]) == (200, 1)
    assert changed.headers["etag"] != first.headers["etag"]


async def test_a_cookie_without_its_csrf_word_counts_for_nothing(http: httpx2.AsyncClient, session: str) -> None:
    cookie = f"plumb_session={session}"
    for word in ("", "wrong", "é"):
        headers = {"cookie": cookie} | ({"x-plumb-csrf": word} if word else {})
        response = await http.post(
            "/graphql",
            json={"query": "{ places { totalCount } }"},
            headers={name.encode(): text.encode() for name, text in headers.items()},
        )
        assert (response.status_code, code_of(response)) == (403, "CSRF_INVALID")
    assert (await post(http, "mutation { leave { __typename } }", cookie=cookie)).status_code == 403
    assert (await post(http, "{ greeting { text } }", cookie=cookie)).json() == {"data": {"greeting": {"text": "您好"}}}


async def test_the_page_gives_its_own_session_the_csrf_word(http: httpx2.AsyncClient, session: str) -> None:
    cookie = f"plumb_session={session}"
    page = await http.get("/graphql", headers={"accept": "text/html", "cookie": cookie})
    word = page.text.split('name="plumb-csrf" content="')[1].split('"')[0]
    response = await post(http, "{ csrf places { totalCount } }", cookie=cookie, x_plumb_csrf=word)
    assert response.json() == {"data": {"csrf": word, "places": {"totalCount": 0}}}
    anonymous = await http.get("/graphql", headers={"accept": "text/html"})
    assert 'name="plumb-csrf" content=""' in anonymous.text


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
    ],
)
async def test_another_site_may_not_even_sign_in(http: httpx2.AsyncClient, headers: dict[str, str]) -> None:
    response = await post(http, "mutation { enter { __typename } }", **headers)
    assert (response.status_code, code_of(response)) == (403, "CROSS_SITE_REFUSED")
    assert "set-cookie" not in response.headers


async def test_our_own_page_may(http: httpx2.AsyncClient, server_url: str) -> None:
    response = await post(
        http, "mutation { enter { ... on Greeting { text } } }", origin=server_url, sec_fetch_site="same-origin"
    )
    cookie = response.headers["set-cookie"]
    assert cookie == 'plumb_session="a credential"; HttpOnly; Max-Age=60; Path=/; SameSite=lax'
    assert len(response.json()["data"]["enter"]["text"]) == 64


async def test_signing_out_clears_the_cookie(http: httpx2.AsyncClient, session: str) -> None:
    cookie = f"plumb_session={session}"
    page = await http.get("/graphql", headers={"accept": "text/html", "cookie": cookie})
    word = page.text.split('name="plumb-csrf" content="')[1].split('"')[0]
    response = await post(http, "mutation { leave { __typename } }", cookie=cookie, x_plumb_csrf=word)
    assert response.headers["set-cookie"] == 'plumb_session=""; HttpOnly; Max-Age=0; Path=/; SameSite=lax'


async def test_an_ended_session_is_nobody(http: httpx2.AsyncClient) -> None:
    response = await post(http, "{ places { totalCount } }", cookie="plumb_session=ps_nonsense", x_plumb_csrf="x")
    assert response.status_code == 403
    assert (await post(http, "{ places { totalCount } }")).status_code == 401


async def test_a_token_works_until_it_is_revoked(http: httpx2.AsyncClient, company: CompanyFixture) -> None:
    async with tenant_transaction(company.hr):
        made = await create_token(company.hr, name="tests", scopes=["unit:read"], days=1)
    bearer = f"Bearer {made.credential}"
    assert (await post(http, "{ places { totalCount } }", authorization=bearer)).json() == {"data": {"places": {"totalCount": 0}}}
    for wrong in (bearer + "x", "Bearer", "Basic eDp5", bearer[7:], "Bearer " + "x" * 5_000):
        response = await post(http, "{ greeting { text } }", authorization=wrong)
        assert (response.status_code, code_of(response)) == (401, "UNAUTHENTICATED")
    async with tenant_transaction(company.hr):
        await revoke_token(company.hr, token_id=made.token.id)
    assert (await post(http, "{ places { totalCount } }", authorization=bearer)).status_code == 401


async def test_every_answer_carries_request_id_cost_and_security_headers(http: httpx2.AsyncClient) -> None:
    response = await post(http, "{ greeting { text } }", x_request_id="chosen.by-caller_1")
    assert response.headers["x-request-id"] == "chosen.by-caller_1"
    assert response.headers["x-plumb-cost"] == "2"
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["content-security-policy"].startswith("default-src 'none'")
    for unfit in ("short", "with space in it", "x" * 65, "semi;colon;here"):
        given = (await post(http, "{ greeting { text } }", x_request_id=unfit)).headers["x-request-id"]
        assert given != unfit
        assert re.fullmatch(r"[0-9a-f]{12}-[0-9a-f]+", given)


async def test_answers_are_utf8_and_in_the_callers_language(http: httpx2.AsyncClient) -> None:
    assert b"\xe6\x82\xa8" in (await post(http, "{ greeting { text } }")).content
    messages = [
        (await post(http, "{ csrf }", accept_language=language)).json()["errors"][0]["message"]
        for language in ("zh-CN,zh;q=0.9,en;q=0.8", "en-GB, zh", "fr", "fr, en;q=0.1", "")
    ]
    assert messages == [
        "请先登录（login），或附上有效的令牌。",
        "Please sign in (login), or send a token that still holds.",
        "请先登录（login），或附上有效的令牌。",
        "Please sign in (login), or send a token that still holds.",
        "请先登录（login），或附上有效的令牌。",
    ]


async def test_a_bomb_does_not_hold_up_the_others(http: httpx2.AsyncClient) -> None:
    spreads = [f"fragment f{i} on Query {{ ...f{i + 1} ...f{i + 1} }}" for i in range(22)]
    bomb = f"{{ ...f0 }} {' '.join(spreads)} fragment f22 on Query {{ greeting {{ text }} }}"
    with counted_calls() as calls:
        responses = await asyncio.gather(*(post(http, bomb) for _ in range(20)), post(http, "{ greeting { text } }"))
    # Client and server share this loop: 13,000 for each of 21; one that is unfolded would take millions.
    assert calls.count < 1_000_000
    assert [code_of(response) for response in responses[:20]] == ["GRAPHQL_TOO_COMPLEX"] * 20
    assert responses[20].json() == {"data": {"greeting": {"text": "您好"}}}


async def test_the_parser_is_not_fed_a_crowd_of_empty_lists(http: httpx2.AsyncClient) -> None:
    text = orjson.dumps({"query": "{ greeting { text } }", "variables": {"csv": "a,b,c\n" * 100_000}})
    assert (await http.post("/graphql", content=text, headers={"content-type": "application/json"})).status_code == 200
