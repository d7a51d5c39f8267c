"""Founding a company: the tenant, its audit chain, its signing key, and the permission matrix that it starts with."""

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record, start_chain
from plumb_platform.documents.key_vault import KeyVault
from plumb_tenants.access.body import KIND
from plumb_tenants.access.shipped import DEFAULT
from plumb_tenants.company.models import Company
from plumb_tenants.company.signing_keys import add_signing_key
from plumb_tenants.definitions.service import create_definition, publish_version

MATRIX_NAME = "默认权限矩阵"


async def create_company(
    actor: Actor, *, key: str, name: str, time_zone: str, locale: str, currency: str, vault: KeyVault
) -> Company:
    """Write the company of the actor's tenant id with audit chain root, signing key and the shipped matrix, published."""
    company = await Company.create(id=actor.tenant_id, key=key, name=name, time_zone=time_zone, locale=locale, currency=currency)
    await start_chain(actor, company_key=key)
    await record(actor, "company.create", "company", company.id, after={"key": key, "name": name, "time_zone": time_zone})
    await add_signing_key(actor, company_name=name, vault=vault)
    draft = await create_definition(actor, kind=KIND, key="default", name=MATRIX_NAME, body=DEFAULT)
    await publish_version(actor, draft.id, version=draft.version)
    return company
