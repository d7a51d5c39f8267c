"""What somebody could fetch or walk through is theirs as long as their rights are: files, links, archives, pages (C56, A17).

Asked for again in every way: with the tag of what they have, by a link or a cursor given out before, for a file whose job was
queued before.
"""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest

from plumb_platform.actor import Actor
from plumb_platform.clock import today
from plumb_platform.database import Database, execute, fetch_value, tenant_transaction
from plumb_platform.documents.renderer import Renderer
from plumb_platform.identity.members import close_membership
from plumb_platform.settings import Settings
from plumb_platform.storage import open_storage
from plumb_schema.ground.ids import encode_id
from plumb_tenants.access.service import RoleTarget, assign_role, delegate_role, revoke_assignment
from plumb_tenants.letters.service import SealTools, seal_letter
from plumb_tenants.snapshots.exporting import make_file
from plumb_tenants.snapshots.resources import SnapshotFormat
from plumb_tenants.snapshots.service import take_snapshot
from support.companies import VAULT, add_person, add_unit
from support.goals_made import add_goals
from support.letters_made import Office, fill_run, make_office
from support.matrices import grant, matrix, published
from support.office import membership_of, person_of
from support.serving import Caller

SignedIn = Callable[[Actor], Awaitable[Caller]]
Lose = Callable[[], Awaitable[object]]
WORDS = ("snapshot", "goal", "person", "unit", "cycle", "company", "signal", "audit", "letter")
KEEPER = [*(grant(f"{each}:read") for each in WORDS), *map(grant, ("letter:issue", "letter:download", "job:read"))]
EXPORT = """mutation ($input: ExportSnapshotInput!) { exportSnapshot(input: $input) {
  ... on Job { id } ... on Problem { code field } } }"""
LINK = """mutation ($input: CreateLetterLinkInput!) { createLetterLink(input: $input) {
  ... on LetterLink { path } ... on Problem { code } } }"""
PAGE = """query ($after: String, $order: [GoalOrder!]) { goals(first: 1, after: $after, orderBy: $order) {
  pageInfo { endCursor hasNextPage } edges { node { title target } } } }"""


class Files:
    """An office with a sealed letter in a run and a snapshot, and what there is to be fetched of it."""

    def __init__(self, office: Office, paths: list[str], snapshot: UUID, letter: UUID) -> None:
        self.office, self.paths, self.snapshot, self.letter = office, paths, snapshot, letter

    async def sql(self, statement: str, *values: object) -> None:
        """Change what stands in the company."""
        async with tenant_transaction(self.office.company.system):
            await execute(statement, *values)


@pytest.fixture(scope="module")
async def files(settings: Settings, database: Database, renderer: Renderer) -> Files:
    office = await make_office()
    system, hr = office.company.system, office.company.hr
    storage, signed = open_storage(settings.storage_url, home=settings.home), await office.signed()
    tools = SealTools(renderer=renderer, storage=storage, vault=VAULT, public_url="https://plumb.example.test/")
    await fill_run(system, signed)
    async with tenant_transaction(system):
        letter = await seal_letter(system, signed.id, tools)
        run = await fetch_value("select id from letter_run")
    async with tenant_transaction(hr):
        snapshot = (await take_snapshot(hr)).id
    async with tenant_transaction(system):
        await make_file(system, snapshot, form=SnapshotFormat.JSON, locale="zh-CN", storage=storage, renderer=renderer)
    paths = [
        f"/snapshots/{encode_id('Snapshot', snapshot)}/file?format=JSON",
        f"/letters/{encode_id('Letter', letter.id)}/file",
        f"/letter-runs/{encode_id('LetterRun', run)}/zip",
        "/audit/chain.jsonl",
    ]
    return Files(office, paths, snapshot, letter.id)


async def by_assignment(files: Files, keeper: Actor, **target: Any) -> Lose:
    """Give the role, and return what takes it back."""
    admin = files.office.company.admin
    async with tenant_transaction(admin):
        made = await assign_role(admin, role="keeper", target=RoleTarget(**(target or {"person_id": person_of(keeper)})))

    async def lost() -> None:
        async with tenant_transaction(admin):
            await revoke_assignment(admin, made.id)

    return lost


async def by_position(files: Files, keeper: Actor) -> Lose:
    await files.sql("update person set position = '档案员' where id = $1", person_of(keeper))
    await by_assignment(files, keeper, position="档案员")
    return lambda: files.sql("update person set position = '' where id = $1", person_of(keeper))


async def by_unit(files: Files, keeper: Actor) -> Lose:
    away, place = await add_unit(files.office.company, "AW", "他处"), await add_unit(files.office.company, "AR", "档案室")
    await files.sql("update person set unit_id = $2 where id = $1", person_of(keeper), place)
    await by_assignment(files, keeper, unit_id=place)
    return lambda: files.sql("update person set unit_id = $2 where id = $1", person_of(keeper), away)


async def by_delegation(files: Files, keeper: Actor) -> Lose:
    company = files.office.company
    lender = await add_person(company, "L1", "馆长", unit=files.office.unit, roles=("employee", "keeper"))
    async with tenant_transaction(lender):
        await delegate_role(lender, role="keeper", person_id=person_of(keeper), ends_on=today("Asia/Shanghai"))

    async def lost() -> None:
        async with tenant_transaction(company.admin):
            await close_membership(company.admin, membership_id=membership_of(lender))

    return lost


async def by_matrix(files: Files, keeper: Actor) -> Lose:
    await by_assignment(files, keeper)
    return lambda: published(files.office.company.admin, matrix(keeper=[grant("unit:read")]))


WAYS = {each.__name__: each for each in (by_assignment, by_position, by_unit, by_delegation, by_matrix)}


@pytest.mark.parametrize("way", list(WAYS))
async def test_nothing_is_handed_out_any_more_by_path_tag_or_link(files: Files, signed_in: SignedIn, way: str) -> None:
    office = files.office
    await published(office.company.admin, matrix(keeper=KEEPER))
    keeper = await add_person(office.company, f"K{list(WAYS).index(way)}", "保管员", unit=office.unit)
    lose = await WAYS[way](files, keeper)
    caller, asked = await signed_in(keeper), {"letterId": encode_id("Letter", files.letter)}
    link = (await caller.ask(LINK, input=asked))["path"]
    tags = {}
    for path in (*files.paths, link):
        answer = await caller.http.get(path, timeout=60)
        assert answer.status_code == 200, (path, answer.text)
        tags[path] = answer.headers.get("etag", '"none"')
    await lose()
    for path, tag in tags.items():
        for headers in ({}, {"if-none-match": tag}, {"if-none-match": "*"}):
            answer = await caller.http.get(path, headers=headers, timeout=60)
            assert answer.status_code in (403, 404), (path, answer.status_code)
            assert answer.headers["content-type"].startswith("application/json")
            assert answer.json()["errors"][0]["extensions"]["code"] in ("FORBIDDEN", "NOT_FOUND")


async def test_a_file_that_was_asked_for_before_is_made_and_handed_to_who_may_have_it_now(
    files: Files, signed_in: SignedIn, settings: Settings, renderer: Renderer
) -> None:
    office = files.office
    await published(office.company.admin, matrix(keeper=KEEPER))
    keeper = await add_person(office.company, "K9", "保管员", unit=office.unit)
    lose = await by_assignment(files, keeper)
    caller, hr = await signed_in(keeper), await signed_in(office.company.hr)
    asked = {"id": encode_id("Snapshot", files.snapshot), "format": "XLSX"}
    assert set(await caller.ask(EXPORT, input=asked)) == {"id"}
    path = files.paths[0].replace("JSON", "XLSX&lang=zh-CN")
    assert (await caller.http.get(path)).json()["errors"][0]["extensions"]["code"] == "SNAPSHOT_FILE_MISSING"
    hidden = [each for each in KEEPER if each["resource"] != "goal"] + [grant("goal:read", fields=["Goal.title"])]
    await published(office.company.admin, matrix(keeper=hidden))
    storage, system = open_storage(settings.storage_url, home=settings.home), office.company.system
    async with tenant_transaction(system):
        await make_file(system, files.snapshot, form=SnapshotFormat.XLSX, locale="zh-CN", storage=storage, renderer=renderer)
    refused = await caller.http.get(path)
    assert (refused.status_code, refused.json()["errors"][0]["extensions"]["code"]) == (403, "SNAPSHOT_PARTLY_HIDDEN")
    assert (await caller.ask(EXPORT, input=asked))["code"] == "SNAPSHOT_PARTLY_HIDDEN"
    assert (await hr.http.get(path)).status_code == 200
    await published(office.company.admin, matrix(keeper=KEEPER))
    assert (await caller.http.get(path)).status_code == 200
    await lose()
    assert (await caller.http.get(path)).status_code == 403


async def test_a_walk_through_pages_goes_on_within_the_new_rights(files: Files, signed_in: SignedIn) -> None:
    office = files.office
    other = await add_unit(office.company, "BJ", "北京")
    for place, unit in enumerate((office.unit, other, office.unit, other)):
        await add_goals(office.company, office.cycle, [(unit, office.employee)], title=f"走查{place}")
    titles = sorted(["走查0", "走查1", "走查2", "走查3", "华南区销售额"])
    await published(office.company.admin, matrix(walker=[grant("goal:read")], employee=[]))
    walker = await add_person(office.company, "W1", "走查员", unit=other, roles=("walker",))
    caller, order = await signed_in(walker), [{"field": "TITLE", "direction": "ASC"}]
    by_target = [{"field": "TARGET", "direction": "ASC"}]

    async def page(after: str | None, order: list[dict[str, str]] = order) -> Any:
        return (await caller.post(PAGE, after=after, order=order)).json()

    first = (await page(None))["data"]["goals"]
    at_target = (await page(None, by_target))["data"]["goals"]["pageInfo"]["endCursor"]
    assert [edge["node"]["title"] for edge in first["edges"]] == titles[:1]
    cursor = first["pageInfo"]["endCursor"]
    # Their own unit alone, from the next page on, with the cursor of a row that they do not read any more.
    await published(office.company.admin, matrix(walker=[grant("goal:read", "UNIT", fields=["Goal.title"])], employee=[]))
    walked = []
    while cursor:
        found = (await page(cursor))["data"]["goals"]
        walked += [edge["node"] for edge in found["edges"]]
        cursor = found["pageInfo"]["endCursor"] if found["pageInfo"]["hasNextPage"] else None
    assert walked == [{"title": title, "target": None} for title in titles[1:] if title in ("走查1", "走查3")]
    # Nor does a cursor go on by an order whose field is hidden now.
    refused = await page(at_target, by_target)
    assert (refused["data"]["goals"], refused["errors"][0]["extensions"]["code"]) == (None, "FIELD_HIDDEN")
    await published(office.company.admin, matrix(walker=[], employee=[]))
    gone = await page(first["pageInfo"]["endCursor"])
    assert (gone["errors"][0]["extensions"]["code"], gone["data"]) == ("FORBIDDEN", {"goals": None})
