"""The split template that an order is recorded under, and the one that Plumb brings along."""

from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.errors import Refused
from plumb_tenants.attribution.definition import KIND, SHIPPED, SHIPPED_KEY, SHIPPED_NAME
from plumb_tenants.definitions.service import (
    PublishedVersion,
    adopt_definition,
    effective_version,
    published_version,
)


class SplitTemplateMissing(Refused):
    """An order is split by a published template."""

    code = "SPLIT_TEMPLATE_MISSING"
    zh = "尚无生效的拆分模板“{key}”，请先采用或发布模板，或指定模板版本。"
    en = "No split template {key} is in effect; adopt or publish one, or name a template version."


async def adopt_shipped_template(actor: Actor) -> UUID:
    """Publish the template that Plumb brings along, once, and return the id of the version in effect."""
    return await adopt_definition(actor, kind=KIND, key=SHIPPED_KEY, name=SHIPPED_NAME, body=SHIPPED)


async def template_for(actor: Actor, version_id: UUID | None) -> PublishedVersion:
    """Return the version named, or the one in effect under the shipped key; NotFound or Refused otherwise."""
    if version_id is not None:
        return await published_version(actor, version_id, kind=KIND, field="templateVersionId")
    found = await effective_version(actor, kind=KIND, key=SHIPPED_KEY)
    if found is None:
        raise SplitTemplateMissing(field="templateVersionId", key=SHIPPED_KEY)
    return found
