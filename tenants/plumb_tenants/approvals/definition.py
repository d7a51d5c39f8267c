"""The kind `flow`: what lint has to say about one, and the terms that a calendar must know when it is published."""

from collections.abc import Iterator

from plumb_platform.actor import Actor
from plumb_platform.errors import InvalidInput
from plumb_tenants.approvals.body import Approver, By, Flow, Line, OnTimeout, Step
from plumb_tenants.approvals.checking import check_flow, written
from plumb_tenants.approvals.states import Mode
from plumb_tenants.calendars.service import refuse_unknown_term
from plumb_tenants.definitions.kinds import Finding, Kind, register
from plumb_tenants.definitions.kinds import Step as LifeStep
from plumb_tenants.formulas.service import FormulaError, Type, compile_formula

KIND = "flow"


class FlowKeyTwice(InvalidInput):
    """A key or a field's name stands for one thing."""

    code = "FLOW_KEY_TWICE"
    zh = "“{key}”重复出现。"
    en = "{key} stands there twice."


class FlowConditionInvalid(InvalidInput):
    """A condition is a formula over the flow's fields that is true or false."""

    code = "FLOW_CONDITION_INVALID"
    zh = "公式无效：{reason_zh}"
    en = "The formula is not valid: {reason_en}"


class FlowApproverIncomplete(InvalidInput):
    """An approver says where it is found."""

    code = "FLOW_APPROVER_INCOMPLETE"
    zh = "审批人方式“{by}”须填写 {needs}。"
    en = "An approver found by {by} needs {needs}."


class FlowApproverMayBeEmpty(InvalidInput):
    """People leave: whatever finds approvers may find none, and then a rule says what holds (N11)."""

    code = "FLOW_APPROVER_MAY_BE_EMPTY"
    zh = "路径 {path} 上“{line}”可能没有审批人，请填写空缺规则（通过或驳回）。"
    en = "On the way {path} the line {line} may have no approver; say whether it passes or rejects then."


class FlowRatioMissing(InvalidInput):
    """Only the mode RATIO has a ratio, and it has one."""

    code = "FLOW_RATIO_MISMATCH"
    zh = "只有“按比例”方式须填写比例，且必须填写。"
    en = "The mode RATIO has a ratio, and no other mode has one."


class FlowTermMissing(InvalidInput):
    """A time-out needs a time."""

    code = "FLOW_TERM_MISSING"
    zh = "步骤“{step}”设置了超时处理，须填写期限。"
    en = "The step {step} says what happens on time-out; give it a term."


def lint(body: Flow) -> list[Finding]:
    """Return what stands against publishing: keys, formulas, approvers, vacancies, and every way that reaches no end."""
    checked = check_flow(body) if not (twice := list(_keys_twice(body))) else None
    faults = [*twice, *(checked.faults if checked else ())]
    for place, step in enumerate(body.steps):
        way = written(body, checked.ways.get(step.key, (step.key,))) if checked else step.name
        faults += _step_faults(body, step, f"steps[{place}]", way)
    return [Finding(error) for error in faults]


async def refuse_unknown_terms(actor: Actor, step: LifeStep) -> None:
    """Refuse to publish a term that would end in a year without calendar data."""
    if step.state != "PUBLISHED":
        return
    for place, each in enumerate(step.body.steps):
        if each.term is not None:
            await refuse_unknown_term(actor, each.term, field=f"steps[{place}].term")
    if step.body.term is not None:
        await refuse_unknown_term(actor, step.body.term, field="term")


def _keys_twice(body: Flow) -> Iterator[InvalidInput]:
    for place, step in enumerate(body.steps):
        if [each.key for each in body.steps].index(step.key) != place:
            yield FlowKeyTwice(field=f"steps[{place}].key", key=step.key)
    for place, field in enumerate(body.fields):
        if [each.name for each in body.fields].index(field.name) != place:
            yield FlowKeyTwice(field=f"fields[{place}].name", key=field.name)


def _step_faults(body: Flow, step: Step, path: str, way: str) -> Iterator[InvalidInput]:
    yield from _formula_faults(body, step.when, f"{path}.when", Type.BOOLEAN)
    for place, branch in enumerate(step.next):
        yield from _formula_faults(body, branch.when, f"{path}.next[{place}].when", Type.BOOLEAN)
    if step.on_timeout is not OnTimeout.REMIND and step.term is None:
        yield FlowTermMissing(field=f"{path}.term", step=step.name)
    for place, line in enumerate(step.lines):
        yield from _line_faults(body, line, f"{path}.lines[{place}]", way)


def _line_faults(body: Flow, line: Line, path: str, way: str) -> Iterator[InvalidInput]:
    if (line.mode is Mode.RATIO) != (line.ratio is not None):
        yield FlowRatioMissing(field=f"{path}.ratio")
    if line.vacancy is None:
        yield FlowApproverMayBeEmpty(field=f"{path}.vacancy", path=way, line=line.name or path.rpartition(".")[2])
    for name, approvers in (("approvers", line.approvers), ("substitutes", line.substitutes)):
        for place, approver in enumerate(approvers):
            yield from _approver_faults(body, approver, f"{path}.{name}[{place}]")


def _approver_faults(body: Flow, approver: Approver, path: str) -> Iterator[InvalidInput]:
    needs = {By.ROLE: "role", By.PERSON: "number", By.FIELD: "field", By.FORMULA: "formula"}.get(approver.by)
    if needs and not getattr(approver, needs).strip():
        yield FlowApproverIncomplete(field=f"{path}.{needs}", by=approver.by.value, needs=needs)
    if approver.by is By.MANAGER and approver.levels == 0:
        yield FlowApproverIncomplete(field=f"{path}.levels", by=approver.by.value, needs="levels ≥ 1")
    if approver.by is By.FIELD and approver.field and body.names.get(approver.field) is not Type.TEXT:
        yield FlowApproverIncomplete(field=f"{path}.field", by=approver.by.value, needs="fields: TEXT")
    if approver.by is By.FORMULA:
        yield from _formula_faults(body, approver.formula, f"{path}.formula", Type.TEXT)


def _formula_faults(body: Flow, text: str, path: str, wanted: Type) -> Iterator[InvalidInput]:
    if not text.strip():
        return
    try:
        found = compile_formula(text, body.names).type
    except FormulaError as error:
        yield FlowConditionInvalid(field=path, reason_zh=error.text("zh-CN"), reason_en=error.text("en"))
        return
    if found is not wanted:
        zh, en = wanted.text("zh-CN"), wanted.text("en")
        yield FlowConditionInvalid(field=path, reason_zh=f"结果须为{zh}", reason_en=f"it must give {en}")


register(Kind(name=KIND, zh="审批流程", en="Approval flow", body=Flow, lint=lint, before_step=refuse_unknown_terms))
