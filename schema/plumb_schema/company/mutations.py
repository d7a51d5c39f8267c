"""Mutations of the company: its own settings, and the key that seals letters."""

import strawberry

from plumb_platform.permissions import Permission
from plumb_schema.company.types import Company, SigningKey
from plumb_schema.ground.context import Info
from plumb_schema.ground.mutations import mutation
from plumb_schema.reads.completion import row_of
from plumb_tenants.company import service


@strawberry.input(description="更新签章密钥 / Put a fresh sealing key in place of the present one, named by its serial.")
class RenewSigningKeyInput:
    serial: str


@strawberry.input(description="公司设置 / The company's own settings; what is left out stays as it is.")
class UpdateCompanyInput:
    name: str | None = strawberry.field(
        default=None, description="名称：用于此后签发的责任书 / The name; letters bear it from the next one on."
    )
    locale: str | None = strawberry.field(
        default=None, description="默认语言 / The language that it is spoken to in: zh-CN or en."
    )
    time_zone: str | None = None
    accepts_moved: bool = strawberry.field(
        default=False, description="知悉按天计的期限随时区移动 / That terms which go by days move with the time zone is meant."
    )


@strawberry.type
class CompanyMutation:
    @mutation(
        needs=Permission.COMPANY_WRITE,
        description="更改公司名称、默认语言与时区 / Change name, language and time zone; what was issued or closed stays.",
    )
    async def update_company(self, info: Info, input: UpdateCompanyInput) -> Company:
        caller = info.context.caller
        to = service.CompanySettings(
            name=input.name, locale=input.locale, time_zone=input.time_zone, accepts_moved=input.accepts_moved
        )
        await service.update_company(caller, to=to)
        return row_of(Company, caller.tenant_id)

    @mutation(
        needs=Permission.SIGNING_KEY_RENEW,
        description="更新签章密钥 / Renew the sealing key; letters sealed before stay valid.",
    )
    async def renew_signing_key(self, info: Info, input: RenewSigningKeyInput) -> SigningKey:
        made = await service.renew_signing_key(info.context.caller, serial=input.serial, vault=info.context.ground.vault)
        return row_of(SigningKey, made.id)
