"""The completeness gate: a child whose portrait report lacks an item is not split for (C82)."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from plumb_tenants.decomposition.given import Given
from plumb_tenants.decomposition.steps import ChildInvalid
from plumb_tenants.decomposition.template import DecompositionTemplate

SHOWN = 5


class ReportIncomplete(ChildInvalid, tells={"children": "Person.name|OrgUnit.name"}):
    """A split waits for the portrait reports of all who take part."""

    code = "REPORT_INCOMPLETE"
    zh = "画像报告不完整，无法拆解：{children}。请补齐后重试，或暂不纳入这些下级。"
    en = "Portrait reports are incomplete: {children}. Complete them, or leave these children out."


def missing_items(
    template: DecompositionTemplate, figures: Sequence[Mapping[str, Decimal | None]], given: Sequence[Given]
) -> list[tuple[str, ...]]:
    """Return, for each child, the items of the report that nobody gave; an item that is zero is given."""
    return [
        tuple(name for name in template.report if row.get(name) is None and name not in each.facts)
        for row, each in zip(figures, given, strict=True)
    ]


def check_reports(
    template: DecompositionTemplate,
    children: Sequence[str],
    figures: Sequence[Mapping[str, Decimal | None]],
    given: Sequence[Given],
) -> None:
    """Refuse the split, naming each child that is blocked and what its report lacks."""
    if not template.report:
        return
    missing = missing_items(template, figures, given)
    lacking = [f"{child}（{'、'.join(items)}）" for child, items in zip(children, missing, strict=True) if items]
    if lacking:
        first = next(at for at, items in enumerate(missing) if items)
        more = "…" if len(lacking) > SHOWN else ""
        raise ReportIncomplete(at=first, part="figures", children="；".join(lacking[:SHOWN]) + more)
