"""Rating a goal from below: once per version, shown as an average of three and more, never with a name (C58).

Nobody is told who rated: a rating holds no person and no moment, the audit chain only that somebody did, and an average moves
on by three ratings at a time, so that two looks do not tell one score.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID, uuid4

from plumb_platform.actor import Actor, system_actor
from plumb_platform.audit.service import record
from plumb_platform.database import execute, fetch, take_lock
from plumb_platform.errors import InvalidInput, NotFound, Refused
from plumb_platform.numbers.canonical import sha256_hex
from plumb_platform.permissions import Permission, require
from plumb_tenants.approvals.service import managers_of
from plumb_tenants.definitions.service import company_today
from plumb_tenants.goals.service import get_goal

FEWEST = 3
LOWEST, HIGHEST = 1, 10
_GOAL = """
select g.id, g.owner_id, v.id as version_id from goal g join person p on p.id = $2 and p.active
join goal_version v on v.tenant_id = g.tenant_id and v.goal_id = g.id and v.number = g.current_number
where g.id = $1 and (g.owner_id = p.id
  or p.unit_id in (select descendant_id from org_unit_closure where ancestor_id = g.unit_id))
"""
_RATE = """
insert into goal_rating (tenant_id, id, goal_id, goal_version_id, rater_mark, score, rated_on, ordinal)
select $1, $2, $3, $4, $5, $6, $7, (select count(*) + 1 from goal_rating where goal_version_id = $4)
on conflict (tenant_id, goal_version_id, rater_mark) do nothing returning id
"""
_SCORES = """
select g.id as goal_id, array_agg(r.score order by r.ordinal) as scores from goal g
join goal_version v on v.tenant_id = g.tenant_id and v.goal_id = g.id and v.number = g.current_number
join goal_rating r on r.tenant_id = v.tenant_id and r.goal_version_id = v.id where g.id = any($1::uuid[]) group by g.id
"""


class ScoreInvalid(InvalidInput):
    """A score is a whole number from 1 to 10."""

    code = "RATING_SCORE_INVALID"
    zh = "评分 {score} 无效：须为 {lowest} 到 {highest} 的整数。"
    en = "The score {score} is not valid: a whole number from {lowest} to {highest}."


class RatedAlready(Refused):
    """One rates a version of a goal once."""

    code = "RATED_ALREADY"
    zh = "您已为该目标的当前版本评分。"
    en = "You have rated this version of the goal already."


class RatingFromAbove(Refused):
    """A goal is rated from below, not by who sets it."""

    code = "RATING_FROM_ABOVE"
    zh = "上级不能为下属的目标打分。"
    en = "Goals are rated from below; you are above its owner."


@dataclass(frozen=True, slots=True)
class Rating:
    """The average of a goal's present version over `raters`, in steps of three; both None below three."""

    raters: int | None
    average: Decimal | None


async def rate_goal(actor: Actor, *, goal_id: UUID, score: int) -> UUID:
    """Rate how reasonable a goal of one's own or of one's unit is, once for its present version; return the goal's id."""
    await require(actor, Permission.GOAL_RATE)
    if not LOWEST <= score <= HIGHEST:
        raise ScoreInvalid(field="score", score=score, lowest=LOWEST, highest=HIGHEST)
    rows = await fetch(_GOAL, goal_id, actor.person_id) if actor.person_id else []
    if not rows:
        raise NotFound(field="goalId")
    goal = rows[0]
    if goal["owner_id"] is not None and actor.person_id in await managers_of(goal["owner_id"], 40):
        raise RatingFromAbove(field="goalId")
    await take_lock("rating", goal["version_id"])
    mark = sha256_hex(f"{actor.tenant_id}:{goal['version_id']}:{actor.person_id}".encode())
    made = await execute(_RATE, *(actor.tenant_id, uuid4(), goal_id, goal["version_id"], mark, score, await company_today(actor)))
    if not made:
        raise RatedAlready(field="goalId")
    await record(system_actor(actor.tenant_id), "goal.rate", "goal", goal_id)
    return goal_id


async def goal_rating(actor: Actor, *, goal_id: UUID) -> Rating:
    """Return the average of a goal that the actor may read, to one decimal, once there are three ratings."""
    goal = await get_goal(actor, goal_id)
    return (await ratings_of([goal.id]))[goal.id]


async def ratings_of(goal_ids: Collection[UUID]) -> dict[UUID, Rating]:
    """Return the rating of each goal's present version, as anybody would be shown it; the caller has checked who reads them."""
    found = {row["goal_id"]: _rating(row["scores"]) for row in await fetch(_SCORES, list(goal_ids))}
    return {goal_id: found.get(goal_id, Rating(None, None)) for goal_id in goal_ids}


def _rating(scores: Sequence[int]) -> Rating:
    shown = len(scores) - len(scores) % FEWEST
    if shown < FEWEST:
        return Rating(None, None)
    return Rating(shown, (Decimal(sum(scores[:shown])) / shown).quantize(Decimal("0.1")))
