"""A form and the flow that it names: each field of the flow is one of the form, approvers are people of the form."""

from collections.abc import Iterator

from plumb_platform.errors import InvalidInput
from plumb_tenants.approvals.service import By, Flow
from plumb_tenants.forms.body import Type
from plumb_tenants.forms.compiling import CompiledForm


class FlowFieldMissing(InvalidInput):
    """What a flow decides by is what its form asks for."""

    code = "FORM_FLOW_FIELD_MISSING"
    zh = "审批流程“{flow}”按字段“{name}”（{type}）判断，表单没有该类型的同名字段。"
    en = "The flow {flow} decides by the field {name} ({type}), and the form has no such field of that type."


class FlowApproverNotPerson(InvalidInput):
    """Who approves by a field is named in a person field."""

    code = "FORM_FLOW_APPROVER_NOT_PERSON"
    zh = "审批流程“{flow}”的审批人取自字段“{name}”，它在表单中须为人员字段。"
    en = "The flow {flow} finds approvers by the field {name}, which must be a person field of the form."


def flow_faults(compiled: CompiledForm, flow: Flow) -> Iterator[InvalidInput]:
    """Yield what keeps submissions of a form from running on a flow."""
    key = compiled.form.flow
    for field in flow.fields:
        if compiled.names.get(field.name) is not field.type:
            yield FlowFieldMissing(field="flow", flow=key, name=field.name, type=field.type)
    for name in sorted(approver_fields(flow)):
        cell = compiled.fields.get(name)
        if cell is None or cell.cell.type is not Type.PERSON:
            yield FlowApproverNotPerson(field="flow", flow=key, name=name)


def approver_fields(flow: Flow) -> set[str]:
    """Return the fields by which approvers or their substitutes are found."""
    approvers = [each for step in flow.steps for line in step.lines for each in (*line.approvers, *line.substitutes)]
    return {each.field for each in approvers if each.by is By.FIELD}
