"""The kind `retention`: for how many months a company keeps what, and what becomes of it then."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from plumb_platform.actor import Actor
from plumb_platform.errors import InvalidInput
from plumb_tenants.definitions.kinds import Body, Finding, Kind, register
from plumb_tenants.definitions.service import effective_version
from plumb_tenants.retention.rules import FLOORS, LONGEST, Action, Category

KIND, KEY = "retention", "default"


class CategoryTwice(InvalidInput):
    """A category has one rule."""

    code = "RETENTION_CATEGORY_TWICE"
    zh = "类别“{category}”重复出现，请只保留一条规则。"
    en = "The category {category} stands there twice; leave one rule."


class ActionUnfit(InvalidInput):
    """Chained records are kept, people are pseudonymised, everything else can be destroyed."""

    code = "RETENTION_ACTION_UNFIT"
    zh = "类别“{category}”不能“{action}”，可用：{known}。{basis_zh}。"
    en = "{category} cannot be {action}; it can be {known}. {basis_en}."


class BelowFloor(InvalidInput):
    """A company may keep longer than the law asks, never shorter."""

    code = "RETENTION_BELOW_FLOOR"
    zh = "类别“{category}”的保存期 {months} 个月低于下限 {floor} 个月：{basis_zh}。"
    en = "{category} is kept {months} months, below the least term of {floor}: {basis_en}."


class RetentionRule(Body):
    """保存规则 / One category: kept for some months from its event, then destroyed, pseudonymised or kept for ever."""

    category: Category
    action: Action
    months: Annotated[int, Field(ge=0, le=LONGEST)] = 0


class RetentionRules(Body):
    """The rules of a company; a category without a rule is kept. Erasures may need a second person."""

    rules: Annotated[tuple[RetentionRule, ...], Field(max_length=len(Category))] = ()
    second_person: bool = True

    def rule_of(self, category: Category) -> RetentionRule:
        """Return the rule of a category; what has none is kept."""
        found = [each for each in self.rules if each.category is category]
        return found[0] if found else RetentionRule(category=category, action=Action.KEEP)


SHIPPED = RetentionRules()
"""What holds until a company publishes rules: nothing is destroyed by the clock."""


def lint(body: RetentionRules) -> list[Finding]:
    """Return what stands against publishing: categories named twice, actions that cannot be, terms below the floor."""
    return [Finding(error) for error in _faults(body)]


def _faults(body: RetentionRules) -> Iterator[InvalidInput]:
    seen: set[Category] = set()
    for place, rule in enumerate(body.rules):
        floor, path = FLOORS[rule.category], f"rules[{place}]"
        said = {"category": rule.category, "basis_zh": floor.zh, "basis_en": floor.en}
        if rule.category in seen:
            yield CategoryTwice(field=f"{path}.category", category=rule.category)
        seen.add(rule.category)
        if rule.action not in (Action.KEEP, floor.action):
            known = ", ".join(dict.fromkeys((Action.KEEP.value, floor.action.value)))
            yield ActionUnfit(field=f"{path}.action", action=rule.action, known=known, **said)
        elif rule.action is not Action.KEEP and rule.months < floor.months:
            yield BelowFloor(field=f"{path}.months", months=rule.months, floor=floor.months, **said)


async def rules_in_force(actor: Actor) -> tuple[RetentionRules, str | None]:
    """Return the rules in force and the id of their version; None stands for those that Plumb brings along."""
    found = await effective_version(actor, kind=KIND, key=KEY)
    if found is None or not isinstance(found.body, RetentionRules):
        return SHIPPED, None
    return found.body, str(found.id)


register(Kind(name=KIND, zh="保存与销毁规则", en="Retention rules", body=RetentionRules, lint=lint, pilots=False))
