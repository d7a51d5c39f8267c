"""Founding a company from outside: its admin's account, then the company with permissions, audit chain and signing key."""

from uuid import UUID

from plumb_platform.actor import system_actor
from plumb_platform.database import tenant_transaction
from plumb_platform.documents.key_vault import vault_of
from plumb_platform.errors import Refused
from plumb_platform.identity.credentials import password_matches
from plumb_platform.identity.invitations import add_member
from plumb_platform.identity.service import ensure_account, find_account
from plumb_platform.ids import uuid7
from plumb_platform.settings import Settings
from plumb_tenants.company.founding import create_company
from plumb_tenants.company.service import check_new_company, checked_name


class AccountTaken(Refused):
    """The admin's e-mail has an account with another password."""

    code = "ACCOUNT_TAKEN"
    zh = "邮箱 {email} 已有账号，且密码不符。请使用该账号自己的密码，或换用其他邮箱。"
    en = "The e-mail {email} has an account with another password; give that account's own password or another e-mail."


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

    A known account becomes the admin only when its own password is given: anybody may have made an account for an e-mail
    that they do not own. Raises AccountTaken, PasswordTooWeak and the errors of `check_new_company` before anything of the
    company is written.
    """
    await check_new_company(key=key, name=name, time_zone=time_zone, locale=locale, currency=currency)
    account_id = await _admin_account(admin_email, admin_password, locale)
    actor = system_actor(uuid7(), channel="cli")
    async with tenant_transaction(actor):
        await create_company(
            actor,
            key=key,
            name=checked_name(name),
            time_zone=time_zone,
            locale=locale,
            currency=currency,
            vault=vault_of(settings),
        )
        await add_member(actor, account_id=account_id, roles=["company_admin"], person_id=None)
    return actor.tenant_id


async def _admin_account(email: str, password: str, locale: str) -> UUID:
    known = await find_account(email)
    if known is None:
        return await ensure_account(email, password, locale=locale)
    if not await password_matches(password, known.password_hash):
        raise AccountTaken(field="adminEmail", email=email)
    return known.id
