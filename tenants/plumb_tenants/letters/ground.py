"""What the letters of one act have in common: read when the first of them needs it, and kept for the others."""

from collections.abc import Awaitable, Callable, Hashable
from typing import Any, TypeVar
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_tenants.company.service import Company, get_company
from plumb_tenants.definitions.service import PublishedVersion, published_version, refuse_held
from plumb_tenants.goals.access import access_cycle
from plumb_tenants.goals.service import Cycle
from plumb_tenants.letters.content import Where
from plumb_tenants.letters.definition import KIND
from plumb_tenants.letters.readiness import refuse_unready
from plumb_tenants.letters.signing_rules import LetterRules, letter_rules
from plumb_tenants.people.service import Person, Unit, get_person, get_unit

Found = TypeVar("Found")


class Ground:
    """The ground of one act by one actor under one template, within one transaction.

    A refusal is not kept: each letter is refused anew, and the next act reads everything anew.
    """

    def __init__(self, actor: Actor, template_version_id: UUID) -> None:
        self.actor = actor
        self._template_version_id = template_version_id
        self._read: dict[Hashable, Any] = {}

    async def template(self) -> PublishedVersion:
        """Return the template, or raise NotFound or why letters cannot be issued under it."""
        return await self._once("template", self._template)

    async def ready(self) -> None:
        """Raise what stands against sealing."""
        await self._once("ready", lambda: refuse_unready(self.actor))

    async def rules(self) -> LetterRules:
        """Return the company's rules of signing."""
        return await self._once("rules", lambda: letter_rules(self.actor))

    async def person(self, person_id: UUID) -> Person:
        """Return somebody who stands in several letters; raises NotFound."""
        return await self._once(("person", person_id), lambda: get_person(self.actor, person_id))

    async def where(self, cycle_id: UUID, unit_id: UUID) -> Where:
        """Return company, cycle and unit of a letter; raises Forbidden and NotFound."""
        company: Company = await self._once("company", lambda: get_company(self.actor))
        cycle: Cycle = await self._once(("cycle", cycle_id), lambda: access_cycle(self.actor, cycle_id))
        unit: Unit = await self._once(("unit", unit_id), lambda: get_unit(self.actor, unit_id))
        return Where(company, cycle, unit)

    async def _template(self) -> PublishedVersion:
        found = await published_version(self.actor, self._template_version_id, kind=KIND, field="templateVersionId")
        if found.body.has_pictures:
            await refuse_held(found.id, field="templateVersionId")
        return found

    async def _once(self, name: Hashable, read: Callable[[], Awaitable[Found]]) -> Found:
        if name not in self._read:
            self._read[name] = await read()
        kept: Found = self._read[name]
        return kept
