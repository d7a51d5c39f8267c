"""Lines of a snapshot in bundles: every damage named by its line, borders, one moment, both ways of keeping (C67, N6, D3)."""

import tracemalloc
import zlib
from dataclasses import asdict, replace
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest
from tortoise.exceptions import IntegrityError, OperationalError

from plumb_platform.database import execute, fetch_value, open_rows, tenant_transaction
from plumb_platform.ids import uuid7
from plumb_platform.settings import Settings
from plumb_tenants.retention.remaining import remaining
from plumb_tenants.snapshots import keeping
from plumb_tenants.snapshots.bundles import Bundle, Line, broken_line, pack, unpack
from plumb_tenants.snapshots.comparing import diff_snapshots
from plumb_tenants.snapshots.keeping import keep_lines
from plumb_tenants.snapshots.lines import SnapshotDamaged, pages
from plumb_tenants.snapshots.models import Snapshot
from plumb_tenants.snapshots.proof import SnapshotReport, verify_snapshot
from plumb_tenants.snapshots.service import snapshot_bytes, take_snapshot
from support.companies import CompanyFixture, add_person, add_unit, make_company
from support.goals_made import add_cycle, add_goals
from support.snapshots_made import taken_in_rows
from support.tampering import tampering
from support.trying import tried

NUMBERED = """select null::uuid, null::uuid, convert_to('{"n":' || n || '}', 'UTF8') from generate_series(1, $1) as n"""


def bundle(count: int = 20) -> Bundle:
    """Return a bundle that begins at line 41."""
    ids = [(uuid7(), uuid7()) for _ in range(count - 1)]
    lines = [Line(goal, owner, f'{{"goal_id":"{goal}","owner_id":"{owner}","title":"张伟𠮷"}}'.encode()) for goal, owner in ids]
    return pack(41, [*lines, Line(None, None, b'{"block":"MARKET"}')])


def place_of(kept: Bundle, **changed: Any) -> int | None:
    return broken_line(unpack(asdict(replace(kept, **changed))))


def test_every_bit_that_flips_in_a_bundle_is_found_and_no_line_before_the_one_named_is_another() -> None:
    kept = bundle(6)
    whole = unpack(asdict(kept))
    assert broken_line(whole) is None
    for bit in range(len(kept.packed) * 8):
        flipped = bytearray(kept.packed)
        flipped[bit // 8] ^= 1 << bit % 8
        page = unpack(asdict(replace(kept, packed=bytes(flipped))))
        place = broken_line(page)
        assert place is not None, bit
        assert not page.is_sound
        assert page.contents[:place] == whole.contents[:place]
        assert place == 0 or page.contents[: place + 1] != whole.contents[: place + 1]


def test_what_stands_beside_a_line_is_held_against_it() -> None:
    kept = bundle()
    for name in ("goal_ids", "owner_ids", "hashes"):
        values = list(getattr(kept, name))
        assert place_of(kept, **{name: [*values[:7], values[8], *values[8:]]}) == 7
        assert place_of(kept, **{name: values[:-1]}) == 19
        assert place_of(kept, **{name: [*values, values[0]]}) == 20
    assert place_of(kept, goal_ids=[None, *kept.goal_ids[1:]]) == 0
    assert place_of(kept, owner_ids=[*kept.owner_ids[:-1], uuid7()]) == 19
    assert place_of(kept, digest=b"") == 0


@pytest.mark.parametrize(("lines", "place"), [(slice(0, 12), 12), (slice(1, 20), 0), (slice(0, 19), 19)])
def test_lines_taken_out_of_a_bundle_are_named(lines: slice, place: int) -> None:
    kept = bundle()
    text = "\n".join(unpack(asdict(kept)).contents[lines]).encode()
    packed = zlib.compress(text)
    assert place_of(kept, packed=packed, size=len(text), digest=sha256(packed).digest()) == place


def test_a_bundle_that_would_inflate_without_end_is_left_at_its_size() -> None:
    kept = bundle()
    packed = zlib.compress(bytes(50_000_000))
    page = unpack(asdict(replace(kept, packed=packed, digest=sha256(packed).digest())))
    assert (len(page.contents[0]), page.is_sound, broken_line(page)) == (kept.size + 1, False, 0)


@pytest.mark.parametrize(("count", "bundles"), [(0, []), (1, [1]), (999, [999]), (1000, [1000]), (1001, [1000, 1])])
async def test_a_bundle_ends_at_a_thousand_lines(company: CompanyFixture, count: int, bundles: list[int]) -> None:
    contents = [f'{{"n":{n}}}' for n in range(1, count + 1)]
    snapshot_id = uuid7()
    async with tried(company.system):
        content_hash = await keep_lines(company.tenant_id, snapshot_id, await open_rows(NUMBERED, count), [])
        kept = [page async for page in pages(snapshot_id)]
    assert [len(page.contents) for page in kept] == bundles
    assert [page.first for page in kept] == [1, 1001][: len(bundles)]
    assert [line for page in kept for line in page.contents] == contents
    assert all(broken_line(page) is None for page in kept)
    assert content_hash == sha256("".join(sha256(each.encode()).hexdigest() for each in contents).encode()).hexdigest()


async def test_inputs_go_on_where_the_goals_end(company: CompanyFixture) -> None:
    inputs = [Line(None, None, f'{{"block":"{name}"}}'.encode()) for name in ("ACTUALS", "MARKET", "FORECAST")]
    snapshot_id = uuid7()
    async with tried(company.system):
        await keep_lines(company.tenant_id, snapshot_id, await open_rows(NUMBERED, 998), inputs)
        kept = [page async for page in pages(snapshot_id)]
    assert [(page.first, len(page.contents), page.contents[-1]) for page in kept] == [
        (1, 1000, '{"block":"MARKET"}'),
        (1001, 1, '{"block":"FORECAST"}'),
    ]


async def test_taking_and_reading_hold_a_bundle_or_two_in_memory_whatever_there_is_in_all(company: CompanyFixture) -> None:
    wide = "select null::uuid, null::uuid, convert_to(repeat(md5(n::text), 50), 'UTF8') from generate_series(1, 9000) as n"
    snapshot_id, lines = uuid7(), 0
    async with tried(company.system):
        tracemalloc.start()
        await keep_lines(company.tenant_id, snapshot_id, await open_rows(wide), [])
        async for page in pages(snapshot_id):
            lines += len(page.contents)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert lines == 9000
    # The lines are 14.4 MB in all, those of a bundle 1.6.
    assert peak < 9_000_000


async def test_rows_taken_one_after_the_other_are_of_one_moment(company: CompanyFixture) -> None:
    for code in ("A", "B", "C"):
        await add_unit(company, code, code)
    await add_unit(await make_company(), "X", "X")
    async with tried(company.system):
        with pytest.raises(OperationalError):
            await open_rows("select nothing from org_unit")
    async with tenant_transaction(company.system):
        rows = await open_rows("select code from org_unit order by id")
        found = [*await rows.take(2)]
        await execute("update org_unit set version = version + 1, code = code || '2'")
        found += [*await rows.take(2), *await rows.take(2)]
    assert [code for (code,) in found] == ["A", "B", "C"]


async def pictured(company: CompanyFixture, patch: pytest.MonkeyPatch) -> tuple[Snapshot, list[UUID]]:
    """Take a snapshot of three goals and three inputs, two lines to a bundle; return it, and the goals in its order."""
    unit, cycle = await add_unit(company, "GD", "广东"), await add_cycle(company)
    owners = [(unit, await add_person(company, f"E{n}", "张伟", unit=unit)) for n in range(3)]
    goals = await add_goals(company, cycle, owners)
    patch.setattr(keeping, "LINES", 2)
    async with tenant_transaction(company.hr):
        return await take_snapshot(company.hr), sorted(goals)


async def verified(company: CompanyFixture, snapshot: Snapshot) -> SnapshotReport:
    async with tenant_transaction(company.hr):
        return await verify_snapshot(company.hr, snapshot.id)


async def test_damage_in_one_bundle_is_named_and_never_passed_on(
    company: CompanyFixture, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot, goals = await pictured(company, monkeypatch)
    async with tenant_transaction(company.hr):
        before = await taken_in_rows(company.hr, snapshot)
    async with tampering(settings) as superuser:
        await superuser.execute(
            "update snapshot_bundle set packed = set_byte(packed, 100, get_byte(packed, 100) # 4) "
            "where snapshot_id = $1 and first = 3",
            snapshot.id,
        )
    report = await verified(company, snapshot)
    assert (report.valid, report.fault, report.ordinal, report.goal_id) == (False, "ROW", 3, goals[2])
    async with tenant_transaction(company.hr):
        with pytest.raises(SnapshotDamaged) as refused:
            await snapshot_bytes(company.hr, snapshot.id)
        assert (refused.value.code, refused.value.field, refused.value.values) == ("SNAPSHOT_DAMAGED", "id", {"ordinal": 3})
        with pytest.raises(SnapshotDamaged):
            await diff_snapshots(company.hr, before.id, snapshot.id)
        assert (await verify_snapshot(company.hr, before.id)).valid


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("delete from snapshot_bundle where snapshot_id = $1 and first = 1", ("ROW", 1)),
        ("delete from snapshot_bundle where snapshot_id = $1 and first = 3", ("ROW", 3)),
        ("delete from snapshot_bundle where snapshot_id = $1 and first = 5", ("ROW", 5)),
        ("update snapshot_bundle set first = 9 where snapshot_id = $1 and first = 5", ("ROW", 5)),
        ("update snapshot_bundle set goal_ids[2] = goal_ids[1] where snapshot_id = $1 and first = 1", ("ROW", 2)),
        ("update snapshot_bundle set hashes[1] = hashes[2] where snapshot_id = $1 and first = 3", ("ROW", 3)),
        (
            "insert into snapshot_bundle select tenant_id, uuidv7(), snapshot_id, 7, goal_ids, owner_ids, hashes, size, packed, "
            "digest from snapshot_bundle where snapshot_id = $1 and first = 5",
            ("CONTENT", None),
        ),
    ],
)
async def test_bundles_taken_away_moved_and_added_are_found(
    company: CompanyFixture, settings: Settings, monkeypatch: pytest.MonkeyPatch, change: str, found: tuple[str, int | None]
) -> None:
    snapshot, _ = await pictured(company, monkeypatch)
    assert (await verified(company, snapshot)).valid
    async with tampering(settings) as superuser:
        await superuser.execute(change, snapshot.id)
    report = await verified(company, snapshot)
    assert (report.valid, report.fault, report.ordinal) == (False, *found)


async def test_a_bundle_written_anew_with_all_its_hashes_breaks_the_content(
    company: CompanyFixture, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot, _ = await pictured(company, monkeypatch)
    async with tenant_transaction(company.hr):
        page = await anext(pages(snapshot.id))
    assert page.owner_ids is not None
    changed = [content.replace('"1200000.00"', '"1200000.01"').encode() for content in page.contents]
    forged = pack(1, [Line(*each) for each in zip(page.goal_ids, page.owner_ids, changed, strict=True)])
    async with tampering(settings) as superuser:
        await superuser.execute(
            "update snapshot_bundle set hashes = $2, size = $3, packed = $4, digest = $5 where snapshot_id = $1 and first = 1",
            *(snapshot.id, forged.hashes, forged.size, forged.packed, forged.digest),
        )
    assert (await verified(company, snapshot)).fault == "CONTENT"


async def test_a_snapshot_kept_in_rows_gives_the_same_bytes_hashes_and_differences(
    company: CompanyFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot, goals = await pictured(company, monkeypatch)
    async with tenant_transaction(company.hr):
        before = await taken_in_rows(company.hr, snapshot)
        new, old = [(await snapshot_bytes(company.hr, each.id)).split(b"\n") for each in (snapshot, before)]
        assert (new[1:], len(new)) == (old[1:], 8)
        assert (await verify_snapshot(company.hr, before.id)).valid
        same = await diff_snapshots(company.hr, before.id, snapshot.id)
        assert (same.added, same.removed, same.changed, same.changes, same.inputs) == (0, 0, 0, (), ())
        await execute("update goal set title = '改', version = version + 1 where id = any($1)", goals[1:])
        later = await take_snapshot(company.hr)
        found = [await diff_snapshots(company.hr, before.id, later.id, limit=limit) for limit in (0, 1, 9)]
        assert [each.changed for each in found] == [2, 2, 2]
        assert [[change.goal_id for change in each.changes] for each in found] == [[], goals[1:2], goals[1:]]
        assert [(each.field, each.new) for each in found[2].changes[0].fields] == [("title", "改")]
        owner = await fetch_value("select owner_id from goal where id = $1", goals[0])
        stays = [await remaining(person) for person in (owner, uuid7(), None)]
    # Two snapshots in bundles and one in rows, of six lines each.
    assert [each.count for said in stays for each in said if each.what == "SNAPSHOT_ROW"] == [3, 0, 18]


async def test_bundles_of_another_company_are_out_of_reach(company: CompanyFixture) -> None:
    other = await make_company()
    async with tenant_transaction(other.hr):
        foreign = await take_snapshot(other.hr)
        assert await fetch_value("select count(*) from snapshot_bundle") == 1
    async with tenant_transaction(company.hr):
        assert [page async for page in pages(foreign.id)] == []
        assert await fetch_value("select count(*) from snapshot_bundle") == 0
    rows = "select null::uuid, null::uuid, '{}'::bytea"
    with pytest.raises(OperationalError, match="row-level security"):
        async with tenant_transaction(company.hr):
            await keep_lines(other.tenant_id, foreign.id, await open_rows(rows), [])
    with pytest.raises(IntegrityError):
        async with tenant_transaction(company.hr):
            await keep_lines(company.tenant_id, foreign.id, await open_rows(rows), [])
            await execute("set constraints all immediate")
