"""Trying a template before it is published: previews for their owner alone, and what a dry run finds (N10)."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from plumb_platform.actor import Actor
from plumb_platform.database import execute, fetch_value, tenant_transaction
from plumb_platform.documents.templates import TemplateBroken
from plumb_platform.errors import DomainError, Forbidden, NotFound
from plumb_tenants.definitions.service import create_definition, new_draft, update_draft
from plumb_tenants.goals.service import create_cycle
from plumb_tenants.letters.models import LetterTrial
from plumb_tenants.letters.service import (
    SealTools,
    ShippedLetter,
    dry_run_template,
    preview_letter,
    run_trial,
    trial_file,
)
from plumb_tenants.letters.shipped import shipped_body
from support.companies import add_person
from support.goals_made import add_goals
from support.letters_made import BODY, Office, make_office
from support.matrices import less, published


@dataclass
class Tries:
    """An office in which HR tries templates."""

    office: Office
    tools: SealTools

    @property
    def hr(self) -> Actor:
        return self.office.company.hr

    async def draft(self, **body: Any) -> UUID:
        """Write a draft that nobody has published."""
        async with tenant_transaction(self.hr):
            made = await create_definition(self.hr, kind="letter", key=f"k{uuid4().hex[:8]}", name="草稿", body=BODY | body)
        return made.id

    async def preview(self, version: UUID, *goals: UUID, actor: Actor | None = None) -> LetterTrial:
        who = actor or self.hr
        async with tenant_transaction(who):
            asked = await preview_letter(who, version_id=version, goal_ids=goals)
        return await self.run(asked.id)

    async def dry_run(self, version: UUID) -> LetterTrial:
        async with tenant_transaction(self.hr):
            asked = await dry_run_template(self.hr, version_id=version, cycle_id=self.office.cycle)
        return await self.run(asked.id)

    async def run(self, trial_id: UUID) -> LetterTrial:
        system = self.office.company.system
        async with tenant_transaction(system):
            return await run_trial(system, trial_id, renderer=self.tools.renderer, storage=self.tools.storage)

    async def file(self, actor: Actor, trial: LetterTrial, page: int | None = None) -> bytes:
        async with tenant_transaction(actor):
            return (await trial_file(actor, trial.id, self.tools.storage, page=page))[0]


@pytest.fixture
def tries(office: Office, tools: SealTools) -> Tries:
    return Tries(office, tools)


async def test_a_template_and_goals_that_one_may_not_use_are_refused_and_nothing_is_asked(tries: Tries) -> None:
    other, draft = await make_office(), await tries.draft()
    office = tries.office
    (loose,) = await add_goals(office.company, office.cycle, [(office.unit, office.employee)], confirmed=False)
    for version, goals, code, field in (
        (other.template, (), "NOT_FOUND", "templateVersionId"),
        (uuid4(), (), "NOT_FOUND", "templateVersionId"),
        (draft, (other.goal,), "NOT_FOUND", "goalIds[0]"),
        (draft, (loose,), "GOAL_NOT_CONFIRMED", None),
        (draft, (tries.office.goal,) * 2, "LETTER_GOALS_INVALID", "goalIds"),
    ):
        with pytest.raises(DomainError) as refused:
            await tries.preview(version, *goals)
        assert (refused.value.code, refused.value.field) == (code, field) or code == "GOAL_NOT_CONFIRMED"
    async with tenant_transaction(tries.office.company.system):
        assert await fetch_value("select count(*) from letter_trial") == 0
        assert await fetch_value("select count(*) from outbox") == 0


async def test_a_draft_is_previewed_as_pdf_and_pictures_over_real_goals(tries: Tries) -> None:
    trial = await tries.preview(await tries.draft(title="军令状"), tries.office.goal)
    assert (trial.finished_at is not None, len(trial.pages), trial.faults) == (True, 2, 0)
    assert (await tries.file(tries.hr, trial))[:5] == b"%PDF-"
    picture = await tries.file(tries.hr, trial, 1)
    assert (picture[:8], picture[16:24]) == (b"\x89PNG\r\n\x1a\n", (910).to_bytes(4) + (1287).to_bytes(4))
    async with tenant_transaction(tries.office.company.system):
        assert await fetch_value("select count(*) from letter") == 0
        assert await fetch_value("select coalesce(sum(value), 0)::int from counter") == 0


@pytest.mark.parametrize("template", [ShippedLetter.ADDENDUM_ZH, ShippedLetter.BATTLE_MAP_EN, ShippedLetter.COMMITMENT_ZH])
async def test_a_preview_without_goals_shows_a_sample_on_the_pages_of_its_design(tries: Tries, template: ShippedLetter) -> None:
    version = await tries.draft(**({"duties": [], "rights": [], "rewards": [], "revision": []} | shipped_body(template)))
    trial = await tries.preview(version)
    assert len(trial.pages) == {"addendum": 2, "battle_map": 1, "commitment": 1}[template.design]


async def test_a_preview_is_its_owners_alone_and_pages_that_are_not_there_are_not_found(tries: Tries) -> None:
    trial = await tries.preview(await tries.draft())
    other = await make_office()
    program = replace(tries.hr, membership_id=None)
    for actor in (tries.office.company.admin, other.company.hr, program):
        with pytest.raises(NotFound):
            await tries.file(actor, trial)
    with pytest.raises(Forbidden):
        await tries.file(tries.office.employee, trial)
    for page in (3, 99, 0, -1):
        with pytest.raises(NotFound):
            await tries.file(tries.hr, trial, page)


async def test_a_preview_over_goals_is_no_more_for_an_owner_who_may_not_issue_letters_to_them_any_more(tries: Tries) -> None:
    company = tries.office.company
    draft = await tries.draft()
    over_goals, sample = await tries.preview(draft, tries.office.goal), await tries.preview(draft)
    assert await tries.file(tries.hr, over_goals)
    await published(company.admin, less("hr", "letter:issue"))
    for page in (None, 1):
        with pytest.raises(NotFound):
            await tries.file(tries.hr, over_goals, page)
    assert await tries.file(tries.hr, sample)


async def test_a_trial_runs_once_however_often_its_job_does(tries: Tries) -> None:
    first = await tries.preview(await tries.draft())
    again = await tries.run(first.id)
    assert (again.finished_at, again.pdf_key) == (first.finished_at, first.pdf_key)


async def test_a_broken_block_is_the_jobs_error_and_the_next_preview_comes(tries: Tries) -> None:
    blocks = [{"kind": "goals"}, {"kind": "custom", "source": "{{ salary }}"}, {"kind": "signatures"}]
    with pytest.raises(TemplateBroken) as refused:
        await tries.preview(await tries.draft(blocks=blocks))
    assert "'salary' is undefined" in refused.value.text("en")
    assert (await tries.preview(await tries.draft())).pdf_key


async def test_a_dry_run_lists_whose_letter_would_not_print_and_why(tries: Tries) -> None:
    office = tries.office
    await office.issued()
    people = {
        "R1": await add_person(office.company, "R1", "王ก明", unit=office.unit, manager=office.manager),
        "R2": await add_person(office.company, "R2", "陈\ue000东", unit=office.unit, manager=office.manager),
        "R3": await add_person(office.company, "R3", "𠮷㐂", unit=office.unit, manager=office.manager),
    }
    for actor in (*people.values(), office.manager):
        await add_goals(office.company, office.cycle, [(office.unit, actor)])
    await add_goals(office.company, office.cycle, [(office.unit, people["R3"])], target=Decimal("0.00"))
    trial = await tries.dry_run(await tries.draft(figures=[{"key": "rate", "formula": "100 / 目标合计"}]))
    found = {(each["person"], each["letter"], each["code"]) for each in trial.findings}
    assert found == {
        ("M1 李建国", None, "LETTER_NEEDS_MANAGER"),
        ("R1 王ก明", None, "MISSING_GLYPH"),
        ("R2 陈\ue000东", None, "MISSING_GLYPH"),
    }
    assert (trial.checked, trial.faults) == (6, 3)
    assert "U+0E01" in next(each["zh-CN"] for each in trial.findings if each["person"].startswith("R1"))


async def test_a_dry_run_tries_letters_that_were_issued_before_by_what_they_said_then(tries: Tries) -> None:
    letter = await tries.office.issued()
    async with tenant_transaction(tries.office.company.system):
        await execute("update goal set state = 'PROPOSED'")
    trial = await tries.dry_run(await tries.draft(figures=[{"key": "x", "formula": "目标2 + 1"}]))
    (finding,) = trial.findings
    assert (finding["letter"], finding["code"], trial.checked) == (letter.number, "LETTER_FIGURE_UNDEFINED", 1)
    sound = await tries.dry_run(await tries.draft())
    assert (sound.checked, sound.faults) == (1, 0)


async def test_a_dry_run_replays_letters_of_the_template_that_were_signed_in_other_cycles(tries: Tries) -> None:
    office = tries.office
    letter = await office.signed()
    async with tenant_transaction(tries.hr):
        definition = await fetch_value("select definition_id from definition_version where id = $1", office.template)
        draft = await new_draft(tries.hr, definition)
        body = BODY | {"figures": [{"key": "x", "formula": "目标2 + 1"}]}
        await update_draft(tries.hr, draft.id, body=body, version=draft.version)
        later = await create_cycle(tries.hr, code="2031", name="2031", starts_on=date(2031, 1, 1), ends_on=date(2031, 12, 31))
        asked = await dry_run_template(tries.hr, version_id=draft.id, cycle_id=later.id)
        other = await dry_run_template(tries.hr, version_id=await tries.draft(figures=body["figures"]), cycle_id=later.id)
    trial, foreign = await tries.run(asked.id), await tries.run(other.id)
    assert [(each["letter"], each["code"]) for each in trial.findings] == [(letter.number, "LETTER_FIGURE_UNDEFINED")]
    assert (trial.checked, trial.faults) == (1, 1)
    assert foreign.checked == 0, "another template never said what this letter says"
