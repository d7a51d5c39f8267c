"""What stands behind runs of letters and their items, as people see them: the status board."""

from plumb_platform.permissions import Permission
from plumb_platform.resources import Made, One, Resource, Retells, enumerated, instant, integer, reference, register, text
from plumb_platform.telling import retold_from, rows_of
from plumb_tenants.letters.runs import ItemState, RunState

_COUNT = "(select count(*)::int from letter_run_item i where i.tenant_id = {{row}}.tenant_id and i.run_id = {{row}}.id and {0})"
_SEALED = (
    "(select count(*)::int from letter_run_item i join letter l on l.tenant_id = i.tenant_id and l.id = i.letter_id "
    "where i.tenant_id = {row}.tenant_id and i.run_id = {row}.id and l.file_key is not null)"
)
_UNSEALED = (
    "(select count(*)::int from letter_run_item i join letter l on l.tenant_id = i.tenant_id and l.id = i.letter_id "
    "where i.tenant_id = {row}.tenant_id and i.run_id = {row}.id and l.state in ('ISSUED', 'PARTLY_SIGNED', 'SIGNED'))"
)
_HALTED = (
    "(select count(*)::int from letter_run_item i join letter l on l.tenant_id = i.tenant_id and l.id = i.letter_id "
    "join outbox o on o.tenant_id = l.tenant_id and o.topic = 'letters.seal' and o.dedupe_key = l.id::text "
    "where i.tenant_id = {row}.tenant_id and i.run_id = {row}.id and l.state = 'SIGNED' and o.failed_at <= {now})"
)
_AUDITED = (
    "(select count(*)::int from letter_run_item i join letter_annex a on a.tenant_id = i.tenant_id and a.letter_id = i.letter_id "
    "where i.tenant_id = {row}.tenant_id and i.run_id = {row}.id and a.kind = 'AUDIT')"
)
_LETTER_STATE = "(select l.state from letter l where l.tenant_id = {row}.tenant_id and l.id = {row}.letter_id)"

LETTER_RUN = register(
    Resource(
        type_name="LetterRun",
        doc="批量签发 / Letters for everybody in a cycle in one act, and how far it is.",
        table="letter_run",
        read=Permission.LETTER_ISSUE,
        reads=("letter_run", "letter_run_item", "letter", "letter_annex"),
        order=("-id",),
        columns=(
            enumerated("state", RunState, core=True),
            integer("version", core=True, doc="乐观锁版本 / What a change must name."),
            integer("total", core=True, doc="人数 / How many employees the run is about."),
            integer("waiting", _COUNT.format("i.state = 'WAITING'"), doc="待处理 / How many are still to be issued."),
            integer("issued", _COUNT.format("i.state = 'ISSUED'"), doc="已签发 / How many letters were issued."),
            integer("refused", _COUNT.format("i.state = 'REFUSED'"), doc="被拒绝 / How many employees got none."),
            integer("sealed", _SEALED, doc="已签章 / How many of its letters are signed and sealed by now."),
            integer("unsealed", _UNSEALED, doc="未完结 / How many of its letters are neither sealed nor ended otherwise by now."),
            integer(
                "halted",
                _HALTED,
                doc="签章失败 / How many of the unsealed have failed to be sealed: see `sealJob`.",
            ),
            integer("audited", _AUDITED, doc="已有审计页 / How many of its letters have their audit page by now."),
            instant("created_at", core=True),
            instant("finished_at"),
            reference("cycle_id", "Cycle"),
            reference("template_version_id", "DefinitionVersion", "{row}.definition_version_id"),
        ),
        made=(Made(name="archive_path"),),
    )
)
_PROBLEM = retold_from("{row}.error", locale="'zh-CN'")
LETTER_RUN_ITEM = register(
    Resource(
        type_name="LetterRunItem",
        doc="批量签发明细 / One employee of a run, and what became of their letter.",
        table="letter_run_item",
        read=Permission.LETTER_ISSUE,
        reads=("letter_run_item", "letter_run", "letter", "person"),
        order=("run_id", "ordinal"),
        retells=Retells(rows_of("{row}.error"), refusals=True),
        columns=(
            reference("run_id", "LetterRun", core=True),
            integer("ordinal", core=True),
            enumerated("state", ItemState, core=True),
            reference("letter_id", "Letter"),
            text("letter_state", _LETTER_STATE, doc="责任书状态 / Where its letter stands: signed, sealed."),
            text("error_code", doc="拒绝原因代码 / Why there is no letter."),
            text("problem", _PROBLEM, doc="拒绝原因 / Why there is no letter, in Chinese."),
            text(
                "employee_name",
                "(select p.name from person p where p.tenant_id = {row}.tenant_id and p.id = {row}.employee_id)",
                doc="员工姓名 / Whose letter it is.",
            ),
        ),
        relations=(
            One(name="run", target="LetterRun", by="{row}.run_id", doc="批量签发 / The run that it belongs to."),
            One(name="letter", target="Letter", by="{row}.letter_id", doc="责任书 / The letter, once it is issued."),
        ),
    )
)
