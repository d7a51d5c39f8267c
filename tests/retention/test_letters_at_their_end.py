"""Signed letters at the end of their term: by one door, whole, with what proves them left; and the attacks on that door."""

import asyncio
from zoneinfo import ZoneInfo

import pytest

from plumb_platform.audit.service import verify_chain
from plumb_platform.database import execute, fetch, fetch_value, tenant_transaction
from plumb_platform.errors import DomainError
from plumb_platform.storage import FileMissing
from plumb_tenants.letters.service import download_letter, requeue_maps, verify_by_code, verify_upload
from plumb_tenants.retention.models import RetentionItem, RetentionRun
from plumb_tenants.retention.service import HoldScope, start_due, work_on_run
from support.companies import VAULT, make_company
from support.retention_made import Ended, hold, publish_rules

SHRED = "update letter set content = '{}', canonical = '{}', file_key = null, shredded_at = now()"
RULE = ("LETTER", "SHRED", 24)


async def attacked(ended: Ended, sql: str) -> None:
    """Expect the database to refuse a statement of the product's role, and the letter to stand as it was."""
    before = await ended.row()
    with pytest.raises(Exception, match=r"never changes|shredded whole|never change"):
        async with tenant_transaction(ended.office.company.system):
            await execute(sql)
    assert await ended.row() == before


ATTACKS = [
    SHRED.replace("canonical = '{}'", "canonical = '{\"a\":1}'"),
    SHRED.replace("content = '{}', ", ""),
    SHRED.replace("file_key = null, ", ""),
    SHRED + ", file_sha256 = repeat('0', 64)",
    SHRED + ", canonical_sha256 = repeat('0', 64)",
    SHRED + ", number = 'X'",
    SHRED + ", state = 'REVOKED'",
    SHRED + ", sealed_at = now()",
    SHRED + ", employee_id = manager_id",
    SHRED.replace("shredded_at = now()", "shredded_at = null"),
    "update letter set created_at = now() - interval '40 years'",
    "update letter_signature set address = '', agent = '', image = null",
]


async def test_the_door_lets_nothing_else_through_even_when_the_term_is_over(ended: Ended) -> None:
    for sql in ATTACKS:
        await attacked(ended, sql)


async def test_the_product_cannot_open_the_door_before_the_term_or_against_a_hold(ended: Ended) -> None:
    office, system = ended.office, ended.office.company.system
    held = await hold(office.company.admin, HoldScope.CYCLE, office.cycle)
    await attacked(ended, SHRED)
    async with tenant_transaction(system):
        await execute("update retention_hold set lifted_at = now() where id = $1", held)
        await execute("update person set active = true where id = $1", office.employee.person_id)
    await attacked(ended, SHRED)
    async with tenant_transaction(system):
        await execute("update person set active = false where id = $1", office.employee.person_id)
        await execute("update person_placement set ends_on = (now() - interval '23 months')::date")
    await attacked(ended, SHRED)


async def test_a_letter_signed_lately_stays_whatever_the_leaving_day_is_made_to_be(ended: Ended) -> None:
    office = ended.office
    async with tenant_transaction(office.company.system):
        await execute(
            "insert into letter_signature (tenant_id, id, letter_id, role, person_id, membership_id, signed_at, address, agent, "
            "canonical_sha256) select tenant_id, gen_random_uuid(), letter_id, 'hr', person_id, membership_id, now(), '', '', "
            "canonical_sha256 from letter_signature limit 1"
        )
    await attacked(ended, SHRED)


async def test_without_a_rule_or_under_a_hold_the_night_takes_nothing(ended: Ended) -> None:
    assert await ended.start() is None
    await publish_rules(ended.office.company.admin, RULE)
    await hold(ended.office.company.admin, HoldScope.PERSON, ended.office.manager.person_id)
    assert await ended.start() is None
    assert (await ended.row())["shredded_at"] is None


async def test_what_is_due_goes_and_what_proves_it_stays(ended: Ended) -> None:
    office, letter, storage = ended.office, ended.letter, ended.storage
    assert letter.file_key
    original = await storage.get(letter.file_key)
    await publish_rules(office.company.admin, RULE)
    run_id = await ended.start()
    assert run_id is not None
    assert await ended.start() == run_id
    run = await ended.to_the_end(run_id)
    row = await ended.row()
    assert (row["content"], row["canonical"], row["file_key"]) == ("{}", "{}", None)
    assert (row["file_sha256"], row["canonical_sha256"], row["number"], row["sealed_at"]) == (
        *(letter.file_sha256, letter.canonical_sha256, letter.number),
        letter.sealed_at,
    )
    with pytest.raises(FileMissing):
        await storage.get(letter.file_key)
    async with tenant_transaction(office.company.system):
        signatures = await fetch("select address, agent, image from letter_signature")
        items = await RetentionItem.filter(run_id=run.id).order_by("id")
        assert (await verify_chain(office.company.system)).broken_at is None
        assert await requeue_maps(office.company.system) == 0
    assert signatures == [{"address": "", "agent": "", "image": None}] * 2
    assert [(each.outcome, each.sha256) for each in items] == [
        ("DESTROYED", letter.canonical_sha256),
        ("DESTROYED", letter.file_sha256),
    ]
    async with tenant_transaction(office.company.hr):
        with pytest.raises(DomainError) as caught:
            await download_letter(office.company.hr, letter.id, storage, copy_key=b"")
    assert caught.value.code == "LETTER_SHREDDED"
    found = await verify_by_code(letter.verify_code, storage)
    day = row["shredded_at"].astimezone(ZoneInfo("Asia/Shanghai")).date()
    assert (found.status, found.destroyed_on, found.number, found.signers) == ("DESTROYED", day, None, ())
    assert (await verify_upload(original)).found_sha256 == letter.file_sha256
    changed = await verify_upload(original[:-2] + b"\n\n")
    assert (changed.status, changed.employee) == ("MODIFIED", None)
    assert await ended.start() is None
    await attacked(ended, "update letter set content = '{\"a\": 1}'")


async def test_the_same_step_done_twice_or_by_two_workers_destroys_once(ended: Ended) -> None:
    await publish_rules(ended.office.company.admin, RULE)
    run_id = await ended.start()
    assert run_id is not None
    await asyncio.gather(*(ended.step(run_id) for _ in range(4)))
    run = await ended.to_the_end(run_id)
    again = await ended.step(run_id)
    async with tenant_transaction(ended.office.company.system):
        assert await fetch_value("select count(*) from retention_item") == 2
        assert await fetch_value("select count(*) from audit_entry where action = 'retention.finish'") == 1
    assert (again.state, again.report_sha256) == ("DONE", run.report_sha256)


class Dying(Exception):
    """Stands for the end of a worker in the middle of a step."""


@pytest.mark.parametrize("place", [1, 2, 3])
async def test_a_worker_that_dies_in_any_step_leaves_a_run_that_ends_the_same(ended: Ended, place: int) -> None:
    await publish_rules(ended.office.company.admin, RULE)
    run_id = await ended.start()
    assert run_id is not None
    for _ in range(place - 1):
        await ended.step(run_id)
    system = ended.office.company.system
    with pytest.raises(Dying):
        async with tenant_transaction(system):
            await work_on_run(system, run_id, storage=ended.storage, vault=VAULT)
            raise Dying
    run = await ended.to_the_end(run_id)
    assert run.state == "DONE"
    async with tenant_transaction(system):
        assert await fetch_value("select count(*) from retention_item where outcome = 'DESTROYED'") == 2
        assert (await verify_chain(system)).broken_at is None
    assert ended.letter.file_key
    with pytest.raises(FileMissing):
        await ended.storage.get(ended.letter.file_key)


async def test_bytes_that_another_row_still_needs_stay(ended: Ended) -> None:
    office = ended.office
    await publish_rules(office.company.admin, RULE)
    async with tenant_transaction(office.company.system):
        await RetentionRun.create(kind="DUE", state="DONE", said={}, report_key=ended.letter.file_key)
    run_id = await ended.start()
    assert run_id is not None
    await ended.to_the_end(run_id)
    async with tenant_transaction(office.company.system):
        assert await fetch_value("select count(*) from retention_item where outcome = 'SHARED'") == 1
    assert ended.letter.file_key
    assert await ended.storage.get(ended.letter.file_key)


async def test_another_company_is_left_alone(ended: Ended) -> None:
    other = await make_company()
    await publish_rules(other.admin, RULE, ("MESSAGE", "SHRED", 12))
    async with tenant_transaction(other.system):
        assert await start_due(other.system) is None
    assert (await ended.row())["shredded_at"] is None
