"""The table at the end of the demo."""

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from plumb_server.demo.run import Facts


def summary_rows(facts: "Facts") -> Iterator[tuple[str, str]]:
    """Yield a line for each step: what was done and what came of it."""
    dry, real, again = facts.reports
    yield "导入试运行 / dry run", f"{dry['rows']} 行 rows, 写入 written {dry['written']}"
    yield "导入 / import", f"{real['created']} 人 people, {real['unitsCreated']} 个部门 units"
    yield "再次导入 / again", f"{again['unchanged']} 未变 unchanged, {again['created']} 新增 created"
    if facts.split:
        yield "加权拆解 50/30/20 / weighted", amounts(facts.split.suggested)
        yield "平均对照 / equal split", amounts(facts.split.equal)
        yield "微调后 / after tuning", amounts(facts.split.values)
        yield "被拒绝 / refused", ", ".join(facts.split.refused)
    for name, people in facts.provinces.items():
        yield f"{name} → 个人 / people", f"{len(people)} 人 people, 合计 sum {sum(people.values()):,.2f}"
    plans = facts.reconciled["plans"]
    yield "对账 / reconcile", f"{len(plans)} 个方案 plans, 残差 residual {sum(Decimal(p['residual']) for p in plans)}"
    contributions = " + ".join(f"{f['name']} {Decimal(f['contribution']):,.2f}" for f in facts.explained["factors"])
    yield "广东目标从何而来 / explained", f"{contributions} = {Decimal(facts.explained['suggested']):,.2f}"
    yield "本人确认 / confirmed", f"{facts.confirmed} 个目标 goals"
    yield "签章责任书 / sealed letters", f"{len(facts.letters)} 份"
    if facts.checked:
        yield (
            "核验原件 / the original",
            f"{facts.checked.whole} (编号 code: {facts.checked.by_code}, 页面 page: {facts.checked.page})",
        )
        yield "改动一个字节 / one byte changed", facts.checked.tampered
    verified = "有效 valid" if facts.snapshot_valid else "无效 NOT VALID"
    yield "快照 / snapshot", f"#{facts.snapshot['number']}, {facts.snapshot['goalCount']} 个目标 goals, {verified}"
    seen = ", ".join(f"{name} {count}" for name, count in facts.seen_by_others.items())
    yield "另一家公司看到 / another company sees", f"{seen}, letter {facts.foreign_letter}"
    yield "用时 / time", f"{facts.seconds:.1f} s"


def amounts(values: dict[str, Decimal]) -> str:
    """Return the amounts of children by name."""
    return "\n".join(f"{name.removesuffix('省区')} {value:,.2f}" for name, value in values.items())
