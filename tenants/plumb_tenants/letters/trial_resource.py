"""What stands behind a trial of a letter template, as whoever asked for it sees it."""

from plumb_platform.permissions import Permission
from plumb_platform.resources import Items, Made, One, Resource, Retells, enumerated, instant, integer, reference, register, text
from plumb_platform.telling import retold_from, rows_of
from plumb_tenants.letters.trials import TRIAL_TOPIC, TrialKind

_JOB = (
    "(select j.id from outbox j where j.tenant_id = {row}.tenant_id "
    f"and j.topic = '{TRIAL_TOPIC}' and j.dedupe_key = {{row}}.id::text)"
)
_FINDINGS = (
    f"(select f.finding, {retold_from('f.finding')} as message, f.place "
    "from jsonb_array_elements({row}.findings) with ordinality as f (finding, place))"
)
_TOLD = (
    "(select jsonb_agg(r.told) from jsonb_array_elements({row}.findings) as f (finding), "
    f"jsonb_array_elements({rows_of('f.finding')}) as r (told))"
)

LETTER_TRIAL = register(
    Resource(
        type_name="LetterTrial",
        doc="模板试用 / A letter template tried before it is published: a preview, or a dry run over a cycle.",
        table="letter_trial",
        read=Permission.TRIAL_READ,
        reads=("letter_trial",),
        mine=("{row}.made_by",),
        order=("-id",),
        retells=Retells(_TOLD, refusals=True),
        columns=(
            enumerated("kind", TrialKind, core=True),
            instant("created_at", core=True),
            instant("finished_at"),
            reference("template_version_id", "DefinitionVersion", "{row}.definition_version_id"),
            text("checksum", doc="所试内容的校验值 / The checksum of the body that was tried."),
            integer(
                "page_count",
                "jsonb_array_length({row}.pages)",
                core=True,
                doc="页图数 / How many pages there are as pictures, under /letters/trials/{id}/{page}.png.",
            ),
            integer("checked", core=True, doc="检查份数 / How many letters were tried."),
            integer("faults", core=True, doc="问题份数 / How many of them would not print."),
        ),
        made=(Made(name="pdf_path", uses=(("pdf_key", "{row}.pdf_key"),)),),
        relations=(
            One(name="job", target="Job", by=_JOB, part=True, doc="任务 / The job that runs it, with its error."),
            Items(
                name="findings",
                type_name="LetterTrialFinding",
                type_doc="问题 / A letter that would not print, and why.",
                columns=(
                    text("person", "({item}.finding ->> 'person')", core=True, doc="责任人 / Number and name."),
                    text("letter", "({item}.finding ->> 'letter')", doc="编号 / The letter, where it was issued already."),
                    text("code", "({item}.finding ->> 'code')", core=True),
                    text("message", "{item}.message", core=True),
                ),
                source=_FINDINGS,
                order="{item}.place",
                doc="问题清单 / What would not print, 500 at most.",
            ),
        ),
    )
)
