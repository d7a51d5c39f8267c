"""What a refusal says in full, and the proof that a refused act about access changed nothing."""

import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from plumb_platform.actor import Actor
from plumb_platform.database import tenant_transaction
from plumb_platform.errors import DomainError, Locale
from support.companies import CompanyFixture
from support.matrices import access_state


def in_full(error: DomainError, locale: Locale = "en") -> str:
    """Return what a refusal says to somebody who may see all that it names."""
    error.shown = error.tells
    return error.text(locale)


@contextmanager
def refusing(kind: type[DomainError], match: str = "") -> Iterator[pytest.ExceptionInfo[DomainError]]:
    """Expect a refusal whose text, told in full, matches a pattern."""
    with pytest.raises(kind) as caught:
        yield caught
    assert re.search(match, in_full(caught.value))


async def refused(company: CompanyFixture, actor: Actor, act: Callable[[], Awaitable[Any]]) -> DomainError:
    """Return why an act was refused; nothing that decides about access may have changed."""
    before = await access_state(company)
    with pytest.raises(DomainError) as caught:
        async with tenant_transaction(actor):
            await act()
    assert await access_state(company) == before
    return caught.value
