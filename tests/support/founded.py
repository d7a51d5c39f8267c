"""Founding a company as `create_company` does, but with the shipped matrix checked once a process and not for each company.

Most tests found one, and nine tenths of its time went into what is the same each time. `tests/company/test_founding.py`
holds the rows that this leaves against those of `create_company`.
"""

from functools import cache

import orjson

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record, start_chain
from plumb_platform.clock import now, today
from plumb_platform.database import execute
from plumb_platform.documents.key_vault import KeyVault
from plumb_tenants.access.body import KIND, Matrix
from plumb_tenants.access.publishing import _row
from plumb_tenants.access.shipped import DEFAULT
from plumb_tenants.company.founding import MATRIX_NAME
from plumb_tenants.company.models import Company
from plumb_tenants.company.signing_keys import add_signing_key
from plumb_tenants.definitions.kinds import kind_of
from plumb_tenants.definitions.models import Definition, DefinitionVersion
from plumb_tenants.definitions.rules import CheckedBody, State, check_body
from plumb_tenants.definitions.steps import named

_RULES = """
insert into matrix_rule (tenant_id, id, definition_version_id, ordinal, ptype, role, resource, action, scope, filter, fields,
  effect)
select $1, uuidv7(), $2, r.ordinal, 'p', r.role, r.resource, r.action, r.scope, r.filter, nullif(r.fields, 'null'::jsonb),
  r.effect
from jsonb_to_recordset($3::jsonb) as r(ordinal int, role text, resource text, action text, scope text, filter text,
  fields jsonb, effect text)
"""


async def found_quickly(actor: Actor, *, key: str, name: str, zone: str, locale: str, currency: str, vault: KeyVault) -> None:
    """Write the rows that `create_company` writes, in its order."""
    await Company.create(id=actor.tenant_id, key=key, name=name, time_zone=zone, locale=locale, currency=currency)
    await start_chain(actor, company_key=key)
    said = {"key": key, "name": name, "time_zone": zone}
    await record(actor, "company.create", "company", actor.tenant_id, after=said)
    await add_signing_key(actor, company_name=name, vault=vault)
    await _publish_matrix(actor, zone)


async def _publish_matrix(actor: Actor, zone: str) -> None:
    body, rules = shipped()
    definition = await Definition.create(kind=KIND, key="default", name=MATRIX_NAME)
    version = await DefinitionVersion.create(
        definition_id=definition.id,
        number=1,
        state=State.PUBLISHED.value,
        body=body.stored,
        checksum=body.checksum,
        effective_from=today(zone),
        published_at=now(),
        version=2,
    )
    drafted = {"kind": KIND, "key": "default", "number": 1, "checksum": body.checksum}
    await record(actor, "definition.draft", "definition_version", version.id, after=drafted)
    await execute(_RULES, actor.tenant_id, version.id, rules)
    await record(actor, "definition.publish", "definition_version", version.id, after=named(version, version.effective_from))


@cache
def shipped() -> tuple[CheckedBody, str]:
    """Return the shipped matrix as it is stored, and its rules as JSON."""
    checked = check_body(kind_of(KIND), DEFAULT)
    assert isinstance(checked.model, Matrix)
    return checked, orjson.dumps([_row(place, rule) for place, rule in enumerate(checked.model.rules)]).decode()
