"""What stands behind letters, as people see them."""

from plumb_platform.permissions import Permission
from plumb_platform.resources import (
    Items,
    Made,
    One,
    Resource,
    enumerated,
    instant,
    integer,
    reference,
    register,
    text,
)
from plumb_tenants.letters.annex_kinds import NAMES, AnnexKind
from plumb_tenants.letters.rules import LetterState, Role
from plumb_tenants.letters.signers import Act, SignerState
from plumb_tenants.letters.signing_rules import SignatureForm, StepUp
from plumb_tenants.letters.statements import ENDED, OUTDATED

_NAME = "(select p.name from person p where p.tenant_id = {{row}}.tenant_id and p.id = {{row}}.{0})"
_SIGNATURES = (
    "(select upper(s.role) as role, s.act, s.label, s.signed_at, s.canonical_sha256, s.proof, s.form, s.id, p.name "
    "from letter_signature s "
    "join person p on p.tenant_id = s.tenant_id and p.id = s.person_id "
    "where s.tenant_id = {row}.tenant_id and s.letter_id = {row}.id)"
)
_SIGNERS = (
    "(select upper(s.role) as role, s.act, s.step, s.label, s.state, s.asked_at, s.reminders, p.name "
    "from letter_signer s join person p on p.tenant_id = s.tenant_id and p.id = s.person_id "
    "where s.tenant_id = {row}.tenant_id and s.letter_id = {row}.id)"
)
_ANNEX_PATH = (
    "'/letters/Letter_' || {item}.letter_id || case {item}.kind "
    + " ".join(f"when '{kind}' then '/{name}.pdf'" for kind, name in NAMES.items())
    + " end"
)
_IN_CHAIN = "array(select s.person_id from letter_signer s where s.tenant_id = {row}.tenant_id and s.letter_id = {row}.id)"
_PREDECESSOR = (
    "(select b.id from letter b where b.tenant_id = {row}.tenant_id and b.superseded_by = {row}.id order by b.id desc limit 1)"
)
_SEAL_JOB = (
    "(select j.id from outbox j where j.tenant_id = {row}.tenant_id and j.topic = 'letters.seal' "
    "and j.dedupe_key = {row}.id::text)"
)

LETTER = register(
    Resource(
        type_name="Letter",
        doc="目标责任书 / A person's confirmed goals, signed by both parties and sealed.",
        table="letter",
        read=Permission.LETTER_READ,
        reads=("letter", "letter_goal", "letter_signature", "letter_signer", "letter_annex", "goal", "goal_version", "person"),
        own=("{row}.employee_id", "{row}.manager_id"),
        shared=(_IN_CHAIN,),
        unit="{row}.unit_id",
        order=("-id",),
        columns=(
            text("number"),
            enumerated(
                "state",
                LetterState,
                f"(case when not {ENDED.format('{row}')} and {OUTDATED.format('{row}')} "
                "then 'SUPERSEDED' else {row}.state end)",
                core=True,
            ),
            integer("version", core=True, doc="乐观锁版本 / What a change must name."),
            reference("cycle_id", "Cycle"),
            reference("employee_id", "Person"),
            reference("unit_id", "OrgUnit"),
            reference("template_version_id", "DefinitionVersion", "{row}.definition_version_id"),
            text("employee_name", _NAME.format("employee_id"), doc="责任人姓名 / The employee whose letter it is."),
            text("manager_name", _NAME.format("manager_id"), doc="直属上级姓名 / The manager who signs it."),
            instant("issued_at", "{row}.created_at"),
            instant("sealed_at"),
            instant("expires_at", doc="签署期限 / Until when it has to be signed; null without a limit."),
            instant("closed_at", doc="终止时间 / When it was declined, cancelled, revoked or expired."),
            text("closed_reason", doc="终止原因 / Why it was declined, cancelled or revoked."),
            text(
                "goals_sha256",
                "{row}.canonical_sha256",
                doc="目标数据摘要 / The SHA-256 of the canonical JSON that both sign.",
            ),
            text("file_sha256", doc="文件摘要 / The SHA-256 of the whole sealed file."),
            integer("file_size"),
            text("verify_code"),
            text("seal_level", doc="签章级别 / The level of the seal: B-B, B-T, B-LT or B-LTA."),
            text("seal_note", doc="签章备注 / Why the seal has not the level of the rules: the code of a refusal."),
            instant("stamped_at", doc="时间戳时间 / What the timestamp server says."),
        ),
        made=(Made(name="download_path", uses=(("file_key", "{row}.file_key"),)),),
        relations=(
            One(name="cycle", target="Cycle", by="{row}.cycle_id", doc="周期 / The cycle of its goals."),
            One(
                name="employee",
                target="Person",
                by="{row}.employee_id",
                doc="责任人 / The employee, where the caller may see them.",
            ),
            One(
                name="manager",
                target="Person",
                by="{row}.manager_id",
                doc="直属上级 / The manager, where the caller may see them.",
            ),
            One(name="unit", target="OrgUnit", by="{row}.unit_id", doc="部门 / The employee's unit when it was issued."),
            One(
                name="superseded_by",
                target="Letter",
                by="{row}.superseded_by",
                doc="接替的责任书 / The letter that took its place.",
            ),
            One(
                name="predecessor",
                target="Letter",
                by=_PREDECESSOR,
                doc="前序责任书 / The newest letter that this one took the place of.",
            ),
            One(
                name="seal_job",
                target="Job",
                by=_SEAL_JOB,
                part=True,
                doc="签章任务 / The job that makes the sealed file; null before both have signed.",
            ),
            Items(
                name="signatures",
                type_name="LetterSignature",
                type_doc="签署记录 / One person's act of signing or approving.",
                columns=(
                    enumerated("role", Role, "{item}.role", core=True),
                    enumerated("act", Act, "{item}.act", core=True),
                    text("label", "{item}.label", core=True, doc="角色名称 / What the role is called on paper."),
                    enumerated("proof", StepUp, "{item}.proof", core=True, doc="身份验证 / What was given beyond the session."),
                    enumerated("form", SignatureForm, "{item}.form", doc="签名方式 / How the signature looks; null without one."),
                    instant("signed_at", "{item}.signed_at", core=True),
                    text(
                        "goals_sha256",
                        "{item}.canonical_sha256",
                        core=True,
                        doc="所签内容摘要 / The SHA-256 of what was signed.",
                    ),
                    text("name", "{item}.name", doc="签署人姓名 / Who signed."),
                ),
                source=_SIGNATURES,
                order="{item}.signed_at, {item}.id",
                doc="签署记录 / Who signed so far, oldest first.",
            ),
            Items(
                name="annexes",
                type_name="LetterAnnex",
                type_doc="附件 / A file beside the letter: its battle map, or its audit page.",
                columns=(
                    enumerated("kind", AnnexKind, "{item}.kind", core=True),
                    instant("made_at", "{item}.created_at", core=True),
                    text("file_sha256", "{item}.file_sha256", core=True),
                    integer("file_size", "{item}.file_size", core=True),
                    text("download_path", _ANNEX_PATH, core=True, doc="下载路径 / Where the file is read by GET."),
                ),
                source="(select a.* from letter_annex a where a.tenant_id = {row}.tenant_id and a.letter_id = {row}.id)",
                order="{item}.kind",
                doc="附件 / Files beside it: its battle map, and its audit page once that was asked for.",
            ),
            Items(
                name="signers",
                type_name="LetterSignerState",
                type_doc="签署链 / One of the chain: who, as what, and how far they are.",
                columns=(
                    enumerated("role", Role, "{item}.role", core=True),
                    enumerated("act", Act, "{item}.act", core=True),
                    integer("step", "{item}.step", core=True),
                    text("label", "{item}.label", core=True),
                    enumerated("state", SignerState, "{item}.state", core=True),
                    instant("asked_at", "{item}.asked_at", doc="轮到时间 / When their turn came."),
                    integer("reminders", "{item}.reminders", core=True, doc="提醒次数 / How often they were reminded."),
                    text("name", "{item}.name", doc="姓名 / Whose turn it is or was."),
                ),
                source=_SIGNERS,
                order="{item}.step, {item}.role",
                doc="签署链 / The whole chain, by its steps.",
            ),
        ),
    )
)
