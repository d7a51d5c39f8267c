"""Letters to test with: the case of a medical devices company whose Guangdong manager takes 11,385,000.00."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Literal

from plumb_platform.documents.key_vault import KeyVault
from plumb_platform.documents.letter_data import (
    LetterDocument,
    LetterGoal,
    LetterParty,
    LetterSignature,
    LetterSplit,
)

COMPANY = "华康医疗器械股份有限公司"
VAULT = KeyVault(bytes(range(32)))
SEALED_AT = datetime(2026, 1, 5, 9, 45, 2, tzinfo=UTC)
GOALS = json.dumps({"goals": [{"metric": "销售回款额", "target": "11385000.00"}]}, ensure_ascii=False).encode()


MONTHLY = (0.06, 0.05, 0.08, 0.08, 0.09, 0.10, 0.08, 0.08, 0.10, 0.09, 0.09, 0.10)
DIGEST = "9f2c4a71be035d68c1a7f0e4d2b85396aa10c7e5f38b6d942e71504fbc83d9a6"


@dataclass(frozen=True)
class SealedLetter:
    """A whole letter on its way: plain PDF, sealed PDF and the root to judge it by."""

    plain: bytes
    sealed: bytes
    root: bytes


def _splits(target: Decimal, step: str, english: bool) -> tuple[LetterSplit, ...]:
    parts = [(target * Decimal(str(share))).quantize(Decimal(step)) for share in MONTHLY]
    parts[-1] += target - sum(parts)
    names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    labels = names if english else [f"{month} 月" for month in range(1, 13)]
    return tuple(LetterSplit(label=name, value=f"{part:,}") for name, part in zip(labels, parts, strict=True))


def sample_letter(locale: Literal["zh-CN", "en"] = "zh-CN", **changes: object) -> LetterDocument:
    """Return a whole letter in `locale`, with `changes` to its fields."""
    fields = _english() if locale == "en" else _chinese()
    return LetterDocument.model_validate(fields | changes)


def _chinese() -> dict[str, object]:
    """The letter as an HR office in Shenzhen would write it."""
    return {
        "company": "华康医疗器械股份有限公司",
        "subtitle": "二〇二六年度 · 华南大区",
        "number": "HK-MBZR-2026-0312",
        "party_a": LetterParty(
            name="华康医疗器械股份有限公司",
            details=(("直属上级", "欧阳靖宇"), ("职务", "华南大区总经理"), ("所属单位", "营销中心 · 华南大区")),
        ),
        "party_b": LetterParty(
            name="林𠮷㐂", details=(("工号", "HK0312"), ("职务", "广东省区经理（M3）"), ("所属单位", "华南大区 · 广东省区"))
        ),
        "period": "2026 年 1 月 1 日 至 2026 年 12 月 31 日",
        "goals": (
            LetterGoal(
                metric="销售回款额",
                definition="以财务系统确认到账的含税回款为准，不含退货与折让",
                unit="元",
                target="11,385,000.00",
                weight="50.00%",
                splits=_splits(Decimal("11385000.00"), "0.01", False),
            ),
            LetterGoal(
                metric="新进院三甲医院数",
                definition="完成准入审批并产生首单的三级甲等医院",
                unit="家",
                target="26",
                weight="30.00%",
                splits=_splits(Decimal(26), "1", False),
            ),
            LetterGoal(metric="重点产品推广完成率", definition="总部推广计划所列产品", unit="%", target="95.00", weight="20.00%"),
        ),
        "weight_total": "100.00%",
        "rights_and_duties": (
            "乙方有权在本省区范围内统筹人员、费用与客户资源，并在目标微调幅度正负百分之十五内向上级提出调整建议。",
            "乙方应当按周更新客户推进与销售漏斗数据，保证数据真实、完整、及时；发现目标偏离超过百分之十五时，应在四十八小时内提交纠偏方案。",
            "甲方应当按预算提供市场费用、产品与学术支持，并在收到乙方跨区域资源协调申请后两个工作日内答复。",
        ),
        "rewards": (
            "年度综合达成率达到百分之一百及以上的，按公司《销售激励管理办法》足额兑现年度绩效奖金；超过百分之一百一十的部分，按超额阶梯加计。",
            "年度综合达成率低于百分之七十的，当年不参与评优，并由甲乙双方共同制定改进计划。",
        ),
        "revision": (
            "目标经双方确认后锁定。因政策、市场或组织发生重大变化确需修订的，由提出方说明理由，经甲方审批后签订补充责任书，原责任书同时标记为已被替代。",
        ),
        "miscellany": ("本责任书以电子方式签署，与纸质文本具有同等效力；未尽事宜由双方另行协商。",),
        "signatures": (
            LetterSignature(
                role="manager",
                name="欧阳靖宇",
                position="华南大区总经理",
                signed_at="2026-01-05 17:42:10 (UTC+08:00)",
                evidence="本人登录会话签署",
            ),
            LetterSignature(
                role="employee",
                name="林𠮷㐂",
                position="广东省区经理",
                signed_at="2026-01-05 14:20:36 (UTC+08:00)",
                evidence="本人登录会话签署",
            ),
        ),
        "issued_on": "2026 年 1 月 5 日",
        "verify_url": "https://plumb.example.com/verify/7Qm2vXc9Lw3TzR8b",
        "verify_code": "7Qm2-vXc9-Lw3T-zR8b",
        "goals_sha256": DIGEST,
    }


def _english() -> dict[str, object]:
    """The same letter for an English reader."""
    return _chinese() | {
        "locale": "en",
        "company": "Huakang Medical Devices Co., Ltd.",
        "subtitle": "2026 · South China",
        "party_a": LetterParty(
            name="Huakang Medical Devices Co., Ltd.",
            details=(("Line manager", "Ouyang Jingyu"), ("Position", "General Manager, South China")),
        ),
        "party_b": LetterParty(
            name="Lin Jixi",
            details=(("Employee no.", "HK0312"), ("Position", "Provincial Manager (M3)"), ("Unit", "Guangdong")),
        ),
        "period": "1 January 2026 to 31 December 2026",
        "goals": (
            LetterGoal(
                metric="Sales collections",
                definition="Payments received including tax, as confirmed by finance; without returns",
                unit="CNY",
                target="11,385,000.00",
                weight="50.00%",
                splits=_splits(Decimal("11385000.00"), "0.01", True),
            ),
            LetterGoal(metric="New tertiary hospitals", unit="sites", target="26", weight="50.00%"),
        ),
        "rights_and_duties": (
            "Party B may plan people, budget and customers in the province, and may propose changes within 15 %.",
            "Party B keeps customer and funnel data up to date every week, truthful and complete.",
        ),
        "rewards": ("At 100 % or more the yearly bonus is paid in full; the part above 110 % counts by the higher step.",),
        "revision": ("Confirmed goals are locked. A revision needs a reason, an approval and a signed addendum.",),
        "miscellany": (),
        "signatures": (
            LetterSignature(role="manager", name="Ouyang Jingyu", signed_at="2026-01-05 17:42:10 (UTC+08:00)"),
            LetterSignature(role="employee", name="Lin Jixi", signed_at="2026-01-05 14:20:36 (UTC+08:00)"),
        ),
        "issued_on": "5 January 2026",
    }
