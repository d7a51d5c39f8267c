"""The kind `split`: the type of a split, the roles that contribute with their default shares, and the dimensions kept."""

from collections.abc import Iterator
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from plumb_platform.errors import InvalidInput
from plumb_tenants.attribution.rules import HUNDRED, LARGEST_PERCENT, UNATTRIBUTED, SplitType
from plumb_tenants.definitions.kinds import Body, Finding, Kind, register
from plumb_tenants.definitions.spelling import Key

KIND = "split"
SHIPPED_KEY = "three-party"
SHIPPED_NAME = "三方贡献度拆分"

Percent = Annotated[Decimal, Field(ge=0, le=LARGEST_PERCENT, max_digits=6, decimal_places=2)]


class RoleTwice(InvalidInput):
    """A role has one default share."""

    code = "SPLIT_ROLE_TWICE"
    zh = "角色代号“{key}”重复出现。"
    en = "The role key {key} stands there twice."


class RoleReserved(InvalidInput):
    """The part that nobody gets is no role of people."""

    code = "SPLIT_ROLE_RESERVED"
    zh = "角色代号“{key}”为系统保留。"
    en = "The role key {key} is reserved."


class DefaultsMixed(InvalidInput):
    """Either every role has a default share, or all share equally."""

    code = "SPLIT_DEFAULTS_MIXED"
    zh = "默认份额须全部填写，或全部留空（均分）。"
    en = "Give every role a default share, or none of them for an equal split."


class DefaultsMissing(InvalidInput):
    """Only a REVENUE split has a whole that could be divided equally."""

    code = "SPLIT_DEFAULTS_MISSING"
    zh = "叠加拆分与自定义拆分须为每个角色填写默认份额。"
    en = "An OVERLAY or CUSTOM split needs a default share for every role."


class DefaultsNot100(InvalidInput):
    """Default shares and what is left unattributed hand out the whole order (D1)."""

    code = "SPLIT_DEFAULTS_NOT_100"
    zh = "默认份额与未归属合计为 {total}，须为 100.00；如需 33/33/33，请将未归属设为 1.00。"
    en = "Default shares and unattributed total {total}; they must total 100.00. For 33/33/33 set unattributed to 1.00."


class DefaultsAboveMaximum(InvalidInput):
    """Defaults obey the maximum that manual shares obey."""

    code = "SPLIT_DEFAULTS_ABOVE_MAXIMUM"
    zh = "默认份额合计为 {total}，超过上限 {maximum}。"
    en = "The default shares total {total}, above the maximum of {maximum}."


class MaximumMissing(InvalidInput):
    """A CUSTOM split says how far its shares may go."""

    code = "SPLIT_MAXIMUM_MISSING"
    zh = "自定义拆分须填写份额合计上限。"
    en = "A CUSTOM split needs a maximum for the total of its shares."


class MaximumUnused(InvalidInput):
    """Only a CUSTOM split has a maximum of its own."""

    code = "SPLIT_MAXIMUM_UNUSED"
    zh = "只有自定义拆分可以填写份额合计上限。"
    en = "Only a CUSTOM split has a maximum of its own."


class UnattributedUnused(InvalidInput):
    """Only a REVENUE split has a whole of which a part may stay with nobody."""

    code = "SPLIT_UNATTRIBUTED_UNUSED"
    zh = "只有收入拆分可以填写未归属份额。"
    en = "Only a REVENUE split has an unattributed part."


class DimensionTwice(InvalidInput):
    """A dimension is kept once."""

    code = "SPLIT_DIMENSION_TWICE"
    zh = "归因维度“{name}”重复出现。"
    en = "The dimension {name} stands there twice."


class Dimension(StrEnum):
    """What credit can be grouped by."""

    PERSON = "person"
    ROLE = "role"
    PRODUCT = "product"
    PERIOD = "period"
    REGION = "region"
    CUSTOMER = "customer"
    UNIT = "unit"


class ContributorRole(Body):
    """贡献角色 / One role that contributes to orders; without a percent all roles share equally."""

    key: Key
    name: Annotated[str, Field(min_length=1, max_length=60)]
    percent: Percent | None = None


class SplitTemplate(Body):
    """How orders are split over contributors (C60, A19, D1); an order must name what its dimensions need."""

    type: SplitType = SplitType.REVENUE
    roles: Annotated[tuple[ContributorRole, ...], Field(min_length=1, max_length=20)]
    unattributed_percent: Percent = Decimal("0.00")
    maximum_percent: Percent | None = None
    dimensions: Annotated[tuple[Dimension, ...], Field(max_length=7)] = (
        Dimension.PERSON,
        Dimension.ROLE,
        Dimension.PRODUCT,
        Dimension.PERIOD,
        Dimension.REGION,
    )

    @property
    def percent_of(self) -> dict[str, Decimal | None]:
        """Return the default percent by role."""
        return {role.key: role.percent for role in self.roles}


SHIPPED: dict[str, Any] = {
    "type": "REVENUE",
    "roles": [
        {"key": "sales", "name": "销售代表"},
        {"key": "presales", "name": "售前技术支持"},
        {"key": "success", "name": "客户成功经理"},
    ],
}
"""The template that Plumb brings along: three parties, exact thirds (case study 002)."""


def lint(body: SplitTemplate) -> list[Finding]:
    """Return what stands against publishing: roles, default shares, maximum, unattributed part, dimensions."""
    return [Finding(error) for error in (*_role_faults(body), *_share_faults(body), *_total_faults(body))]


def _role_faults(body: SplitTemplate) -> Iterator[InvalidInput]:
    keys = [role.key for role in body.roles]
    for place, key in enumerate(keys):
        if key == UNATTRIBUTED:
            yield RoleReserved(field=f"roles[{place}].key", key=key)
        if keys.index(key) != place:
            yield RoleTwice(field=f"roles[{place}].key", key=key)
    for place, dimension in enumerate(body.dimensions):
        if body.dimensions.index(dimension) != place:
            yield DimensionTwice(field=f"dimensions[{place}]", name=dimension.value)


def _share_faults(body: SplitTemplate) -> Iterator[InvalidInput]:
    revenue = body.type is SplitType.REVENUE
    missing = [role.percent is None for role in body.roles]
    if any(missing) and not revenue:
        yield DefaultsMissing(field=f"roles[{missing.index(True)}].percent")
    elif any(missing) and not all(missing):
        yield DefaultsMixed(field=f"roles[{missing.index(True)}].percent")
    if body.unattributed_percent and not revenue:
        yield UnattributedUnused(field="unattributed_percent")


def _total_faults(body: SplitTemplate) -> Iterator[InvalidInput]:
    given = [role.percent for role in body.roles if role.percent is not None]
    total = sum(given, body.unattributed_percent)
    if body.type is SplitType.REVENUE and (total > HUNDRED or (len(given) == len(body.roles) and total != HUNDRED)):
        yield DefaultsNot100(field="roles", total=f"{total:.2f}")
    if body.type is SplitType.CUSTOM and body.maximum_percent is None:
        yield MaximumMissing(field="maximum_percent")
    if body.type is not SplitType.CUSTOM and body.maximum_percent is not None:
        yield MaximumUnused(field="maximum_percent")
    if body.maximum_percent is not None and total > body.maximum_percent:
        yield DefaultsAboveMaximum(field="roles", total=f"{total:.2f}", maximum=f"{body.maximum_percent:.2f}")


register(Kind(name=KIND, zh="贡献度拆分模板", en="Split template", body=SplitTemplate, lint=lint))
