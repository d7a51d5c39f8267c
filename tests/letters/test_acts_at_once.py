"""Acts on a letter or a run that exclude each other, begun at the same moment: one is done, the other says why (A23, A29)."""

import asyncio
from collections.abc import Coroutine
from decimal import Decimal
from typing import Any

from plumb_platform.database import fetch, fetch_value, tenant_transaction
from plumb_platform.errors import DomainError
from plumb_tenants.goals.service import NewVersion, confirm_goal, replace_version
from plumb_tenants.letters.models import Letter, LetterRun
from plumb_tenants.letters.runs import cancel_letter_run, pause_letter_run, resume_letter_run, start_letter_run, work_on_run
from plumb_tenants.letters.service import (
    Proof,
    SealTools,
    cancel_letter,
    decline_letter,
    issue_addendum,
    revoke_letter,
    seal_letter,
)
from support.letters_made import Office, issued, sign


async def at_once(*acts: Coroutine[Any, Any, Any]) -> list[str]:
    """Do all acts at the same time and return the code of each, or "done"."""
    ends = await asyncio.gather(*acts, return_exceptions=True)
    for end in ends:
        if isinstance(end, BaseException) and not isinstance(end, DomainError):
            raise end
    return [end.code if isinstance(end, DomainError) else "done" for end in ends]


async def acting(actor: Any, act: Any, **given: Any) -> Any:
    async with tenant_transaction(actor):
        return await act(actor, **given)


async def entries(office: Office, *actions: str) -> int:
    async with tenant_transaction(office.company.system):
        found: int = await fetch_value("select count(*) from audit_entry where action = any($1)", list(actions))
    return found


async def test_of_a_signature_and_a_refusal_at_once_one_is_done(office: Office) -> None:
    letter = await office.issued()
    said = await at_once(
        *(sign(office.employee, letter.id, 1) for _ in range(2)),
        *(acting(office.employee, decline_letter, letter_id=letter.id, version=1, reason="目标过高") for _ in range(2)),
    )
    assert sorted(said) == ["CONFLICT"] * 3 + ["done"]
    assert await entries(office, "letter.sign", "letter.decline") == 1


async def test_of_the_last_signature_and_a_cancellation_at_once_one_is_done(office: Office) -> None:
    letter = await office.issued()
    await sign(office.employee, letter.id, 1)
    said = await at_once(
        acting(office.company.hr, cancel_letter, letter_id=letter.id, version=2, reason="岗位调整"),
        sign(office.manager, letter.id, 2),
    )
    assert sorted(said) == ["CONFLICT", "done"]
    async with tenant_transaction(office.company.system):
        state = (await Letter.get(id=letter.id)).state
        jobs = await fetch_value("select count(*) from outbox where topic = 'letters.seal'")
    assert (state, jobs) == (("CANCELLED", 0) if said[0] == "done" else ("SIGNED", 1))


async def test_a_letter_that_is_issued_anew_several_times_at_once_is_issued_once(office: Office) -> None:
    letter = await office.issued()
    await acting(office.employee, decline_letter, letter_id=letter.id, version=1, reason="目标过高")
    said = await at_once(*(issued(office.company.hr, office.goal, office.template) for _ in range(4)))
    assert said.count("done") == 1, said
    async with tenant_transaction(office.company.system):
        rows = await fetch("select superseded_by from letter where id = $1", letter.id)
        others = [row["id"] for row in await fetch("select id from letter where id <> $1", letter.id)]
    assert [row["superseded_by"] for row in rows] == others


async def test_a_run_that_is_paused_resumed_and_cancelled_at_once_takes_one_turn(office: Office) -> None:
    hr = office.company.hr
    run: LetterRun = await acting(hr, start_letter_run, cycle_id=office.cycle, template_version_id=office.template)
    turns = (pause_letter_run, resume_letter_run, cancel_letter_run)
    said = await at_once(
        *(acting(hr, act, run_id=run.id, version=1) for act in turns),
        acting(office.company.system, lambda actor: work_on_run(actor, run.id)),
    )
    async with tenant_transaction(office.company.system):
        state, version = (await fetch("select state, version from letter_run"))[0].values()
        items = {row["state"] for row in await fetch("select state from letter_run_item")}
    assert said[:3].count("done") <= 1, said
    assert set(said[:3]) <= {"done", "CONFLICT", "LETTER_RUN_STATE"}, said
    assert (state, items) in [
        ("PAUSED", {"WAITING"}),
        ("CANCELLED", {"CANCELLED"}),
        ("CANCELLED", {"WAITING"}),
        ("DONE", {"ISSUED"}),
    ], (said, version)


async def test_a_letter_that_is_revoked_while_its_addendum_is_issued_ends_as_one_of_the_two(
    office: Office, tools: SealTools
) -> None:
    signed, system, hr = await office.signed(), office.company.system, office.company.hr
    async with tenant_transaction(system):
        await seal_letter(system, signed.id, tools)
        source = {"revision_id": str(signed.id), "reason": "市场变化"}
        revised = await replace_version(system, office.goal, NewVersion(target=Decimal("900000.00"), source=source))
    await acting(office.employee, confirm_goal, goal_id=office.goal, version=revised.version)
    version = (await row(office, signed)).version
    said = await at_once(
        acting(hr, revoke_letter, letter_id=signed.id, version=version, reason="有误", proof=Proof()),
        *(acting(system, issue_addendum, letter_id=signed.id) for _ in range(2)),
    )
    found = await row(office, signed)
    async with tenant_transaction(system):
        letters = await fetch_value("select count(*) from letter")
    assert said[1:] == ["done", "done"]
    # An addendum that came first is the letter's successor; a revocation that came first leaves none owed.
    assert (letters - 1, found.superseded_by is not None) in [(1, True), (0, False)]
    assert (found.state == "REVOKED") is (said[0] == "done"), said


async def row(office: Office, letter: Letter) -> Letter:
    async with tenant_transaction(office.company.system):
        return await Letter.get(id=letter.id)
