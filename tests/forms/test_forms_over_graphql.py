"""Forms through the API alone: describe, validate per field, fill in, attach, submit, try a draft."""

from base64 import b64encode
from typing import Any

from plumb_platform.actor import Actor
from plumb_platform.database import execute, tenant_transaction
from plumb_schema.ground.ids import encode_id
from support.asking import Ask
from support.form_approvals_made import Desk
from support.forms_made import PDF, PROPOSAL, Office

PROBLEM = "... on Problem { code message field }"
CANDIDATES = """query ($version: ID!, $field: String!, $search: String!) {
  approverCandidates(versionId: $version, field: $field, search: $search) { number name unitName } }"""
FORMS = "{ fillableForms { versionId key name number jsonSchema order { key type section columns } } }"
VALIDATE = """query ($version: ID!, $values: JSON!, $submission: ID) {
  validateSubmission(versionId: $version, values: $values, submissionId: $submission) { complete problems { code field }
    fields { path visible required readOnly value asOf problems { code field message } } } }"""
START = f"""mutation ($input: StartSubmissionInput!) {{ startSubmission(input: $input) {{
  ... on Submission {{ id state version values formKey person {{ name }} }} {PROBLEM} }} }}"""
SAVE = f"""mutation ($input: SaveSubmissionInput!) {{ saveSubmission(input: $input) {{
  ... on Submission {{ id state version values }} {PROBLEM} }} }}"""
SUBMIT = f"""mutation ($input: SubmitSubmissionInput!) {{ submitSubmission(input: $input) {{
  ... on Submission {{ id state version values fed attachments {{ edges {{ node {{ name mediaType size downloadPath }} }} }} }}
  {PROBLEM} }} }}"""
UPLOAD = f"""mutation ($input: UploadAttachmentInput!) {{ uploadAttachment(input: $input) {{
  ... on Attachment {{ id name mediaType size field }} {PROBLEM} }} }}"""
RECORD = f"""mutation ($input: RecordFedValuesInput!) {{ recordFedValues(input: $input) {{
  ... on RecordedFigures {{ added }} {PROBLEM} }} }}"""
DRY_RUN = f"""mutation ($input: DryRunFormVersionInput!) {{ dryRunFormVersion(input: $input) {{
  ... on FormDryRun {{ total checked brokenCount batches broken {{ path code count }} }} {PROBLEM} }} }}"""


async def test_a_form_is_described_for_clients_with_schema_and_order(office: Office, ask: Ask) -> None:
    (form,) = await ask(office.seller, FORMS)
    assert (form["key"], form["number"], [place["key"] for place in form["order"]]) == (
        "proposal",
        1,
        [field["key"] for field in PROPOSAL["fields"]],
    )
    schema = form["jsonSchema"]
    assert (schema["required"], schema["additionalProperties"]) == (["申报值"], False)
    assert schema["properties"]["申报值"] == {
        "title": "申报值",
        "type": "string",
        "pattern": r"^-?\d{1,18}(\.\d{1,2})?$",
        "x-plumb": {"type": "money", "required": True, "minimum": "0"},
    }
    assert schema["properties"]["客户数"]["readOnly"] is True


async def test_every_field_answers_for_itself(office: Office, ask: Ask) -> None:
    figures = [{"personNumber": "S1", "value": "12", "asOf": "2026-03-01T01:00:00Z"}]
    assert await ask(office.hr, RECORD, input={"feed": "crm.customers", "figures": figures}) == {"added": 1}
    version = encode_id("DefinitionVersion", office.form)
    found = await ask(office.seller, VALIDATE, version=version, values={"申报值": "100000", "x": 1})
    fields = {each["path"]: each for each in found["fields"]}
    assert (found["complete"], found["problems"]) == (False, [{"code": "FORM_FIELD_UNKNOWN", "field": "x"}])
    synced = fields["客户数"]
    assert (synced["value"], synced["asOf"], synced["readOnly"]) == (
        "12",
        "2026-03-01T01:00:00Z",
        True,
    )
    assert fields["说明"]["problems"] == [{"code": "FORM_FIELD_REQUIRED", "field": "说明", "message": "Fill in 说明."}]
    assert fields["月均"]["value"] == "8333.33"


async def test_a_form_is_filled_in_attached_to_and_submitted(office: Office, ask: Ask) -> None:
    version = encode_id("DefinitionVersion", office.form)
    refused = await ask(office.seller, START, input={"versionId": version, "values": {"申报值": "1.234"}})
    assert refused == {
        "code": "FORM_VALUE_TYPE",
        "field": "申报值",
        "message": "The value 1.234 of 申报值 is not valid: it must be an amount as a string with at most 2 decimals.",
    }
    draft = await ask(office.seller, START, input={"versionId": version, "values": {}})
    assert (draft["state"], draft["values"], draft["formKey"], draft["person"]) == ("DRAFT", {}, "proposal", {"name": "李销售"})
    file = {"submissionId": draft["id"], "field": "证据", "name": "纪要.pdf", "contentBase64": "%%%"}
    assert (await ask(office.seller, UPLOAD, input=file))["code"] == "CONTENT_NOT_BASE64"
    kept = await ask(office.seller, UPLOAD, input=file | {"contentBase64": b64encode(PDF).decode()})
    assert (kept["mediaType"], kept["size"], kept["field"]) == ("application/pdf", len(PDF), "证据")
    saved = await ask(office.seller, SAVE, input={"submissionId": draft["id"], "version": 1, "values": {"申报值": "12"}})
    assert (saved["version"], saved["values"]) == (2, {"申报值": "12.00"})
    done = await ask(office.seller, SUBMIT, input={"submissionId": draft["id"], "version": 2})
    assert (done["state"], done["values"]["月均"]) == ("SUBMITTED", "1.00")
    path = f"/attachments/{kept['id']}/file"
    files = [edge["node"] for edge in done["attachments"]["edges"]]
    assert files == [{"name": "纪要.pdf", "mediaType": "application/pdf", "size": len(PDF), "downloadPath": path}]


async def test_a_dry_run_is_started_and_shows_its_progress(office: Office, ask: Ask) -> None:
    await office.submit({"申报值": "1"})
    version = encode_id("DefinitionVersion", office.form)
    found = await ask(office.hr, DRY_RUN, input={"versionId": version})
    assert found == {"total": 1, "checked": 0, "brokenCount": 0, "batches": 1, "broken": []}


async def test_a_picker_offers_colleagues_by_name_only_where_the_flow_asks_whom_one_names(desk: Desk, ask: Ask) -> None:
    seller, version = desk.bureau.sales, encode_id("DefinitionVersion", desk.form)

    async def offered(field: str, search: str, *, actor: Actor = seller) -> Any:
        body = await ask.body(actor, CANDIDATES, version=version, field=field, search=search)
        if "errors" in body:
            extensions = body["errors"][0]["extensions"]
            return f"{extensions['code']} {extensions.get('field')}"
        return [" ".join(each.values()) for each in body["data"]["approverCandidates"]]

    assert await offered("金额", "王") == "FORM_FIELD_UNKNOWN field"
    for search in (" ", "x" * 61, "\0"):
        assert await offered("会签人", search) == "PERSON_SEARCH_INVALID search"
    assert await offered("会签人", "销售") == ["S1 李销售 华南", "S2 王销售 华南"]
    assert await offered("会签人", "t2") == ["T2 钱分析 战略部"]
    assert await offered("会签人", "%") == []
    await execute_as(desk, "update person set active = false where number = 'S2'")
    assert await offered("会签人", " 销售 ") == ["S1 李销售 华南"]
    # Everything else of a colleague stays as it was: out of sight.
    assert await ask.nodes(seller, "{ people { edges { node { number } } } }") == [{"number": "S1"}]


async def execute_as(desk: Desk, sql: str) -> None:
    async with tenant_transaction(desk.bureau.company.system):
        await execute(sql)
