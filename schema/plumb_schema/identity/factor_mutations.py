"""Mutations of the second factor: enrol an authenticator, confirm it, remove it."""

import strawberry

from plumb_platform.documents.qr import qr_data_url
from plumb_platform.identity import second_factor
from plumb_schema.ground.context import Info
from plumb_schema.ground.mutations import mutation
from plumb_schema.ground.permission import SIGNED_IN, public_type


@strawberry.input(description="绑定身份验证器 / Begin to enrol an authenticator, with one's password.")
class EnrolTotpInput:
    password: str


@strawberry.input(description="确认身份验证器 / Finish the enrolment by a first code.")
class ConfirmTotpInput:
    code: str


@strawberry.input(description="解除身份验证器 / Remove the authenticator, with one's password and a code.")
class RemoveTotpInput:
    password: str
    code: str


@public_type(description="身份验证器密钥 / What an authenticator app needs, shown once; the picture is a data: URL.")
class TotpEnrolment:
    secret: str
    otpauth_url: str
    qr: str


@public_type(description="二次验证 / Whether the account has a confirmed authenticator.")
class SecondFactor:
    enrolled: bool


@strawberry.type
class FactorMutation:
    @mutation(
        needs=SIGNED_IN,
        description="绑定身份验证器 / Get the secret of a new authenticator.",
    )
    async def enrol_totp(self, info: Info, input: EnrolTotpInput) -> TotpEnrolment:
        keys = info.context.ground.factor_keys
        made = await second_factor.enrol_totp(info.context.caller, password=input.password, keys=keys)
        return TotpEnrolment(secret=made.secret, otpauth_url=made.otpauth_url, qr=qr_data_url(made.otpauth_url))

    @mutation(needs=SIGNED_IN, description="确认身份验证器 / Confirm the authenticator by a code of it.")
    async def confirm_totp(self, info: Info, input: ConfirmTotpInput) -> SecondFactor:
        await second_factor.confirm_totp(info.context.caller, code=input.code, keys=info.context.ground.factor_keys)
        return SecondFactor(enrolled=True)

    @mutation(needs=SIGNED_IN, description="解除身份验证器 / Remove the authenticator.")
    async def remove_totp(self, info: Info, input: RemoveTotpInput) -> SecondFactor:
        keys = info.context.ground.factor_keys
        await second_factor.remove_totp(info.context.caller, password=input.password, code=input.code, keys=keys)
        return SecondFactor(enrolled=False)
