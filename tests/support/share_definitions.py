"""Definitions of a small kind of shares, and the proof that a refused act changed nothing."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from plumb_platform.actor import Actor
from plumb_platform.database import fetch, tenant_transaction
from plumb_platform.errors import DomainError
from plumb_tenants.definitions import service
from plumb_tenants.definitions.service import DefinitionVersion
from support.companies import CompanyFixture

Act = Callable[[], Awaitable[Any]]
NOON = datetime(2026, 3, 1, 4, tzinfo=UTC)


def body(*weights: str, title: str = "年度份额") -> dict[str, Any]:
    """Return a body with shares a, b, c... of these weights."""
    return {"shares": [{"key": chr(97 + place), "weight": weight} for place, weight in enumerate(weights)], "title": title}


async def draft(actor: Actor, *weights: str, key: str = "annual") -> DefinitionVersion:
    async with tenant_transaction(actor):
        given = body(*(weights or ("60.00", "40.00")))
        return await service.create_definition(actor, kind="shares", key=key, name="年度份额", body=given)


async def published(actor: Actor, *weights: str, key: str = "annual") -> DefinitionVersion:
    made = await draft(actor, *weights, key=key)
    async with tenant_transaction(actor):
        return await service.publish_version(actor, made.id, version=1)


async def state(company: CompanyFixture) -> list[list[dict[str, Any]]]:
    async with tenant_transaction(company.system):
        return [
            await fetch("select * from definition order by id"),
            await fetch("select * from definition_version order by id"),
            await fetch("select number from audit_entry order by number"),
        ]


async def refused(company: CompanyFixture, actor: Actor, act: Act) -> DomainError:
    """Return why an act was refused; nothing may have changed."""
    before = await state(company)
    with pytest.raises(DomainError) as caught:
        async with tenant_transaction(actor):
            await act()
    assert await state(company) == before
    return caught.value
