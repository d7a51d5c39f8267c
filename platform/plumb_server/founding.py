"""Founding a company from outside: its admin's account, then the company with permissions, audit chain and signing key."""

from uuid import UUID

from plumb_platform.actor import system_actor
from plumb_platform.database import tenant_transaction
from plumb_platform.identity.invitations import add_member
from plumb_platform.identity.service import ensure_account
from plumb_platform.ids import uuid7
from plumb_platform.settings import SIGNING_KEYS, Settings
from plumb_tenants.company.service import check_new_company, create_company


async def found_company(
    settings: Settings,
    *,
    key: str,
    name: str,
    admin_email: str,
    admin_password: str,
    time_zone: str = "Asia/Shanghai",
    locale: str = "zh-CN",
    currency: str = "CNY",
) -> UUID:
    """Make the company and return its id; the database must be open.

    A known account becomes the admin with the password that it has. Raises CompanyKeyInvalid, CompanyExists, TimeZoneUnknown
    and PasswordTooWeak before anything of the company is written.
    """
    await check_new_company(key=key, time_zone=time_zone)
    account_id = await ensure_account(admin_email, admin_password, locale=locale)
    actor = system_actor(uuid7(), channel="cli")
    async with tenant_transaction(actor):
        await create_company(
            actor,
            key=key,
            name=name,
            time_zone=time_zone,
            locale=locale,
            currency=currency,
            key_secret=settings.derived_key(SIGNING_KEYS),
        )
        await add_member(actor, account_id=account_id, roles=["company_admin"], person_id=None)
    return actor.tenant_id
