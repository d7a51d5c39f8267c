"""What stays of a person after everything that can go is gone: which records, how many, on which ground, and until when."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from plumb_platform.database import fetch_value
from plumb_tenants.retention.rules import FLOORS, Category

FOR_EVER = ("与其所在的链同存，公司使用准绳期间", "As long as their chain: while the company is kept here")
ROTATED = ("至备份按运维计划轮换为止", "Until the operator's backups are rotated")
_UNSEPARATED = (
    "与他人的记录不可分割，且为合同履行与责任认定所必需（《个人信息保护法》第十三条第一款第二项）；姓名已替换为匿名编号",
    "Not separable from other people's records and needed for contracts and liability (PIPL art. 13(1)(2)); named by pseudonym",
)
_EVIDENCE = (
    "签署的人、时间与摘要是电子签名可靠性的证据（《电子签名法》第八条、第十三条）",
    "Who signed which digest and when is evidence of an electronic signature (PRC Electronic Signature Law art. 8, 13)",
)
_STORED_ONLY = (
    "技术上难以删除，仅作存储与安全保护（《个人信息保护法》第四十七条第二款）",
    "Not feasible to delete, so stored and secured only (PIPL art. 47(2))",
)


@dataclass(frozen=True, slots=True)
class Remains:
    """Records of one sort that stay; `count` is null where nobody can count them. Ground and end in zh-CN and en."""

    what: str
    zh: str
    en: str
    count: int | None
    ground: tuple[str, str]
    until: tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Sort:
    what: str
    zh: str
    en: str
    ground: tuple[str, str]
    count: str = ""
    until: tuple[str, str] = FOR_EVER


def _of(category: Category) -> tuple[str, str]:
    return FLOORS[category].zh, FLOORS[category].en


_TEXTS = (
    ("approval_act", "comment", "person_id"),
    ("check_in", "comment", "person_id"),
    ("handover", "reason", "leaver_id"),
    ("negotiation_ticket", "reason", "owner_id"),
    ("revision", "cause", "owner_id"),
)
_WRITTEN = " + ".join(
    f"(select count(*) from {table} where {text} <> '' and ($1::uuid is null or {person} = $1))" for table, text, person in _TEXTS
)
_SORTS = (
    _Sort(
        "AUDIT_ENTRY",
        "审计条目（操作人编号与地址；内容中可含姓名、工号与原因）",
        "Audit entries: who acted from which address; names, employee numbers and reasons in their contents",
        _of(Category.AUDIT),
        "select count(*) from audit_entry where $1::uuid is null or actor ->> 'person' = $1::text or object_id = $1",
    ),
    _Sort(
        "SNAPSHOT_ROW",
        "快照行（目标责任人的姓名与工号）",
        "Rows of snapshots: names and employee numbers of goal owners",
        _of(Category.SNAPSHOT),
        """select (select count(*) from snapshot_bundle, unnest(owner_ids) as owner_id where $1::uuid is null or owner_id = $1)
             + (select count(*) from snapshot_row
                where $1::uuid is null or position('"owner_id":"' || $1 || '"' in content) > 0)""",
    ),
    _Sort(
        "SIGNATURE",
        "已销毁责任书的签署记录（签署人编号、时间、摘要）",
        "Signatures on destroyed letters: ids of signers, times, digests",
        _EVIDENCE,
        """select count(*) from letter_signature s join letter l on l.tenant_id = s.tenant_id and l.id = s.letter_id
           where l.shredded_at is not null and ($1::uuid is null or s.person_id = $1)""",
    ),
    _Sort(
        "FREE_TEXT",
        "本人写入审批、汇报、交接、申诉与修订的文字",
        "Texts written into approvals, check-ins, handovers, tickets and revisions",
        _UNSEPARATED,
        f"select {_WRITTEN}",
    ),
    _Sort(
        "GOAL",
        "以匿名编号保存的目标及其数据",
        "Goals and their figures, under a pseudonym",
        _UNSEPARATED,
        "select count(*) from goal where $1::uuid is null or owner_id = $1",
    ),
    _Sort("BACKUP", "数据库与文件的备份", "Backups of the database and of files", _STORED_ONLY, until=ROTATED),
)


async def remaining(person_id: UUID | None) -> Sequence[Remains]:
    """Return what stays of a person, or of everybody with None, outside of the categories that have terms."""
    return [
        Remains(
            sort.what, sort.zh, sort.en, await fetch_value(sort.count, person_id) if sort.count else None, sort.ground, sort.until
        )
        for sort in _SORTS
    ]
