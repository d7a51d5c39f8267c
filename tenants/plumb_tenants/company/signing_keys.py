"""A company's sealing keys: made, renewed before they end, and the old ones kept for the letters that they sealed (A26)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import asyncpg

from plumb_platform.actor import Actor, system_actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.database import execute, fetch, platform_transaction, tenant_transaction
from plumb_platform.documents.key_vault import KeyLocked, KeyVault
from plumb_platform.encrypted import Relocked
from plumb_platform.errors import Refused
from plumb_platform.permissions import Permission, require
from plumb_tenants.company.models import Company, SigningKey

if TYPE_CHECKING:
    # cryptography: 10 MB for an act of once in three years.
    from plumb_platform.documents.company_key import CompanyKey

NOTICE = timedelta(days=30)
"""How long before its end a certificate is an alarm."""


class SigningKeyReplaced(Refused):
    """Two who renew a key at once would leave one that nobody ordered."""

    code = "SIGNING_KEY_REPLACED"
    zh = "签章密钥 {given} 已不是当前密钥，当前为 {current}。"
    en = "The sealing key {given} is not the present one; that is {current}."


@dataclass(frozen=True, slots=True)
class KeyCounts:
    """How many active companies have no key that holds, and how many have one that ends within NOTICE."""

    missing: int
    ending: int


async def add_signing_key(actor: Actor, *, company_name: str, vault: KeyVault) -> SigningKey:
    """Make a new root and sealing key for the company and retire those in use; old certificates stay for verification."""
    from plumb_platform.documents.company_key import make_company_key

    return await _put_in_use(actor, make_company_key(company_name, company_id=str(actor.tenant_id), vault=vault))


async def renew_signing_key(actor: Actor, *, serial: str, vault: KeyVault) -> SigningKey:
    """Put a fresh key in place of the present one, which `serial` names; its root goes on as long as it outlives the new key.

    Letters sealed before stay valid: their certificates stay. Raises SIGNING_KEY_REPLACED, KEY_LOCKED, TOKEN_UNAVAILABLE.
    """
    from plumb_platform.documents.company_key import outlives_a_seal, renew_seal

    await require(actor, Permission.SIGNING_KEY_RENEW)
    # One at a time in a company: who waited sees what the first one made.
    company = await Company.filter(id=actor.tenant_id).select_for_update().get()
    present = await SigningKey.get_or_none(active=True)
    if present is None or present.serial != serial:
        raise SigningKeyReplaced(field="serial", given=serial, current=present.serial if present else "-")
    stored = stored_key(present)
    if not outlives_a_seal(stored.root_certificate):
        return await add_signing_key(actor, company_name=company.name, vault=vault)
    return await _put_in_use(actor, renew_seal(stored, company.name, company_id=str(actor.tenant_id), vault=vault))


async def relock_signing_keys(vault: KeyVault) -> Relocked:
    """Encrypt all companies' private keys under the vault's present key where they are under another; their chains say so."""
    done = Relocked()
    for company, key in await _companies():
        operator = system_actor(company, channel="cli")
        async with tenant_transaction(operator):
            done += await relock_company(operator, vault, key)
    return done


async def unopened_signing_keys(vault: KeyVault) -> list[str]:
    """Return which of all companies' private keys the vault cannot open: company, serial, and whether a token is to hold it.

    Raises TOKEN_UNAVAILABLE.
    """
    unopened = []
    for company, key in await _companies():
        async with tenant_transaction(system_actor(company, channel="cli")):
            found = await SigningKey.all().order_by("created_at")
        unopened += [_named(each, key) for each in found if not _opens(each, vault)]
    return unopened


async def active_signing_key(actor: Actor, *, at: datetime | None = None) -> SigningKey | None:  # noqa: ARG001 - services take it first
    """Return the key that seals letters now, or None when there is none or it has expired."""
    return await SigningKey.get_or_none(active=True, not_after__gt=at or now())


async def signing_key(actor: Actor, key_id: UUID) -> SigningKey:  # noqa: ARG001 - services take it first
    """Return the key that sealed a letter, retired or not."""
    return await SigningKey.get(id=key_id)


async def root_certificates(actor: Actor) -> list[bytes]:  # noqa: ARG001 - services take it first
    """Return the root certificates (DER) that the company ever had."""
    return [key.root_certificate for key in await SigningKey.all().order_by("created_at")]


def stored_key(key: SigningKey) -> "CompanyKey":
    """Return a row as the documents' own value."""
    from plumb_platform.documents.company_key import CompanyKey

    return CompanyKey(key.root_certificate, key.root_key, key.seal_certificate, key.seal_key)


async def count_key_alarms() -> KeyCounts:
    """Count over all active companies what an operator has to be told of."""
    async with platform_transaction() as connection:
        return await counted_key_alarms(connection)


async def counted_key_alarms(connection: asyncpg.Connection) -> KeyCounts:
    """Count over a connection of the platform role."""
    row = await connection.fetchrow(
        "select count(*) filter (where k.not_after is null or k.not_after <= $1) as missing, "
        "count(*) filter (where k.not_after > $1 and k.not_after <= $2) as ending "
        "from company c left join signing_key k on k.tenant_id = c.tenant_id and k.active where c.active",
        now(),
        now() + NOTICE,
    )
    return KeyCounts(missing=row["missing"], ending=row["ending"])


async def _put_in_use(actor: Actor, made: "CompanyKey") -> SigningKey:
    await execute("update signing_key set active = false where active")
    key = await SigningKey.create(
        root_certificate=made.root_certificate,
        root_key=made.root_key,
        seal_certificate=made.seal_certificate,
        seal_key=made.seal_key,
        serial=made.serial,
        not_after=made.expires_at,
    )
    await record(actor, "signing_key.create", "signing_key", key.id, after={"serial": key.serial})
    return key


async def relock_company(operator: Actor, vault: KeyVault, company: str) -> Relocked:
    """Encrypt one company's private keys under the vault's present key; nothing where the company is gone by now.

    A renewal hands on the root's key as it is stored, so one at a time does either, as `renew_signing_key` has it.
    """
    await fetch("select from company for no key update")
    anew, unopened = 0, list[str]()
    for key in await SigningKey.all().order_by("created_at"):
        try:
            root, seal = (vault.locked_anew(stored, str(operator.tenant_id)) for stored in (key.root_key, key.seal_key))
        except KeyLocked:
            unopened.append(_named(key, company))
            continue
        if root is None and seal is None:
            continue
        key.root_key, key.seal_key = root or key.root_key, seal or key.seal_key
        await key.save(update_fields=["root_key", "seal_key"])
        await record(operator, "signing_key.relock", "signing_key", key.id, after={"serial": key.serial})
        anew += 1
    return Relocked(anew, tuple(unopened))


async def _companies() -> list[tuple[UUID, str]]:
    async with platform_transaction() as connection:
        rows = await connection.fetch("select tenant_id, key from company where tenant_id is not null order by tenant_id")
    return [(row["tenant_id"], row["key"]) for row in rows]


def _opens(key: SigningKey, vault: KeyVault) -> bool:
    try:
        for stored in (key.root_key, key.seal_key):
            vault.open(stored, str(key.tenant_id))
    except KeyLocked:
        return False
    return True


def _named(key: SigningKey, company: str) -> str:
    return f"{company} {key.serial}{' (PKCS#11)' if KeyVault.is_in_token(key.seal_key) else ''}"
