"""The kind `review`: which kinds of definition must be approved before they are published, and by whom (C40)."""

from collections import Counter
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from plumb_platform.actor import Actor
from plumb_platform.errors import InvalidInput, Refused
from plumb_platform.permissions import Permission
from plumb_platform.permissions.members import members_holding
from plumb_tenants.definitions.approvals import always_approvable
from plumb_tenants.definitions.kinds import Body, Finding, Kind, Step, register, registered_kinds

KIND, KEY = "review", "default"
EVERY_KIND = "*"


class ReviewKindUnknown(InvalidInput):
    """A rule is for a kind that exists, or for all."""

    code = "REVIEW_KIND_UNKNOWN"
    zh = "未知的配置类型“{kind}”，可用：*（其余全部）, {known}。"
    en = "The kind {kind} is unknown; use * for all others, or one of {known}."


class ReviewKindTwice(InvalidInput):
    """A kind has one rule."""

    code = "REVIEW_KIND_TWICE"
    zh = "配置类型“{kind}”有多条审核规则。"
    en = "The kind {kind} has more than one rule."


class ReviewRoleTwice(InvalidInput):
    """A role approves once."""

    code = "REVIEW_ROLE_TWICE"
    zh = "审核角色“{role}”重复出现。"
    en = "The role {role} stands there twice."


class ReviewersTooFew(Refused):
    """A rule that nobody could satisfy would lock the company out of its own configuration."""

    code = "REVIEWERS_TOO_FEW"
    zh = (
        "“{kind}”的审核规则无法执行：角色 {roles} 须各由一名在职成员担任并持有 {permission} 权限，"
        "且任何一人作为编辑者时仍有他人可审核。"
    )
    en = (
        "The rule for {kind} could not be satisfied: the roles {roles} need an active member each with the permission "
        "{permission}, and others to approve whoever the editor is."
    )


class Effect(StrEnum):
    """When a new version of what holds already may take effect: at once, or with the next quarter of a year (C44)."""

    AT_ONCE = "AT_ONCE"
    NEXT_QUARTER = "NEXT_QUARTER"


class ReviewRule(Body):
    """审核规则 / What one kind needs before it is published; `*` is for every kind without a rule of its own."""

    kind: Annotated[str, Field(min_length=1, max_length=40)]
    roles: Annotated[tuple[Annotated[str, Field(min_length=1, max_length=40)], ...], Field(max_length=5)] = ()
    own_change: bool = False
    takes_effect: Effect = Effect.AT_ONCE


class ReviewRules(Body):
    """Reviews before publishing: each role of a rule approves by a member of its own; editors only if `own_change` says so."""

    rules: Annotated[tuple[ReviewRule, ...], Field(max_length=60)] = ()

    def rule_for(self, kind: str) -> ReviewRule | None:
        """Return the rule of a kind, None where the company made none."""
        named: Mapping[str, ReviewRule] = {rule.kind: rule for rule in self.rules}
        return named.get(kind) or named.get(EVERY_KIND)


SHIPPED = ReviewRules()
"""What holds until a company publishes rules: nothing is reviewed."""


def lint(body: ReviewRules) -> list[Finding]:
    """Return what stands against publishing: unknown kinds, kinds and roles that stand there twice."""
    return [Finding(error) for error in _faults(body)]


def _faults(body: ReviewRules) -> Iterator[InvalidInput]:
    known, kinds = registered_kinds(), Counter(rule.kind for rule in body.rules)
    for place, rule in enumerate(body.rules):
        if rule.kind != EVERY_KIND and rule.kind not in known:
            yield ReviewKindUnknown(field=f"rules[{place}].kind", kind=rule.kind, known=", ".join(known))
        if kinds[rule.kind] > 1:
            yield ReviewKindTwice(field=f"rules[{place}].kind", kind=rule.kind)
        for number, role in enumerate(rule.roles):
            if rule.roles.index(role) != number:
                yield ReviewRoleTwice(field=f"rules[{place}].roles[{number}]", role=role)


async def reviewers(actor: Actor) -> dict[UUID, frozenset[str]]:
    """Return the roles of all active members who may review."""
    return {member.id: member.roles for member in await members_holding(actor, Permission.DEFINITION_REVIEW)}


async def _refuse_lockout(actor: Actor, step: Step) -> None:
    """Refuse rules that could not be satisfied by the members of today, whoever edits."""
    if step.key != KEY or step.state != "PUBLISHED":
        return
    held = await reviewers(actor)
    for place, rule in enumerate(step.body.rules):
        if rule.roles and not always_approvable(rule.roles, held, own_change=rule.own_change):
            said: dict[str, Any] = {"roles": ", ".join(rule.roles), "permission": Permission.DEFINITION_REVIEW.value}
            raise ReviewersTooFew(field=f"rules[{place}].roles", kind=rule.kind, **said)


register(
    Kind(
        name=KIND,
        zh="发布审核规则",
        en="Rules of review",
        body=ReviewRules,
        lint=lint,
        before_step=_refuse_lockout,
        pilots=False,
    )
)
