"""Following long work by server-sent events: the query's own meaning at every event, few streams, an end for each."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2
import orjson
import pytest

from plumb_platform.actor import Actor, system_actor
from plumb_platform.database import Database, execute, tenant_transaction
from plumb_platform.identity.tokens import create_token
from plumb_platform.ids import uuid7
from plumb_platform.queue.service import enqueue
from plumb_platform.settings import Settings
from plumb_schema.ground.engine import Operation
from plumb_schema.ground.following import Following
from plumb_schema.ground.ids import encode_id
from plumb_schema.reads.classes import Ending
from plumb_server import event_stream, streams
from plumb_server.app import make_app
from plumb_server.assembly import product_resources
from plumb_server.changes import Changes
from plumb_tenants.letters import runs
from plumb_tenants.letters.models import LetterRun
from plumb_tenants.letters.runs import start_letter_run, work_on_run
from plumb_tenants.letters.signing import SEAL_TOPIC
from support.companies import add_person
from support.filled_company import new_session
from support.goals_made import add_goals
from support.letters_made import Office, make_office
from support.serving import served

FOLLOW = "subscription ($id: ID!) { letterRun(id: $id) { state issued waiting } }"
EVENTS = {"accept": "text/event-stream", "accept-language": "en"}
Headers = dict[str, str]


@dataclass
class Events:
    """What a stream sends, read event by event."""

    response: httpx2.Response
    comments: int = 0
    lines: AsyncIterator[str] = field(init=False)

    def __post_init__(self) -> None:
        self.lines = self.response.aiter_lines()

    async def next(self) -> tuple[str, Any]:
        """Return the name of the next event and what it carries; `("closed", None)` after the last."""
        name = ""
        async for line in self.lines:
            self.comments += line.startswith(":")
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data:") and name:
                data = line.removeprefix("data:").strip()
                return name, orjson.loads(data) if data else None
        return "closed", None

    async def rest(self) -> list[tuple[str, Any]]:
        """Return all events until the connection ends."""
        found = [await self.next()]
        while found[-1][0] != "closed":
            found.append(await self.next())
        return found[:-1]


@asynccontextmanager
async def following(http: httpx2.AsyncClient, run_id: str, headers: Headers, document: str = FOLLOW) -> AsyncIterator[Events]:
    body = {"query": document, "variables": {"id": run_id}}
    async with http.stream("POST", "/graphql", json=body, headers=EVENTS | headers) as response:
        assert (response.status_code, response.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
        yield Events(response)


@pytest.fixture
async def office(database: Database, monkeypatch: pytest.MonkeyPatch) -> Office:
    """A company with two people who are owed a letter, and a run that does one at a time."""
    monkeypatch.setattr(runs, "CHUNK", 1)
    office = await make_office()
    other = await add_person(office.company, "E2", "李娜", unit=office.unit, manager=office.manager)
    await add_goals(office.company, office.cycle, [(office.unit, other)])
    return office


@pytest.fixture
async def run(office: Office) -> LetterRun:
    async with tenant_transaction(office.company.hr):
        return await start_letter_run(office.company.hr, cycle_id=office.cycle, template_version_id=office.template)


async def token(actor: Actor, *scopes: str) -> Headers:
    async with tenant_transaction(actor):
        made = await create_token(actor, name="进度", scopes=list(scopes or ("letter:issue", "letter:read")), days=1)
    return {"authorization": f"Bearer {made.credential}"}


def id_of(run: LetterRun) -> str:
    return encode_id("LetterRun", run.id)


def shown(state: str, issued: int, waiting: int) -> tuple[str, Any]:
    return "next", {"data": {"letterRun": {"state": state, "issued": issued, "waiting": waiting}}}


async def piece(office: Office, run: LetterRun) -> None:
    async with tenant_transaction(office.company.system):
        await work_on_run(office.company.system, run.id)


async def end_one(office: Office, state: str) -> None:
    async with tenant_transaction(office.company.system):
        first = "select id from letter where state = 'ISSUED' order by id limit 1"
        await execute(f"update letter set state = $1, closed_at = now() where id = ({first})", state)


async def refusal(http: httpx2.AsyncClient, headers: Headers, document: str = FOLLOW) -> tuple[int, str]:
    response = await http.post("/graphql", json={"query": document, "variables": {"id": "x"}}, headers=headers)
    return response.status_code, response.json()["errors"][0]["extensions"]["code"]


async def test_who_may_not_ask_may_not_follow(http: httpx2.AsyncClient, office: Office, run: LetterRun) -> None:
    assert await refusal(http, EVENTS) == (401, "UNAUTHENTICATED")
    cookie = {"cookie": f"plumb_session={await new_session(office.company.hr)}"}
    assert await refusal(http, EVENTS | cookie) == (403, "CSRF_INVALID")
    assert await refusal(http, EVENTS | {"sec-fetch-site": "cross-site"}) == (403, "CROSS_SITE_REFUSED")
    assert await refusal(http, await token(office.company.hr)) == (406, "STREAM_NEEDED")
    async with following(http, id_of(run), await token(office.employee, "letter:read")) as events:
        [(name, body), end] = await events.rest()
    assert (name, body["data"], body["errors"][0]["extensions"]["code"]) == ("next", {"letterRun": None}, "FORBIDDEN")
    assert end == ("complete", None)


async def test_a_document_that_does_not_fit_is_told_by_an_event(http: httpx2.AsyncClient, office: Office) -> None:
    hr = await token(office.company.hr)
    many = "subscription ($id: ID!) { letterRun(id: $id) { id } letter(id: $id) { id } }"
    for document in ("subscription { letterRun { id } }", many, FOLLOW.replace("$id: ID!", "$id: ID!, $n: Int!")):
        async with following(http, "x", hr, document) as events:
            [(name, body), end] = await events.rest()
        assert (name, body["errors"][0]["extensions"]["code"], end) == ("next", "GRAPHQL_INVALID", ("complete", None))


async def test_another_companys_run_is_answered_as_one_that_is_not(http: httpx2.AsyncClient, run: LetterRun) -> None:
    stranger = await token((await make_office("乙方医疗器械有限公司")).company.hr)
    for run_id in (id_of(run), encode_id("LetterRun", run.cycle_id), "nonsense"):
        async with following(http, run_id, stranger) as events:
            assert await events.rest() == [("next", {"data": {"letterRun": None}}), ("complete", None)]


async def test_a_run_is_followed_to_its_end(http: httpx2.AsyncClient, office: Office, run: LetterRun) -> None:
    async with following(http, id_of(run), await token(office.company.hr)) as events:
        assert await events.next() == shown("RUNNING", 0, 2)
        await piece(office, run)
        assert await events.next() == shown("RUNNING", 1, 1)
        await piece(office, run)
        assert await events.next() == shown("RUNNING", 2, 0)
        await piece(office, run)
        assert await events.next() == shown("DONE", 2, 0)
        # One is sealed, as far as the run is told, and one ends unsigned: only then is there nothing to follow.
        await end_one(office, "SEALED")
        await end_one(office, "CANCELLED")
        assert await events.rest() == [("complete", None)]


async def test_a_run_whose_letters_are_all_issued_is_followed_until_each_is_sealed_or_ended(
    http: httpx2.AsyncClient, office: Office, run: LetterRun
) -> None:
    for _ in range(3):
        await piece(office, run)
    document = "subscription ($id: ID!) { letterRun(id: $id) { state unsealed } }"
    async with following(http, id_of(run), await token(office.company.hr), document) as events:
        for left, end in ((2, "SEALED"), (1, "EXPIRED")):
            assert await events.next() == ("next", {"data": {"letterRun": {"state": "DONE", "unsealed": left}}})
            await end_one(office, end)
        rest = await events.rest()
    assert rest == [("next", {"data": {"letterRun": {"state": "DONE", "unsealed": 0}}}), ("complete", None)]


async def test_sealing_that_fails_ends_the_stream_of_the_run_and_of_the_letter(
    http: httpx2.AsyncClient, office: Office, run: LetterRun
) -> None:
    for _ in range(3):
        await piece(office, run)
    await end_one(office, "CANCELLED")
    hr, system = await token(office.company.hr), office.company.system
    document = "subscription ($id: ID!) { letterRun(id: $id) { unsealed halted } }"
    of_letter = "subscription ($id: ID!) { letter(id: $id) { state sealJob { state } } }"
    async with following(http, id_of(run), hr, document) as events:
        assert await events.next() == ("next", {"data": {"letterRun": {"unsealed": 1, "halted": 0}}})
        async with tenant_transaction(system):
            (letter,) = await execute("update letter set state = 'SIGNED' where state = 'ISSUED' returning id")
            await enqueue(system, SEAL_TOPIC, {"letter_id": str(letter["id"])}, dedupe_key=str(letter["id"]))
            await execute("update outbox set failed_at = now(), error_code = 'MISSING_GLYPH' where topic = $1", SEAL_TOPIC)
        rest = await events.rest()
    assert rest == [("next", {"data": {"letterRun": {"unsealed": 1, "halted": 1}}}), ("complete", None)]
    async with following(http, encode_id("Letter", letter["id"]), hr, of_letter) as events:
        shown_letter = {"state": "SIGNED", "sealJob": {"state": "FAILED"}}
        assert await events.rest() == [("next", {"data": {"letter": shown_letter}}), ("complete", None)]


async def test_get_and_fragments_are_followed_alike(http: httpx2.AsyncClient, office: Office, run: LetterRun) -> None:
    for _ in range(3):
        await piece(office, run)
        await end_one(office, "CANCELLED")
    hr = await token(office.company.hr, "letter:issue", "letter:download")
    document = """subscription Mine($id: ID!) { ...Root } query Other { company { name } }
    fragment Root on Subscription { ... on Subscription { here: letterRun(id: $id) { ...Run archivePath } } }
    fragment Run on LetterRun { state }"""
    asked = {"query": document, "variables": orjson.dumps({"id": id_of(run)}).decode(), "operationName": "Mine"}
    async with http.stream("GET", "/graphql", params=asked, headers=EVENTS | hr) as response:
        [(_, body), end] = await Events(response).rest()
    assert body["data"] == {"here": {"state": "DONE", "archivePath": f"/letter-runs/{id_of(run)}/zip"}}
    assert end == ("complete", None)


async def test_a_question_by_events_is_one_answer(http: httpx2.AsyncClient, office: Office) -> None:
    async with following(http, "", await token(office.company.hr), "{ __typename }") as events:
        assert await events.rest() == [("next", {"data": {"__typename": "Query"}}), ("complete", None)]


async def test_a_permission_that_is_withdrawn_ends_the_stream(http: httpx2.AsyncClient, office: Office, run: LetterRun) -> None:
    hr = office.company.hr
    async with following(http, id_of(run), await token(hr)) as events:
        assert await events.next() == shown("RUNNING", 0, 2)
        async with tenant_transaction(office.company.system):
            await execute("""update membership set roles = '["employee"]' where id = $1""", hr.membership_id)
        [(_, body), end] = await events.rest()
    assert (body["data"], body["errors"][0]["extensions"]["code"]) == ({"letterRun": None}, "FORBIDDEN")
    assert end == ("complete", None)


async def test_a_token_that_is_revoked_ends_the_stream_at_the_next_heartbeat(
    http: httpx2.AsyncClient, office: Office, run: LetterRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_stream, "HEARTBEAT_SECONDS", 0.05)
    async with following(http, id_of(run), await token(office.company.hr)) as events:
        assert await events.next() == shown("RUNNING", 0, 2)
        async with tenant_transaction(office.company.system):
            await execute("update api_token set revoked_at = now()")
        [(_, body), end] = await events.rest()
    assert (body["errors"][0]["extensions"]["code"], end) == ("UNAUTHENTICATED", ("complete", None))
    assert events.comments >= 1


async def test_a_person_has_few_streams_and_who_leaves_makes_room(
    http: httpx2.AsyncClient, office: Office, run: LetterRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "MOST_OF_A_PERSON", 1)
    hr = await token(office.company.hr)
    async with following(http, id_of(run), hr) as events:
        await events.next()
        body = {"query": FOLLOW, "variables": {"id": id_of(run)}}
        refused = await http.post("/graphql", json=body, headers=EVENTS | hr)
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "30")
        assert refused.json()["errors"][0]["extensions"]["code"] == "TOO_MANY_STREAMS"
        async with following(http, id_of(run), await token(office.company.admin)) as others:
            assert (await others.next())[0] == "next"
    while (await http.post("/graphql", json=body | {"variables": {"id": "nonsense"}}, headers=EVENTS | hr)).status_code == 429:
        pass


async def test_a_reader_that_takes_nothing_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_stream, "SEND_SECONDS", 0.01)
    open_streams, never = streams.Streams(), asyncio.Event()
    taken: list[str] = []

    async def take(message: Any) -> None:
        taken.append(message["type"])
        if len(taken) > 1:
            await never.wait()

    async def wait(*_: Any) -> Any:
        await never.wait()

    followed = Following("", "", {}, Ending("", lambda _: False), is_counted=True)
    stream = event_stream.EventStream(followed, Operation(""), wait, wait, take)
    await stream.run(system_actor(uuid7()), [], Changes(wait), open_streams)
    assert (taken, open_streams.count) == (["http.response.start", "http.response.body"], 0)


async def test_a_shutdown_ends_streams_without_completing_them(settings: Settings, office: Office, run: LetterRun) -> None:
    hr = await token(office.company.hr)
    async with httpx2.AsyncClient() as client:
        async with served(settings, lambda own: make_app(own, product_resources)) as address:
            client.base_url = httpx2.URL(address)
            stream = following(client, id_of(run), hr)
            events = await stream.__aenter__()
            assert await events.next() == shown("RUNNING", 0, 2)
        assert await events.rest() == []
        await stream.__aexit__(None, None, None)
