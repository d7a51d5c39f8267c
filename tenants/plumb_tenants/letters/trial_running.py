"""Running trials in a worker: the preview's files, and the dry run's list of what would not print (N10)."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from plumb_platform.actor import Actor
from plumb_platform.clock import now
from plumb_platform.database import fetch
from plumb_platform.documents.letter_data import LetterDocument
from plumb_platform.documents.renderer import Renderer
from plumb_platform.errors import DomainError
from plumb_platform.storage import Storage
from plumb_platform.stored_files import store_file
from plumb_tenants.access.telling import kept_text
from plumb_tenants.company.service import Company, get_company
from plumb_tenants.definitions.service import PublishedVersion, version_of_any_state
from plumb_tenants.goals.access import access_cycle
from plumb_tenants.goals.service import confirmed_versions
from plumb_tenants.letters.chain import chain_of
from plumb_tenants.letters.content import Stamp, Where, content_of
from plumb_tenants.letters.definition import KIND
from plumb_tenants.letters.issuing import manager_of
from plumb_tenants.letters.models import LetterTrial
from plumb_tenants.letters.pictures import body_pictures
from plumb_tenants.letters.printing import printed_letter, refuse_unprintable
from plumb_tenants.letters.rules import Content, content_from
from plumb_tenants.letters.samples import sample_content
from plumb_tenants.letters.trials import TrialKind
from plumb_tenants.letters.wording import letter_number
from plumb_tenants.people.service import get_person, get_unit

SAMPLE_CODE = "PREVIEW-ONLY"
MOST_FINDINGS, MOST_LETTERS = 500, 20_000
PICTURE_DPI = 110
_REPLAYED = """
select l.canonical from letter l join definition_version v on v.tenant_id = l.tenant_id and v.id = l.definition_version_id
where l.shredded_at is null and (l.cycle_id = $1 and l.superseded_by is null
  or l.state in ('SIGNED', 'SEALED') and v.definition_id = (
    select d.definition_id from definition_version d where d.id = $3)) order by l.id limit $2
"""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A letter that might be printed: whose it is, its number when it stands already, and what it would say or why not."""

    number: str
    name: str
    letter: str
    content: Content | DomainError


@dataclass(frozen=True, slots=True)
class Trial:
    """One run: who for, the row that was asked for, the template as it stood, the company."""

    actor: Actor
    row: LetterTrial
    template: PublishedVersion
    company: Company

    @property
    def stamp(self) -> Stamp:
        """Return what stands in place of number, moment and code; the same however often the trial is run."""
        asked_at = self.row.created_at
        return Stamp(letter_number(self.template.body.number_pattern, asked_at, 0), asked_at, SAMPLE_CODE)

    def printed(self, content: Content) -> LetterDocument:
        """Return the letter as it would be issued, or raise why it would not."""
        letter = printed_letter(self.template.body, content, time_zone=self.company.time_zone)
        refuse_unprintable(letter)
        return letter

    async def content(self, goal_ids: Sequence[UUID]) -> Content:
        """Return what a letter over confirmed goals of one person would say."""
        goals = await confirmed_versions(self.actor, goal_ids)
        employee = await get_person(self.actor, goals[0].owner_id or goals[0].id)
        chain = await chain_of(self.actor, self.template.body, employee, await manager_of(self.actor, employee))
        cycle, unit = await access_cycle(self.actor, goals[0].cycle_id), await get_unit(self.actor, employee.unit_id)
        return await content_of(Where(self.company, cycle, unit), goals, chain, self.template, stamp=self.stamp)


async def run_trial(actor: Actor, trial_id: UUID, *, renderer: Renderer, storage: Storage) -> LetterTrial:
    """Run a trial that was asked for; one that ran already is returned as it is."""
    row = await LetterTrial.filter(id=trial_id).select_for_update(no_key=True).get()
    if row.finished_at is not None:
        return row
    template = await version_of_any_state(actor, row.definition_version_id, kind=KIND)
    trial = Trial(actor, row, template, await get_company(actor))
    if row.kind == TrialKind.PREVIEW:
        await _preview(trial, renderer, storage)
    else:
        await _dry_run(trial, renderer)
    row.checksum, row.finished_at = template.checksum, now()
    await row.save()
    return row


async def _preview(trial: Trial, renderer: Renderer, storage: Storage) -> None:
    goal_ids = [UUID(each) for each in trial.row.asked["goal_ids"]]
    sample = sample_content(trial.company, trial.template, trial.stamp)
    pdf = await _print(trial, trial.printed(await trial.content(goal_ids) if goal_ids else sample), renderer)
    trial.row.pdf_key = await store_file(storage, trial.actor.tenant_id, "annexes", pdf)
    pages = await renderer.draw_pages(pdf, dots_per_inch=PICTURE_DPI)
    trial.row.pages = [await store_file(storage, trial.actor.tenant_id, "annexes", page, suffix="png") for page in pages]


async def _print(trial: Trial, letter: LetterDocument, renderer: Renderer) -> bytes:
    from plumb_platform.documents.letter_print import print_letter  # Jinja and all, which the API does not need

    pictures = body_pictures(trial.template.body)
    return await print_letter(renderer, letter, assets=pictures, identifier=trial.row.id.bytes, created=trial.row.created_at)


async def _dry_run(trial: Trial, renderer: Renderer) -> None:
    found, letters, checked = [], [], 0
    async for candidate in _candidates(trial):
        checked += 1
        try:
            if isinstance(candidate.content, DomainError):
                raise candidate.content
            letters.append((candidate, trial.printed(candidate.content)))
        except DomainError as refusal:
            found.append((candidate, refusal))
    found += [each async for each in _unprintable(trial, letters, renderer)]
    shown = found[:MOST_FINDINGS]
    trial.row.checked, trial.row.faults = checked, len(found)
    trial.row.findings = [await _finding(trial.actor, *each) for each in shown]


async def _unprintable(
    trial: Trial, letters: Sequence[tuple[Candidate, LetterDocument]], renderer: Renderer
) -> AsyncIterator[tuple[Candidate, DomainError]]:
    """Yield the letters whose own markup fails, or that have a character without a glyph.

    Each letter's own sections are filled; one page proves all characters of all letters, and one whole letter the layout.
    """
    from plumb_platform.documents.glyph_proof import MissingGlyph, visible_text
    from plumb_platform.documents.letter_print import page_of, unshown_characters

    texts, sound = [], []
    for candidate, letter in letters:
        try:
            texts.append((candidate, letter, visible_text((await page_of(renderer, letter)).html)))
        except DomainError as refusal:
            yield candidate, refusal
    characters = {character for _, _, text in texts for character in text}
    unshown = await unshown_characters(renderer, characters, next((letter.typeface for _, letter in letters), "SONG"))
    for candidate, letter, text in texts:
        if missing := next((character for character in text if character in unshown), None):
            yield candidate, MissingGlyph(missing)
        else:
            sound.append((candidate, letter))
    for candidate, letter in sound[:1]:
        try:
            await _print(trial, letter, renderer)
        except DomainError as refusal:
            yield candidate, refusal


async def _candidates(trial: Trial) -> AsyncIterator[Candidate]:
    """Yield each person with confirmed goals in the cycle, then the letters that were issued in it and still stand.

    Signed letters of the same template are replayed whatever their cycle, superseded ones too: they are what was really said.
    """
    cycle_id = UUID(trial.row.asked["cycle_id"])
    owners = await fetch(
        "select p.number, p.name, array_agg(g.id order by g.id) as goals from goal g "
        "join person p on p.tenant_id = g.tenant_id and p.id = g.owner_id "
        "where g.cycle_id = $1 and g.state = 'CONFIRMED' group by 1, 2 order by 1 limit $2",
        *(cycle_id, MOST_LETTERS),
    )
    for row in owners:
        try:
            content: Content | DomainError = await trial.content(row["goals"])
        except DomainError as refusal:
            content = refusal
        yield Candidate(row["number"], row["name"], "", content)
    letters = await fetch(
        _REPLAYED,
        *(cycle_id, MOST_LETTERS, trial.row.definition_version_id),
    )
    for row in letters:
        stood = content_from(orjson.loads(row["canonical"]))
        yield Candidate(stood.employee.number, stood.employee.name, stood.number, stood)


async def _finding(actor: Actor, candidate: Candidate, refusal: DomainError) -> dict[str, Any]:
    return {
        "person": f"{candidate.number} {candidate.name}",
        "letter": candidate.letter or None,
        "code": refusal.code,
    } | await kept_text(actor, refusal)
