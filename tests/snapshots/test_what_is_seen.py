"""A snapshot tells no more than the goals in it do: rows and fields of today's matrix in differences, files whole or refused."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from plumb_platform.actor import Actor
from plumb_platform.clock import clock_at
from plumb_platform.database import Database, execute, fetch_value, tenant_transaction
from plumb_platform.errors import DomainError
from plumb_platform.settings import Settings
from plumb_schema.ground.ids import encode_id
from plumb_tenants.access.service import SHIPPED
from plumb_tenants.goals.service import Said, check_in
from plumb_tenants.snapshots.exporting import download_file
from plumb_tenants.snapshots.service import record_signals, take_snapshot
from support.asking import Ask
from support.companies import CompanyFixture, add_person, add_unit, make_company
from support.goals_made import add_cycle, add_goals, revise
from support.matrices import Json, grant, matrix, published
from support.snapshots_made import signal
from support.tampering import tampering

AFTER = datetime(2026, 12, 3, 4, tzinfo=UTC)
"""When the snapshots are taken: within their goals' cycle."""
DIFF = """query ($old: ID!, $new: ID!, $first: Int! = 100) { diffSnapshots(old: $old, new: $new, first: $first) {
  added removed changed changes { kind goalId title fields { field old new } } inputs { input items { name new } } } }"""
EXPORT = """mutation ($input: ExportSnapshotInput!) { exportSnapshot(input: $input) {
  ... on Job { id } ... on Problem { code field message } } }"""
VERIFY = "query ($id: ID!) { verifySnapshot(id: $id) { valid fault ordinal goalId } }"
BESIDE = [grant(f"{name}:read") for name in ("person", "unit", "cycle", "company", "signal")]
ALL_BUT_TARGET = [
    "Goal.title",
    "Goal.weight",
    "Goal.owner",
    "Goal.ownerId",
    "Goal.unit",
    "Goal.unitId",
    "Goal.cycle",
    "Goal.metric",
]


@dataclass(frozen=True)
class Pictured:
    """Two snapshots between which both goals were revised, one got another title, one a report, and a signal came in."""

    company: CompanyFixture
    units: tuple[UUID, UUID]
    goals: tuple[UUID, UUID]
    old: UUID
    new: UUID

    @property
    def asked(self) -> dict[str, str]:
        """Return the variables that ask for the difference."""
        return {"old": encode_id("Snapshot", self.old), "new": encode_id("Snapshot", self.new)}

    def id(self, place: int) -> str:
        """Return the id of a goal."""
        return encode_id("Goal", self.goals[place])


@pytest.fixture
async def pictured(database: Database) -> Pictured:
    company = await make_company()
    units = await add_unit(company, "GD", "广东"), await add_unit(company, "BJ", "北京")
    owners = [await add_person(company, f"E{place}", f"员工{place}", unit=unit) for place, unit in enumerate(units)]
    goals = await add_goals(company, await add_cycle(company), list(zip(units, owners, strict=True)))
    ids = []
    for turn in range(2):
        with clock_at(AFTER + timedelta(minutes=turn)):
            async with tenant_transaction(company.hr):
                ids.append((await take_snapshot(company.hr)).id)
            if turn:
                break
            for goal in goals:
                await revise(company, goal, Decimal("1500000.00"), confirmed=True)
            async with tenant_transaction(company.hr):
                await record_signals(company.hr, [signal()])
            async with tenant_transaction(owners[1]):
                await check_in(owners[1], goal_id=goals[1], said=Said(value=Decimal(700)))
            async with tenant_transaction(company.system):
                await execute("update goal set title = '新名称' where id = $1", goals[0])
    return Pictured(company, units, (goals[0], goals[1]), *ids)


async def viewer(pictured: Pictured, *grants: Json, unit: int = 0) -> Actor:
    """Return somebody with these grants alone."""
    await published(pictured.company.admin, matrix(viewer=[grant("snapshot:read"), *grants]))
    return await add_person(pictured.company, "V1", "观察者", unit=pictured.units[unit], roles=("viewer",))


def fields(change: Json) -> dict[str, tuple[Any, Any]]:
    """Return old and new values of a change by field."""
    return {each["field"]: (json.loads(each["old"]), json.loads(each["new"])) for each in change["fields"]}


async def test_who_sees_everything_is_told_everything(pictured: Pictured, ask: Ask) -> None:
    body = await ask.body(pictured.company.hr, DIFF, **pictured.asked)
    found = body["data"]["diffSnapshots"]
    assert (found["added"], found["removed"], found["changed"], "extensions" in body) == (0, 0, 2, False)
    first, second = [fields(change) for change in found["changes"]]
    assert (first["target"], first["title"]) == (("1200000.00", "1500000.00"), ("华南区销售额", "新名称"))
    assert (second["actual"], "title" in second) == ((None, "700.00"), False)
    assert {each["input"]: len(each["items"]) for each in found["inputs"]} == {"ACTUALS": 2, "MARKET": 1}
    made = await ask(pictured.company.hr, EXPORT, input={"id": pictured.asked["new"], "format": "JSON"})
    assert set(made) == {"id"}


async def test_hidden_values_are_left_out_and_named_and_a_goal_that_changed_by_them_alone_did_not(
    pictured: Pictured, ask: Ask
) -> None:
    actor = await viewer(pictured, grant("goal:read", fields=ALL_BUT_TARGET), *BESIDE)
    body = await ask.body(actor, DIFF, **pictured.asked)
    found = body["data"]["diffSnapshots"]
    # Both got another version, which is never hidden.
    assert (found["added"], found["removed"], found["changed"]) == (0, 0, 2)
    first, second = [fields(change) for change in found["changes"]]
    assert set(first) == {"title", "version_id", "version_number"}
    assert set(second) == {"version_id", "version_number"}
    assert "1500000" not in json.dumps(body)
    assert "700.00" not in json.dumps(body)
    hidden = set(body["extensions"]["hidden"])
    assert {"Goal.target", "Goal.actual", "Goal.months", "Goal.attainment"} <= hidden
    assert not hidden & set(ALL_BUT_TARGET)
    assert [(each["input"], each["items"] == []) for each in found["inputs"]] == [("ACTUALS", True), ("MARKET", False)]


async def test_a_hidden_title_is_null(pictured: Pictured, ask: Ask) -> None:
    actor = await viewer(pictured, grant("goal:read", fields=["Goal.target"]), *BESIDE)
    body = await ask.body(actor, DIFF, **pictured.asked)
    changes = body["data"]["diffSnapshots"]["changes"]
    assert [(each["title"], fields(each)["target"][1]) for each in changes] == [(None, "1500000.00")] * 2
    assert "名称" not in json.dumps(body, ensure_ascii=False)


@pytest.mark.parametrize("filtered", [False, True])
async def test_goals_beyond_reach_are_in_no_count_and_no_input(pictured: Pictured, ask: Ask, *, filtered: bool) -> None:
    own = {"filter": 'NOT(title = "新名称")', "scope": "COMPANY"} if filtered else {"scope": "UNIT"}
    actor = await viewer(pictured, grant("goal:read", **own), *BESIDE, unit=1)
    for first in (100, 1, 0):
        body = await ask.body(actor, DIFF, **pictured.asked, first=first)
        found = body["data"]["diffSnapshots"]
        assert (found["added"], found["removed"], found["changed"]) == (0, 0, 1)
        assert [each["goalId"] for each in found["changes"]] == [pictured.id(1)][:first]
        assert [(each["input"], len(each["items"])) for each in found["inputs"]] == [("ACTUALS", 0), ("MARKET", 1)]
        assert "新名称" not in json.dumps(body, ensure_ascii=False)


async def test_names_of_people_and_facts_from_outside_show_to_who_reads_those(pictured: Pictured, ask: Ask) -> None:
    async with tenant_transaction(pictured.company.system):
        successor = await fetch_value("select id from person where number = 'E1'")
        await execute("update goal set owner_id = $2 where id = $1", pictured.goals[0], successor)
    with clock_at(AFTER + timedelta(minutes=2)):
        async with tenant_transaction(pictured.company.hr):
            third = (await take_snapshot(pictured.company.hr)).id
    beside = [grant(f"{name}:read") for name in ("unit", "cycle")]
    actor = await viewer(pictured, grant("goal:read"), grant("person:read", "OWN"), *beside)
    body = await ask.body(actor, DIFF, old=pictured.asked["old"], new=encode_id("Snapshot", third))
    found = body["data"]["diffSnapshots"]
    (first,) = [fields(each) for each in found["changes"] if each["goalId"] == pictured.id(0)]
    assert ("owner_id" in first, "owner_name" in first, "owner_number" in first) == (True, False, False)
    assert "员工" not in json.dumps(body, ensure_ascii=False)
    assert [(each["input"], each["items"]) for each in found["inputs"]] == [("ACTUALS", []), ("MARKET", [])]


@pytest.mark.parametrize(
    "grants",
    [
        [grant("goal:read", fields=ALL_BUT_TARGET), *BESIDE],
        [grant("goal:read", "UNIT"), *BESIDE],
        [grant("goal:read"), grant("goal:read", "UNIT", effect="DENY", fields=["Goal.weight"]), *BESIDE],
        [grant("goal:read"), *BESIDE[1:]],
        [grant("goal:read"), *BESIDE[:-1]],
        BESIDE,
    ],
)
async def test_a_file_is_neither_made_nor_handed_out_to_who_sees_a_part(pictured: Pictured, ask: Ask, grants: list[Json]) -> None:
    actor = await viewer(pictured, *grants)
    asked = {"id": pictured.asked["new"], "format": "JSON"}
    refused = await ask(actor, EXPORT, input=asked)
    assert (refused["code"], refused["field"]) == ("SNAPSHOT_PARTLY_HIDDEN", "id")
    async with tenant_transaction(pictured.company.system):
        assert await fetch_value("select count(*) from outbox where topic = 'snapshots.export'") == 0
    async with tenant_transaction(actor):
        with pytest.raises(DomainError) as caught:
            await download_file(actor, pictured.new, form="JSON", locale="en", storage=ask.ground.storage)
    assert caught.value.code == "SNAPSHOT_PARTLY_HIDDEN"


async def test_a_unit_s_own_snapshot_is_whole_for_who_sees_all_of_the_unit(pictured: Pictured, ask: Ask) -> None:
    actor = await viewer(pictured, grant("goal:read", "SUBTREE"), grant("job:read", "OWN"), *BESIDE, unit=1)
    async with tenant_transaction(pictured.company.hr):
        taken = [(await take_snapshot(pictured.company.hr, unit_id=unit)).id for unit in reversed(pictured.units)]
    made = await ask(actor, EXPORT, input={"id": encode_id("Snapshot", taken[0]), "format": "JSON"})
    assert set(made) == {"id"}
    refused = await ask(actor, EXPORT, input={"id": encode_id("Snapshot", taken[1]), "format": "JSON"})
    assert refused["code"] == "SNAPSHOT_PARTLY_HIDDEN"


async def test_a_proof_names_a_broken_goal_to_who_reads_it(pictured: Pictured, ask: Ask, settings: Settings) -> None:
    reader = await viewer(pictured, grant("goal:read", "UNIT"), *BESIDE)
    for place, goal in ((1, pictured.id(0)), (2, None)):
        async with tampering(settings) as superuser:
            before = await superuser.fetchval("select hashes from snapshot_bundle where snapshot_id = $1", pictured.new)
            sql = "update snapshot_bundle set hashes[$2] = sha256('x') where snapshot_id = $1"
            await superuser.execute(sql, pictured.new, place)
            for actor, told in ((reader, goal), (pictured.company.hr, pictured.id(place - 1))):
                report = await ask(actor, VERIFY, id=pictured.asked["new"])
                assert report == {"valid": False, "fault": "ROW", "ordinal": place, "goalId": told}
            await superuser.execute("update snapshot_bundle set hashes = $2 where snapshot_id = $1", pictured.new, before)


async def test_the_decision_maker_s_view_tells_targets_and_no_weights(pictured: Pictured, ask: Ask) -> None:
    await published(pictured.company.admin, SHIPPED["decision_maker"])
    actor = await add_person(pictured.company, "V1", "决策者", unit=pictured.units[0], roles=("decision_maker",))
    body = await ask.body(actor, DIFF, **pictured.asked)
    first = fields(body["data"]["diffSnapshots"]["changes"][0])
    assert set(first) == {"target", "title", "version_id", "version_number"}
    assert "Goal.weight" in body["extensions"]["hidden"]
