"""Queries of reports over goals: months as they score, transparency, stability, deviation, variance of regions."""

from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal

import strawberry
from strawberry.scalars import JSON

from plumb_platform.permissions import Permission
from plumb_schema.ground.context import Info
from plumb_schema.ground.ids import decode_id, encode_id
from plumb_schema.ground.permission import field, tenant_type
from plumb_tenants.goals import service
from plumb_tenants.goals.attainment import Undefined
from plumb_tenants.goals.spreads import Stability

strawberry.enum(service.RankedBy, description="排名依据 / What peers are compared by.")
strawberry.enum(Stability, description="稳定性 / Whether attainments stay near their mean.")


@tenant_type(needs=Permission.GOAL_READ, description="月度得分 / A month of a goal: what counts against it and what came about.")
class MonthScore:
    month: date
    target: Decimal
    excluded: Decimal = strawberry.field(description="已剔除 / What approved exclusions took out of the month.")
    moved_in: Decimal = strawberry.field(description="顺延转入 / What was put off to the month.")
    denominator: Decimal = strawberry.field(description="考核基数 / target - excluded + moved in.")
    actual: Decimal | None
    attainment: Decimal | None
    undefined: Undefined | None


@tenant_type(needs=Permission.GOAL_READ, description="同类目标 / A peer whom the caller may know.")
class NamedPeer:
    goal_id: strawberry.ID
    name: str
    value: Decimal


@tenant_type(needs=Permission.GOAL_READ, description="目标透明度 / Where a goal comes from and where it stands among its peers.")
class GoalTransparency:
    derivation: JSON = strawberry.field(description="来源 / How the target came about.")
    value: Decimal | None
    count: int
    rank: int | None = strawberry.field(description="名次 / 1 is the greatest; null where the group is too small.")
    distribution: list[Decimal] | None = strawberry.field(description="分布 / The values of all, the greatest first, unnamed.")
    peers: list[NamedPeer]


@tenant_type(needs=Permission.GOAL_READ, description="达成稳定性 / Attainments of a unit over cycles.")
class AttainmentStability:
    rates: list[Decimal]
    verdict: Stability
    mean: Decimal | None
    points: Decimal | None = strawberry.field(description="最大偏离（百分点） / How far the farthest lies from the mean.")
    within: Decimal


@tenant_type(needs=Permission.GOAL_READ, description="达成偏差率 / The mean of |actual - target| / |target|.")
class DeviationRate:
    percent: Decimal | None
    counted: int
    undefined: int
    people: int
    people_off: int = strawberry.field(description="偏离人数 / People who are off by more than the limit.")


@tenant_type(needs=Permission.GOAL_READ, description="区域达成率 / What a region attained, with all units below it.")
class RegionRate:
    code: str
    name: str
    rate: Decimal


@tenant_type(needs=Permission.GOAL_READ, description="区域差异 / How far regions lie from all of them together.")
class RegionalVariance:
    regions: list[RegionRate]
    whole: Decimal | None
    points: Decimal | None
    within: Decimal
    flagged: bool


@tenant_type(needs=Permission.CHECK_IN_READ, description="预警响应 / How fast alerts of goals that are behind were answered.")
class AlertResponse:
    raised: int = strawberry.field(description="预警数 / How many were raised.")
    answered: int = strawberry.field(description="已应对数 / How many somebody answered.")
    clock_seconds: Decimal | None = strawberry.field(description="平均响应时长（秒） / Mean seconds to the answer, by the clock.")
    working_seconds: Decimal | None = strawberry.field(
        description="平均响应工作时长（秒） / Mean seconds to it, in working hours."
    )
    waiting: int = strawberry.field(description="待应对数 / How many nobody answered yet, and are still on.")
    waiting_since: datetime | None = strawberry.field(description="最早待应对的预警时间 / When the first of those was raised.")
    passed: int = strawberry.field(description="未应对而解除数 / How many ended without an answer.")


@strawberry.type
class GoalReportQuery:
    @field(needs=Permission.GOAL_READ, description="月度得分 / The months of a goal as they score.")
    async def goal_months(self, info: Info, goal_id: strawberry.ID) -> list[MonthScore]:
        found = await service.month_scores(info.context.caller, goal_id=decode_id(goal_id, "Goal", field="goalId"))
        return [
            MonthScore(
                month=each.month,
                target=each.target,
                excluded=each.excluded,
                moved_in=each.moved_in,
                denominator=each.denominator,
                actual=each.actual,
                attainment=each.attained.percent,
                undefined=each.attained.undefined,
            )
            for each in found
        ]

    @field(needs=Permission.GOAL_READ, description="目标透明度 / Where a goal comes from and where it stands among its peers.")
    async def goal_transparency(
        self, info: Info, goal_id: strawberry.ID, by: service.RankedBy = service.RankedBy.TARGET
    ) -> GoalTransparency:
        found = await service.goal_transparency(info.context.caller, goal_id=decode_id(goal_id, "Goal", field="goalId"), by=by)
        peers = [NamedPeer(goal_id=encode_id("Goal", each.goal_id), name=each.name, value=each.value) for each in found.peers]
        return GoalTransparency(
            derivation=JSON(found.derivation),
            value=found.value,
            count=found.count,
            rank=found.rank,
            distribution=None if found.distribution is None else list(found.distribution),
            peers=peers,
        )

    @field(needs=Permission.GOAL_READ, description="达成稳定性 / Whether a unit's attainments stay near their mean over cycles.")
    async def attainment_stability(
        self, info: Info, unit_id: strawberry.ID, cycle_ids: list[strawberry.ID]
    ) -> AttainmentStability:
        found = await service.attainment_stability(
            info.context.caller,
            unit_id=decode_id(unit_id, "OrgUnit", field="unitId"),
            cycle_ids=[decode_id(each, "Cycle", field=f"cycleIds[{place}]") for place, each in enumerate(cycle_ids)],
        )
        spread = found.spread
        return AttainmentStability(
            rates=list(found.rates), verdict=found.verdict, mean=spread.rate, points=spread.points, within=found.within
        )

    @field(needs=Permission.GOAL_READ, description="达成偏差率 / How far people's actuals lie from their targets in a unit.")
    async def deviation_rate(self, info: Info, unit_id: strawberry.ID, cycle_id: strawberry.ID) -> DeviationRate:
        found = await service.deviation_rate(
            info.context.caller,
            unit_id=decode_id(unit_id, "OrgUnit", field="unitId"),
            cycle_id=decode_id(cycle_id, "Cycle", field="cycleId"),
        )
        return DeviationRate(
            percent=found.percent,
            counted=found.counted,
            undefined=found.undefined,
            people=found.people,
            people_off=found.people_off,
        )

    @field(needs=Permission.GOAL_READ, description="区域差异 / How far the regions right below a unit lie from all of them.")
    async def regional_variance(
        self, info: Info, unit_id: strawberry.ID, cycle_id: strawberry.ID, metric: str
    ) -> RegionalVariance:
        found = await service.regional_variance(
            info.context.caller,
            unit_id=decode_id(unit_id, "OrgUnit", field="unitId"),
            cycle_id=decode_id(cycle_id, "Cycle", field="cycleId"),
            metric=metric,
        )
        regions = [RegionRate(code=each.code, name=each.name, rate=each.rate) for each in found.regions]
        return RegionalVariance(
            regions=regions, whole=found.spread.rate, points=found.spread.points, within=found.within, flagged=found.flagged
        )

    @field(
        needs=Permission.CHECK_IN_READ,
        description="预警响应 / How fast alerts raised from one day to another were answered, in a unit and below.",
    )
    async def alert_response(self, info: Info, unit_id: strawberry.ID, starts_on: date, ends_on: date) -> AlertResponse:
        unit = decode_id(unit_id, "OrgUnit", field="unitId")
        found = await service.alert_response(info.context.caller, unit_id=unit, starts_on=starts_on, ends_on=ends_on)
        return AlertResponse(**asdict(found))
