"""Mutations of the company: renew the key that seals letters."""

import strawberry

from plumb_platform.permissions import Permission
from plumb_schema.company.types import SigningKey
from plumb_schema.ground.context import Info
from plumb_schema.ground.mutations import mutation
from plumb_schema.reads.completion import row_of
from plumb_tenants.company import service


@strawberry.input(description="更新签章密钥 / Put a fresh sealing key in place of the present one, named by its serial.")
class RenewSigningKeyInput:
    serial: str


@strawberry.type
class CompanyMutation:
    @mutation(
        needs=Permission.SIGNING_KEY_RENEW,
        description="更新签章密钥 / Renew the sealing key; letters sealed before stay valid.",
    )
    async def renew_signing_key(self, info: Info, input: RenewSigningKeyInput) -> SigningKey:
        made = await service.renew_signing_key(info.context.caller, serial=input.serial, vault=info.context.ground.vault)
        return row_of(SigningKey, made.id)
