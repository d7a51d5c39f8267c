"""Random matrices over every resource: pairs of all scopes, with and without filters and field sets, allowing and denying."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from random import Random

from plumb_platform.actor import Actor
from plumb_platform.permissions import Grants, Pair, Scope
from plumb_platform.permissions.grants import NOBODY
from plumb_platform.resources import Resource
from plumb_schema.reads.classes import declared
from support.naive.facts import Facts

FILTERS: Mapping[str, Sequence[str]] = {
    "goal": ('state = "CONFIRMED"', "target > 200", "ISBLANK(ownerId)", 'NOT(title = "甲") 且 weight + 1 <= 21', "gone = 1"),
    "person": ('grade = "P5"', "active", "hiredOn < DATE(2021, 1, 1)", "ISBLANK(email)"),
    "unit": ('name = "部门1"', 'NOT(code = "HQ")'),
    "letter": ('state = "SIGNED"', "fileSize > 0", "version > 1"),
    # Two types stand behind each of these, and a filter may fit but one.
    "plan": ("total > 1000000", 'state = "PUBLISHED"', "ordinal > 1", "value > 5000000"),
    "definition": ('kind = "letter"', "number > 0", 'key = "weighted"'),
}


def random_grants(
    source: Random, actor: Actor, facts: Facts, version: int, resources: Sequence[Resource], *, wide: float = 0
) -> Grants:
    """Return what a random matrix grants to an actor over these resources; `wide` of them over the company as well."""
    pairs: dict[str, tuple[Pair, ...]] = {}
    for permission in dict.fromkeys(each.read for each in resources):
        behind = [each for each in resources if each.read is permission]
        if source.random() < 0.93:
            pairs[permission.value] = tuple(random_pair(source, behind) for _ in range(source.randint(1, 4)))
        if wide and source.random() < wide:
            over = replace(random_pair(source, behind), scope=Scope.COMPANY, filter="", denies=False)
            pairs[permission.value] = (*pairs.get(permission.value, ()), over)
    person = facts.rows["Person"].get(actor.person_id or NOBODY)
    unit = person.unit if person is not None and person.unit is not None else NOBODY
    return Grants(pairs, actor.person_id or NOBODY, unit, actor.membership_id or NOBODY, actor.roles, version)


def random_pair(source: Random, behind: Sequence[Resource]) -> Pair:
    """Return a pair over the types of one permission, denying one time in five."""
    names = sorted(set().union(*(each.fields for each in behind)))
    filters = FILTERS.get(behind[0].name, ())
    return Pair(
        source.choice([Scope.NONE, Scope.OWN, Scope.UNIT, Scope.SUBTREE, Scope.SUBTREE, Scope.COMPANY, Scope.COMPANY]),
        source.choice(filters) if filters and source.random() < 0.35 else "",
        frozenset(source.sample(names, source.randint(1, len(names)))) if names and source.random() < 0.5 else None,
        source.random() < 0.2,
    )


def resources_of(facts: Facts) -> list[Resource]:
    """Return the resources behind the product's types."""
    found = [declared(name) for name in facts.rows]
    return [each for each in found if each is not None]
