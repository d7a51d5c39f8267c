"""Reading a company: the tenant, its signing keys and its counters; and what others do with it."""

from plumb_platform.actor import Actor
from plumb_platform.database import fetch_value
from plumb_platform.ids import uuid7
from plumb_tenants.company.changing import CompanySettings, TimeZoneMovesDays, TimeZoneTurnsDay, change_company, update_company
from plumb_tenants.company.checking import (
    CompanyExists,
    CompanyKeyInvalid,
    CompanyNameInvalid,
    LocaleUnknown,
    TimeZoneUnknown,
    check_new_company,
    checked_name,
    known_time_zones,
)
from plumb_tenants.company.models import Company, SigningKey
from plumb_tenants.company.signing_keys import (
    NOTICE,
    KeyCounts,
    active_signing_key,
    add_signing_key,
    count_key_alarms,
    counted_key_alarms,
    renew_signing_key,
    root_certificates,
    signing_key,
    stored_key,
)

__all__ = [
    "NOTICE",
    "Company",
    "CompanyExists",
    "CompanyKeyInvalid",
    "CompanyNameInvalid",
    "CompanySettings",
    "KeyCounts",
    "LocaleUnknown",
    "SigningKey",
    "TimeZoneMovesDays",
    "TimeZoneTurnsDay",
    "TimeZoneUnknown",
    "active_signing_key",
    "add_signing_key",
    "change_company",
    "check_new_company",
    "checked_name",
    "count_key_alarms",
    "counted_key_alarms",
    "get_company",
    "known_time_zones",
    "next_number",
    "renew_signing_key",
    "root_certificates",
    "signing_key",
    "stored_key",
    "update_company",
]


async def get_company(actor: Actor) -> Company:
    """Return the actor's company."""
    return await Company.get(id=actor.tenant_id)


async def next_number(actor: Actor, counter: str) -> int:
    """Return the next number of a counter of the company; gapless, because the row stays locked till commit."""
    value: int = await fetch_value(
        "insert into counter (tenant_id, id, name, value) values ($1, $2, $3, 1) "
        "on conflict (tenant_id, name) do update set value = counter.value + 1 returning value",
        actor.tenant_id,
        uuid7(),
        counter,
    )
    return value
