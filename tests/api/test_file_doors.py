"""Every address of the product that names a thing: what is another company's is answered as what is not there (N8, A56)."""

import io
import zipfile
from collections.abc import Awaitable, Callable
from urllib.parse import quote
from uuid import uuid4

import httpx2
import pytest

from plumb_platform.actor import Actor
from plumb_platform.database import Database, execute, tenant_transaction
from plumb_platform.settings import Settings
from plumb_schema.ground.ids import encode_id
from plumb_server.assembly import product_routes
from support.companies import make_company, member
from support.filled_company import FilledCompany, fill_company, fingerprint
from support.matrices import grant, matrix, published
from support.serving import Caller

NAMED = {
    "/attachments/{attachment_id}/file": "Attachment",
    "/bonus-periods/{period_id}/file": "BonusPeriod",
    "/letter-runs/{run_id}/zip": "LetterRun",
    "/letters/trials/{trial_id}/preview.pdf": "LetterTrial",
    "/letters/trials/{trial_id}/{page:int}.png": "LetterTrial",
    "/letters/{letter_id}/battle-map.pdf": "Letter",
    "/letters/{letter_id}/audit.pdf": "Letter",
    "/letters/{letter_id}/file": "Letter",
    "/retention/{run_id}/report.json": "RetentionRun",
    "/retention/{run_id}/report.pdf": "RetentionRun",
    "/snapshots/{snapshot_id}/anchor": "Snapshot",
    "/snapshots/{snapshot_id}/file": "Snapshot",
}
BY_DIGEST = "/retention/held/{sha256}"
HOSTILE = ("x", "..%2F..%2Fetc%2Fpasswd", "%00", "%E2%80%AE", "%FF", "'%20or%20true--", "Letter_", "9" * 3000, quote("责任书_𠮷"))
QUERIES = {"/letters/by-link": ["link"], "/retention/by-link": ["link"], "/snapshots/diff": ["old", "new"]}
SignedIn = Callable[[Actor], Awaitable[Caller]]


def place(route: str, name: str) -> str:
    """Return the path of a route with a name in the place of its thing."""
    head, _, end = route.partition("{")
    return head + name + end.partition("}")[2].replace("{page:int}", "1")


@pytest.fixture(scope="module")
async def theirs(database: Database) -> FilledCompany:
    return await fill_company("乙方医疗器械有限公司")


@pytest.fixture
async def caller(database: Database, signed_in: SignedIn) -> Caller:
    """Return an administrator of a company that has nothing yet."""
    return await signed_in((await make_company("甲方医疗器械有限公司")).admin)


def told(answer: httpx2.Response, asked: str) -> tuple[int, str]:
    """Return what an answer says, but for the request's id and the id that was asked for."""
    body = answer.json()["errors"][0]
    return answer.status_code, f"{body['extensions']['code']}: {body['message'].replace(asked, '<id>')}"


def test_every_address_that_names_a_thing_is_walked(settings: Settings) -> None:
    known = {route.path for route in product_routes(settings) if "{" in route.path}  # type: ignore[attr-defined]  # all are Routes
    assert known == {*NAMED, BY_DIGEST}


async def test_a_foreign_thing_is_answered_as_one_that_is_not_there(
    theirs: FilledCompany, caller: Caller, http: httpx2.AsyncClient
) -> None:
    before = await fingerprint(theirs.company)
    for route, kind in NAMED.items():
        foreign, unknown = (encode_id(kind, each) for each in (theirs.ids[kind], uuid4()))
        assert told(await caller.http.get(place(route, foreign)), foreign) == told(
            await caller.http.get(place(route, unknown)), unknown
        ), route
        assert (await caller.http.get(place(route, foreign))).status_code == 404, route
        assert (await http.get(place(route, foreign))).status_code == 401, route
    assert await fingerprint(theirs.company) == before


HIDING = {
    "letter:read": ["Letter.number"],
    "letter:issue": None,
    "letter:download": None,
    "submission:read": ["Attachment.name"],
    "trial:read": ["LetterTrial.finishedAt"],
}
PATHS = "{ letters { edges { node { downloadPath } } } }"


async def test_what_a_matrix_hides_has_no_address_and_is_not_handed_out(theirs: FilledCompany, signed_in: SignedIn) -> None:
    scopes = {word: "OWN" if word == "trial:read" else "COMPANY" for word in HIDING}
    whole = [grant(word, scopes[word]) for word in HIDING]
    narrow = [grant(word, scopes[word], **({"fields": fields} if fields else {})) for word, fields in HIDING.items()]
    await published(theirs.company.admin, matrix(whole=whole, narrow=narrow))
    async with tenant_transaction(theirs.company.system):
        await execute("update letter set file_key = 'letters/lost.pdf', file_sha256 = repeat('0', 64) where file_key is null")
    for role, hidden in (("whole", []), ("narrow", ["Letter.downloadPath"])):
        actor = await member(theirs.company.tenant_id, role)
        async with tenant_transaction(theirs.company.system):
            await execute("update letter_trial set made_by = $1, pdf_key = 'lost', pages = '[\"lost\"]'", actor.membership_id)
        caller = await signed_in(actor)
        body = (await caller.post(PATHS)).json()
        assert body.get("extensions", {}).get("hidden", []) == hidden
        assert any(edge["node"]["downloadPath"] for edge in body["data"]["letters"]["edges"]) is (role == "whole")
        for route, kind in NAMED.items():
            if kind in ("Attachment", "Letter", "LetterTrial"):
                answer = await caller.http.get(place(route, encode_id(kind, theirs.ids[kind])))
                refused = answer.status_code == 403 and answer.json()["errors"][0]["extensions"]["code"] == "FIELD_HIDDEN"
                assert refused is (role == "narrow"), (route, answer.status_code)
        run = encode_id("LetterRun", theirs.ids["LetterRun"])
        with zipfile.ZipFile(io.BytesIO((await caller.http.get(f"/letter-runs/{run}/zip")).content)) as opened:
            lines = opened.read("manifest.csv").decode().splitlines()
        assert (len(lines) > 1) is (role == "whole"), lines


async def test_whatever_stands_in_the_place_of_an_id_is_refused_and_nothing_fails(caller: Caller) -> None:
    paths = [place(route, name) for route in [*NAMED, BY_DIGEST] for name in HOSTILE]
    paths += [f"{path}?{word}={name}" for path, words in QUERIES.items() for word in words for name in ("", *HOSTILE)]
    odd = {path[:80]: status for path in paths if not 400 <= (status := (await caller.http.get(path)).status_code) < 500}
    assert odd == {}
