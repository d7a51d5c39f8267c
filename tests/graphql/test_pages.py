import hmac
from base64 import urlsafe_b64encode

import orjson
import pytest

from plumb_schema.ground.cursors import Cursors
from plumb_schema.ground.ids import encode_id
from support.companies import CompanyFixture, add_unit, make_company
from support.small_api import Ask


def forged(place: bytes, values: list[str]) -> str:
    """Return a cursor signed with a key of one's own choice."""
    body = orjson.dumps(values)
    return urlsafe_b64encode(hmac.digest(place, body, "sha256")[:16] + body).rstrip(b"=").decode()


PAGE = """query ($first: Int, $after: String) { places(first: $first, after: $after) {
  edges { cursor node { code } } pageInfo { hasNextPage endCursor } totalCount } }"""


@pytest.mark.parametrize("first", [0, -1, 101, 2_000_000])
async def test_a_page_size_out_of_bounds_is_refused(ask: Ask, company: CompanyFixture, first: int) -> None:
    answer = await ask(company.hr, PAGE, first=first)
    assert answer.body["data"] == {"places": None}
    assert answer.body["errors"][0]["extensions"] == {"code": "PAGE_SIZE_INVALID", "field": "first"}
    assert (
        answer.body["errors"][0]["message"]
        == f"A page holds between 1 and 100 items; {first} were asked for. Go from page to page for more."
    )


async def test_forged_and_foreign_cursors_are_refused(ask: Ask, company: CompanyFixture) -> None:
    other = await make_company()
    await add_unit(other, "A", "他人")
    foreign = (await ask(other.hr, PAGE)).body["data"]["places"]["pageInfo"]["endCursor"]
    own = [encode_id("Place", company.tenant_id), "A"]
    wrong_key = forged(Cursors((b"x" * 32,)).places(company.tenant_id, "Query.places:code,id")[0], own)
    wrong_list = forged(Cursors((b"k" * 32,)).places(company.tenant_id, "Query.goals:id")[0], own)
    wrong_order = forged(Cursors((b"k" * 32,)).places(company.tenant_id, "Query.places:-code,-id")[0], own)
    for cursor in (foreign, wrong_key, wrong_list, wrong_order, "", "é", "A" * 5000):
        answer = await ask(company.hr, PAGE, after=cursor)
        assert answer.body["data"] == {"places": None}
        assert answer.body["errors"][0]["extensions"] == {"code": "CURSOR_INVALID", "field": "after"}


async def test_pages_hold_every_row_once_in_order(ask: Ask, company: CompanyFixture) -> None:
    for code in ("D", "A", "C", "E", "B"):
        await add_unit(company, code, code)
    seen, after, sizes = [], None, []
    while True:
        places = (await ask(company.hr, PAGE, first=2, after=after)).body["data"]["places"]
        assert places["totalCount"] == 5
        seen += [edge["node"]["code"] for edge in places["edges"]]
        sizes.append(len(places["edges"]))
        after = places["pageInfo"]["endCursor"]
        if not places["pageInfo"]["hasNextPage"]:
            break
    assert (seen, sizes) == (["A", "B", "C", "D", "E"], [2, 2, 1])
