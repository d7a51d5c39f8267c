"""What stands behind definitions and their versions, as people see them."""

from enum import StrEnum

from plumb_platform.permissions import Permission
from plumb_platform.resources import (
    Items,
    Join,
    Made,
    Many,
    One,
    Resource,
    Veil,
    day,
    enumerated,
    instant,
    integer,
    reference,
    register,
    text,
    texts,
)
from plumb_tenants.definitions.rules import State
from plumb_tenants.files.resources import VERSION_KEYS
from plumb_tenants.files.service import FINDING, REASON, STATE, ScanState

_KIND = "(select d.kind from definition d where d.tenant_id = {row}.tenant_id and d.id = {row}.definition_id)"
_EFFECTIVE_TODAY = """(select v.id from definition_version v
  where v.tenant_id = {row}.tenant_id and v.definition_id = {row}.id and v.state = 'PUBLISHED' and v.effective_from <= (
    select ({now} at time zone c.time_zone)::date from company c where c.tenant_id = {row}.tenant_id)
  order by v.number desc limit 1)"""

SEE_PILOTS = (Permission.DEFINITION_WRITE, Permission.DEFINITION_PUBLISH, Permission.DEFINITION_REVIEW, Permission.AUDIT_READ)
"""Who holds one of these sees versions in pilot, whatever their unit."""
_NOT_IN_PILOT_OR_MINE = """({row}.state <> 'PILOT' or exists (select from definition_wave w
  join org_unit_closure t on t.tenant_id = w.tenant_id and t.ancestor_id = w.unit_id
  where w.tenant_id = {row}.tenant_id and w.definition_version_id = {row}.id and t.descendant_id = {unit}))"""


class ReviewAct(StrEnum):
    """What happens in a review."""

    SUBMITTED = "SUBMITTED"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"


REVIEWS = Items(
    name="reviews",
    type_name="DefinitionReview",
    type_doc="审核记录 / One act in the review of a version.",
    columns=(
        integer("round", "{item}.round", core=True),
        enumerated("act", ReviewAct, "{item}.act", core=True),
        texts("roles", "{item}.roles", core=True, doc="审核角色 / The roles that were approved in."),
        reference("member_id", "Member", "{item}.membership_id"),
        text("checksum", "{item}.checksum", core=True, doc="所审内容的摘要 / The checksum of what was looked at."),
        text("comment", "{item}.comment", core=True),
        instant("at", "{item}.created_at", core=True),
    ),
    source="(select r.* from definition_review r where r.tenant_id = {row}.tenant_id and r.definition_version_id = {row}.id)",
    order="{item}.id",
    doc="审核记录 / Its reviews, in their order.",
)
WAVES = Items(
    name="waves",
    type_name="DefinitionWave",
    type_doc="推进批次 / A unit that a version is for, from a day on.",
    columns=(
        integer("number", "{item}.number", core=True),
        reference("unit_id", "OrgUnit", "{item}.unit_id", core=True),
        text("unit_name", "{item}.unit_name", core=True),
        day("starts_on", "{item}.starts_on", core=True),
    ),
    source="(select w.number, w.unit_id, w.starts_on, u.name as unit_name, u.code as unit_code from definition_wave w "
    "join org_unit u on u.tenant_id = w.tenant_id and u.id = w.unit_id "
    "where w.tenant_id = {row}.tenant_id and w.definition_version_id = {row}.id)",
    order="{item}.number, {item}.unit_code",
    doc="推进批次 / The units that it is for before the whole company, wave by wave.",
)
MILESTONES = Items(
    name="milestones",
    type_name="DefinitionMilestone",
    type_doc="里程碑 / T+n of a roll-out: when it was due and when it was reached.",
    columns=(
        integer("day", "{item}.day", core=True, doc="T+n 的 n / The n of T+n."),
        day("planned_on", "{item}.planned_on", core=True),
        day("reached_on", "{item}.reached_on", core=True),
        integer("days_late", "{item}.reached_on - {item}.planned_on", core=True),
        text("note", "{item}.note", core=True),
    ),
    source="(select m.*, s.reached_on + m.day as planned_on from definition_milestone m join definition_milestone s "
    "on s.tenant_id = m.tenant_id and s.definition_version_id = m.definition_version_id and s.day = 0 "
    "where m.tenant_id = {row}.tenant_id and m.definition_version_id = {row}.id)",
    order="{item}.day",
    doc="里程碑 / The milestones of its roll-out, T+0 first.",
)

_SCAN = Join(
    "s",
    f"left join file_scan {{s}} on {{s}}.tenant_id = {{row}}.tenant_id and {{s}}.file_key = '{VERSION_KEYS}' || {{row}}.id",
)
_STANDS, _FINDING, _REASON = (sql.replace("{scan}", "{s}") for sql in (STATE, FINDING, REASON))
_CARRIES = "exists (select from jsonb_each_text({row}.body) f where f.value like 'data:image/%')"
_SCAN_STATE = f"(case when {{s}}.found_as is not null or {_CARRIES} then {_STANDS} end)"
"""Files stand in a body as `data:` URLs; one that carries none waits for no scan."""
_HANDED_OUT = (
    "coalesce((select {row}.body - string_to_array(f.found_in, ',') from file_scan f where f.tenant_id = {row}.tenant_id "
    f"and f.file_key = '{VERSION_KEYS}' || {{row}}.id and {STATE.replace('{scan}', 'f')} = 'HELD'), {{row}}.body)"
)
"""The body without the files that the scan holds (C92)."""

DEFINITION = register(
    Resource(
        type_name="Definition",
        doc="配置 / A configured thing of one kind, with its versions.",
        table="definition",
        read=Permission.DEFINITION_READ,
        reads=("definition", "definition_version", "company"),
        order=("kind", "key"),
        columns=(text("kind", core=True), text("key", core=True), text("name", core=True), instant("created_at", core=True)),
        relations=(
            Many(
                name="versions",
                target="DefinitionVersion",
                on="{there}.definition_id = {row}.id",
                paged=False,
                doc="全部版本 / All versions, newest first.",
            ),
            One(
                name="current",
                target="DefinitionVersion",
                by=_EFFECTIVE_TODAY,
                doc="现行版本 / The newest published version that is effective today.",
            ),
        ),
    )
)

DEFINITION_VERSION = register(
    Resource(
        type_name="DefinitionVersion",
        doc="配置版本 / One version of a definition; never changes once published.",
        table="definition_version",
        read=Permission.DEFINITION_READ,
        reads=(
            "definition_version",
            "definition_review",
            "definition_wave",
            "definition_milestone",
            "org_unit",
            "org_unit_closure",
            "file_scan",
        ),
        joins=(_SCAN,),
        veil=Veil(shows=_NOT_IN_PILOT_OR_MINE, lifted_by=SEE_PILOTS),
        order=("-number",),
        columns=(
            integer("number", core=True),
            enumerated("state", State, core=True),
            text("checksum", core=True),
            day("effective_from"),
            text("note"),
            instant("created_at"),
            instant("published_at"),
            instant("archived_at"),
            integer("version", core=True),
            enumerated(
                "scan_state",
                ScanState,
                _SCAN_STATE,
                doc="扫描状态 / Where the files within its body stand; null where it carries none.",
            ),
            text("scan_finding", _FINDING, doc="发现的病毒 / What the files within its body are held for."),
            text("scan_reason", _REASON, doc="处理原因 / Why they were released or destroyed."),
        ),
        relations=(
            One(
                name="definition",
                target="Definition",
                by="{row}.definition_id",
                doc="所属配置 / The definition that this is a version of.",
            ),
            REVIEWS,
            WAVES,
            MILESTONES,
        ),
        made=(Made(name="body", uses=(("body", _HANDED_OUT), ("kind", _KIND))), Made(name="lint")),
    )
)
