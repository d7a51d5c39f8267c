"""Mutations of bonus periods and split templates: adopt, open, close, export."""

import strawberry

from plumb_platform.permissions import Permission
from plumb_schema.attribution.inputs import CloseBonusPeriodInput, ExportBonusInput, OpenBonusMonthInput, OpenBonusPeriodInput
from plumb_schema.attribution.types import BonusFile, BonusPeriod, file_of
from plumb_schema.definitions.types import DefinitionVersion
from plumb_schema.ground.context import Info
from plumb_schema.ground.ids import decode_id
from plumb_schema.ground.mutations import mutation
from plumb_schema.reads.completion import row_of
from plumb_tenants.attribution import service


@strawberry.type
class BonusPeriodMutation:
    @mutation(needs=Permission.DEFINITION_PUBLISH, description="采用三方拆分模板 / Publish the three-party template, once.")
    async def adopt_split_template(self, info: Info) -> DefinitionVersion:
        return row_of(DefinitionVersion, await service.adopt_shipped_template(info.context.caller))

    @mutation(needs=Permission.PERIOD_WRITE, description="按月开启奖金期 / Open the bonus period of a month.")
    async def open_bonus_month(self, info: Info, input: OpenBonusMonthInput) -> BonusPeriod:
        return row_of(BonusPeriod, await service.open_month(info.context.caller, month=input.month))

    @mutation(needs=Permission.PERIOD_WRITE, description="开启奖金期 / Open a bonus period over dates.")
    async def open_bonus_period(self, info: Info, input: OpenBonusPeriodInput) -> BonusPeriod:
        opened = await service.open_period(
            info.context.caller, code=input.code, name=input.name, starts_on=input.starts_on, ends_on=input.ends_on
        )
        return row_of(BonusPeriod, opened)

    @mutation(needs=Permission.PERIOD_CLOSE, description="关闭奖金期 / Close a bonus period; it never changes again.")
    async def close_bonus_period(self, info: Info, input: CloseBonusPeriodInput) -> BonusPeriod:
        period_id = decode_id(input.period_id, "BonusPeriod", field="periodId")
        closed = await service.close_period(info.context.caller, period_id=period_id, version=input.version)
        return row_of(BonusPeriod, closed)

    @mutation(needs=Permission.BONUS_EXPORT, description="导出奖金 / The bonus file of a closed period, the same bytes for ever.")
    async def export_bonus(self, info: Info, input: ExportBonusInput) -> BonusFile:
        made = await service.export_bonus(
            info.context.caller,
            period_id=decode_id(input.period_id, "BonusPeriod", field="periodId"),
            form=input.format,
            by=input.by,
            storage=info.context.ground.storage,
        )
        return file_of(made)
