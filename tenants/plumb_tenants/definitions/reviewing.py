"""The review of a version before it is published: submitted, approved by the configured roles, rejected or withdrawn (C40).

An approval flow may stand before these acts: whoever decides in it calls `approve_version` or `reject_version` as themselves.
"""

from collections.abc import Mapping
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.errors import Forbidden, InvalidInput, Refused
from plumb_platform.permissions import Permission, grants_of
from plumb_platform.permissions.administrators import KEEPING
from plumb_platform.permissions.members import members_holding
from plumb_platform.telling import Sentence
from plumb_tenants.definitions.approvals import missing_roles, without
from plumb_tenants.definitions.catalogue import effective_version
from plumb_tenants.definitions.kinds import Kind, kind_of
from plumb_tenants.definitions.models import Definition, DefinitionReview, DefinitionVersion
from plumb_tenants.definitions.review_rules import KEY, KIND, SHIPPED, ReviewRule, reviewers
from plumb_tenants.definitions.rules import State, VersionNotInReview, check_step
from plumb_tenants.definitions.steps import locked, refuse_faulty, save, step_to
from plumb_tenants.notifications.service import notify

LONGEST_COMMENT = 2000


class ReviewRequired(Refused):
    """The company wants a look at this kind before it is published."""

    code = "REVIEW_REQUIRED"
    zh = "发布前须经角色 {roles} 审核，请先提交审核。"
    en = "Before publishing, the roles {roles} must approve; submit the version for review."


class ApprovalsMissing(Refused):
    """Each configured role approves by a member of its own."""

    code = "APPROVALS_MISSING"
    zh = "尚缺角色 {roles} 的审核。"
    en = "The approval of these roles is still missing: {roles}."


class ReviewOwnChange(Refused):
    """Four eyes: whoever edited a version does not approve it."""

    code = "REVIEW_OWN_CHANGE"
    zh = "您编辑过该版本，按公司规则不能审核自己的改动。"
    en = "You edited this version; by the company's rule nobody approves a change of their own."


class ReviewRoleMissing(Refused):
    """Approval is given in a role that the rule names."""

    code = "REVIEW_ROLE_MISSING"
    zh = "须由角色 {roles} 审核，您不具有其中任何角色。"
    en = "The roles {roles} review this version; you have none of them."


class ReviewedAlready(Refused):
    """One member approves once."""

    code = "REVIEWED_ALREADY"
    zh = "您已审核过该版本。"
    en = "You have approved this version already."


class ReviewCommentInvalid(InvalidInput):
    """A rejection says why."""

    code = "REVIEW_COMMENT_INVALID"
    zh = "审核意见须为 {least} 到 {longest} 个字符。"
    en = "The comment has {least} to {longest} characters."


async def submit_for_review(actor: Actor, version_id: UUID, *, version: int, comment: str = "") -> DefinitionVersion:
    """Ask for review; from now on the draft stays as it is. Raises the first lint error."""
    row = await locked(actor, version_id, Permission.DEFINITION_WRITE, version)
    check_step(State(row.state), State.IN_REVIEW)
    kind, step = await step_to(row, State.IN_REVIEW)
    refuse_faulty(kind, step.body)
    row.state, row.review_round = State.IN_REVIEW.value, row.review_round + 1
    await _act(actor, row, "SUBMITTED", comment=comment)
    await save(row)
    await _tell_reviewers(actor, row)
    return row


async def withdraw_review(actor: Actor, version_id: UUID, *, version: int) -> DefinitionVersion:
    """Take a version back to be a draft; its approvals are for nothing."""
    row = await locked(actor, version_id, Permission.DEFINITION_WRITE, version)
    check_step(State(row.state), State.DRAFT)
    return await _back_to_draft(actor, row, "WITHDRAWN")


async def approve_version(actor: Actor, version_id: UUID, *, comment: str = "") -> DefinitionVersion:
    """Approve a version in review, in those of its rule's roles that the actor has."""
    row, kind = await _in_review(actor, version_id)
    rule = await review_rule(actor, kind)
    wanted = rule.roles if rule else ()
    roles = sorted((await grants_of(actor)).roles & set(wanted))
    if rule and not roles:
        raise ReviewRoleMissing(roles=", ".join(wanted))
    if rule and not rule.own_change and actor.membership_id in _editors(row):
        raise ReviewOwnChange
    if actor.membership_id in await _approvals(row):
        raise ReviewedAlready
    await _act(actor, row, "APPROVED", roles=roles, comment=comment)
    return row


async def reject_version(actor: Actor, version_id: UUID, *, comment: str) -> DefinitionVersion:
    """Give a version in review back to its editors, with the reason; approvals given so far are for nothing."""
    row, kind = await _in_review(actor, version_id)
    rule = await review_rule(actor, kind)
    if rule and not (await grants_of(actor)).roles & set(rule.roles):
        raise ReviewRoleMissing(roles=", ".join(rule.roles))
    return await _back_to_draft(actor, row, "REJECTED", comment=comment, least=1)


async def refuse_unreviewed(actor: Actor, row: DefinitionVersion, kind: Kind) -> bool:
    """Refuse to use a version that its rule wants reviewed and that is not; return False where the rule had to lapse.

    A rule over the rules themselves lapses for administrators once nobody is left who could satisfy it: members leave, and
    a company must never be locked out of its own rules.
    """
    rule = await review_rule(actor, kind.name)
    if rule is None:
        return True
    editors = set() if rule.own_change else _editors(row)
    missing = missing_roles(rule.roles, without(await _approvals(row), editors))
    if not missing:
        return True
    if kind.name == KIND and await _lapsed(actor, rule, editors):
        return False
    if row.state != State.IN_REVIEW:
        raise ReviewRequired(roles=", ".join(rule.roles))
    raise ApprovalsMissing(roles=", ".join(missing))


async def review_rule(actor: Actor, kind: str) -> ReviewRule | None:
    """Return the rule that a kind is reviewed by, None where nobody has to approve."""
    rule = await rule_of(actor, kind)
    return rule if rule is not None and rule.roles else None


async def rule_of(actor: Actor, kind: str) -> ReviewRule | None:
    """Return what the company says about publishing a kind, None where it says nothing."""
    rules = await effective_version(actor, kind=KIND, key=KEY)
    found: ReviewRule | None = (rules.body if rules else SHIPPED).rule_for(kind)
    return found


def _editors(row: DefinitionVersion) -> set[UUID]:
    return {UUID(each) for each in row.editors} | ({row.author_id} if row.author_id else set())


async def _tell_reviewers(actor: Actor, row: DefinitionVersion) -> None:
    """Send a message to everybody who can approve what was submitted."""
    definition = await Definition.get(id=row.definition_id)
    rule = await review_rule(actor, definition.kind)
    if rule is None:
        return
    editors = set() if rule.own_change else _editors(row)
    able = await members_holding(actor, Permission.DEFINITION_REVIEW)
    await notify(
        actor,
        members=[each.id for each in able if each.roles & set(rule.roles) and each.id not in editors],
        kind="definition.review",
        object_type="DefinitionVersion",
        object_id=row.id,
        said=Sentence(
            zh="“{name}”第 {number} 版等待您审核。",
            en="Version {number} of {name} waits for your review.",
            tells={"name": "Definition.name", "number": "DefinitionVersion.number"},
            row={"name": definition.id, "number": row.id},
            name=definition.name,
            number=row.number,
        ),
        once=f"review:{row.id}:{row.review_round}",
    )


async def _lapsed(actor: Actor, rule: ReviewRule, editors: set[UUID]) -> bool:
    grants = await grants_of(actor)
    administers = all(grants.reaches_all(permission) for permission in KEEPING)
    return administers and bool(missing_roles(rule.roles, without(await reviewers(actor), editors)))


async def _in_review(actor: Actor, version_id: UUID) -> tuple[DefinitionVersion, str]:
    row = await locked(actor, version_id, Permission.DEFINITION_REVIEW, None)
    if row.state != State.IN_REVIEW:
        raise VersionNotInReview(state=State(row.state))
    if actor.membership_id is None:
        raise Forbidden(permission=Permission.DEFINITION_REVIEW.value)
    return row, kind_of((await Definition.get(id=row.definition_id)).kind).name


async def _approvals(row: DefinitionVersion) -> Mapping[UUID, frozenset[str]]:
    """Return the approvals of the present round; none of a draft."""
    if row.state != State.IN_REVIEW:
        return {}
    acts = DefinitionReview.filter(definition_version_id=row.id, round=row.review_round, act="APPROVED")
    return {act.membership_id: frozenset(act.roles) for act in await acts.order_by("id") if act.membership_id}


async def _back_to_draft(
    actor: Actor, row: DefinitionVersion, act: str, *, comment: str = "", least: int = 0
) -> DefinitionVersion:
    await _act(actor, row, act, comment=comment, least=least)
    row.state = State.DRAFT.value
    await save(row)
    return row


async def _act(
    actor: Actor, row: DefinitionVersion, act: str, *, roles: list[str] | None = None, comment: str = "", least: int = 0
) -> None:
    if not least <= len(comment.strip()) <= LONGEST_COMMENT:
        raise ReviewCommentInvalid(field="comment", least=least, longest=LONGEST_COMMENT)
    await DefinitionReview.create(
        definition_version_id=row.id,
        round=row.review_round,
        act=act,
        roles=roles or [],
        membership_id=actor.membership_id,
        checksum=row.checksum,
        comment=comment.strip(),
    )
    after = {"number": row.number, "round": row.review_round, "checksum": row.checksum, "roles": roles or []}
    await record(actor, f"definition.{act.lower()}", "definition_version", row.id, after=after)
