"""A small kind of definition for tests, known only while a test runs."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from plumb_platform.errors import InvalidInput
from plumb_tenants.definitions import kinds
from plumb_tenants.definitions.kinds import Body, Finding, Kind, Severity


class Share(Body):
    """One share of a test body."""

    key: str
    weight: Decimal


class Shares(Body):
    """A body with weights, a choice and a text."""

    shares: tuple[Share, ...]
    title: str = ""


class SharesNotFull(InvalidInput):
    """The weights total 100.00."""

    zh = "合计 {total}"
    en = "total {total}"


class TitleMissing(InvalidInput):
    """A title helps people to choose."""

    zh = "没有标题"
    en = "no title"


# Set afterwards, so that the product's register of codes does not learn them.
SharesNotFull.code, TitleMissing.code = "TEST_SHARES_NOT_FULL", "TEST_TITLE_MISSING"


def lint_shares(body: Shares) -> list[Finding]:
    """Return a warning for no title and an error for weights that do not total 100.00."""
    found = [] if body.title else [Finding(TitleMissing(field="title"), Severity.WARNING)]
    total = sum(share.weight for share in body.shares)
    return found if total == 100 else [*found, Finding(SharesNotFull(field="shares", total=total))]


SHARES = Kind(name="shares", zh="份额", en="Shares", body=Shares, lint=lint_shares)


@pytest.fixture
def shares_kind() -> Iterator[Kind]:
    """Register the kind and forget it again, so that no schema is made from it."""
    kinds.registered_kinds()
    kinds.register(SHARES)
    yield SHARES
    del kinds._KINDS[SHARES.name]
