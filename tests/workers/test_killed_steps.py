"""A worker killed at each step of sealing (N5): whatever it left, the next one ends the letter sealed, exactly once."""

import hashlib
import signal
from pathlib import Path

from plumb_platform.database import Database, fetch, fetch_value, tenant_transaction
from plumb_platform.documents.key_vault import vault_of
from plumb_platform.settings import Settings
from plumb_tenants.company.service import add_signing_key
from support.companies import add_person
from support.dying_worker import STEPS
from support.dying_worker_run import DyingWorker
from support.goals_made import add_goals
from support.letters_made import issued, make_office, sign

KILLED = [*(step for step in STEPS if step != "healthy"), "stored"]


async def test_a_letter_is_sealed_once_whatever_step_its_worker_died_at(
    database: Database, settings: Settings, tmp_path: Path, dying: DyingWorker
) -> None:
    office = await make_office()
    company, own = office.company, settings.model_copy(update={"home": tmp_path})
    async with tenant_transaction(company.system):
        await add_signing_key(company.system, company_name=company.name, vault=vault_of(settings))
    for place in range(len(KILLED)):
        person = await add_person(company, f"P{place}", f"员工{place}", unit=office.unit, manager=office.manager)
        (goal,) = await add_goals(company, office.cycle, [(office.unit, person)])
        letter = await issued(company.hr, goal, office.template)
        await sign(person, letter.id, 1)
        await sign(office.manager, letter.id, 2)
    async with tenant_transaction(company.system):
        jobs = [str(row["id"]) for row in await fetch("select id from outbox where topic = 'letters.seal' order by id")]
    ended = await dying.run(own, str(company.tenant_id), [f"{step}={job}" for step, job in zip(KILLED, jobs, strict=True)])
    assert ended == [f"{step} {-signal.SIGKILL}" for step in KILLED]
    async with tenant_transaction(company.system):
        assert await fetch_value("select count(*) from letter where state = 'SEALED'") == 0
        assert await fetch_value("select count(*) from outbox where done_at is not null or failed_at is not null") == 0
    # Twice each: the second finds nothing to do.
    assert await dying.run(own, str(company.tenant_id), [f"healthy={'+'.join([*jobs, *jobs])}"]) == ["healthy 0"]
    async with tenant_transaction(company.system):
        letters = await fetch("select state, file_key, file_sha256 from letter")
        assert await fetch_value("select count(*) from outbox where done_at is not null") == len(KILLED)
        assert await fetch_value("select count(*) from audit_entry where action = 'letter.seal'") == len(KILLED)
    assert [each["state"] for each in letters] == ["SEALED"] * len(KILLED)
    files = tmp_path / "files"
    assert {str(path.relative_to(files)) for path in files.rglob("*.pdf*")} == {each["file_key"] for each in letters}
    for each in letters:
        assert hashlib.sha256((files / each["file_key"]).read_bytes()).hexdigest() == each["file_sha256"]
