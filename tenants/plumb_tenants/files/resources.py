"""What stands behind the scan of a brought file, as people see it."""

from plumb_platform.permissions import Permission
from plumb_platform.resources import Many, One, Resource, enumerated, instant, integer, register, text
from plumb_tenants.files.states import STATE, ScanState

VERSION_KEYS = "definition_version/"
"""How the key of the files within a version of a definition begins; its id follows."""

FILE_SCAN = register(
    Resource(
        type_name="FileScan",
        doc="文件扫描 / What the virus scan says of a file that somebody brought, and what became of one that it holds.",
        table="file_scan",
        read=Permission.FILE_READ,
        reads=("file_scan",),
        order=("-id",),
        columns=(
            enumerated("state", ScanState, STATE.replace("{scan}", "{row}"), core=True),
            integer("version", core=True, doc="乐观锁版本 / What a change must name."),
            instant("scanned_at", core=True, doc="最近扫描时间 / When it was scanned last."),
            text("signatures", doc="病毒库 / The scanner's signatures of that scan; empty for the scan as it was brought."),
            text("finding", "{row}.found_as", doc="发现的病毒 / What the last scan found, also where that was cleared."),
            text("found_in", doc="所在字段 / The fields of a definition that it was found in; empty for an attachment."),
            instant("held_since", doc="隔离时间 / Since when it is held."),
            instant("cleared_at", doc="解除时间 / When the finding was declared false."),
            text("cleared_reason", doc="解除原因 / Why."),
            instant("removed_at", doc="销毁时间 / When the file was destroyed."),
            text("removed_reason", doc="销毁原因 / Why."),
            text("sha256", "substring({row}.file_key from '[0-9a-f]{{64}}')", doc="文件摘要 / SHA-256 of an attachment."),
        ),
        relations=(
            Many(
                name="attachments",
                target="Attachment",
                on="{there}.tenant_id = {row}.tenant_id and {there}.file_key = {row}.file_key",
                doc="附件 / The attachments that are this file, as far as one may read them.",
            ),
            One(
                name="definition_version",
                target="DefinitionVersion",
                by=f"(case when {{row}}.file_key like '{VERSION_KEYS}%' "
                f"then substring({{row}}.file_key from {len(VERSION_KEYS) + 1})::uuid end)",
                doc="配置版本 / The version of a definition whose pictures these are.",
            ),
        ),
    )
)
