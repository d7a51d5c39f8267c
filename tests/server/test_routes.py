import hashlib
import re

import httpx2
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from plumb_platform.settings import Settings
from plumb_server.app import make_app
from plumb_server.graphiql import ASSETS, NAMES
from plumb_server.health import Check
from support.small_api import small_resources


def test_an_unready_dependency_is_named_and_the_process_still_lives() -> None:
    from contextlib import asynccontextmanager
    from dataclasses import replace

    away = {"redis"}

    def check(name: str) -> Check:
        async def answers() -> None:
            if name in away:
                raise ConnectionError

        return answers

    @asynccontextmanager
    async def resources(settings: Settings):  # type: ignore[no-untyped-def]  # the shape is small_resources'
        async with small_resources(settings) as known:
            yield replace(known, checks={name: check(name) for name in ("database", "redis")})

    with TestClient(make_app(Settings(secret_key="x" * 32), resources)) as client:  # type: ignore[arg-type]  # pydantic wraps it
        # Nothing that is asked needs Redis: a process out of service for its sake would serve nobody.
        assert client.get("/readyz").json() == {"ready": True, "checks": {"database": "ok", "redis": "failed"}}
        assert (client.get("/readyz").status_code, client.get("/health").json()["status"]) == (200, "alarm")
        away.add("database")
        assert client.get("/readyz").json() == {"ready": False, "checks": {"database": "failed", "redis": "failed"}}
        assert (client.get("/readyz").status_code, client.get("/health").json()["status"]) == (503, "failed")
        assert client.get("/healthz").text == "ok\n"


def test_the_bare_address_leads_to_the_page_of_the_api() -> None:
    with TestClient(make_app(Settings(secret_key="x" * 32), small_resources)) as client:  # type: ignore[arg-type]  # pydantic wraps it
        answer = client.get("/", follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (307, "/graphql")


def test_health_counts_what_will_stop_and_fails_only_when_the_process_cannot_serve() -> None:
    from contextlib import asynccontextmanager
    from dataclasses import replace

    counts: dict[str, int | None] = {"signing_keys_ending": 0, "fonts_missing": 0}
    database = ["well"]

    async def works() -> None:
        if database != ["well"]:
            raise ConnectionError

    async def ending() -> int:
        if counts["signing_keys_ending"] is None:
            raise ConnectionError
        return counts["signing_keys_ending"]

    async def fonts() -> int:
        return counts["fonts_missing"] or 0

    @asynccontextmanager
    async def resources(settings: Settings):  # type: ignore[no-untyped-def]  # the shape is small_resources'
        async with small_resources(settings) as known:
            alarms = {"signing_keys_ending": ending, "fonts_missing": fonts}
            yield replace(known, checks={"database": works}, alarms=alarms)

    with TestClient(make_app(Settings(secret_key="x" * 32), resources)) as client:  # type: ignore[arg-type]  # pydantic wraps it
        answer = client.get("/health")
        assert (answer.status_code, answer.json()["status"], answer.json()["alarms"]) == (200, "ok", counts)
        for number in (2, None):
            counts["signing_keys_ending"] = number
            answer = client.get("/health")
            assert (answer.status_code, answer.json()["status"], answer.json()["alarms"]) == (200, "alarm", counts)
        database[:] = ["away"]
        answer = client.get("/health")
        assert (answer.status_code, answer.json()["status"]) == (503, "failed")


async def test_an_unknown_path_is_json_with_a_code(http: httpx2.AsyncClient) -> None:
    for path, status, code in (("/nothing", 404, "NOT_FOUND"), ("/static/graphiql/SHA256SUMS", 404, "NOT_FOUND")):
        response = await http.get(path)
        assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (status, code)


@pytest.mark.parametrize("method", ["DELETE", "OPTIONS", "PUT"])
async def test_a_method_that_is_not_answered_is_told_with_those_that_are(http: httpx2.AsyncClient, method: str) -> None:
    response = await http.request(method, "/graphql", headers={"origin": "https://front.example", "accept-language": "en"})
    assert (response.status_code, sorted(response.headers["allow"].split(", "))) == (405, ["GET", "HEAD", "POST"])
    (error,) = response.json()["errors"]
    assert (error["extensions"]["code"], error["message"].split(";")[0]) == ("METHOD_REFUSED", f"{method} is not answered here")
    assert not [name for name in response.headers if name.startswith("access-control-")]


async def test_metrics_are_in_prometheus_form(http: httpx2.AsyncClient) -> None:
    await http.get("/nothing/12345")
    await http.get("/healthz")
    text = (await http.get("/metrics")).text
    assert 'plumb_requests_total{route="/healthz",status="200"}' in text
    assert 'plumb_requests_total{route="none",status="404"}' in text
    assert "12345" not in text


def test_a_crash_in_a_route_is_masked() -> None:
    async def crash(_: Request) -> Response:
        raise RuntimeError("the password is hunter2")

    async def fine(_: Request) -> Response:
        return PlainTextResponse("fine", headers={"cache-control": "public"})

    routes = [Route("/crash", crash), Route("/fine", fine)]
    app = make_app(Settings(secret_key="x" * 32, public_url="https://goals.example"), small_resources, routes)  # type: ignore[arg-type]  # pydantic wraps it
    with TestClient(app, raise_server_exceptions=False) as client:
        response = client.get("/crash")
        assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (500, "INTERNAL")
        assert "hunter2" not in response.text
        assert client.get("/fine").headers["cache-control"] == "public"
        assert client.get("/fine").headers["strict-transport-security"] == "max-age=31536000"
        entered = client.post("/graphql", json={"query": "mutation { enter { __typename } }"})
        cookie = entered.headers["set-cookie"]
        assert cookie == '__Host-plumb_session="a credential"; HttpOnly; Max-Age=60; Path=/; SameSite=lax; Secure'


async def test_the_graphiql_page_names_only_our_own_files(http: httpx2.AsyncClient) -> None:
    page = await http.get("/graphql", headers={"accept": "text/html"})
    named = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert {name for name in named if name != "data:,"} == {f"/static/graphiql/{name}" for name in NAMES}
    for name in NAMES:
        response = await http.get(f"/static/graphiql/{name}")
        plain = await http.get(f"/static/graphiql/{name}", headers={"accept-encoding": "identity"})
        assert response.status_code == plain.status_code == 200
        assert response.content == plain.content
    assert page.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self';")


@pytest.mark.parametrize("line", (ASSETS / "SHA256SUMS").read_text().splitlines())
def test_the_vendored_files_are_those_of_the_list(line: str) -> None:
    digest, name = line.split()
    assert hashlib.sha256((ASSETS / name).read_bytes()).hexdigest() == digest


def test_the_list_names_every_vendored_file_and_they_stay_small() -> None:
    listed = {line.split()[1] for line in (ASSETS / "SHA256SUMS").read_text().splitlines()}
    files = [path for path in ASSETS.iterdir() if path.name not in ("SHA256SUMS", "LICENSES.txt")]
    assert {path.name for path in files} == listed
    assert sum(path.stat().st_size for path in files) < 2_500_000
