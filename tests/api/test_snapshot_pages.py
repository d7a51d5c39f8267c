"""Snapshots over plain HTTP: their files in three formats, and the page of what changed between two (N6)."""

import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal
from io import BytesIO
from uuid import UUID, uuid4
from zipfile import ZipFile
from zoneinfo import ZoneInfo

import httpx2
import pytest

from plumb_platform.actor import Actor
from plumb_platform.database import Database, fetch, fetch_value, tenant_transaction
from plumb_platform.documents.renderer import Renderer
from plumb_platform.errors import NotFound
from plumb_platform.numbers.canonical import sha256_hex
from plumb_platform.settings import Settings
from plumb_platform.storage import open_storage
from plumb_schema.ground.ids import encode_id
from plumb_server.snapshots import difference_data
from plumb_tenants.snapshots.anchoring import anchor_snapshot
from plumb_tenants.snapshots.comparing import GoalChange, SnapshotDiff
from plumb_tenants.snapshots.exporting import make_file, request_export
from plumb_tenants.snapshots.resources import SnapshotFormat
from plumb_tenants.snapshots.rules import FieldChange
from plumb_tenants.snapshots.service import record_signals, snapshot_bytes, take_snapshot
from plumb_verify.files import Options, verify
from support.companies import VAULT, CompanyFixture, add_person, add_unit, make_company
from support.filled_company import new_session
from support.goals_made import add_cycle, add_goals, revise
from support.matrices import grant, matrix, published
from support.snapshots_made import forecast, signal

Get = Callable[[Actor, str], Awaitable[httpx2.Response]]


@dataclass(frozen=True)
class Pictured:
    """A company with two snapshots between which a goal was revised and a signal came in."""

    company: CompanyFixture
    employee: Actor
    old: UUID
    new: UUID

    @property
    def difference(self) -> str:
        """Return the address of the page."""
        return f"/snapshots/diff?old={encode_id('Snapshot', self.old)}&new={encode_id('Snapshot', self.new)}"

    def file(self, form: str) -> str:
        """Return the address of a file."""
        return f"/snapshots/{encode_id('Snapshot', self.new)}/file?format={form}&lang=zh-CN"


@pytest.fixture(scope="module")
async def pictured(database: Database) -> Pictured:
    company = await make_company()
    unit = await add_unit(company, "GD", "广东省区")
    employee = await add_person(company, "E1", "张伟", unit=unit)
    cycle = await add_cycle(company)
    (goal,) = await add_goals(company, cycle, [(unit, employee)], title="<b>销售额</b>")
    ids = []
    for turn in range(2):
        async with tenant_transaction(company.hr):
            ids.append((await take_snapshot(company.hr)).id)
            if turn == 0:
                await record_signals(company.hr, [signal(), forecast("80", "100")])
        await revise(company, goal, Decimal("1500000.00"), confirmed=True)
    return Pictured(company, employee, *ids)


@pytest.fixture
def get(http: httpx2.AsyncClient) -> Get:
    async def got(actor: Actor, path: str) -> httpx2.Response:
        return await http.get(path, headers={"cookie": f"plumb_session={await new_session(actor)}"})

    return got


async def test_nobody_and_nobody_else_sees_the_difference_or_a_file(
    http: httpx2.AsyncClient, get: Get, pictured: Pictured
) -> None:
    stranger = (await make_company("另一家公司")).admin
    for path in (pictured.difference, pictured.file("JSON")):
        assert (await http.get(path)).status_code == 401
        assert (await get(pictured.employee, path)).status_code == 403
        foreign = await get(stranger, path)
        assert foreign.status_code == 404
        assert "销售额" not in foreign.text
    assert (await get(pictured.company.hr, "/snapshots/diff?old=x")).status_code == 404


async def test_the_page_shows_old_and_new_values_in_both_languages(get: Get, pictured: Pictured) -> None:
    page = await get(pictured.company.hr, f"{pictured.difference}&lang=zh-CN")
    assert page.status_code == 200
    assert "script-src" not in page.headers["content-security-policy"]
    for text in (
        "快照差异",
        "变更 1",
        "&lt;b&gt;销售额&lt;/b&gt;",
        '<td>目标值</td><td class="old">1,200,000.00</td><td class="new">1,500,000.00</td>',
        "市场变动信号 · 缺失 → 已纳入",
        "数值 80.0000 · 预算 100.0000 · 偏离% 20.00",
    ):
        assert text in page.text
    assert "<b>销售额" not in page.text
    async with tenant_transaction(pictured.company.hr):
        taken = await fetch_value("select taken_at from snapshot where id = $1", pictured.new)
    assert f"{taken.astimezone(ZoneInfo('Asia/Shanghai')):%Y-%m-%dT%H:%M:%S}+08:00" in page.text
    assert re.search(
        r'<td>确认时间</td><td class="old">[-\d]{10} [:\d]{8}\+08:00</td><td class="new">[-\d]{10} [:\d]{8}\+08:00</td>',
        page.text,
    )
    english = await get(pictured.company.hr, f"{pictured.difference}&lang=en")
    assert "Market signals · MISSING → present" in english.text
    assert (await get(pictured.company.hr, "/static/snapshots.css")).headers["content-type"].startswith("text/css")


def test_the_page_has_figures_grouped_each_month_by_itself_and_no_inner_names() -> None:
    changed = [("months", ["98765432109876.55"], ["0", "-1200"]), ("owner_id", "a", "b"), ("target", None, "11385000.00")]
    fields = tuple(FieldChange(*each) for each in changed)
    found = SnapshotDiff(0, 0, 1, (GoalChange("CHANGED", uuid4(), None, fields),))
    (shown,) = difference_data([], found, "zh-CN", ZoneInfo("Asia/Shanghai"))["changes"]
    assert shown == {
        "kind": "CHANGED",
        "title": None,
        "fields": [("months", ["98,765,432,109,876.55"], ["0", "-1,200"]), ("target", "—", "11,385,000.00")],
    }


async def test_the_page_says_that_nothing_changed_and_at_its_top_how_much_is_not_listed(get: Get, database: Database) -> None:
    company = await make_company()
    hr, unit, cycle, ids = company.hr, await add_unit(company, "GD", "广东省区"), await add_cycle(company), []
    employee = await add_person(company, "E1", "张伟", unit=unit)
    for count in (0, 203):
        await add_goals(company, cycle, [(unit, employee)] * count)
        async with tenant_transaction(hr):
            ids.append(encode_id("Snapshot", (await take_snapshot(hr)).id))
    same = await get(hr, f"/snapshots/diff?old={ids[0]}&new={ids[0]}&lang=zh-CN")
    assert "您可见的目标在两个快照中完全相同。" in same.text
    many = await get(hr, f"/snapshots/diff?old={ids[0]}&new={ids[1]}&lang=zh-CN")
    listed = '<p class="hint">以下列出 200 项；另有 3 项变化未列出。</p>'
    assert 0 < many.text.index(listed) < many.text.index('<div class="change">')
    assert (many.text.count('<div class="change">'), "新增 203" in many.text) == (200, True)
    english = await get(hr, f"/snapshots/diff?old={ids[1]}&new={ids[0]}&lang=en")
    assert "The first 200 are listed; 3 more changes are not." in english.text


async def test_the_page_and_the_files_tell_nothing_that_a_matrix_hides(get: Get, pictured: Pictured) -> None:
    company = pictured.company
    grants = [grant(f"{name}:read") for name in ("snapshot", "person", "unit", "cycle", "signal", "company")]
    await published(company.admin, matrix(viewer=[*grants, grant("goal:read", fields=["Goal.weight"])]))
    async with tenant_transaction(company.system):
        unit = await fetch_value("select id from org_unit where code = 'GD'")
    viewer = await add_person(company, "V1", "观察者", unit=unit, roles=("viewer",))
    page = await get(viewer, f"{pictured.difference}&lang=zh-CN")
    assert page.status_code == 200
    for shown in ("变更 1", "部分字段对您不可见，未列出。", "目标版本", "市场变动信号 · 缺失 → 已纳入"):
        assert shown in page.text
    for hidden in ("1,500,000.00", "1,200,000.00", "销售额", "目标值", "张伟"):
        assert hidden not in page.text
    assert "部分字段" not in (await get(company.hr, f"{pictured.difference}&lang=zh-CN")).text
    for form in SnapshotFormat:
        refused = await get(viewer, pictured.file(form.value))
        assert (refused.status_code, refused.json()["errors"][0]["extensions"]["code"]) == (403, "SNAPSHOT_PARTLY_HIDDEN")


async def test_a_file_is_made_once_by_a_job_and_downloaded_with_an_audit_entry(
    get: Get, pictured: Pictured, settings: Settings, renderer: Renderer
) -> None:
    hr, system = pictured.company.hr, pictured.company.system
    missing = await get(hr, pictured.file("pdf"))
    assert (missing.status_code, missing.json()["errors"][0]["extensions"]["code"]) == (404, "SNAPSHOT_FILE_MISSING")
    assert (await get(hr, pictured.file("docx"))).json()["errors"][0]["extensions"]["code"] == "SNAPSHOT_FORMAT_UNKNOWN"
    async with tenant_transaction(hr):
        jobs = {await request_export(hr, pictured.new, form=SnapshotFormat.PDF, locale="zh-CN") for _ in range(2)}
        assert [row["id"] for row in await fetch("select id from outbox where topic = 'snapshots.export'")] == list(jobs)
        whole = await snapshot_bytes(hr, pictured.new)
    storage = open_storage(settings.storage_url, home=settings.home)
    for form in SnapshotFormat:
        made_twice = []
        for _ in range(2):
            async with tenant_transaction(system):
                made = await make_file(system, pictured.new, form=form, locale="zh-CN", storage=storage, renderer=renderer)
                made_twice.append(made.sha256)
        assert made_twice[0] == made_twice[1]
        file = await get(hr, pictured.file(form.value))
        assert (file.status_code, sha256_hex(file.content)) == (200, made_twice[0])
        if form is SnapshotFormat.JSON:
            assert file.content == whole
        elif form is SnapshotFormat.PDF:
            assert file.content.startswith(b"%PDF-")
        else:
            sheet = ZipFile(BytesIO(file.content)).read("xl/worksheets/sheet1.xml").decode()
            assert "<v>1500000.00</v>" in sheet
    async with tenant_transaction(system):
        assert await fetch_value("select count(*) from snapshot_file where snapshot_id = $1", pictured.new) == 3
        assert await fetch_value("select count(*) from audit_entry where action = 'snapshot.download'") == 3


async def test_an_unknown_snapshot_is_not_exported(pictured: Pictured) -> None:
    async with tenant_transaction(pictured.company.hr):
        with pytest.raises(NotFound):
            await request_export(pictured.company.hr, uuid4(), form=SnapshotFormat.PDF, locale="en")


async def test_an_anchor_is_handed_out_and_proves_the_snapshot_without_the_server(
    http: httpx2.AsyncClient, get: Get, pictured: Pictured, settings: Settings
) -> None:
    hr, system, stranger = pictured.company.hr, pictured.company.system, (await make_company("另一家公司")).admin
    old, new = (f"/snapshots/{encode_id('Snapshot', each)}/anchor" for each in (pictured.old, pictured.new))
    refused = await get(hr, new)
    assert (refused.status_code, refused.json()["errors"][0]["extensions"]["code"]) == (403, "SNAPSHOT_ANCHOR_MISSING")
    storage = open_storage(settings.storage_url, home=settings.home)
    for each in (pictured.old, pictured.new):
        async with tenant_transaction(system):
            await anchor_snapshot(system, each, storage=storage, vault=VAULT)
    told = [(await http.get(new)).status_code, *[(await get(each, new)).status_code for each in (stranger, pictured.employee)]]
    assert told == [401, 404, 403]
    answers = [await get(hr, each) for each in (old, new)]
    assert answers[1].headers["content-disposition"].endswith("anchor-2.json")
    async with tenant_transaction(hr):
        content = await snapshot_bytes(hr, pictured.new)
        root = bytes(await fetch_value("select root_certificate from signing_key where active"))
        entry = await fetch_value("select after from audit_entry where action = 'snapshot.download' order by number desc limit 1")
    said = verify(content, Options([root], anchors=[each.content for each in answers]))
    assert (said["number"], said["anchored_to"], said["root_given"]) == (2, 2, True)
    assert json.loads(entry) == {"format": "ANCHOR", "sha256": sha256_hex(answers[1].content)}
