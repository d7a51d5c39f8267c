"""The proof that a refused act about access changed nothing."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from plumb_platform.actor import Actor
from plumb_platform.database import tenant_transaction
from plumb_platform.errors import DomainError
from support.companies import CompanyFixture
from support.matrices import access_state


async def refused(company: CompanyFixture, actor: Actor, act: Callable[[], Awaitable[Any]]) -> DomainError:
    """Return why an act was refused; nothing that decides about access may have changed."""
    before = await access_state(company)
    with pytest.raises(DomainError) as caught:
        async with tenant_transaction(actor):
            await act()
    assert await access_state(company) == before
    return caught.value
